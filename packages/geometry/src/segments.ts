import type { Bounds } from './geometry.ts';

/** Square of the distance from (x, y) to the segment a – b. */
export function segmentDistance2(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const length2 = dx * dx + dy * dy;
  const along = length2 === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length2));
  const ex = x - ax - along * dx;
  const ey = y - ay - along * dy;
  return ex * ex + ey * ey;
}

/** Distance from (x, y) to a flat path of segments. */
export function pathDistance(points: readonly number[], isClosed: boolean, x: number, y: number): number {
  let best = Infinity;
  for (let i = isClosed ? 0 : 2; i < points.length; i += 2) {
    const j = i === 0 ? points.length - 2 : i - 2;
    best = Math.min(best, segmentDistance2(x, y, points[j]!, points[j + 1]!, points[i]!, points[i + 1]!));
  }
  return Math.sqrt(best);
}

/** Tells whether a flat path has a point in a box. */
export function doesPathMeetBox(points: readonly number[], isClosed: boolean, box: Bounds): boolean {
  for (let i = isClosed ? 0 : 2; i < points.length; i += 2) {
    const j = i === 0 ? points.length - 2 : i - 2;
    if (doesSegmentMeetBox(points[j]!, points[j + 1]!, points[i]!, points[i + 1]!, box)) return true;
  }
  return false;
}

/** Separating axes: x, y and the normal of the segment. Needs no division, so nothing is special about parallel ones. */
function doesSegmentMeetBox(ax: number, ay: number, bx: number, by: number, box: Bounds): boolean {
  const { minX, minY, maxX, maxY } = box;
  if ((ax < minX && bx < minX) || (ax > maxX && bx > maxX) || (ay < minY && by < minY) || (ay > maxY && by > maxY)) {
    return false;
  }
  const dx = bx - ax;
  const dy = by - ay;
  const nearX = (dy > 0 ? minX : maxX) - ax;
  const farX = (dy > 0 ? maxX : minX) - ax;
  const nearY = (dx > 0 ? maxY : minY) - ay;
  const farY = (dx > 0 ? minY : maxY) - ay;
  return dy * nearX - dx * nearY <= 0 && dy * farX - dx * farY >= 0;
}

/** Tells whether (x, y) lies inside the rings by the even-odd rule; on a ring counts as inside. */
export function isInRings(rings: readonly (readonly number[])[], x: number, y: number): boolean {
  let isInside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const ax = ring[j]!;
      const ay = ring[j + 1]!;
      const bx = ring[i]!;
      const by = ring[i + 1]!;
      if ((ay < y && by < y) || (ay > y && by > y) || (ax < x && bx < x)) continue;
      const side = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
      if (side === 0 && (ax <= x || bx <= x) && (ax >= x || bx >= x)) return true;
      // Upper end out, lower end in: a ray through a point meets exactly one of its two edges.
      if (ay > y !== by > y && side < 0 === by < ay) isInside = !isInside;
    }
  }
  return isInside;
}
