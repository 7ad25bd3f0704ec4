import { area, type Bounds, bounds, centroid, doBoundsMeet, type Geometry } from '@exact/geometry';
import { intersect, toPolygon, union } from '@exact/geometry/ops';
import { assign } from './assignment.ts';

/** When two located objects are the same: enough overlap, or close enough (level-0 pixels). */
export type MatchRule =
  { readonly by: 'iou'; readonly atLeast: number } | { readonly by: 'distance'; readonly atMost: number };

export interface Matching {
  /** Indices of both lists, in the order of the first. */
  readonly pairs: readonly { readonly a: number; readonly b: number; readonly score: number }[];
  readonly onlyA: readonly number[];
  readonly onlyB: readonly number[];
}

/** How far a curve may be replaced by its corners when areas are compared, level-0 pixels. */
const TOLERANCE = 0.02;

/**
 * Pairs the objects of two readers one to one, so that as many as possible fit and of those ways the one that fits best is taken.
 * Objects that cannot be compared (a line with a point, labels of the whole image) stay alone.
 *
 * The score is the overlap (intersection over union), or `1 − distance / atMost` of the centres.
 */
export function match(a: readonly Geometry[], b: readonly Geometry[], rule: MatchRule): Matching {
  const scores = scoresOf(a, b, rule);
  const pairs: { a: number; b: number; score: number }[] = [];
  for (const { rows, columns } of componentsOf(scores, b.length)) {
    // A pair more is worth more than any score: scores are at most 1, and a component has at most so many pairs.
    const bonus = Math.min(rows.length, columns.length) + 1;
    // `!`: indices of the component
    const columnOf = assign(rows.length, columns.length, (row, column) => {
      const score = scores[rows[row]!]!.get(columns[column]!);
      return score === undefined ? undefined : bonus + score;
    });
    columnOf.forEach((column, row) => {
      if (column < 0) return;
      const pair = { a: rows[row]!, b: columns[column]! };
      pairs.push({ ...pair, score: scores[pair.a]!.get(pair.b)! });
    });
  }
  pairs.sort((x, y) => x.a - y.a);
  const [usedA, usedB] = [new Set(pairs.map((pair) => pair.a)), new Set(pairs.map((pair) => pair.b))];
  return {
    pairs,
    onlyA: [...a.keys()].filter((index) => !usedA.has(index)),
    onlyB: [...b.keys()].filter((index) => !usedB.has(index)),
  };
}

/** Intersection over union of two shapes with an area, 0…1. */
export function overlap(a: Geometry, b: Geometry): number {
  if (isUpright(a) && isUpright(b)) return boxOverlap(bounds(a), bounds(b));
  // Parts of one shape may lie over each other: united, no area counts twice.
  const [first, second] = [union([toPolygon(a, TOLERANCE)]), union([toPolygon(b, TOLERANCE)])];
  const shared = first && second && intersect([first, second]);
  if (!shared) return 0;
  const common = area(shared);
  return common / (area(first) + area(second) - common);
}

const isUpright = (geometry: Geometry): boolean => geometry.kind === 'box' && !geometry.angle;
const hasArea = ({ kind }: Geometry): boolean => kind === 'box' || kind === 'ellipse' || kind === 'polygon';

function boxOverlap(a: Bounds, b: Bounds): number {
  const width = Math.min(a.maxX, b.maxX) - Math.max(a.minX, b.minX);
  const height = Math.min(a.maxY, b.maxY) - Math.max(a.minY, b.minY);
  if (width <= 0 || height <= 0) return 0;
  const sizeOf = (box: Bounds): number => (box.maxX - box.minX) * (box.maxY - box.minY);
  return (width * height) / (sizeOf(a) + sizeOf(b) - width * height);
}

/** For each object of the first reader those of the second that it fits with. */
function scoresOf(a: readonly Geometry[], b: readonly Geometry[], rule: MatchRule): Map<number, number>[] {
  const reach = rule.by === 'distance' ? rule.atMost : 0;
  const others = b
    .map((geometry, index) => ({ geometry, index, box: geometry.kind === 'image' ? undefined : bounds(geometry) }))
    .filter((other) => other.box !== undefined)
    .sort((x, y) => x.box!.minX - y.box!.minX);
  const widest = others.reduce((most, { box }) => Math.max(most, box!.maxX - box!.minX), 0);
  return a.map((geometry) => {
    const found = new Map<number, number>();
    if (geometry.kind === 'image') return found;
    const own = bounds(geometry);
    const wide = { minX: own.minX - reach, minY: own.minY - reach, maxX: own.maxX + reach, maxY: own.maxY + reach };
    for (let i = firstFrom(others, wide.minX - widest); i < others.length; i++) {
      const other = others[i]!;
      if (other.box!.minX > wide.maxX) break;
      if (!doBoundsMeet(wide, other.box!)) continue;
      const score = scoreOf(geometry, other.geometry, rule);
      if (score !== undefined) found.set(other.index, score);
    }
    return found;
  });
}

function scoreOf(a: Geometry, b: Geometry, rule: MatchRule): number | undefined {
  if (rule.by === 'iou') {
    const score = hasArea(a) && hasArea(b) ? overlap(a, b) : 0;
    return score > 0 && score >= rule.atLeast ? score : undefined;
  }
  const [from, to] = [centroid(a), centroid(b)];
  const distance = Math.hypot(from.x - to.x, from.y - to.y);
  if (distance > rule.atMost) return undefined;
  return rule.atMost === 0 ? 1 : 1 - distance / rule.atMost;
}

function firstFrom(others: readonly { readonly box: Bounds | undefined }[], x: number): number {
  let [low, high] = [0, others.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (others[middle]!.box!.minX < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Objects that are connected by possible pairs, so that each small group is settled by itself. */
function componentsOf(
  scores: readonly ReadonlyMap<number, number>[],
  columns: number,
): { rows: number[]; columns: number[] }[] {
  const rowsOf: number[][] = Array.from({ length: columns }, () => []);
  scores.forEach((found, row) => {
    for (const column of found.keys()) rowsOf[column]!.push(row);
  });
  const seen = new Set<number>();
  const components: { rows: number[]; columns: number[] }[] = [];
  scores.forEach((found, start) => {
    if (found.size === 0 || seen.has(start)) return;
    const rows = [start];
    const own = new Set<number>();
    seen.add(start);
    for (const row of rows) {
      for (const column of scores[row]!.keys()) {
        if (own.has(column)) continue;
        own.add(column);
        for (const next of rowsOf[column]!) {
          if (seen.has(next)) continue;
          seen.add(next);
          rows.push(next);
        }
      }
    }
    components.push({ rows, columns: [...own] });
  });
  return components;
}
