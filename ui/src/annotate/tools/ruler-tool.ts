import { spanText } from '../axes.ts';
import { applyAffine } from '../layer/index.ts';
import { drawDraft, drawHandle, drawText } from './drawing.ts';
import { angleAt, lengthOf, lengthText } from './length.ts';
import { alongEighth, pull } from './magnet.ts';
import { CLICK_PX, screenDistance, type Reading, type Tool, type ToolHost, type ToolPoint } from './tool.ts';

const COLOUR = '#ffd54f';
/** Segments shorter than this on the screen get no text: it would cover them. */
const TEXT_PX = 46;

interface Position {
  readonly x: number;
  readonly y: number;
}

/**
 * Measures: clicks set points, a drag one segment; a double click ends, and the next press starts anew. What was measured stays
 * until Escape. Where the axes are times and frequencies it reads those, and no angles. Enter keeps it as a line where the class in hand is one for lines. Ctrl or Shift keeps to multiples of 45°.
 */
export function createRulerTool(host: ToolHost): Tool {
  let points: Position[] = [];
  let pointer: ToolPoint | undefined;
  let isEnded = false;
  let pressed: ToolPoint | undefined;

  const unit = (): 'µm' | 'px' => (host.mpp() ? 'µm' : 'px');
  /** With the pointer as the last one while it is on its way. */
  const shown = (): readonly Position[] => (pointer && !isEnded && points.length > 0 ? [...points, pointer] : points);
  const canKeep = (): boolean => !host.isReadOnly && host.template()?.kind === 'line' && points.length > 1;

  function placed(point: ToolPoint): ToolPoint {
    const last = points.at(-1);
    return last && !isEnded && (point.ctrl || point.shift) ? alongEighth(host, last, point) : pull(host, point);
  }
  function clear(): void {
    points = [];
    pointer = pressed = undefined;
    isEnded = false;
    host.redraw();
  }
  function add(point: ToolPoint): void {
    const last = points.at(-1);
    const at = last && host.toScreen(last.x, last.y);
    // a double click sets one point, not two
    if (at && Math.hypot(at.x - point.screenX, at.y - point.screenY) < CLICK_PX) return;
    points.push({ x: point.x, y: point.y });
  }
  function keep(): void {
    if (!canKeep()) return void host.tell('noLineClass');
    const kept = host.create({ kind: 'line', points: points.flatMap(({ x, y }) => [x, y]) });
    if (kept) clear();
  }

  return {
    id: 'ruler',
    cursor: () => 'crosshair',
    press(point) {
      if (isEnded) clear();
      const at = placed(point);
      add(at);
      pointer = pressed = at;
      host.redraw();
      return true;
    },
    drag(point) {
      pointer = placed(point);
      host.redraw();
    },
    release(point, isClick) {
      const from = pressed;
      pressed = undefined;
      if (isClick || !from) return;
      const at = placed(point);
      if (screenDistance(from, at) <= CLICK_PX) return;
      add(at);
      pointer = at;
      isEnded = points.length === 2; // a drag alone is the whole measurement
      host.redraw();
    },
    hover(point) {
      pointer = point && placed(point);
      if (points.length > 0) host.redraw();
    },
    doubleClick() {
      isEnded = points.length > 1;
      host.redraw();
    },
    key(key) {
      if (points.length === 0) return false;
      if (key === 'Escape') clear();
      else if (key === 'Enter') {
        if (canKeep()) keep();
        else isEnded = points.length > 1;
      } else {
        points.pop();
        isEnded = false;
        if (points.length === 0) clear();
      }
      host.redraw();
      return true;
    },
    keep,
    reading(): Reading | undefined {
      const path = shown();
      if (path.length < 2) return undefined;
      const segments = path.slice(1).map((point, i) => lengthOf(path[i] ?? point, point, host.mpp()));
      const [a, b, c] = path.slice(-3);
      const [axes, first, last] = [host.axes?.(), path[0], path.at(-1)];
      if (axes && first && last) {
        const span = spanText(axes, first, last);
        return { unit: 'px', segments, total: 0, span, canKeep: canKeep() };
      }
      return {
        unit: unit(),
        segments,
        total: segments.reduce((sum, length) => sum + length, 0),
        ...(a && b && c ? { angle: angleAt(a, b, c, host.mpp()) } : {}),
        canKeep: canKeep(),
      };
    },
    cancel: clear,
    draw(ctx, view) {
      const path = shown();
      if (path.length === 0) return;
      if (path.length > 1) drawDraft(ctx, view, { kind: 'line', points: path.flatMap(({ x, y }) => [x, y]) }, COLOUR);
      const places = path.map(({ x, y }) => applyAffine(view.matrix, x, y));
      for (const at of places) drawHandle(ctx, at, { isRound: true });
      path.forEach((point, i) => {
        const [before, at] = [path[i - 1], places[i]];
        const from = places[i - 1];
        if (!before || !from || !at || Math.hypot(at.x - from.x, at.y - from.y) < TEXT_PX) return;
        const axes = host.axes?.();
        const text = axes ? spanText(axes, before, point) : lengthText(lengthOf(before, point, host.mpp()), unit());
        drawText(ctx, { x: (from.x + at.x) / 2, y: (from.y + at.y) / 2 }, text);
        const next = path[i + 1];
        if (next && !axes)
          drawText(ctx, { x: at.x, y: at.y - 4 }, `${Math.round(angleAt(before, point, next, host.mpp()))}°`);
      });
    },
  };
}
