import { markerSize, PIXEL_LIMIT, rasterLimit } from './lod.ts';
import { drawMarks, marksInView } from './mark-raster.ts';
import { createShapeRaster, pixelOf, type ShapeRaster } from './raster.ts';
import type { Frame, Renderer } from './renderer.ts';
import { extentOf, traceShape } from './shape-path.ts';
import { KIND_LINE, KIND_POINT } from './shape-store.ts';
import { visibleSlots, type ResolvedStyle } from './styles.ts';
import { PLAIN_FLAG } from './flags.ts';
import { deviceMatrix, multiply, sameView, widenView, type Affine, type View } from './transform.ts';

/**
 * Shapes in one path. A path of all is quadratic in its crossings, a path for each has a fixed cost; and the larger the box around
 * a path is, the more is to be looked at. Measured at 10, 50 and 150 shapes a class in view: 10 is best, 100 takes twice as long.
 */
const BATCH = 10;
/** Shapes written into pixels between two looks at the clock. */
const RASTER_BATCH = 1000;
/** CSS pixels drawn beyond the view when a picture takes several frames, so that panning meanwhile shows no bare edge. */
const MARGIN = 160;

// `!` on typed arrays and on lists by style: read below their filled length, see shape-store.ts.

interface Sheet {
  readonly canvas: HTMLCanvasElement;
  readonly ctx: CanvasRenderingContext2D;
}

interface Picture {
  readonly frame: Frame;
  /** The view drawn, i.e. the frame's with the margin. */
  readonly view: View;
  readonly margin: number;
  readonly sheet: Sheet;
}

/** A picture that is being drawn; its steps hold the pixels, so they are let go of with it. */
interface Job extends Picture {
  readonly steps: Iterator<void>;
}

/**
 * Draws with Canvas 2D, for machines on which WebGL would run in software. A picture that fits into the time a frame leaves
 * is drawn at once. A larger one is drawn in slices on a second, hidden sheet; until it is done the last one is moved,
 * turned and scaled with the image. So shapes never lag behind the tiles, and no number of them stops the page.
 */
export function createCanvasRenderer(document: Document): Renderer {
  const element = document.createElement('div');
  element.style.cssText = 'position:absolute;inset:0;overflow:hidden;pointer-events:none';
  let front = createSheet(document, 'visible');
  let back = createSheet(document, 'hidden');
  element.append(front.canvas, back.canvas);
  let job: Job | undefined;
  let shown: Picture | undefined;
  let isSlow = false;

  function start(frame: Frame): Job {
    const margin = isSlow ? MARGIN : 0;
    const view = widenView(frame.view, margin);
    const sheet = isSlow ? back : front;
    const picture = { frame, view, margin, sheet };
    if (sheet === front) shown = picture;
    return { ...picture, steps: paint({ ...frame, view }, sheet) };
  }

  function finish(done: Job): void {
    job = undefined;
    if (done.sheet !== back) return;
    [front, back] = [back, front];
    front.canvas.style.visibility = 'visible';
    back.canvas.style.visibility = 'hidden';
    const { steps: _steps, ...picture } = done;
    shown = picture;
  }

  return {
    kind: 'canvas',
    element,
    draw(frame, deadline) {
      const isFresh = job === undefined;
      if (isFresh && shown?.frame !== frame) job = start(frame);
      if (job) {
        let isDone = false;
        do isDone = job.steps.next().done === true;
        while (!isDone && performance.now() < deadline);
        if (isFresh) isSlow = !isDone;
        if (isDone) finish(job);
      }
      if (shown) place(front.canvas, shown, frame.view);
      return job === undefined && shown?.frame === frame;
    },
    dispose() {
      job = shown = undefined;
      element.remove();
    },
  };
}

function createSheet(document: Document, visibility: 'visible' | 'hidden'): Sheet {
  const canvas = document.createElement('canvas');
  canvas.style.cssText = 'position:absolute;left:0;top:0;transform-origin:0 0';
  canvas.style.visibility = visibility;
  // Kept in memory by the browser's software rasteriser: pixels are written each frame, and paths are drawn when asked, not later.
  const ctx = canvas.getContext('2d', { willReadFrequently: true });
  if (!ctx)
    throw new Error(
      'The browser gives no 2D canvas, so annotations cannot be drawn. Close some tabs and reload the page.',
    );
  return { canvas, ctx };
}

/** Lays a finished picture over the image as the view is now. */
function place(canvas: HTMLCanvasElement, shown: Picture, view: View): void {
  const { style } = canvas;
  if (shown.margin === 0 && sameView(shown.view, view)) {
    if (style.transform !== '') style.transform = '';
    return;
  }
  const m = multiply(view.matrix, shown.view.inverse);
  style.transform = `matrix(${m.a},${m.b},${m.c},${m.d},${m.e},${m.f})`;
}

