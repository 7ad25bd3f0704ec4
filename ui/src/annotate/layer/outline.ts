import { corners, type Geometry } from '@exact/geometry';

// 0.02 level-0 px: at 40 screen px for one image px the corners of a polygonised ellipse stay below one pixel.
const ELLIPSE_TOLERANCE = 0.02;

/**
 * The rings that draw a geometry, flat, in level-0 pixels: one open ring for a line, one of a single vertex for a point,
 * none for a whole image. Outer rings turn clockwise on the screen and holes the other way, so that many shapes can be
 * filled in one path by the non-zero rule without cancelling each other.
 */
export function outlineRings(geometry: Geometry): readonly (readonly number[])[] {
  switch (geometry.kind) {
    case 'point':
      return [[geometry.x, geometry.y]];
    case 'box':
      return [corners(geometry)];
    case 'ellipse':
      return [ellipseRing(geometry.cx, geometry.cy, geometry.rx, geometry.ry, geometry.angle ?? 0)];
    case 'line':
      return [geometry.points];
    case 'polygon': {
      // Loops, not `flatMap`: a million polygons pass here.
      const rings: (readonly number[])[] = [];
      for (const polygon of geometry.polygons)
        for (let i = 0; i < polygon.length; i++) rings.push(turned(polygon[i] ?? [], i === 0));
      return rings;
    }
    case 'image':
      return [];
  }
}

function ellipseRing(cx: number, cy: number, rx: number, ry: number, angle: number): number[] {
  const radius = Math.max(rx, ry, ELLIPSE_TOLERANCE);
  // A multiple of four, so that an unturned ellipse has its four extremes among the vertices and its box is exact.
  const wanted = Math.PI / Math.acos(1 - ELLIPSE_TOLERANCE / radius) / 4;
  const count = 4 * Math.min(180, Math.max(8, Math.ceil(wanted)));
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const ring: number[] = [];
  for (let i = 0; i < count; i++) {
    const t = (2 * Math.PI * i) / count;
    const u = rx * Math.cos(t);
    const v = ry * Math.sin(t);
    ring.push(cx + u * cos - v * sin, cy + u * sin + v * cos);
  }
  return ring;
}

/** Twice the signed area of a flat ring; positive when it turns clockwise on the screen (y down). */
export function signedArea(ring: ArrayLike<number>): number {
  let sum = 0;
  const n = ring.length;
  if (n < 2) return 0;
  // `!`: indices below the length
  let px = ring[n - 2]!;
  let py = ring[n - 1]!;
  for (let i = 0; i < n; i += 2) {
    const x = ring[i]!;
    const y = ring[i + 1]!;
    sum += px * y - x * py;
    px = x;
    py = y;
  }
  return sum;
}

function turned(ring: readonly number[], clockwise: boolean): readonly number[] {
  if (signedArea(ring) >= 0 === clockwise) return ring;
  const reversed: number[] = [];
  for (let i = ring.length - 2; i >= 0; i -= 2) reversed.push(ring[i] ?? 0, ring[i + 1] ?? 0);
  return reversed;
}
