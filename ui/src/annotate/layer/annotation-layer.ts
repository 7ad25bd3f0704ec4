import type { Bounds } from '@exact/geometry';
import type OpenSeadragon from 'openseadragon';
import { createCanvasRenderer } from './canvas-renderer.ts';
import { createCountSheet } from './count-sheet.ts';
import { createOverlay, type OverlayDrawer } from './overlay.ts';
import { probeRenderer, type RendererKind } from './probe.ts';
import type { Frame } from './renderer.ts';
import { Scene, type HitOptions } from './scene.ts';
import { DEFAULT_DISPLAY, StyleTable, visibleSlots, type Display, type TemplateStyle } from './styles.ts';
import { PLAIN_FLAG } from './flags.ts';
import type { Summary } from './summary.ts';
import { applyAffine, readView, sameView, type ScreenPoint, type View } from './transform.ts';
import { createWebglRenderer } from './webgl-renderer.ts';

/** Time for drawing in one frame of 16.7 ms; the rest is for tiles, input and the browser. */
const FRAME_BUDGET_MS = 7;

export interface AnnotationLayerOptions {
  /** Shapes to draw; default a new, empty scene. A scene outlives the layer. */
  readonly scene?: Scene;
  /** Default: what fits the machine, see `probeRenderer`. */
  readonly renderer?: RendererKind;
  readonly display?: Partial<Display>;
  /** Which of the viewer's images gives the level-0 frame; default 0. */
  readonly imageIndex?: number;
}

export interface LayerHitOptions extends Pick<HitOptions, 'mode'> {
  /** Also finds shapes that are in memory but not drawn as such at this magnification. */
  readonly withPlain?: boolean;
}

/** Annotations drawn over an OpenSeadragon viewer. Screen coordinates are CSS pixels from the viewer's top left, image coordinates level-0 pixels. */
export interface AnnotationLayer {
  readonly scene: Scene;
  readonly renderer: RendererKind;
  readonly display: Display;
  /** The view last drawn, or `undefined` while no image is open. */
  readonly view: View | undefined;
  setStyle(templateId: number, style: TemplateStyle): void;
  /** Sets many at once; templates that are not listed keep their style. */
  setStyles(styles: Iterable<readonly [templateId: number, style: TemplateStyle]>): void;
  setDisplay(change: Partial<Display>): void;
  readonly summary: Summary | undefined;
  /** What stands in for shapes that are not loaded; nothing where all are. See `Summary`. */
  setSummary(summary: Summary | undefined): void;
  setSelected(ids: Iterable<string>): void;
  setHovered(id: string | undefined): void;
  /** Adds a drawing above all shapes (drafts, handles); returns the way to remove it. Later ones are drawn above earlier ones. */
  addOverlay(draw: OverlayDrawer): () => void;
  /** Has the overlay drawn again in the next frame, after what a drawer shows has changed. */
  redrawOverlay(): void;
  /** Both answer from the viewer as it is now, and `undefined` while no image is open. */
  imageToScreen(x: number, y: number): ScreenPoint | undefined;
  screenToImage(x: number, y: number): ScreenPoint | undefined;
  /**
   * Ids of the visible shapes at a level-0 point, smallest first.
   *
   * @param tolerancePx - screen pixels that the point may miss a point, line or outline; default 5
   */
  hit(x: number, y: number, tolerancePx?: number, options?: LayerHitOptions): string[];
  /** Ids of the visible shapes wholly inside a level-0 box or ring (a rubber band in a turned view, a lasso). */
  inside(area: Bounds | readonly number[]): string[];
  /** Draws everything now and completely, however long it takes: for screenshots and tests. */
  flush(): void;
  dispose(): void;
}

/**
 * Puts a layer of annotations over a viewer. It draws in the same frame as the tiles (OpenSeadragon's `update-viewport`), only when view, shapes or styles changed, and
 * takes no pointer events: tools listen themselves and ask `screenToImage` and `hit`. The layer removes itself when the viewer is destroyed.
 */
