import OpenSeadragon from 'openseadragon';
import { createAnnotationLayer, type AnnotationLayer } from '../annotation-layer.ts';
import type { RendererKind } from '../probe.ts';
import type { AnnotationStore } from '../../store/index.ts';
import type { Shape } from '../shape-store.ts';
import type { Summary } from '../summary.ts';
import { randomSummary, summaryOf } from '../test-summary.ts';
import { loadStore, packShapes } from './load-store.ts';
import { createPaperOverlay, type PaperOverlay } from './paper-overlay.ts';
import { makeBoxes, makePolygons, type ShapeOptions } from '../test-shapes.ts';

/** What the driver (`harness.ts`) calls in the page. Everything is plain data. */
export interface LayerPage {
  open(renderer: RendererKind | 'auto' | undefined, extent?: number): Promise<string>;
  load(kind: 'box' | 'polygon', count: number, options?: ShapeOptions): number;
  /** Puts paper.js over the viewer instead of our layer. */
  openPaper(): void;
  /** Makes polygons, and packs them, for {@link loadPrepared}: not part of what is measured. */
  prepare(count: number, options?: ShapeOptions): void;
  /** Loads what was prepared as each program does: from the packed answer, or from lists of coordinates. @returns ms */
  loadPrepared(): Promise<number>;
  add(shapes: Shape[]): void;
  style(templateId: number, color: string, fillOpacity: number, lineWidth: number): void;
  setView(view: { zoom?: number; x?: number; y?: number; rotation?: number; flip?: boolean }): Promise<void>;
  /** Intervals between `frames` frames of a pan, ms, and how long the layer took in each. */
  pan(frames: number, stepPx: number): Promise<{ frames: number[]; draws: number[] }>;
  /** Opacity of the shapes alone, the image left out: one byte a pixel, base64. */
  pixels(): { width: number; height: number; alpha: string };
  /** For each shape, whether a pixel is painted in the given reach (device px) of its place. */
  unpainted(kind: 'box' | 'polygon', count: number, options?: ShapeOptions): number;
  /** Stands boxes in by counts or marks. */
  summarise(level: Summary['level'], count: number, options?: ShapeOptions): void;
  /** Draws the whole picture of `views` views beside each other, however long it takes. @returns ms of each */
  drawWhole(views: number, stepPx: number): number[];
  summariseMany(level: 'centres' | 'overview', count: number): void;
  /** How many non-empty cells, or boxes in view, have no pixel in the middle of them. */
  unmarked(level: 'centres' | 'overview', count: number, options?: ShapeOptions): number;
  timeHits(count: number): number;
  loseContext(): Promise<void>;
  closeLayer(): number;
  readonly layer: AnnotationLayer | undefined;
  readonly viewer: OpenSeadragon.Viewer;
}

let viewer: OpenSeadragon.Viewer;
let layer: AnnotationLayer | undefined;
let paperOverlay: PaperOverlay | undefined;
let prepared: readonly Shape[] = [];
let packed: ArrayBuffer | undefined;
/** Kept, as the viewer keeps it: it is part of the memory that loading takes. */
let store: AnnotationStore | undefined;
const COLOURS = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#f0e442'];

/** Has what was drawn in fact rasterised, which a browser may put off until later. */
function flushCanvases(): void {
  for (const canvas of viewer.canvas.querySelectorAll<HTMLCanvasElement>(
    '[data-annotation-layer] canvas, [data-paper]',
  )) {
    const { display, visibility } = canvas.style;
    if (display !== 'none' && visibility !== 'hidden') canvas.getContext('2d')?.getImageData(0, 0, 1, 1);
  }
}

const nextFrame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));

/** A pink checkerboard with tile borders, drawn by code: no network, sharp edges to see shifts against. */
function tileSource(extent: number): OpenSeadragon.TileSourceSpecifier {
  const cache = new Map<string, string>();
  return {
    width: extent,
    height: extent,
    tileSize: 512,
    getTileUrl(level: number, x: number, y: number) {
      const key = `${(x + y) % 2}/${level}`;
      let url = cache.get(key);
      if (url === undefined) {
        const canvas = document.createElement('canvas');
        canvas.width = canvas.height = 512;
        const ctx = canvas.getContext('2d');
        if (ctx) {
          ctx.fillStyle = (x + y) % 2 ? '#f3d3e3' : '#e8bcd4';
          ctx.fillRect(0, 0, 512, 512);
        }
        cache.set(key, (url = canvas.toDataURL()));
      }
      return url;
    },
  } as unknown as OpenSeadragon.TileSourceSpecifier;
}

