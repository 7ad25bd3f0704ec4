import { GeometryError } from '../errors.ts';
import { orient } from '../orient.ts';
import type { Ring } from './rings.ts';

/**
 * A directed piece of a ring (weight 1) or of a line to cut along (weight 0), in whole grid steps.
 */
export interface Segment {
  readonly ax: number;
  readonly ay: number;
  readonly bx: number;
  readonly by: number;
  readonly weight: 0 | 1;
}

/** Rounding can make segments cross that did not; three rounds are the most that was seen in the tests. */
const MAX_ROUNDS = 40;

export function segmentsOfRing(ring: Ring): Segment[] {
  const out: Segment[] = [];
  for (let i = 0, h = ring.length - 2; i < ring.length; h = i, i += 2) {
    out.push({ ax: ring[h]!, ay: ring[h + 1]!, bx: ring[i]!, by: ring[i + 1]!, weight: 1 });
  }
  return out;
}

/**
 * Splits segments wherever they meet, on the grid, until they share nothing but end points (iterated snap rounding). No
 * point moves by more than half a grid step a round.
 *
 * @throws {@link GeometryError} `GEOMETRY_SELF_CROSSING` when that does not come to an end, which no known input does
 */
export function nodeSegments(segments: readonly Segment[]): Segment[] {
  let current = [...segments];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const cuts = findCuts(current);
    if (cuts.size === 0) return current;
    current = current.flatMap((segment, i) => splitSegment(segment, cuts.get(i)));
  }
  const message =
    'The outlines cross too closely to be worked out on the 1/256 px grid. Move one of the shapes a little.';
  throw new GeometryError('GEOMETRY_SELF_CROSSING', message);
}

/** Finds the flat points at which each segment must be split. */
function findCuts(segments: readonly Segment[]): Map<number, number[]> {
  const cuts = new Map<number, number[]>();
  const cut = (index: number, x: number, y: number): void => {
    const { ax, ay, bx, by } = segments[index]!;
    if ((x === ax && y === ay) || (x === bx && y === by)) return;
    const list = cuts.get(index);
    if (list) list.push(x, y);
    else cuts.set(index, [x, y]);
  };
  forMeetingBoxes(segments, (i, j) => {
    meet(segments[i]!, segments[j]!, (x, y, isOnFirst, isOnSecond) => {
      if (isOnFirst) cut(i, x, y);
      if (isOnSecond) cut(j, x, y);
    });
  });
  return cuts;
}

/**
 * Calls back with all pairs whose bounding boxes, widened by `margin`, meet: a sweep from left to right over what is open.
 */
export function forMeetingBoxes(
  segments: readonly Segment[],
  visit: (i: number, j: number) => void,
  margin: number = 0,
): void {
  const minX = segments.map((s) => Math.min(s.ax, s.bx) - margin);
  const order = segments.map((_, i) => i).sort((i, j) => minX[i]! - minX[j]! || i - j);
  const open: number[] = [];
  for (const i of order) {
    const a = segments[i]!;
    const left = minX[i]!;
    const top = Math.min(a.ay, a.by) - margin;
    const bottom = Math.max(a.ay, a.by) + margin;
    let kept = 0;
    for (const j of open) {
      const b = segments[j]!;
      if (b.ax < left && b.bx < left) continue;
      open[kept++] = j;
      if ((b.ay < top && b.by < top) || (b.ay > bottom && b.by > bottom)) continue;
      visit(j, i);
    }
    open.length = kept;
    open.push(i);
  }
}

type OnMeet = (x: number, y: number, isOnFirst: boolean, isOnSecond: boolean) => void;

/** Tells where two segments meet, other than in a common end: up to two points, rounded to the grid where they cross. */
export function meet(s: Segment, t: Segment, found: OnMeet): void {
  const a = orient(s.ax, s.ay, s.bx, s.by, t.ax, t.ay);
  const b = orient(s.ax, s.ay, s.bx, s.by, t.bx, t.by);
  if ((a > 0 && b > 0) || (a < 0 && b < 0)) return;
  const c = orient(t.ax, t.ay, t.bx, t.by, s.ax, s.ay);
  const d = orient(t.ax, t.ay, t.bx, t.by, s.bx, s.by);
  if ((c > 0 && d > 0) || (c < 0 && d < 0)) return;
  if (a !== 0 && b !== 0 && c !== 0 && d !== 0) {
    const [x, y] = crossing(s, t);
    found(x, y, true, true);
    return;
  }
  if (a === 0 && isBetween(s, t.ax, t.ay)) found(t.ax, t.ay, true, false);
  if (b === 0 && isBetween(s, t.bx, t.by)) found(t.bx, t.by, true, false);
  if (c === 0 && isBetween(t, s.ax, s.ay)) found(s.ax, s.ay, false, true);
  if (d === 0 && isBetween(t, s.bx, s.by)) found(s.bx, s.by, false, true);
}

function isBetween(s: Segment, x: number, y: number): boolean {
  return (
    x >= Math.min(s.ax, s.bx) && x <= Math.max(s.ax, s.bx) && y >= Math.min(s.ay, s.by) && y <= Math.max(s.ay, s.by)
  );
}

function crossing(s: Segment, t: Segment): [x: number, y: number] {
  const ux = s.bx - s.ax;
  const uy = s.by - s.ay;
  const vx = t.bx - t.ax;
  const vy = t.by - t.ay;
  const part = ((t.ax - s.ax) * vy - (t.ay - s.ay) * vx) / (ux * vy - uy * vx);
  // Nearly parallel segments make the quotient inexact; the point stays in both boxes, and the next round looks again.
  const x = Math.round(s.ax + part * ux);
  const y = Math.round(s.ay + part * uy);
  return [clampBoth(x, s.ax, s.bx, t.ax, t.bx), clampBoth(y, s.ay, s.by, t.ay, t.by)];
}

function clampBoth(value: number, a: number, b: number, c: number, d: number): number {
  const low = Math.max(Math.min(a, b), Math.min(c, d));
  const high = Math.min(Math.max(a, b), Math.max(c, d));
  return Math.min(high, Math.max(low, value)) + 0;
}

function splitSegment(segment: Segment, points: readonly number[] | undefined): Segment[] {
  if (!points) return [segment];
  const { ax, ay, bx, by, weight } = segment;
  const order: { x: number; y: number; along: number }[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i]!;
    const y = points[i + 1]!;
    order.push({ x, y, along: (x - ax) * (bx - ax) + (y - ay) * (by - ay) });
  }
  order.sort((p, q) => p.along - q.along || p.x - q.x || p.y - q.y);
  const out: Segment[] = [];
  let x = ax;
  let y = ay;
  for (const next of [...order, { x: bx, y: by }]) {
    if (next.x === x && next.y === y) continue;
    out.push({ ax: x, ay: y, bx: next.x, by: next.y, weight });
    ({ x, y } = next);
  }
  return out;
}
