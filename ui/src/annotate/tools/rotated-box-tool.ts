import type { BoxGeometry } from '@exact/geometry';
import { drawDraft } from './drawing.ts';
import { alongEighth, pull } from './magnet.ts';
import { CLICK_PX, screenDistance, type Tool, type ToolHost, type ToolPoint } from './tool.ts';

type Position = Pick<ToolPoint, 'x' | 'y'>;

/** The box with one side from `a` to `b` that reaches as far as `c` on the other side; nothing without a side. */
export function boxOnSide(a: Position, b: Position, c: Position): BoxGeometry | undefined {
  const width = Math.hypot(b.x - a.x, b.y - a.y);
  if (width === 0) return undefined;
  const [ux, uy] = [(b.x - a.x) / width, (b.y - a.y) / width];
  const reach = -(c.x - a.x) * uy + (c.y - a.y) * ux;
  const height = Math.abs(reach);
  const [cx, cy] = [(a.x + b.x) / 2 - (reach / 2) * uy, (a.y + b.y) / 2 + (reach / 2) * ux];
  return { kind: 'box', x: cx - width / 2, y: cy - height / 2, width, height, angle: Math.atan2(uy, ux) };
}

/**
 * Draws a box that lies at any angle: first one side, by a drag or two clicks, then a click for how far it reaches. Ctrl keeps
 * the side to multiples of 45°.
 */
export function createRotatedBoxTool(host: ToolHost): Tool {
  let start: ToolPoint | undefined;
  let side: ToolPoint | undefined;
  let end: ToolPoint | undefined;
  /** Whether the side is fixed and the pointer says how far the box reaches. */
  let isSideSet = false;
  let isByClicks = false;

  const placed = (point: ToolPoint): ToolPoint =>
    start && !isSideSet && point.ctrl ? alongEighth(host, start, point) : pull(host, point);
  function clear(): void {
    start = side = end = undefined;
    isSideSet = isByClicks = false;
    host.redraw();
  }
  function setSide(point: ToolPoint): void {
    side = end = placed(point);
    isSideSet = start !== undefined && screenDistance(start, side) > CLICK_PX;
    isByClicks = !isSideSet;
  }
  const shape = (): BoxGeometry | undefined => start && side && end && boxOnSide(start, side, end);

  return {
    id: 'rotated-box',
    cursor: () => 'crosshair',
    press(point) {
      if (!start) start = side = end = pull(host, point);
      host.redraw();
      return true;
    },
    drag(point) {
      if (isSideSet) end = placed(point);
      else side = end = placed(point);
      host.redraw();
    },
    release(point, isClick) {
      if (isSideSet) {
        end = placed(point);
        const made = shape();
        if (made && made.height * host.scale() > CLICK_PX) {
          clear();
          host.create(made);
        }
      } else if (isByClicks || !isClick) setSide(point);
      else isByClicks = true;
      host.redraw();
    },
    hover(point) {
      if (!start || !point) return;
      if (isSideSet) end = placed(point);
      else if (isByClicks) side = end = placed(point);
      host.redraw();
    },
    key(key) {
      if (!start || key === 'Enter') return false;
      if (key === 'Backspace' && isSideSet) {
        isSideSet = false;
        isByClicks = true;
        side = end;
        host.redraw();
      } else clear();
      return true;
    },
    cancel: clear,
    draw(ctx, view) {
      if (!start || !side) return;
      const colour = host.template()?.colour ?? '#ffffff';
      const box = isSideSet ? shape() : undefined;
      if (box && box.height > 0) drawDraft(ctx, view, box, colour);
      else drawDraft(ctx, view, { kind: 'line', points: [start.x, start.y, side.x, side.y] }, colour);
    },
  };
}
