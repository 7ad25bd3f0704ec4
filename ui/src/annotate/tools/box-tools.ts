import type { BoxGeometry, EllipseGeometry } from '@exact/geometry';
import { combineOf, storeArea, type Combine } from './areas.ts';
import { CUT_COLOUR, drawDraft } from './drawing.ts';
import { pull } from './magnet.ts';
import { CLICK_PX, screenDistance, type Tool, type ToolHost, type ToolPoint } from './tool.ts';

type Corner = Pick<ToolPoint, 'x' | 'y'>;

/**
 * The box between two opposite corners; a square with `isSquare`, as wide as its longer side.
 *
 * @param angle - of its sides on the image, radians clockwise
 */
export function boxBetween(a: Corner, b: Corner, isSquare: boolean, angle = 0): BoxGeometry {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  let [u, v] = [dx * cos + dy * sin, -dx * sin + dy * cos];
  if (isSquare) {
    const side = Math.max(Math.abs(u), Math.abs(v));
    [u, v] = [side * (Math.sign(u) || 1), side * (Math.sign(v) || 1)];
  }
  const [cx, cy] = [a.x + (u * cos - v * sin) / 2, a.y + (u * sin + v * cos) / 2];
  const [width, height] = [Math.abs(u), Math.abs(v)];
  return { kind: 'box', x: cx - width / 2, y: cy - height / 2, width, height, ...(angle === 0 ? {} : { angle }) };
}

export const ellipseIn = ({ x, y, width, height, angle }: BoxGeometry): EllipseGeometry => ({
  kind: 'ellipse',
  cx: x + width / 2,
  cy: y + height / 2,
  rx: width / 2,
  ry: height / 2,
  ...(angle === undefined ? {} : { angle }),
});

/**
 * Draws boxes, or ellipses inside of them: from corner to corner by dragging, or by two clicks for those who cannot drag
 * (WCAG 2.2, 2.5.7). Shift makes squares and circles; where a polygon is selected, Shift at the first corner adds the area to
 * it and Alt cuts it out.
 */
export function createBoxTool(host: ToolHost, kind: 'box' | 'ellipse'): Tool {
  let start: ToolPoint | undefined;
  let end: ToolPoint | undefined;
  let isByClicks = false;
  let combine: Combine = 'new';

  const shape = (): BoxGeometry | EllipseGeometry | undefined => {
    if (!start || !end) return undefined;
    const box = boxBetween(start, end, end.shift && combine !== 'add', host.angle());
    return kind === 'box' ? box : ellipseIn(box);
  };
  function clear(): void {
    start = end = undefined;
    isByClicks = false;
    combine = 'new';
    host.redraw();
  }
  function finish(): void {
    const made = shape();
    const purpose = combine;
    const isSeen = start !== undefined && end !== undefined && screenDistance(start, end) > CLICK_PX;
    clear();
    if (made && isSeen) storeArea(host, made, purpose);
  }

  return {
    id: kind,
    cursor: () => 'crosshair',
    press(point) {
      const at = pull(host, point);
      if (isByClicks) end = at;
      else {
        combine = combineOf(host, point);
        start = end = at;
      }
      return true;
    },
    drag(point) {
      end = pull(host, point);
      host.redraw();
    },
    release(point, isClick) {
      end = pull(host, point);
      if (isByClicks || !isClick) finish();
      else isByClicks = true; // the first of two clicks
    },
    hover(point) {
      if (!isByClicks || !point) return;
      end = pull(host, point);
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
      if (!draft) return;
      drawDraft(ctx, view, draft, combine === 'subtract' ? CUT_COLOUR : (host.template()?.colour ?? '#ffffff'));
    },
  };
}
