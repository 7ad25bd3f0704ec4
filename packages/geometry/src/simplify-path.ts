import { segmentDistance2 } from './segments.ts';

/**
 * Leaves out points of an open path that lie within `tolerance` of the line between those that stay (Douglas and Peucker
 * 1973). For the outline of a shape take `simplify` from `@exact/geometry/ops`, which keeps it from crossing itself.
 *
 * @param points - flat: x0, y0, x1, y1, …; the first and the last stay
 */
export function simplifyPath(points: readonly number[], tolerance: number): number[] {
  const count = points.length / 2;
  if (count < 3) return [...points];
  const kept = new Uint8Array(count);
  kept[0] = kept[count - 1] = 1;
  markKept(points, kept, 0, count - 1, tolerance);
  return points.filter((_, i) => kept[i >> 1] === 1);
}

/** Marks the points between `from` and `to` that have to stay. */
export function markKept(
  points: readonly number[],
  kept: Uint8Array,
  from: number,
  to: number,
  tolerance: number,
): void {
  const stack = [from, to];
  while (stack.length > 0) {
    const end = stack.pop()!;
    const start = stack.pop()!;
    const { index, distance2 } = farthest(points, start, end);
    if (index < 0 || distance2 <= tolerance * tolerance) continue;
    kept[index] = 1;
    stack.push(start, index, index, end);
  }
}

/** The point between two others of a path that is farthest from their line; index -1 when there is none between them. */
export function farthest(
  points: readonly number[],
  from: number,
  to: number,
): { readonly index: number; readonly distance2: number } {
  const [ax, ay, bx, by] = [points[2 * from]!, points[2 * from + 1]!, points[2 * to]!, points[2 * to + 1]!];
  let index = -1;
  let distance2 = -1;
  for (let i = from + 1; i < to; i++) {
    const d = segmentDistance2(points[2 * i]!, points[2 * i + 1]!, ax, ay, bx, by);
    if (d > distance2) [index, distance2] = [i, d];
  }
  return { index, distance2 };
}
