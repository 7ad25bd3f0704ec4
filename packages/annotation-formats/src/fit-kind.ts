import { bounds, centroid, type Geometry, type GeometryKind, type PolygonGeometry, snap } from '@exact/geometry';
import { toPolygon } from '@exact/geometry/ops';
import type { Item } from './item.ts';

export type Fit =
  | { readonly geometry: Geometry; readonly change?: 'exact' | 'approximate' }
  | { readonly code: 'KIND_MISMATCH'; readonly message: string };

/** How far the points of an ellipse that was drawn as a polygon may lie off, level-0 pixels: programs write two decimals. */
const ELLIPSE_TOLERANCE = 0.5;

/**
 * Gives an item's shape as the kind that a template is for, where that is the same shape: upright rectangles are boxes, boxes are
 * polygons, ellipses that a program wrote as polygons are ellipses again. Points of EXACT's files make what the template says: a box
 * stands for its ellipse or its centre there. An ellipse as a polygon is approximate (0.25 px). Anything else is refused: nobody has
 * drawn it.
 */
export function fitKind(
  { geometry, vector, repaired }: Pick<Item, 'geometry' | 'vector' | 'repaired'>,
  kind: GeometryKind,
): Fit {
  if (geometry.kind === kind) return { geometry };
  const exact = (fitted: Geometry): Fit => ({ geometry: snap(fitted), change: 'exact' });
  if (vector && !repaired) {
    const fitted = fitVector(geometry, vector, kind);
    if (fitted) return exact(fitted);
  }
  if (kind === 'polygon' && geometry.kind === 'box') return exact(toPolygon(geometry));
  if (kind === 'polygon' && geometry.kind === 'ellipse')
    return { geometry: toPolygon(geometry), change: 'approximate' };
  const ring = geometry.kind === 'polygon' ? onlyRing(geometry) : undefined;
  if (ring && kind === 'box' && isUprightRectangle(ring)) {
    const { minX, minY, maxX, maxY } = bounds(geometry);
    return exact({ kind: 'box', x: minX, y: minY, width: maxX - minX, height: maxY - minY });
  }
  if (ring && kind === 'ellipse') {
    const ellipse = ellipseOf(ring, bounds(geometry));
    if (ellipse) return exact(ellipse);
  }
  return {
    code: 'KIND_MISMATCH',
    message: `it is a ${geometry.kind}, and the template is for ${kind === 'image' ? 'the whole image' : `the kind ${kind}`}. Choose or make a template for ${geometry.kind}`,
  };
}

function fitVector(geometry: Geometry, vector: readonly number[], kind: GeometryKind): Geometry | undefined {
  if (kind === 'line' && new Set(pairs(vector)).size > 1) return { kind: 'line', points: vector };
  if (geometry.kind !== 'box') return undefined;
  const { x, y, width, height } = geometry;
  if (kind === 'ellipse') return { kind, cx: x + width / 2, cy: y + height / 2, rx: width / 2, ry: height / 2 };
  if (kind === 'point') return { kind, ...centroid(geometry) };
  return undefined;
}

const pairs = (points: readonly number[]): string[] =>
  Array.from({ length: points.length / 2 }, (_, i) => `${points[2 * i]} ${points[2 * i + 1]}`);

function onlyRing({ polygons }: PolygonGeometry): readonly number[] | undefined {
  return polygons.length === 1 && polygons[0]?.length === 1 ? polygons[0][0] : undefined;
}

function isUprightRectangle(ring: readonly number[]): boolean {
  if (ring.length !== 8) return false;
  const [xs, ys] = [new Set(ring.filter((_, i) => i % 2 === 0)), new Set(ring.filter((_, i) => i % 2 === 1))];
  return xs.size === 2 && ys.size === 2 && new Set(pairs(ring)).size === 4;
}

function ellipseOf(
  ring: readonly number[],
  { minX, minY, maxX, maxY }: ReturnType<typeof bounds>,
): Geometry | undefined {
  if (ring.length < 24) return undefined; // fewer than twelve corners are no curve
  const [cx, cy, rx, ry] = [(minX + maxX) / 2, (minY + maxY) / 2, (maxX - minX) / 2, (maxY - minY) / 2];
  for (let i = 0; i < ring.length; i += 2) {
    const [dx, dy] = [ring[i]! - cx, ring[i + 1]! - cy]; // within the ring
    const radius = Math.hypot(dx, dy);
    const share = Math.hypot(dx / rx, dy / ry);
    if (share === 0 || Math.abs(radius - radius / share) > ELLIPSE_TOLERANCE) return undefined;
  }
  return { kind: 'ellipse', cx, cy, rx, ry };
}
