import { pointToSegment } from './segment.ts';

/**
 * Leaves out points of a path that lie within `tolerance` of the line between those that stay (Douglas and Peucker 1973).
 *
 * @param points - flat: x0, y0, x1, y1, …; the first and the last stay
 */
export function simplify(points: readonly number[], tolerance: number): number[] {
  const count = points.length / 2;
  if (count < 3) return [...points];
  const kept = new Uint8Array(count);
  kept[0] = kept[count - 1] = 1;
  const stack: [number, number][] = [[0, count - 1]];
  for (let range = stack.pop(); range; range = stack.pop()) {
    const [from, to] = range;
    let farthest = -1;
    let distance = tolerance;
    for (let i = from + 1; i < to; i++) {
      const d = pointToSegment(at(points, i), at(points, from), at(points, to)).distance;
      if (d > distance) [farthest, distance] = [i, d];
    }
    if (farthest < 0) continue;
    kept[farthest] = 1;
    stack.push([from, farthest], [farthest, to]);
  }
  return points.filter((_, i) => kept[i >> 1] === 1);
}

const at = (points: readonly number[], i: number): { x: number; y: number } => ({
  x: points[2 * i] ?? 0,
  y: points[2 * i + 1] ?? 0,
});