const page: LayerPage = {
  get layer() {
    return layer;
  },
  get viewer() {
    return viewer;
  },
  async open(renderer, extent = 100_000) {
    viewer = OpenSeadragon({
      element: document.getElementById('viewer') as HTMLElement,
      drawer: 'canvas',
      showNavigationControl: false,
      animationTime: 0,
      minZoomLevel: 0.01,
      maxZoomPixelRatio: 100,
      visibilityRatio: 0,
      tileSources: tileSource(extent) as never,
    });
    await new Promise<void>((resolve) => viewer.addOnceHandler('open', () => resolve()));
    await nextFrame();
    if (renderer) layer = createAnnotationLayer(viewer, renderer === 'auto' ? {} : { renderer });
    // Ours is the last handler of the viewer's event: what lies between these two is the layer's own time.
    let start = 0;
    viewer.addHandler('update-viewport', () => (start = performance.now()), undefined, 1);
    viewer.addHandler(
      'update-viewport',
      () => {
        flushCanvases();
        performance.measure('annotation-layer', { start, end: performance.now() });
      },
      undefined,
      -1,
    );
    layer?.setStyles(COLOURS.map((color, i) => [i, { color }] as const));
    await nextFrame();
    return layer?.renderer ?? 'none';
  },
  openPaper() {
    paperOverlay = createPaperOverlay(viewer);
  },
  prepare(count, options) {
    const shapes = makePolygons(count, options);
    if (paperOverlay) prepared = shapes;
    else packed = packShapes(shapes).buffer;
  },
  async loadPrepared() {
    const start = performance.now();
    if (paperOverlay) paperOverlay.load(prepared, COLOURS);
    else if (layer && packed) {
      store = await loadStore(layer.scene, packed);
      layer.flush();
    }
    flushCanvases();
    const ms = performance.now() - start;
    prepared = [];
    packed = undefined;
    return ms;
  },
  drawWhole(views, stepPx) {
    const { viewport } = viewer;
    const times: number[] = [];
    for (let i = 0; i < views; i++) {
      viewport.panBy(viewport.deltaPointsFromPixels(new OpenSeadragon.Point(stepPx * (i % 2 ? 1 : -1), 0)), true);
      const start = performance.now();
      if (paperOverlay) paperOverlay.draw();
      layer?.flush();
      flushCanvases();
      times.push(performance.now() - start);
    }
    return times;
  },
  summariseMany(level, count) {
    layer?.setSummary(randomSummary(count, level, 100_000));
  },
  load(kind, count, options) {
    const shapes = kind === 'box' ? makeBoxes(count, options) : makePolygons(count, options);
    const start = performance.now();
    layer?.scene.apply({ add: shapes });
    return performance.now() - start;
  },
  add(shapes) {
    layer?.scene.apply({ add: shapes });
  },
  style(templateId, color, fillOpacity, lineWidth) {
    layer?.setStyle(templateId, { color, fillOpacity, lineWidth });
  },
  async setView({ zoom, x, y, rotation, flip }) {
    const { viewport } = viewer;
    if (rotation !== undefined) viewport.setRotation(rotation, true);
    if (flip !== undefined) viewport.setFlip(flip);
    const image = viewer.world.getItemAt(0);
    if (zoom !== undefined) viewport.zoomTo(image.imageToViewportZoom(zoom), undefined, true);
    if (x !== undefined && y !== undefined) viewport.panTo(image.imageToViewportCoordinates(x, y), true);
    for (let i = 0; i < 3; i++) await nextFrame();
    layer?.flush();
  },
  async pan(count, stepPx) {
    const frames: number[] = [];
    const draws: number[] = [];
    const before = performance.getEntriesByName('annotation-layer').length;
    const { viewport } = viewer;
    let last = await nextFrame();
    for (let i = 0; i < count; i++) {
      const direction = i % 40 < 20 ? 1 : -1;
      viewport.panBy(
        viewport.deltaPointsFromPixels(new OpenSeadragon.Point(stepPx * direction, (stepPx / 2) * direction)),
        true,
      );
      const now = await nextFrame();
      frames.push(now - last);
      last = now;
    }
    draws.push(
      ...performance
        .getEntriesByName('annotation-layer')
        .slice(before)
        .map((entry) => entry.duration),
    );
    return { frames, draws };
  },
  pixels() {
    const canvas = compose();
    const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    let bytes = '';
    for (let i = 3; i < data.length; i += 4) bytes += String.fromCharCode(data[i] ?? 0);
    return { width: canvas.width, height: canvas.height, alpha: btoa(bytes) };
  },
  unpainted(kind, count, options) {
    const shapes = kind === 'box' ? makeBoxes(count, options) : makePolygons(count, options);
    const canvas = compose();
    const { data, width, height } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {
      data: [],
      width: 0,
      height: 0,
    };
    const scale = layer?.view?.scale ?? 0;
    let missing = 0;
    for (const { id } of shapes) {
      const b = layer?.scene.boundsOf(id);
      if (!b || !layer) continue;
      const a = layer.imageToScreen(b.minX, b.minY);
      const z = layer.imageToScreen(b.maxX, b.maxY);
      if (!a || !z || z.x < 0 || z.y < 0 || a.x > width || a.y > height || scale === 0) continue;
      let isPainted = false;
      const clampX = (v: number) => Math.min(width - 1, Math.max(0, Math.floor(v)));
      const clampY = (v: number) => Math.min(height - 1, Math.max(0, Math.floor(v)));
      for (let y = clampY(a.y); y <= clampY(z.y) && !isPainted; y++) {
        for (let x = clampX(a.x); x <= clampX(z.x) && !isPainted; x++)
          isPainted = (data[(y * width + x) * 4 + 3] ?? 0) > 100;
      }
      if (!isPainted) missing++;
    }
    return missing;
  },
  summarise(level, count, options = {}) {
    layer?.setSummary(summaryOf(makeBoxes(count, options), level, options.extent ?? 100_000));
  },
  unmarked(level, count, options = {}) {
    const { marks, grid } = summaryOf(makeBoxes(count, options), level, options.extent ?? 100_000);
    const canvas = compose();
    const { width, height } = canvas;
    const data = canvas.getContext('2d')?.getImageData(0, 0, width, height).data ?? [];
    let missing = 0;
    const look = (x: number, y: number): void => {
      const at = layer?.imageToScreen(x, y);
      if (!at) return;
      const [column, row] = [Math.floor(at.x * devicePixelRatio), Math.floor(at.y * devicePixelRatio)];
      if (column < 0 || row < 0 || column >= width || row >= height) return;
      if ((data[(row * width + column) * 4 + 3] ?? 0) < 50) missing += 1;
    };
    if (level === 'centres') for (const tile of marks) tile.x.forEach((x, i) => look(x, tile.y[i] ?? 0));
    else if (grid)
      for (let cell = 0; cell < grid.columns * grid.rows; cell++)
        if (grid.counts.some((counts) => (counts[cell] ?? 0) > 0))
          look(((cell % grid.columns) + 0.5) * grid.cellSize, (Math.floor(cell / grid.columns) + 0.5) * grid.cellSize);
    return missing;
  },
  timeHits(count) {
    const size = viewer.world.getItemAt(0).getContentSize();
    const start = performance.now();
    for (let i = 0; i < count; i++)
      layer?.hit((size.x * ((i * 7919) % count)) / count, (size.y * ((i * 104729) % count)) / count, 5);
    return (performance.now() - start) / count;
  },
  async loseContext() {
    const canvas = viewer.canvas.querySelector<HTMLCanvasElement>(
      '[data-annotation-layer=webgl] > canvas:not([data-counts])',
    );
    const extension = canvas?.getContext('webgl2')?.getExtension('WEBGL_lose_context');
    if (!canvas || !extension) throw new Error('There is no WebGL layer to take the context from.');
    const lost = new Promise((resolve) => canvas.addEventListener('webglcontextlost', resolve, { once: true }));
    extension.loseContext();
    await lost;
    await nextFrame();
    const restored = new Promise((resolve) => canvas.addEventListener('webglcontextrestored', resolve, { once: true }));
    extension.restoreContext();
    await restored;
  },
  closeLayer() {
    layer?.dispose();
    store?.dispose();
    paperOverlay?.dispose();
    layer = store = paperOverlay = undefined;
    const left = viewer.canvas.querySelectorAll('[data-annotation-layer]').length;
    viewer.destroy();
    return left;
  },
};

