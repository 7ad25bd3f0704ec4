import { checkGeometry } from '../check.ts';
import { GeometryError } from '../errors.ts';
import type { Geometry, PolygonGeometry } from '../geometry.ts';
import { outline } from '../outline.ts';
import { requirePositive } from './rings.ts';

/**
 * Gives a box or an ellipse, turned or not, as a polygon, and a polygon as it is.
 *
 * @param tolerance - largest distance between an ellipse and its polygon, in level-0 pixels (default 0.25)
 * @throws {@link GeometryError} `GEOMETRY_KIND` for points, lines and the whole image, which have no outline of their own
 */
export function toPolygon(geometry: Geometry, tolerance: number = 0.25): PolygonGeometry {
  requirePositive(tolerance, 'tolerance');
  if (geometry.kind === 'polygon') return geometry;
  if (geometry.kind !== 'box' && geometry.kind !== 'ellipse') {
    const message = `A geometry of kind "${geometry.kind}" cannot become a polygon. Kinds that can: box, ellipse.`;
    throw new GeometryError('GEOMETRY_KIND', message, '/kind');
  }
  const check = checkGeometry({ kind: 'polygon', polygons: [outline(geometry, tolerance)] });
  if (!check.ok) throw new GeometryError(check.code, check.message, check.path);
  return check.geometry as PolygonGeometry; // what goes in as a polygon comes out as one
}