/** Draws a frame on a sheet and yields whenever the clock may be looked at. */
function* paint(frame: Frame, { canvas, ctx }: Sheet): Generator<void, void> {
  const { view, scene, display } = frame;
  const { store } = scene;
  const width = Math.max(1, Math.round(view.width * view.dpr));
  const height = Math.max(1, Math.round(view.height * view.dpr));
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
    canvas.style.width = `${view.width}px`;
    canvas.style.height = `${view.height}px`;
  }
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, width, height);
  const m = deviceMatrix(view);
  const scale = view.scale * view.dpr;
  const styles = frame.styles.resolve(store);
  const isVisible = visibleSlots(store, styles, display);
  const slots = display.hidden ? [] : slotsToDraw(frame);
  const marks = marksInView(frame);
  const limit = rasterLimit(slots.length);
  const marker = markerSize(slots.length) * view.dpr;
  const large: number[][] = styles.map(() => []);

  const strokes = styles.map((style) => pixelOf(style, 1));
  const fills = styles.map((style) => (display.fill && style.fillOpacity > 0 ? pixelOf(style, style.fillOpacity) : 0));
  // Made when the first shape needs it: further in, where all are drawn as paths, none does.
  let image: ImageData | undefined;
  let raster: ShapeRaster | undefined;
  const pixels = (): Uint32Array => new Uint32Array((image ??= ctx.createImageData(width, height)).data.buffer);
  if (marks.length > 0) yield* drawMarks(frame, marks, pixels(), width, height);
  for (let i = 0; i < slots.length; i++) {
    if (i % RASTER_BATCH === RASTER_BATCH - 1) yield;
    const slot = slots[i]!;
    // Removed while the picture was being drawn.
    if (!store.isLive(slot) || !isVisible(slot)) continue;
    const style = store.style[slot]!;
    const size = extentOf(store, slot) * scale;
    const isPoint = store.kind[slot] === KIND_POINT;
    if (isPoint ? marker > 3 : size >= Math.max(limit, PIXEL_LIMIT)) {
      large[style]!.push(slot);
      continue;
    }
    raster ??= createShapeRaster(store, pixels(), width, height, m);
    if (isPoint) raster.dot(slot, strokes[style]!, marker);
    else if (size < PIXEL_LIMIT) raster.dot(slot, strokes[style]!, 1);
    else raster.outline(slot, strokes[style]!, fills[style]!, size);
  }
  if (image) ctx.putImageData(image, 0, 0);
  for (const [index, list] of large.entries()) {
    for (let from = 0; from < list.length; from += BATCH) {
      yield;
      const live = list.slice(from, from + BATCH).filter((slot) => store.isLive(slot));
      drawBatch(ctx, frame, live, styles[index]!, m, marker);
    }
  }
}

function slotsToDraw({ scene, display, view }: Frame): number[] {
  const isFew = (display.hiddenFlags & PLAIN_FLAG) !== 0;
  return isFew ? scene.slotsWithout(display.hiddenFlags, view.bounds) : scene.slotsIn(view.bounds);
}

function drawBatch(
  ctx: CanvasRenderingContext2D,
  frame: Frame,
  slots: readonly number[],
  style: ResolvedStyle,
  m: Affine,
  marker: number,
): void {
  const { store } = frame.scene;
  const { dpr } = frame.view;
  const scale = frame.view.scale * dpr;
  const isLine = (slot: number) => store.kind[slot] === KIND_LINE;
  const points = slots.filter((slot) => store.kind[slot] === KIND_POINT);
  if (points.length > 0) {
    ctx.beginPath();
    for (const slot of points) {
      const x = store.bounds[slot * 4]!;
      const y = store.bounds[slot * 4 + 1]!;
      const px = m.a * x + m.c * y + m.e;
      const py = m.b * x + m.d * y + m.f;
      ctx.moveTo(px + marker / 2, py);
      ctx.arc(px, py, marker / 2, 0, 2 * Math.PI);
    }
    ctx.fillStyle = style.color;
    ctx.fill();
  }
  if (points.length === slots.length) return;
  const trace = (from: number, to: number) => {
    for (const slot of lined.slice(from, to)) traceShape(ctx, store, slot, m, extentOf(store, slot) * scale);
  };
  // Closed shapes first: the path is filled when it holds them alone, then open lines are added and all is stroked.
  const lined = slots
    .filter((slot) => store.kind[slot] !== KIND_POINT)
    .sort((p, q) => Number(isLine(p)) - Number(isLine(q)));
  const closed = lined.filter((slot) => !isLine(slot)).length;
  ctx.beginPath();
  trace(0, closed);
  if (frame.display.fill && style.fillOpacity > 0 && closed > 0) {
    ctx.globalAlpha = style.fillOpacity;
    ctx.fillStyle = style.color;
    ctx.fill('nonzero');
    ctx.globalAlpha = 1;
  }
  trace(closed, lined.length);
  ctx.strokeStyle = style.color;
  ctx.lineWidth = style.lineWidth * dpr;
  // Round joins take a third longer; on thin lines nobody sees them.
  ctx.lineJoin = style.lineWidth > 3 ? 'round' : 'miter';
  ctx.miterLimit = 2;
  ctx.stroke();
}
