import { GeometryError } from './errors.ts';
import type { BoxGeometry, EllipseGeometry, Geometry } from './geometry.ts';

/**
 * Gives the four corners of a box after turning, flat: top left, top right, bottom right, bottom left as they were
 * before, so clockwise on the screen.
 */
export function corners(box: BoxGeometry): number[] {
  const { x, y, width, height, angle = 0 } = box;
  if (angle === 0) return [x, y, x + width, y, x + width, y + height, x, y + height];
  const cx = x + width / 2;
  const cy = y + height / 2;
  const ux = (Math.cos(angle) * width) / 2;
  const uy = (Math.sin(angle) * width) / 2;
  const vx = (-Math.sin(angle) * height) / 2;
  const vy = (Math.cos(angle) * height) / 2;
  return [
    cx - ux - vx,
    cy - uy - vy,
    cx + ux - vx,
    cy + uy - vy,
    cx + ux + vx,
    cy + uy + vy,
    cx - ux + vx,
    cy - uy + vy,
  ];
}

/**
 * Gives flat polylines to draw a geometry with; closed ones end in their first point.
 *
 * @param tolerance - largest distance between an ellipse and its polyline, in level-0 pixels, above 0; at most 4096
 *                    corners are made, which keeps 0.1 px up to half axes of 340,000 px
 * @returns one polyline a ring, one for box, ellipse and line, one of a single point for a point, none for the image
 * @throws {@link GeometryError} `GEOMETRY_NUMBER` when the tolerance is not above 0
 */
export function outline(geometry: Geometry, tolerance: number): number[][] {
  if (!(tolerance > 0))
    throw new GeometryError('GEOMETRY_NUMBER', `The tolerance is ${tolerance}; it must be above 0.`);
  switch (geometry.kind) {
    case 'point':
      return [[geometry.x, geometry.y]];
    case 'box':
      return [close(corners(geometry))];
    case 'ellipse':
      return [close(flatten(geometry, tolerance))];
    case 'line':
      return [[...geometry.points]];
    case 'polygon':
      return geometry.polygons.flatMap((rings) => rings.map((ring) => close([...ring])));
    case 'image':
      return [];
  }
}

function close(ring: number[]): number[] {
  ring.push(ring[0]!, ring[1]!); // Rings have points by contract.
  return ring;
}

function flatten({ cx, cy, rx, ry, angle = 0 }: EllipseGeometry, tolerance: number): number[] {
  // A chord of a circle of radius r over the angle a leaves r (1 - cos(a / 2)); an ellipse is a squeezed circle.
  const halfStep = Math.acos(Math.max(0, 1 - tolerance / Math.max(rx, ry)));
  const count = Math.min(4096, Math.max(8, Math.ceil(Math.PI / halfStep)));
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const points: number[] = [];
  for (let i = 0; i < count; i++) {
    const t = (2 * Math.PI * i) / count;
    const u = rx * Math.cos(t);
    const v = ry * Math.sin(t);
    points.push(cx + u * cos - v * sin, cy + u * sin + v * cos);
  }
  return points;
}
