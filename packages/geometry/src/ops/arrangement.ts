import { orient } from '../orient.ts';
import { nest } from './nesting.ts';
import { nodeSegments, segmentsOfRing, type Segment } from './node-segments.ts';
import type { Ring } from './rings.ts';

/** A piece of the plane as rings in grid steps (outline first), and whether a cut runs along it. */
export interface Piece {
  readonly rings: Ring[];
  readonly isCut: boolean;
}

/**
 * Works out what rings cover (winding number above 0) by laying all of them into one planar graph: exact, and valid whatever
 * the rings do. Lines are cuts: they become outlines where they separate two pieces, and nothing where they end inside.
 *
 * It is the answer to two questions that clipping leaves open: rings that cross after rounding, and pieces that must share
 * every point of a cut. Slower than clipping by about five times, so it works where clipping cannot.
 *
 * @param rings - oriented, in whole grid steps
 * @param cuts  - open lines, flat
 */
export function arrange(rings: readonly Ring[], cuts: readonly (readonly number[])[] = []): Piece[] {
  const segments = nodeSegments([...rings.flatMap(segmentsOfRing), ...cuts.flatMap(segmentsOfLine)]);
  const graph = new PlanarGraph(segments);
  graph.dropBridges();
  const isInside = graph.insides();
  const isBoundary = (half: number): boolean =>
    isInside(half) && (!isInside(half ^ 1) || (graph.isCut(half) && !graph.isDropped(half)));
  const cycles = graph.cycles(isBoundary);
  const withCut = new Set<Ring>();
  const outlines = cycles.map((halves) => {
    const ring = graph.ringOf(halves);
    if (halves.some((half) => isInside(half ^ 1))) withCut.add(ring);
    return ring;
  });
  return nest(outlines).map((list) => ({ rings: list, isCut: list.some((ring) => withCut.has(ring)) }));
}

function segmentsOfLine(line: readonly number[]): Segment[] {
  const out: Segment[] = [];
  for (let i = 2; i < line.length; i += 2) {
    out.push({ ax: line[i - 2]!, ay: line[i - 1]!, bx: line[i]!, by: line[i + 1]!, weight: 0 });
  }
  return out;
}

/** Edges that meet only in nodes. Half-edge 2e runs along edge e, 2e + 1 back; the face of a half-edge lies to its left. */
class PlanarGraph {
  readonly #x: number[] = [];
  readonly #y: number[] = [];
  readonly #from: number[] = [];
  /** By how much the winding number is higher to the left of half-edge 2e than to its right. */
  readonly #weight: number[] = [];
  readonly #dropped: boolean[] = [];
  /** Outgoing half-edges of each node, by angle. */
  #around: number[][] = [];
  #rank: number[] = [];

