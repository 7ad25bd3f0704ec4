import { applyAffine } from '../layer/index.ts';
import { drawDraft, drawHandle } from './drawing.ts';
import { simplify } from './simplify.ts';
import { CLICK_PX, screenDistance, TARGET_PX, type Tool, type ToolHost, type ToolPoint } from './tool.ts';

/** Screen pixels between two points of a freehand stroke. */
const STROKE_PX = 3;
/** What a freehand stroke may lose when it is thinned out, in screen pixels. */
const THINNING_PX = 0.75;

/**
 * Draws lines and polygons by clicks, freehand by dragging, or both mixed. A double click or Enter ends it, for a polygon a
 * click on its first point, too; Backspace takes the last point back, Escape lets go.
 */
export function createPathTool(host: ToolHost, kind: 'line' | 'polygon'): Tool {
  /** Flat. What lies before `strokeFrom` was set by clicks and strokes that have ended. */
  let points: number[] = [];
  let strokeFrom = 0;
  let last: ToolPoint | undefined;
  let pointer: ToolPoint | undefined;
  let isClosing = false;

  const least = kind === 'line' ? 2 : 3;
  const count = (): number => points.length / 2;

  function clear(): void {
    points = [];
    last = pointer = undefined;
    isClosing = false;
    host.redraw();
  }

  /** Points that a double click or a trembling hand has set twice are one. */
  function withoutRepeats(): number[] {
    const gap = CLICK_PX / 2 / host.scale();
    const kept: number[] = [];
    for (let i = 0; i < points.length; i += 2) {
      const [x, y] = [points[i] ?? 0, points[i + 1] ?? 0];
      if (kept.length === 0 || Math.hypot(x - (kept.at(-2) ?? 0), y - (kept.at(-1) ?? 0)) >= gap) kept.push(x, y);
    }
    return kept;
  }

  function finish(): void {
    const flat = withoutRepeats();
    if (flat.length / 2 < least) return;
    // what cannot be stored stays as a draft, so that its points can be taken back
    if (host.create(kind === 'line' ? { kind, points: flat } : { kind, polygons: [[flat]] })) clear();
    else host.redraw();
  }

  function isAtFirst(point: ToolPoint): boolean {
    if (kind !== 'polygon' || count() < least) return false;
    const first = host.toScreen(points[0] ?? 0, points[1] ?? 0);
    return Math.hypot(first.x - point.screenX, first.y - point.screenY) <= TARGET_PX;
  }

  return {
    id: kind,
    cursor: (point) => (point && isAtFirst(point) ? 'pointer' : 'crosshair'),
    press(point) {
      isClosing = isAtFirst(point);
      if (!isClosing) points.push(point.x, point.y);
      strokeFrom = points.length;
      last = pointer = point;
      host.redraw();
      return true;
    },
    drag(point) {
      pointer = point;
      if (last && screenDistance(last, point) >= (strokeFrom === points.length ? CLICK_PX + 1 : STROKE_PX)) {
        points.push(point.x, point.y);
        last = point;
        isClosing = false;
      }
      host.redraw();
    },
    release(point) {
      if (isClosing) return finish();
      if (points.length === strokeFrom) return;
      const stroke = points.slice(Math.max(0, strokeFrom - 2));
      points = [...points.slice(0, Math.max(0, strokeFrom - 2)), ...simplify(stroke, THINNING_PX / host.scale())];
      if (isAtFirst(point)) finish(); // a stroke that comes back to its beginning is a closed outline
    },
    hover(point) {
      pointer = point;
      if (points.length > 0) host.redraw();
    },
    doubleClick: finish,
    key(key) {
      if (points.length === 0) return false;
      if (key === 'Escape') clear();
      else if (key === 'Enter') finish();
      else {
        points.length -= 2;
        if (points.length === 0) clear();
        host.redraw();
      }
      return true;
    },
    cancel: clear,
    draw(ctx, view) {
      if (points.length === 0) return;
      const shown = pointer ? [...points, pointer.x, pointer.y] : points;
      drawDraft(ctx, view, { kind: 'line', points: shown }, host.template()?.colour ?? '#ffffff');
      ctx.setLineDash([]);
      drawHandle(ctx, applyAffine(view.matrix, points[0] ?? 0, points[1] ?? 0), {
        isActive: pointer !== undefined && isAtFirst(pointer),
      });
    },
  };
}
