import { corners, type Geometry, type RingList } from '@exact/geometry';

// 0.02 level-0 px: at 40 screen px for one image px the corners of a polygonised ellipse stay below one pixel.
const ELLIPSE_TOLERANCE = 0.02;

/**
 * Puts the rings that draw a geometry into a list: one of an open line, one of a single vertex for a point, none for a whole image.
 *
 * @param rings - is cleared first
 */
export function outlineInto(geometry: Geometry, rings: RingList): void {
  rings.clear();
  switch (geometry.kind) {
    case 'point':
      return rings.add([geometry.x, geometry.y]);
    case 'box':
      return rings.add(corners(geometry));
    case 'ellipse':
      return rings.add(ellipseRing(geometry.cx, geometry.cy, geometry.rx, geometry.ry, geometry.angle ?? 0));
    case 'line':
      return rings.add(geometry.points);
    case 'polygon':
      for (const polygon of geometry.polygons)
        for (let i = 0; i < polygon.length; i++) rings.add(polygon[i] ?? [], i > 0);
      return;
    case 'image':
      return;
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

/** Twice the signed area of a flat ring, or of a part of a list; positive when it turns clockwise on the screen (y down). */
export function signedArea(ring: ArrayLike<number>, from = 0, to = ring.length): number {
  let sum = 0;
  if (to - from < 2) return 0;
  // `!`: indices below the length
  let px = ring[to - 2]!;
  let py = ring[to - 1]!;
  for (let i = from; i < to; i += 2) {
    const x = ring[i]!;
    const y = ring[i + 1]!;
    sum += px * y - x * py;
    px = x;
    py = y;
  }
  return sum;
}
