import { boxBetween } from './box-tools.ts';
import { drawDraft } from './drawing.ts';
import { CLICK_PX, screenDistance, type Tool, type ToolHost, type ToolPoint } from './tool.ts';

const COLOUR = '#ffd54f';

/** Two level-0 points: opposite corners of a box, or the ends of a line. */
export type Picked = readonly [{ readonly x: number; readonly y: number }, { readonly x: number; readonly y: number }];

/**
 * Has the person show a box or a length on the image, by dragging or by two clicks; nothing is stored. Whatever they may do on the
 * image, they may do this.
 *
 * @param done - with what was shown, or without when they escape
 */
export function createPickTool(host: ToolHost, kind: 'box' | 'line', done: (picked: Picked | undefined) => void): Tool {
  let start: ToolPoint | undefined;
  let end: ToolPoint | undefined;
  let isByClicks = false;

  function clear(): void {
    start = end = undefined;
    isByClicks = false;
    host.redraw();
  }
  function finish(): void {
    const [from, to] = [start, end];
    clear();
    if (from && to && screenDistance(from, to) > CLICK_PX) done([from, to]);
  }

  return {
    id: 'area',
    cursor: () => 'crosshair',
    press(point) {
      if (isByClicks) end = point;
      else start = end = point;
      return true;
    },
    drag(point) {
      end = point;
      host.redraw();
    },
    release(point, isClick) {
      end = point;
      if (isByClicks || !isClick) finish();
      else isByClicks = true; // the first of two clicks
    },
    hover(point) {
      if (!isByClicks || !point) return;
      end = point;
      host.redraw();
    },
    key(key) {
      if (key !== 'Escape') return false;
      if (start) clear();
      else done(undefined);
      return true;
    },
    cancel: clear,
    draw(ctx, view) {
      if (!start || !end) return;
      const shape =
        kind === 'box'
          ? boxBetween(start, end, false)
          : ({ kind: 'line', points: [start.x, start.y, end.x, end.y] } as const);
      drawDraft(ctx, view, shape, COLOUR);
    },
  };
}
