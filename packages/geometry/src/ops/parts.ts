import { area } from '../area.ts';
import type { PolygonGeometry } from '../geometry.ts';
import { union } from './booleans.ts';
import { requireNotNegative } from './rings.ts';

/**
 * Fills the holes of a polygon, or only those up to `maxArea` (px²). What lies in a filled hole becomes part of the whole.
 */
export function fillHoles(polygon: PolygonGeometry, maxArea: number = Infinity): PolygonGeometry {
  if (maxArea !== Infinity) requireNotNegative(maxArea, 'area of the largest hole to fill');
  const polygons = polygon.polygons.map((rings) => rings.filter((ring, r) => r === 0 || ringArea(ring) > maxArea));
  const filled: PolygonGeometry = { kind: 'polygon', polygons };
  if (polygons.every((rings, p) => rings.length === polygon.polygons[p]?.length)) return polygon;
  // One polygon stays clean without its holes; islands in the hole of another one must be united with it.
  return polygons.length === 1 ? filled : (union([filled]) ?? filled);
}

/**
 * Removes parts and holes smaller than `minArea` (px²); a part is measured without its holes.
 *
 * @returns undefined when nothing is left
 */
export function removeSmall(polygon: PolygonGeometry, minArea: number): PolygonGeometry | undefined {
  requireNotNegative(minArea, 'smallest area to keep');
  const polygons = polygon.polygons
    .filter((rings) => area({ kind: 'polygon', polygons: [rings] }) >= minArea)
    .map((rings) => rings.filter((ring, r) => r === 0 || ringArea(ring) >= minArea));
  return polygons.length === 0 ? undefined : { kind: 'polygon', polygons };
}

function ringArea(ring: readonly number[]): number {
  return area({ kind: 'polygon', polygons: [[ring]] });
}