export function createAnnotationLayer(
  viewer: OpenSeadragon.Viewer,
  options: AnnotationLayerOptions = {},
): AnnotationLayer {
  const document = viewer.canvas.ownerDocument;
  const window = document.defaultView ?? globalThis;
  const scene = options.scene ?? new Scene();
  const renderer =
    (options.renderer ?? probeRenderer(document)) === 'webgl'
      ? createWebglRenderer(document, () => invalidate())
      : createCanvasRenderer(document);
  const counts = createCountSheet(document);
  const overlay = createOverlay(document);
  const element = document.createElement('div');
  element.dataset['annotationLayer'] = renderer.kind;
  element.style.cssText = 'position:absolute;inset:0;overflow:hidden;pointer-events:none';
  element.append(counts.element, renderer.element, overlay.element);
  viewer.canvas.append(element);

  const drawers = new Set<OverlayDrawer>();
  let display: Display = { ...DEFAULT_DISPLAY, ...options.display };
  let styles = new StyleTable();
  let summary: Summary | undefined;
  let selected: ReadonlySet<string> = new Set();
  let hovered: string | undefined;
  let frame: Frame | undefined;
  let isSceneStale = true;
  let isOverlayStale = true;
  let isComplete = false;
  let request: number | undefined;

  function schedule(): void {
    request ??= window.requestAnimationFrame(() => {
      request = undefined;
      draw(performance.now() + FRAME_BUDGET_MS);
    });
  }

  function invalidate(): void {
    isSceneStale = isOverlayStale = true;
    schedule();
  }

  function redrawOverlay(): void {
    isOverlayStale = true;
    schedule();
  }

  function currentView(): View | undefined {
    const view = readView(viewer, window.devicePixelRatio || 1, options.imageIndex);
    return view && frame && sameView(view, frame.view) ? frame.view : view;
  }

  /** Draws what changed. Called with each drawing of the tiles, so it must be quick to find out that nothing did. */
  function draw(deadline: number): void {
    const view = currentView();
    element.style.visibility = view ? '' : 'hidden';
    if (!view) {
      frame = undefined;
      return;
    }
    const isMoved = view !== frame?.view;
    if (!frame || isMoved || isSceneStale) {
      frame = { scene, styles, display: shownDisplay(), view, summary };
      counts.draw(frame, viewer.world.getItemAt(options.imageIndex ?? 0).getContentSize());
      isComplete = false;
    }
    if (!isComplete) isComplete = renderer.draw(frame, deadline);
    if (isMoved || isOverlayStale) overlay.draw(frame, selected, hovered, drawers);
    isSceneStale = isOverlayStale = false;
    if (!isComplete) schedule();
  }

  /** Where not all shapes in view are loaded, only those are drawn that are so at any magnification. */
  function shownDisplay(): Display {
    if (!summary || summary.level === 'shapes') return display;
    return { ...display, hiddenFlags: display.hiddenFlags | PLAIN_FLAG };
  }

  function accepts(withPlain = false): (slot: number) => boolean {
    return visibleSlots(scene.store, styles.resolve(scene.store), withPlain ? display : shownDisplay());
  }

  const onViewport = () => draw(performance.now() + FRAME_BUDGET_MS);
  const stopListening = scene.onChange(invalidate);
  viewer.addHandler('update-viewport', onViewport);
  viewer.addHandler('close', schedule);
  viewer.addHandler('before-destroy', dispose);
  setOpacity();
  schedule();

  function setOpacity(): void {
    counts.element.style.opacity = renderer.element.style.opacity = String(display.opacity);
  }

  function dispose(): void {
    if (request !== undefined) window.cancelAnimationFrame(request);
    // Nothing may be scheduled any more, even by a callback that is still on its way.
    request = -1;
    stopListening();
    viewer.removeHandler('update-viewport', onViewport);
    viewer.removeHandler('close', schedule);
    viewer.removeHandler('before-destroy', dispose);
    renderer.dispose();
    counts.dispose();
    overlay.dispose();
    element.remove();
    drawers.clear();
  }

  return {
    scene,
    renderer: renderer.kind,
    get display() {
      return display;
    },
    get summary() {
      return summary;
    },
    get view() {
      return frame?.view;
    },
    setStyle(templateId, style) {
      styles = styles.with([[templateId, style]]);
      invalidate();
    },
    setStyles(entries) {
      styles = styles.with(entries);
      invalidate();
    },
    setDisplay(change) {
      display = { ...display, ...change };
      setOpacity();
      invalidate();
    },
    setSummary(next) {
      if (next === summary) return;
      summary = next;
      invalidate();
    },
    setSelected(ids) {
      selected = new Set(ids);
      redrawOverlay();
    },
    setHovered(id) {
      if (id === hovered) return;
      hovered = id;
      redrawOverlay();
    },
    addOverlay(drawer) {
      drawers.add(drawer);
      redrawOverlay();
      return () => {
        if (drawers.delete(drawer)) redrawOverlay();
      };
    },
    redrawOverlay,
    imageToScreen(x, y) {
      const view = currentView();
      return view && applyAffine(view.matrix, x, y);
    },
    screenToImage(x, y) {
      const view = currentView();
      return view && applyAffine(view.inverse, x, y);
    },
    hit(x, y, tolerancePx = 5, { withPlain, ...hitOptions } = {}) {
      const view = currentView();
      return view ? scene.hit(x, y, tolerancePx / view.scale, { ...hitOptions, accepts: accepts(withPlain) }) : [];
    },
    inside: (area) => scene.inside(area, accepts()),
    flush() {
      // A picture that was begun for an older frame is finished first.
      do draw(Infinity);
      while (frame && !isComplete);
    },
    dispose,
  };
}
