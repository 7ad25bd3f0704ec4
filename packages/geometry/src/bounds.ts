import type { Bounds, Geometry } from './geometry.ts';
import { MAX_COORDINATE } from './grid.ts';
import { corners } from './outline.ts';

/** Width and height of an image at level 0, in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Gives the smallest box around a geometry, in level-0 pixels; exact but for turned shapes, which floating point rounds.
 *
 * @param image - what the whole-image geometry covers; without it that one covers all coordinates there are (±2^21), so
 *                that it meets every box one searches with
 */
export function bounds(geometry: Geometry, image?: ImageSize): Bounds {
  switch (geometry.kind) {
    case 'point':
      return { minX: geometry.x, minY: geometry.y, maxX: geometry.x, maxY: geometry.y };
    case 'box': {
      const { x, y, width, height, angle = 0 } = geometry;
      if (angle === 0) return { minX: x, minY: y, maxX: x + width, maxY: y + height };
      return boundsOfPoints([corners(geometry)]);
    }
    case 'ellipse': {
      const { cx, cy, rx, ry, angle = 0 } = geometry;
      const w = angle === 0 ? rx : Math.hypot(rx * Math.cos(angle), ry * Math.sin(angle));
      const h = angle === 0 ? ry : Math.hypot(rx * Math.sin(angle), ry * Math.cos(angle));
      return { minX: cx - w, minY: cy - h, maxX: cx + w, maxY: cy + h };
    }
    case 'line':
      return boundsOfPoints([geometry.points]);
    case 'polygon': {
      const only = geometry.polygons.length === 1 ? geometry.polygons[0] : undefined;
      // The holes, too: while one edits, they may lie outside.
      return boundsOfPoints(only ?? geometry.polygons.flat());
    }
    case 'image':
      if (image) return { minX: 0, minY: 0, maxX: image.width, maxY: image.height };
      return { minX: -MAX_COORDINATE, minY: -MAX_COORDINATE, maxX: MAX_COORDINATE, maxY: MAX_COORDINATE };
  }
}

/** Tells whether two boxes share a point; touching counts. */
export function doBoundsMeet(a: Bounds, b: Bounds): boolean {
  return a.minX <= b.maxX && b.minX <= a.maxX && a.minY <= b.maxY && b.minY <= a.maxY;
}

function boundsOfPoints(lists: readonly (readonly number[])[]): Bounds {
  const box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  for (const points of lists) addPoints(box, points);
  return box;
}

function addPoints(box: { -readonly [K in keyof Bounds]: number }, points: readonly number[]): void {
  let { minX, minY, maxX, maxY } = box;
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i]!;
    const y = points[i + 1]!;
    if (x < minX) minX = x;
    if (x > maxX) maxX = x;
    if (y < minY) minY = y;
    if (y > maxY) maxY = y;
  }
  box.minX = minX;
  box.minY = minY;
  box.maxX = maxX;
  box.maxY = maxY;
}