  constructor(segments: readonly Segment[]) {
    const nodes = new Map<string, number>();
    const nodeAt = (x: number, y: number): number => {
      const key = `${x},${y}`;
      const known = nodes.get(key);
      if (known !== undefined) return known;
      nodes.set(key, this.#x.length);
      this.#x.push(x);
      return this.#y.push(y) - 1;
    };
    const edges = new Map<string, { from: number; to: number; weight: number; isCut: boolean }>();
    for (const { ax, ay, bx, by, weight } of segments) {
      const a = nodeAt(ax, ay);
      const b = nodeAt(bx, by);
      const [from, to] = a < b ? [a, b] : [b, a];
      const key = `${from},${to}`;
      const edge = edges.get(key) ?? { from, to, weight: 0, isCut: true };
      edge.weight += a < b ? weight : -weight;
      if (weight !== 0) edge.isCut = false;
      edges.set(key, edge);
    }
    for (const { from, to, weight, isCut } of edges.values()) {
      if (weight === 0 && !isCut) continue; // there and back: it separates nothing
      this.#from.push(from, to);
      this.#weight.push(weight);
      this.#dropped.push(false);
    }
    this.#sortAround();
  }

  #sortAround(): void {
    this.#around = this.#x.map(() => []);
    this.#from.forEach((node, half) => {
      if (!this.isDropped(half)) this.#around[node]!.push(half);
    });
    this.#rank = new Array<number>(this.#from.length).fill(-1);
    for (const halves of this.#around) {
      halves.sort((g, h) => this.#compareAngle(g, h));
      halves.forEach((half, i) => (this.#rank[half] = i));
    }
  }

  /** By angle from the direction of negative x on, with exact signs; no two half-edges leave a node the same way. */
  #compareAngle(g: number, h: number): number {
    const node = this.#from[g]!;
    const x = this.#x[node]!;
    const y = this.#y[node]!;
    const [gx, gy] = [this.#x[this.#from[g ^ 1]!]!, this.#y[this.#from[g ^ 1]!]!];
    const [hx, hy] = [this.#x[this.#from[h ^ 1]!]!, this.#y[this.#from[h ^ 1]!]!];
    const isLow = gy < y || (gy === y && gx < x);
    if (isLow !== (hy < y || (hy === y && hx < x))) return isLow ? -1 : 1;
    return -orient(x, y, gx, gy, hx, hy);
  }

  isCut(half: number): boolean {
    return this.#weight[half >> 1] === 0;
  }

  isDropped(half: number): boolean {
    return this.#dropped[half >> 1]!;
  }

  ringOf(halves: readonly number[]): Ring {
    return halves.flatMap((half) => [this.#x[this.#from[half]!]!, this.#y[this.#from[half]!]!]);
  }

  /** Follows the outlines of faces; only half-edges that pass are edges. */
  cycles(isEdge: (half: number) => boolean): number[][] {
    const seen = new Uint8Array(this.#from.length);
    const cycles: number[][] = [];
    for (let start = 0; start < this.#from.length; start++) {
      if (seen[start] || this.isDropped(start) || !isEdge(start)) continue;
      const cycle: number[] = [];
      for (let half = start; !seen[half]; half = this.#next(half, isEdge)) {
        seen[half] = 1;
        cycle.push(half);
      }
      cycles.push(cycle);
    }
    return cycles;
  }

  /** The next edge of the same face: the first one clockwise (against rising angle) from where we came. */
  #next(half: number, isEdge: (half: number) => boolean): number {
    const back = half ^ 1;
    const halves = this.#around[this.#from[back]!]!;
    for (let i = this.#rank[back]! - 1, left = halves.length; left > 0; i--, left--) {
      const candidate = halves[i < 0 ? (i += halves.length) : i]!;
      if (isEdge(candidate)) return candidate;
    }
    return back; // cannot be: what comes into a node leaves it
  }

  /** Takes out cuts with the same face on both sides: they end inside, or tie an outline to a hole. */
  dropBridges(): void {
    const cycleOf = this.#cycleNumbers();
    let hasDropped = false;
    for (let half = 0; half < this.#from.length; half += 2) {
      if (!this.isCut(half) || cycleOf.number[half] !== cycleOf.number[half + 1]) continue;
      this.#dropped[half >> 1] = hasDropped = true;
    }
    if (hasDropped) this.#sortAround();
  }

  #cycleNumbers(): { cycles: number[][]; number: Int32Array } {
    const cycles = this.cycles(() => true);
    const number = new Int32Array(this.#from.length).fill(-1);
    cycles.forEach((halves, c) => halves.forEach((half) => (number[half] = c)));
    return { cycles, number };
  }

  /** Tells for each half-edge whether the face to its left is covered. */
  insides(): (half: number) => boolean {
    const { cycles, number } = this.#cycleNumbers();
    const winding = new Array<number | undefined>(cycles.length);
    const components = this.#components(cycles, number);
    for (const component of components) {
      const queue = [component.outer];
      winding[component.outer] = this.#windingAround(component, components);
      for (let c = queue.pop(); c !== undefined; c = queue.pop()) {
        for (const half of cycles[c]!) {
          const other = number[half ^ 1]!;
          if (winding[other] !== undefined) continue;
          winding[other] = winding[c]! - this.#signed(half);
          queue.push(other);
        }
      }
    }
    return (half) => !this.isDropped(half) && (winding[number[half]!] ?? 0) > 0;
  }

  #signed(half: number): number {
    return (half & 1 ? -1 : 1) * this.#weight[half >> 1]!;
  }

  /** Connected parts of the graph, each with the cycle that runs round its outside: that of its leftmost node. */
  #components(cycles: readonly number[][], number: Int32Array): Component[] {
    const seen = new Uint8Array(cycles.length);
    const components: Component[] = [];
    for (let start = 0; start < cycles.length; start++) {
      if (seen[start]) continue;
      seen[start] = 1;
      const halves: number[] = [];
      const queue = [start];
      for (let c = queue.pop(); c !== undefined; c = queue.pop()) {
        for (const half of cycles[c]!) {
          halves.push(half);
          const other = number[half ^ 1]!;
          if (!seen[other]) queue.push(other);
          seen[other] = 1;
        }
      }
      components.push(this.#component(halves, number));
    }
    return components;
  }

  #component(halves: readonly number[], number: Int32Array): Component {
    let corner = this.#from[halves[0]!]!;
    let [minY, maxX, maxY] = [Infinity, -Infinity, -Infinity];
    for (const half of halves) {
      const node = this.#from[half]!;
      const [x, y] = [this.#x[node]!, this.#y[node]!];
      if (x < this.#x[corner]! || (x === this.#x[corner] && y < this.#y[corner]!)) corner = node;
      if (x > maxX) maxX = x;
      if (y < minY) minY = y;
      if (y > maxY) maxY = y;
    }
    // All edges of the leftmost node lead to the right of it: the gap before the first by angle is the outside.
    const around = this.#around[corner]!;
    const halvesOnly = halves.filter((half) => (half & 1) === 0);
    const outer = number[around[0]! ^ 1]!;
    return { corner, outer, halves: halvesOnly, minX: this.#x[corner]!, minY, maxX, maxY };
  }

  /** Winding number outside of a component: what the other components make of the place of its corner. */
  #windingAround(self: Component, components: readonly Component[]): number {
    const x = this.#x[self.corner]!;
    const y = this.#y[self.corner]!;
    let winding = 0;
    for (const other of components) {
      if (other === self || x < other.minX || x > other.maxX || y < other.minY || y > other.maxY) continue;
      for (const half of other.halves) winding += this.#crossings(half, x, y);
    }
    return winding;
  }

  /** What half-edge `half` adds to the winding number of a point: its crossings of the ray towards greater x. */
  #crossings(half: number, x: number, y: number): number {
    const weight = this.#weight[half >> 1]!;
    if (weight === 0) return 0;
    const [a, b] = [this.#from[half]!, this.#from[half ^ 1]!];
    const [ax, ay, bx, by] = [this.#x[a]!, this.#y[a]!, this.#x[b]!, this.#y[b]!];
    if (ay <= y === by <= y) return 0;
    const side = orient(ax, ay, bx, by, x, y);
    if (ay <= y) return side > 0 ? weight : 0;
    return side < 0 ? -weight : 0;
  }
}

interface Component {
  readonly corner: number;
  readonly outer: number;
  /** Its half-edges of even number: one an edge. */
  readonly halves: readonly number[];
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}
