import type { BoxGeometry, EllipseGeometry } from '@exact/geometry';
import { drawDraft } from './drawing.ts';
import { CLICK_PX, screenDistance, type Tool, type ToolHost, type ToolPoint } from './tool.ts';

type Corner = Pick<ToolPoint, 'x' | 'y'>;

/** The box between two corners; a square with `isSquare`, as wide as its longer side. */
export function boxBetween(a: Corner, b: Corner, isSquare: boolean): BoxGeometry {
  let [dx, dy] = [b.x - a.x, b.y - a.y];
  if (isSquare) {
    const side = Math.max(Math.abs(dx), Math.abs(dy));
    [dx, dy] = [side * (Math.sign(dx) || 1), side * (Math.sign(dy) || 1)];
  }
  return { kind: 'box', x: Math.min(a.x, a.x + dx), y: Math.min(a.y, a.y + dy), width: Math.abs(dx), height: Math.abs(dy) };
}

export const ellipseIn = ({ x, y, width, height }: BoxGeometry): EllipseGeometry => ({
  kind: 'ellipse',
  cx: x + width / 2,
  cy: y + height / 2,
  rx: width / 2,
  ry: height / 2,
});

/**
 * Draws boxes, or ellipses inside of them: from corner to corner by dragging, or by two clicks for those who cannot drag
 * (WCAG 2.2, 2.5.7). Shift makes squares and circles.
 */
export function createBoxTool(host: ToolHost, kind: 'box' | 'ellipse'): Tool {
  let start: ToolPoint | undefined;
  let end: ToolPoint | undefined;
  let isByClicks = false;

  const shape = (): BoxGeometry | EllipseGeometry | undefined => {
    if (!start || !end) return undefined;
    const box = boxBetween(start, end, end.shift);
    return kind === 'box' ? box : ellipseIn(box);
  };
  function clear(): void {
    start = end = undefined;
    isByClicks = false;
    host.redraw();
  }
  function finish(): void {
    const made = shape();
    const isSeen = start !== undefined && end !== undefined && screenDistance(start, end) > CLICK_PX;
    clear();
    if (made && isSeen) host.create(made);
  }

  return {
    id: kind,
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
      if (!start || key !== 'Escape') return false;
      clear();
      return true;
    },
    cancel: clear,
    draw(ctx, view) {
      const draft = shape();
      if (draft) drawDraft(ctx, view, draft, host.template()?.colour ?? '#ffffff');
    },
  };
}
