import { simplifyPath } from '@exact/geometry';
import { applyAffine } from '../layer/index.ts';
import { combineOf, type Combine } from './areas.ts';
import { CUT_COLOUR, drawDraft, drawHandle, drawSpot } from './drawing.ts';
import { alongEighth, pull } from './magnet.ts';
import { CLICK_PX, screenDistance, TARGET_PX, type Tool, type ToolHost, type ToolId, type ToolPoint } from './tool.ts';

/** Screen pixels between two points of a freehand stroke. */
const STROKE_PX = 3;
/** What a freehand stroke may lose when it is thinned out, in screen pixels. */
const THINNING_PX = 0.75;

/** Points of a draft that are marked; of long freehand lines the first ones. */
const MAX_DOTS = 400;

export interface PathDraftOptions {
  readonly id: ToolId;
  /** `area`: a click on the first point closes it. `line`: open. `either`: open unless closed by its first point. */
  readonly shape: 'area' | 'line' | 'either';
  /** One stroke without clicks before is all there is, as for cutting. Otherwise clicks may follow it. */
  readonly isOneStroke?: boolean;
  /** Whether Shift and Alt at the first point say what the drawing is for; only then is it kept from other meanings. */
  readonly canCombine?: boolean;
  readonly colour?: string;
  /** Points to go on from when the first press is meant to lengthen what is there, the last one nearest; Backspace takes these, too. */
  begin?(point: ToolPoint): readonly number[] | undefined;
  /** @returns whether the draft is done with; otherwise it stays, so that its points can be taken back */
  finish(points: readonly number[], drawn: { readonly isClosed: boolean; readonly combine: Combine }): boolean;
}

/**
 * Draws a path by clicks, freehand by dragging, or both mixed. A double click or Enter ends it, for an area a click on its
 * first point, too; Backspace takes the last point back, Escape lets go. Ctrl keeps to multiples of 45°.
 */
export function createPathDraft(host: ToolHost, options: PathDraftOptions): Tool {
  const { id, shape, isOneStroke = false, canCombine = false } = options;
  /** Flat. What lies before `strokeFrom` was set by clicks and strokes that have ended. */
  let points: number[] = [];
  let strokeFrom = 0;
  let last: ToolPoint | undefined;
  let pointer: ToolPoint | undefined;
  let isClosing = false;
  let combine: Combine = 'new';

  const least = shape === 'area' ? 3 : 2;
  const count = (): number => points.length / 2;
  const colour = (): string =>
    options.colour ?? (combine === 'subtract' ? CUT_COLOUR : (host.template()?.colour ?? '#ffffff'));

  function clear(): void {
    points = [];
    last = pointer = undefined;
    isClosing = false;
    combine = 'new';
    host.redraw();
  }

  /** Where the next point would be set. */
  function placed(point: ToolPoint): ToolPoint {
    if (!point.ctrl || count() === 0) return pull(host, point);
    return alongEighth(host, { x: points.at(-2) ?? 0, y: points.at(-1) ?? 0 }, point);
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

  function finish(isClosed = shape === 'area'): void {
    const flat = withoutRepeats();
    if (flat.length / 2 < (isClosed ? 3 : least)) return;
    if (options.finish(flat, { isClosed, combine })) clear();
    else host.redraw();
  }

  function isAtFirst(point: ToolPoint): boolean {
    if (shape === 'line' || count() < 3) return false;
    const first = host.toScreen(points[0] ?? 0, points[1] ?? 0);
    return Math.hypot(first.x - point.screenX, first.y - point.screenY) <= TARGET_PX;
  }

  return {
    id,
    cursor: (point) => (point && isAtFirst(point) ? 'pointer' : 'crosshair'),
    press(point) {
      if (count() === 0) {
        if (canCombine) combine = combineOf(host, point);
        const before = options.begin?.(point);
        if (before) {
          points = [...before];
          strokeFrom = points.length;
          last = pointer = point;
          host.redraw();
          return true;
        }
      }
      isClosing = isAtFirst(point);
      const at = placed(point);
      if (!isClosing) points.push(at.x, at.y);
      strokeFrom = points.length;
      last = pointer = at;
      host.redraw();
      return true;
    },
    drag(point) {
      if (point.ctrl) {
        // a straight edge that turns with the hand: one point, moved until it is let go
        if (!isClosing) points.length = strokeFrom;
        pointer = placed(point);
        last = pointer;
        return host.redraw();
      }
      pointer = point;
      if (last && screenDistance(last, point) >= (strokeFrom === points.length ? CLICK_PX + 1 : STROKE_PX)) {
        points.push(point.x, point.y);
        last = point;
        isClosing = false;
      }
      host.redraw();
    },
    release(point, isClick) {
      if (isClosing) return finish(true);
      if (point.ctrl && !isClick) {
        const at = placed(point);
        points.push(at.x, at.y);
      } else if (points.length > strokeFrom) {
        const before = points.slice(0, Math.max(0, strokeFrom - 2));
        const end = pull(host, point);
        const stroke = [...points.slice(before.length, -2), end.x, end.y];
        points = [...before, ...simplifyPath(stroke, THINNING_PX / host.scale())];
      } else return;
      if (isAtFirst(point))
        finish(true); // a stroke that comes back to its beginning is a closed outline
      else if (isOneStroke && strokeFrom === 2) finish();
    },
    hover(point) {
      pointer = point && (points.length > 0 || host.options.isMagnetOn) ? placed(point) : point;
      if (points.length > 0 || host.options.isMagnetOn) host.redraw();
    },
    doubleClick: () => finish(),
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
    hasDraft: () => points.length > 0,
    cancel: clear,
    draw(ctx, view) {
      if (points.length === 0) {
        if (pointer && host.options.isMagnetOn && !host.isReadOnly)
          drawHandle(ctx, applyAffine(view.matrix, pointer.x, pointer.y), { isRound: true });
        return;
      }
      const shown = pointer ? [...points, pointer.x, pointer.y] : points;
      drawDraft(ctx, view, { kind: 'line', points: shown }, colour());
      ctx.setLineDash([]);
      for (let i = shape === 'line' ? 0 : 2; i < Math.min(points.length, 2 * MAX_DOTS); i += 2)
        drawSpot(ctx, applyAffine(view.matrix, points[i] ?? 0, points[i + 1] ?? 0));
      if (shape === 'line') return;
      drawHandle(ctx, applyAffine(view.matrix, points[0] ?? 0, points[1] ?? 0), {
        isActive: pointer !== undefined && isAtFirst(pointer),
      });
    },
  };
}
