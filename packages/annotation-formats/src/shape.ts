import { checkGeometry, type Geometry, type PolygonGeometry } from '@exact/geometry';
import { repair } from '@exact/geometry/ops';
import type { Repair } from './item.ts';

/** Clipping takes time with the square of the edges at one height: what is larger is refused instead of cleaned. */
export const MAX_REPAIR_POINTS = 20_000;

export type ShapeCheck =
  { readonly geometry: Geometry; readonly repaired?: Repair } | { readonly code: string; readonly message: string };

/** What can be cleaned: the rings are there, they only cross each other or lie outside one another. */
const REPAIRABLE = new Set(['GEOMETRY_SELF_CROSSING', 'GEOMETRY_HOLE_OUTSIDE']);

/** Checks a shape of a file. One that only crosses itself is cleaned as well, and says so: whether that is wanted is the caller's choice. */
export function readShape(value: object): ShapeCheck {
  const check = checkGeometry(value);
  if (check.ok) return { geometry: check.geometry };
  const { code, message } = check;
  if (REPAIRABLE.has(code)) {
    const cleaned = clean(value as PolygonGeometry); // a polygon: no other kind has rings
    if (cleaned) return { geometry: cleaned, repaired: { code, message } };
  }
  return { code, message };
}

function clean(polygon: PolygonGeometry): Geometry | undefined {
  const points = polygon.polygons.flat().reduce((sum, ring) => sum + ring.length / 2, 0);
  if (points > MAX_REPAIR_POINTS) return undefined;
  try {
    const cleaned = repair(polygon);
    const check = cleaned && checkGeometry(cleaned);
    return check?.ok ? check.geometry : undefined;
  } catch {
    return undefined; // what cannot be cleaned is refused with the reason that the check gave
  }
}
