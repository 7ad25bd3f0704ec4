import { drawDraft } from './drawing.ts';
import { alongEighth, pull } from './magnet.ts';
import { CLICK_PX, screenDistance, type Tool, type ToolHost, type ToolPoint } from './tool.ts';

/** Draws a line from one point to another, by a drag or by two clicks. Ctrl or Shift keeps to multiples of 45°. */
export function createLineTool(host: ToolHost): Tool {
  let start: ToolPoint | undefined;
  let end: ToolPoint | undefined;
  let isByClicks = false;

  const placed = (point: ToolPoint): ToolPoint =>
    start && (point.ctrl || point.shift) ? alongEighth(host, start, point) : pull(host, point);
  function clear(): void {
    start = end = undefined;
    isByClicks = false;
    host.redraw();
  }
  function finish(): void {
    if (!start || !end || screenDistance(start, end) <= CLICK_PX) return clear();
    const made = host.create({ kind: 'line', points: [start.x, start.y, end.x, end.y] });
    if (made) clear();
    else isByClicks = true; // what cannot be stored stays in hand
  }

  return {
    id: 'line',
    cursor: () => 'crosshair',
    press(point) {
      if (isByClicks) end = placed(point);
      else start = end = pull(host, point);
      host.redraw();
      return true;
    },
    drag(point) {
      end = placed(point);
      host.redraw();
    },
    release(point, isClick) {
      if (isByClicks || !isClick) {
        end = placed(point);
        finish();
      } else isByClicks = true;
    },
    hover(point) {
      if (!isByClicks || !point) return;
      end = placed(point);
      host.redraw();
    },
    key(key) {
      if (!start) return false;
      if (key === 'Enter') finish();
      else clear();
      return true;
    },
    cancel: clear,
    draw(ctx, view) {
      if (!start || !end) return;
      const points = [start.x, start.y, end.x, end.y];
      drawDraft(ctx, view, { kind: 'line', points }, host.template()?.colour ?? '#ffffff');
    },
  };
}
