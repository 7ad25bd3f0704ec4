import { bounds, type ImageSize } from './bounds.ts';
import type { Geometry } from './geometry.ts';

/** A place in level-0 pixels. */
export interface Position {
  readonly x: number;
  readonly y: number;
}

/**
 * Gives the centre of mass: of the area for shapes (holes taken out), of the length for lines. It may lie outside a
 * concave shape. Without the size of the image, the whole-image geometry has its centre at (0, 0).
 */
export function centroid(geometry: Geometry, image?: ImageSize): Position {
  switch (geometry.kind) {
    case 'point':
      return { x: geometry.x, y: geometry.y };
    case 'ellipse':
      return { x: geometry.cx, y: geometry.cy };
    case 'line':
      return centroidOfLine(geometry.points);
    case 'polygon':
      return centroidOfPolygons(geometry.polygons);
    case 'box':
      return { x: geometry.x + geometry.width / 2, y: geometry.y + geometry.height / 2 };
    case 'image': {
      const { minX, minY, maxX, maxY } = bounds(geometry, image);
      return { x: (minX + maxX) / 2, y: (minY + maxY) / 2 };
    }
  }
}

function centroidOfLine(points: readonly number[]): Position {
  let length = 0;
  let x = 0;
  let y = 0;
  for (let i = 2; i < points.length; i += 2) {
    const part = Math.hypot(points[i]! - points[i - 2]!, points[i + 1]! - points[i - 1]!);
    length += part;
    x += (part * (points[i]! + points[i - 2]!)) / 2;
    y += (part * (points[i + 1]! + points[i - 1]!)) / 2;
  }
  return length > 0 ? { x: x / length, y: y / length } : { x: points[0]!, y: points[1]! };
}

function centroidOfPolygons(polygons: readonly (readonly (readonly number[])[])[]): Position {
  // All is taken from one point of the shape, so that small shapes far from 0 lose no digits.
  const ox = polygons[0]![0]![0]!;
  const oy = polygons[0]![0]![1]!;
  let weight = 0;
  let x = 0;
  let y = 0;
  for (const rings of polygons) {
    rings.forEach((ring, r) => {
      let doubleArea = 0;
      let mx = 0;
      let my = 0;
      for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
        const ax = ring[j]! - ox;
        const ay = ring[j + 1]! - oy;
        const bx = ring[i]! - ox;
        const by = ring[i + 1]! - oy;
        const cross = ax * by - ay * bx;
        doubleArea += cross;
        mx += cross * (ax + bx);
        my += cross * (ay + by);
      }
      // Whichever way a ring runs: the outline adds, holes take away.
      const sign = doubleArea < 0 === (r === 0) ? -1 : 1;
      weight += sign * doubleArea;
      x += sign * mx;
      y += sign * my;
    });
  }
  return weight === 0 ? { x: ox, y: oy } : { x: ox + x / (3 * weight), y: oy + y / (3 * weight) };
}
