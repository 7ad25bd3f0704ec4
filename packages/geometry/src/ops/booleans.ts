import type { PolygonGeometry } from '../geometry.ts';
import { cleanRings } from './clean.ts';
import { clip } from './clip.ts';
import { originOf, readRings, writePolygons } from './rings.ts';

/**
 * Gives what at least one of the polygons covers.
 *
 * The result of this and all other operations is clean by the rules of `checkGeometry`, its polygons do not overlap, and
 * corners are exact to one grid step of 1/256 px. The same input gives the same result on every machine.
 *
 * @returns undefined when nothing is covered
 * @throws {@link GeometryError} `GEOMETRY_TOO_LARGE` when the result has more than 100,000 points
 */
export function union(polygons: readonly PolygonGeometry[]): PolygonGeometry | undefined {
  return combine('union', polygons, []);
}

/** Gives what the first polygon covers and none of the others does; undefined when that is nothing. See {@link union}. */
export function subtract(polygon: PolygonGeometry, others: readonly PolygonGeometry[]): PolygonGeometry | undefined {
  if (others.length === 0) return union([polygon]);
  return combine('subtract', [polygon], others);
}

/** Gives what every one of the polygons covers; undefined when that is nothing. See {@link union}. */
export function intersect(polygons: readonly PolygonGeometry[]): PolygonGeometry | undefined {
  const [first, ...others] = polygons;
  if (!first || others.length === 0) return union(polygons);
  let common: PolygonGeometry | undefined = first;
  for (const other of others) {
    if (common) common = combine('intersect', [common], [other]);
  }
  return common;
}

/**
 * Makes a clean polygon of rings that may cross themselves and each other, as a hand draws them: everything that is
 * surrounded is covered. For what a person has drawn; data from outside goes through `checkGeometry` and is refused.
 */
export function repair(polygon: PolygonGeometry): PolygonGeometry | undefined {
  return union([polygon]);
}

function combine(
  operation: 'union' | 'subtract' | 'intersect',
  subject: readonly PolygonGeometry[],
  other: readonly PolygonGeometry[],
): PolygonGeometry | undefined {
  const origin = originOf([...subject, ...other].flatMap(({ polygons }) => polygons.flat()));
  const read = (list: readonly PolygonGeometry[]): number[][] => list.flatMap((polygon) => readRings(polygon, origin));
  return writePolygons(cleanRings(clip(operation, read(subject), read(other))), origin);
}
