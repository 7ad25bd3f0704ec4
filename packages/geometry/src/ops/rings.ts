import { GeometryError } from '../errors.ts';
import { GRID, type PolygonGeometry } from '../geometry.ts';
import { MAX_COORDINATE, MAX_RINGS, MAX_VERTICES, toGrid } from '../grid.ts';
import { ringArea2 } from '../orient.ts';

/** A flat ring in whole grid steps, seen from the origin of its work space; positive area = outline, negative = hole. */
export type Ring = number[];

/**
 * Where a computation has its zero, in grid steps. Everything is computed near 0, so that products stay exact, and from
 * the corner of what is worked on, so that a shape gives the same result wherever on the slide it lies.
 */
export interface Origin {
  readonly x: number;
  readonly y: number;
}

const TOO_FAR = `coordinates run from -${MAX_COORDINATE} to ${MAX_COORDINATE} level-0 pixels`;

/** Gives the top left corner of all points, in grid steps; flat lists in pixels. */
export function originOf(lists: Iterable<readonly number[]>): Origin {
  let x = Infinity;
  let y = Infinity;
  for (const points of lists) {
    for (let i = 0; i + 1 < points.length; i += 2) {
      if (points[i]! < x) x = points[i]!;
      if (points[i + 1]! < y) y = points[i + 1]!;
    }
  }
  return { x: Number.isFinite(x) ? toGrid(x) : 0, y: Number.isFinite(y) ? toGrid(y) : 0 };
}

/** Reads flat points in pixels into grid steps, without those that repeat the one before. */
export function readPoints(points: readonly number[], origin: Origin, path = ''): number[] {
  if (points.length % 2 !== 0) {
    throw new GeometryError('GEOMETRY_NUMBER', `The list has ${points.length} numbers; it needs an even count.`, path);
  }
  const out: number[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const x = readStep(points[i]!, `${path}`, i) - origin.x;
    const y = readStep(points[i + 1]!, `${path}`, i + 1) - origin.y;
    if (out.length > 0 && x === out[out.length - 2] && y === out[out.length - 1]) continue;
    out.push(x, y);
  }
  return out;
}

function readStep(px: number, path: string, i: number): number {
  if (!Number.isFinite(px)) {
    throw new GeometryError('GEOMETRY_NUMBER', `Expected a finite number; got ${px}.`, `${path}/${i}`);
  }
  if (px < -MAX_COORDINATE || px > MAX_COORDINATE) {
    throw new GeometryError('GEOMETRY_OUT_OF_RANGE', `The coordinate is ${px} px; ${TOO_FAR}.`, `${path}/${i}`);
  }
  return toGrid(px);
}

/**
 * Reads the rings of a polygon: on the grid, not closed, outlines positive and holes negative. Rings without area are left
 * out: they cover nothing.
 */
export function readRings(polygon: PolygonGeometry, origin: Origin): Ring[] {
  const rings: Ring[] = [];
  polygon.polygons.forEach((list, p) => {
    list.forEach((points, r) => {
      const ring = orientRing(openRing(readPoints(points, origin, `/polygons/${p}/${r}`)), r === 0);
      if (ring) rings.push(ring);
    });
  });
  return rings;
}

/** Drops the repeated first point at the end. */
export function openRing(ring: Ring): Ring {
  while (ring.length > 2 && ring[0] === ring[ring.length - 2] && ring[1] === ring[ring.length - 1]) ring.length -= 2;
  return ring;
}

/** Turns a ring the way it has to run; undefined when it has no area. */
export function orientRing(ring: Ring, isOutline: boolean): Ring | undefined {
  if (ring.length < 6) return undefined;
  const area = ringArea2(ring);
  // A figure of eight may have none in sum and still cover something; which way it runs makes no difference then.
  if (area !== 0 && area > 0 !== isOutline) reverseRing(ring);
  return ring;
}

export function reverseRing(ring: Ring): void {
  for (let i = 2, j = ring.length - 2; i < j; i += 2, j -= 2) {
    [ring[i], ring[j]] = [ring[j]!, ring[i]!];
    [ring[i + 1], ring[j + 1]] = [ring[j + 1]!, ring[i + 1]!];
  }
}

/**
 * Makes a geometry of polygons in grid steps; undefined when there are none.
 *
 * @throws {@link GeometryError} `GEOMETRY_TOO_LARGE`, `GEOMETRY_OUT_OF_RANGE` when the result could not be stored
 */
export function writePolygons(polygons: readonly (readonly Ring[])[], origin: Origin): PolygonGeometry | undefined {
  if (polygons.length === 0) return undefined;
  let points = 0;
  let rings = 0;
  for (const list of polygons) {
    rings += list.length;
    for (const ring of list) points += ring.length / 2;
  }
  if (points > MAX_VERTICES || rings > MAX_RINGS) {
    const message = `The result has ${points} points in ${rings} rings; a geometry holds at most ${MAX_VERTICES} in ${MAX_RINGS}. Simplify the shapes first.`;
    throw new GeometryError('GEOMETRY_TOO_LARGE', message);
  }
  return { kind: 'polygon', polygons: polygons.map((list) => list.map((ring) => writeRing(ring, origin))) };
}

function writeRing(ring: Ring, origin: Origin): number[] {
  const out = new Array<number>(ring.length);
  for (let i = 0; i < ring.length; i++) {
    const steps = ring[i]! + (i % 2 === 0 ? origin.x : origin.y);
    if (steps > MAX_COORDINATE * GRID || steps < -MAX_COORDINATE * GRID) {
      const message = `The result reaches to ${steps / GRID} px; ${TOO_FAR}.`;
      throw new GeometryError('GEOMETRY_OUT_OF_RANGE', message);
    }
    out[i] = steps / GRID;
  }
  return out;
}

/** Refuses a length that is no number above 0. */
export function requirePositive(value: number, name: string): void {
  if (value > 0 && value < Infinity) return;
  throw new GeometryError('GEOMETRY_NUMBER', `The ${name} is ${value}; it must be a number above 0.`);
}

/** Refuses what is no number of at least 0. */
export function requireNotNegative(value: number, name: string): void {
  if (value >= 0 && value < Infinity) return;
  throw new GeometryError('GEOMETRY_NUMBER', `The ${name} is ${value}; it must be a number of at least 0.`);
}

/** The polygon with each of its parts changed for itself, in grid steps; as it was where nothing is left. */
export function withEachPart(polygon: PolygonGeometry, change: (rings: Ring[]) => Ring[]): PolygonGeometry {
  const origin = originOf(polygon.polygons.flat());
  const parts = polygon.polygons
    .map((rings) => readRings({ kind: 'polygon', polygons: [rings] }, origin))
    .filter((rings) => rings.length > 0);
  return writePolygons(parts.map(change), origin) ?? polygon;
}