/** The layer's sheets as one canvas of device pixels, without the image. WebGL's is read in the task that drew it. */
function compose(): HTMLCanvasElement {
  const container = viewer.viewport.getContainerSize();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(container.x * devicePixelRatio);
  canvas.height = Math.round(container.y * devicePixelRatio);
  const ctx = canvas.getContext('2d');
  if (!layer || !ctx) return canvas;
  layer.setDisplay({});
  layer.flush();
  for (const sheet of viewer.canvas.querySelectorAll<HTMLCanvasElement>('[data-annotation-layer] canvas')) {
    if (sheet.style.visibility === 'hidden' || sheet.style.display === 'none') continue;
    const m = new DOMMatrix(sheet.style.transform || undefined);
    // A pixel of the sheet with counts is a CSS pixel before it is laid over the image, that of the others a device pixel.
    const d = 'counts' in sheet.dataset ? devicePixelRatio : 1;
    ctx.imageSmoothingEnabled = d === 1 && !('counts' in sheet.dataset);
    ctx.setTransform(m.a * d, m.b * d, m.c * d, m.d * d, m.e * devicePixelRatio, m.f * devicePixelRatio);
    ctx.drawImage(sheet, 0, 0);
  }
  return canvas;
}

declare global {
  var layerPage: LayerPage;
}
globalThis.layerPage = page;
