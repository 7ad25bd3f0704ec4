import { orient } from './orient.ts';
import type { RingConflict } from './ring-conflict.ts';
import { makeRingEdges, sortVertices, type RingEdges } from './ring-edges.ts';
import { SweepStatus } from './sweep-status.ts';

/** The sweep behind `findRingConflict`, for rings of any number and size. */
export function sweepRings(rings: readonly (readonly number[])[]): RingConflict | undefined {
  const edges = makeRingEdges(rings);
  const { xs, ys, previous, ringOf, leftX, leftY, rightX, rightY } = edges;
  const status = new SweepStatus(edges);
  const order = sortVertices(xs, ys);
  const isInsideAbove = new Uint8Array(xs.length);
  const isSeen = new Uint8Array(rings.length);
  const lefts: number[] = [];
  const rights: number[] = [];

  for (let i = 0; i < order.length;) {
    const x = xs[order[i]!]!;
    const y = ys[order[i]!]!;
    lefts.length = 0;
    rights.length = 0;
    // All vertices in this point; their edges that end here are found in the status.
    for (; i < order.length && xs[order[i]!] === x && ys[order[i]!] === y; i++) {
      const v = order[i]!;
      const u = previous[v]!;
      if (leftX[v] === x && leftY[v] === y) rights.push(v);
      if (leftX[u] === x && leftY[u] === y) rights.push(u);
    }
    const ring = ringOf[order[i - 1]!]!;
    status.seek(x, y);
    status.takeThrough(x, y, lefts);
    let passing = 0;
    for (const edge of lefts) {
      if (rightX[edge] === x && rightY[edge] === y) continue;
      rights.push(edge);
      passing++;
    }
    if (passing > 1) return { problem: 'crossing', ring, x, y };
    if (rights.length > 1) {
      rights.sort((a, b) => -orient(x, y, rightX[a]!, rightY[a]!, rightX[b]!, rightY[b]!));
      for (let k = 1; k < rights.length; k++) {
        const a = rights[k - 1]!;
        const b = rights[k]!;
        const isSame = orient(x, y, rightX[a]!, rightY[a]!, rightX[b]!, rightY[b]!) === 0;
        if (isSame) return { problem: 'crossing', ring, x, y };
      }
    }
    if (lefts.length + rights.length > 2 && doWaysInterleave(edges, lefts, rights, x, y)) {
      return { problem: 'crossing', ring, x, y };
    }

    const below = status.below();
    const above = status.above();
    // Even-odd over all rings: a hole must begin where it is inside. One that contains the outline, or lies in another
    // hole, begins (or makes the outermost wrong one begin) where it is outside, so this one look at each hole is enough.
    let isInside = below < 0 ? 0 : isInsideAbove[below]!;
    for (const edge of rights) {
      const own = ringOf[edge]!;
      if (!isSeen[own]) {
        isSeen[own] = 1;
        if (own > 0 && !isInside) return { problem: 'hole outside', ring: own, x, y };
      }
      isInside = 1 - isInside;
      isInsideAbove[edge] = isInside;
    }

    if (rights.length === 0) {
      if (doCross(status, edges, below, above)) return crossingOf(edges, below, above);
      continue;
    }
    status.insert(rights);
    const lowest = rights[0]!;
    const highest = rights.at(-1)!;
    if (doCross(status, edges, below, lowest)) return crossingOf(edges, below, lowest);
    if (doCross(status, edges, highest, above)) return crossingOf(edges, highest, above);
  }
  return undefined;
}

/**
 * Tells whether two of the ways through (x, y) cross there. Each way has two arms; around the point the arms of ways that
 * only touch are nested like brackets.
 *
 * @param lefts  - arms to the left, from low to high y
 * @param rights - arms to the right, from low to high y
 */
function doWaysInterleave(
  { xs, ys, next }: RingEdges,
  lefts: readonly number[],
  rights: readonly number[],
  x: number,
  y: number,
): boolean {
  const open: number[] = [];
  const visit = (edge: number): void => {
    const far = next[edge]!;
    // A way is named by its vertex in the point, or by its edge when it passes without one.
    const way = xs[edge] === x && ys[edge] === y ? edge : xs[far] === x && ys[far] === y ? far : xs.length + edge;
    if (open.at(-1) === way) open.pop();
    else open.push(way);
  };
  for (const edge of rights) visit(edge);
  for (let i = lefts.length - 1; i >= 0; i--) visit(lefts[i]!);
  return open.length > 0;
}

/** Tells whether two edges (-1 for none) cross in a point that is no end of either. */
function doCross(status: SweepStatus, { leftX, leftY, rightX, rightY }: RingEdges, a: number, b: number): boolean {
  if (a < 0 || b < 0) return false;
  const start = status.side(a, leftX[b]!, leftY[b]!);
  const end = status.side(a, rightX[b]!, rightY[b]!);
  if (!((start > 0 && end < 0) || (start < 0 && end > 0))) return false;
  const otherStart = status.side(b, leftX[a]!, leftY[a]!);
  const otherEnd = status.side(b, rightX[a]!, rightY[a]!);
  return (otherStart > 0 && otherEnd < 0) || (otherStart < 0 && otherEnd > 0);
}

function crossingOf({ leftX, leftY, rightX, rightY, ringOf }: RingEdges, a: number, b: number): RingConflict {
  const ax = leftX[a]!;
  const ay = leftY[a]!;
  const bx = leftX[b]!;
  const by = leftY[b]!;
  const dx = rightX[a]! - ax;
  const dy = rightY[a]! - ay;
  const ex = rightX[b]! - bx;
  const ey = rightY[b]! - by;
  const t = ((bx - ax) * ey - (by - ay) * ex) / (dx * ey - dy * ex);
  return { problem: 'crossing', ring: ringOf[b]!, x: Math.round(ax + t * dx), y: Math.round(ay + t * dy) };
}
