import { GRID, type PolygonGeometry } from '../geometry.ts';
import { farthest, markKept } from '../simplify-path.ts';
import { isClean } from './clean.ts';
import { forMeetingBoxes, meet, type Segment } from './node-segments.ts';
import { requireNotNegative, withEachPart, type Ring } from './rings.ts';

/**
 * Leaves out points of a polygon that lie within `tolerance` (level-0 pixels) of the outline that stays. All parts and holes
 * stay, each with three points at least, and nothing crosses: where thinning would make edges meet, points are put back
 * until they do not. Polygons of one geometry are thinned each for itself.
 */
export function simplify(polygon: PolygonGeometry, tolerance: number): PolygonGeometry {
  requireNotNegative(tolerance, 'tolerance');
  return withEachPart(polygon, (rings) => simplifyRings(rings, tolerance * GRID));
}

/** What is left of a ring: the ring from its first kept point on, closed, and which of its points stay. */
interface Thinned {
  readonly points: Ring;
  readonly kept: Uint8Array;
}

/** Rounds of putting points back; each halves the longest gap at least, so 17 would do for 100,000 points. */
const MAX_ROUNDS = 40;

/** Does the same with the rings of one clean polygon, in grid steps. */
export function simplifyRings(rings: readonly Ring[], tolerance: number): Ring[] {
  const thinned = rings.map((ring) => thin(ring, tolerance));
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (putBack(thinned)) continue;
    const result = thinned.map(({ points, kept }) =>
      points.filter((_, i) => i < points.length - 2 && kept[i >> 1] === 1),
    );
    return isClean(result) ? result : [...rings];
  }
  return [...rings];
}

function thin(ring: Ring, tolerance: number): Thinned {
  const points = closeAtCorner(ring);
  const count = points.length / 2;
  const kept = new Uint8Array(count);
  const opposite = farthest(points, 0, count - 1).index;
  kept[0] = kept[opposite] = kept[count - 1] = 1;
  markKept(points, kept, 0, opposite, tolerance);
  markKept(points, kept, opposite, count - 1, tolerance);
  if (kept.reduce((sum, isKept) => sum + isKept, 0) < 4) {
    const [before, after] = [farthest(points, 0, opposite), farthest(points, opposite, count - 1)];
    kept[before.distance2 >= after.distance2 ? before.index : after.index] = 1;
  }
  return { points, kept };
}

/** Starts a ring at its leftmost point, which is a true corner, and repeats that at the end. */
function closeAtCorner(ring: Ring): Ring {
  let start = 0;
  for (let i = 2; i < ring.length; i += 2) {
    if (ring[i]! < ring[start]! || (ring[i] === ring[start] && ring[i + 1]! < ring[start + 1]!)) start = i;
  }
  return [...ring.slice(start), ...ring.slice(0, start + 2)];
}

interface Edge extends Segment {
  readonly ring: number;
  readonly from: number;
  readonly to: number;
}

/** Puts the farthest point back into every edge that meets another one; false when there was nothing to put back. */
function putBack(thinned: readonly Thinned[]): boolean {
  const edges = thinned.flatMap(edgesOf);
  const bad = new Set<Edge>();
  forMeetingBoxes(edges, (i, j) => {
    const [first, second] = [edges[i]!, edges[j]!];
    if (first.to - first.from === 1 && second.to - second.from === 1) return; // as it was
    meet(first, second, (x, y) => {
      if (isCommonEnd(first, second, x, y) || isCommonEnd(second, first, x, y)) return;
      bad.add(first);
      bad.add(second);
    });
  });
  let hasChanged = false;
  for (const { ring, from, to } of bad) {
    if (to - from === 1) continue;
    thinned[ring]!.kept[farthest(thinned[ring]!.points, from, to).index] = 1;
    hasChanged = true;
  }
  return hasChanged;
}

function edgesOf({ points, kept }: Thinned, ring: number): Edge[] {
  const edges: Edge[] = [];
  let from = 0;
  for (let to = 1; to < kept.length; to++) {
    if (kept[to] === 0) continue;
    const [ax, ay, bx, by] = [points[2 * from]!, points[2 * from + 1]!, points[2 * to]!, points[2 * to + 1]!];
    edges.push({ ring, from, to, ax, ay, bx, by, weight: 1 });
    from = to;
  }
  return edges;
}

/** Tells whether `after` follows `before` in a ring and (x, y) is the point between them. */
function isCommonEnd(before: Edge, after: Edge, x: number, y: number): boolean {
  if (before.ring !== after.ring || before.bx !== x || before.by !== y || after.ax !== x || after.ay !== y)
    return false;
  return before.to === after.from || after.from === 0;
}
