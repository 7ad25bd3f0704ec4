import { GeometryError } from '../errors.ts';
import { GRID, type PolygonGeometry } from '../geometry.ts';
import { cleanRings } from './clean.ts';
import { clip, offsetLine, offsetRings } from './clip.ts';
import { originOf, readPoints, readRings, requirePositive, writePolygons } from './rings.ts';

/** Largest distance of a drawn arc from a circle, in level-0 pixels, unless told otherwise: small circles are round, too. */
const arcTolerance = (radius: number): number => Math.max(1 / GRID, Math.min(0.25, Math.abs(radius) / 100));

/**
 * Gives what a round brush covers on its way along a line; a line of one point is a dot.
 *
 * A brush that paints while it moves unites the piece since the last move with the shape and does not outline the whole
 * stroke each time.
 *
 * @param path      - flat, in level-0 pixels; may cross itself
 * @param radius    - half the width of the brush, above 0
 * @param tolerance - largest distance of the round ends and turns from a circle, in level-0 pixels (default: 0.25, or
 *                    a hundredth of the radius when that is less)
 * @throws {@link GeometryError} `GEOMETRY_NUMBER`, `GEOMETRY_TOO_FEW_POINTS` when the path is empty
 */
export function strokeOutline(
  path: readonly number[],
  radius: number,
  tolerance: number = arcTolerance(radius),
): PolygonGeometry {
  requirePositive(radius, 'radius of the brush');
  requirePositive(tolerance, 'tolerance');
  const origin = originOf([path]);
  const line = readPoints(path, origin, '/path');
  if (line.length === 0) {
    throw new GeometryError('GEOMETRY_TOO_FEW_POINTS', 'The path of the brush has no points.', '/path');
  }
  const outline = writePolygons(cleanRings(offsetLine(line, radius * GRID, tolerance * GRID)), origin);
  if (outline) return outline;
  throw new GeometryError('GEOMETRY_EMPTY', `A brush of radius ${radius} px covers nothing on a grid of 1/256 px.`);
}

/**
 * Moves the outline of a polygon to the outside by `distance` level-0 pixels, or to the inside when it is negative; corners
 * become round. Holes shrink as the outline grows.
 *
 * @returns undefined when nothing is left
 */
export function offset(
  polygon: PolygonGeometry,
  distance: number,
  tolerance: number = arcTolerance(distance),
): PolygonGeometry | undefined {
  if (!Number.isFinite(distance)) {
    throw new GeometryError('GEOMETRY_NUMBER', `The distance is ${distance}; it must be a finite number.`);
  }
  requirePositive(tolerance, 'tolerance');
  const origin = originOf(polygon.polygons.flat());
  // Parts that overlap must be one, else each of them would be moved by itself.
  const rings = clip('union', readRings(polygon, origin));
  const moved = Math.abs(distance) * GRID < 0.5 ? rings : offsetRings(rings, distance * GRID, tolerance * GRID);
  return writePolygons(cleanRings(moved), origin);
}
