import { bounds, doBoundsMeet } from './bounds.ts';
import type { BoxGeometry, Bounds, EllipseGeometry, Geometry } from './geometry.ts';
import { ellipseDistance } from './ellipse-distance.ts';
import { corners } from './outline.ts';
import { doesPathMeetBox, isInRings, pathDistance } from './segments.ts';

/**
 * Tells whether (x, y) lies inside a geometry or on its outline. A point contains only itself, a line only what lies
 * exactly on it (for picking take {@link distanceToOutline}), the whole-image geometry everything.
 */
export function containsPoint(geometry: Geometry, x: number, y: number): boolean {
  switch (geometry.kind) {
    case 'point':
      return geometry.x === x && geometry.y === y;
    case 'box': {
      const { x: u, y: v } = toOwnFrame(geometry, x, y);
      return Math.abs(u) <= geometry.width / 2 && Math.abs(v) <= geometry.height / 2;
    }
    case 'ellipse': {
      const { x: u, y: v } = toOwnFrame(geometry, x, y);
      return (u / geometry.rx) ** 2 + (v / geometry.ry) ** 2 <= 1;
    }
    case 'line':
      return pathDistance(geometry.points, false, x, y) === 0;
    case 'polygon':
      return geometry.polygons.some((rings) => isInRings(rings, x, y));
    case 'image':
      return true;
  }
}

/**
 * Gives the distance from (x, y) to the outline (or the point, or the line), in level-0 pixels; never negative, also
 * inside. The whole-image geometry has no outline: Infinity.
 */
export function distanceToOutline(geometry: Geometry, x: number, y: number): number {
  switch (geometry.kind) {
    case 'point':
      return Math.hypot(x - geometry.x, y - geometry.y);
    case 'box':
      return pathDistance(corners(geometry), true, x, y);
    case 'ellipse': {
      const { x: u, y: v } = toOwnFrame(geometry, x, y);
      return ellipseDistance(geometry.rx, geometry.ry, u, v);
    }
    case 'line':
      return pathDistance(geometry.points, false, x, y);
    case 'polygon': {
      let best = Infinity;
      for (const rings of geometry.polygons) {
        for (const ring of rings) best = Math.min(best, pathDistance(ring, true, x, y));
      }
      return best;
    }
    case 'image':
      return Infinity;
  }
}

/** Tells whether a geometry and an axis-aligned box share a point; touching counts, lying in a hole does not. */
export function intersectsBox(geometry: Geometry, box: Bounds): boolean {
  if (geometry.kind === 'image') return true;
  if (!doBoundsMeet(bounds(geometry), box)) return false;
  switch (geometry.kind) {
    case 'point':
      return true;
    case 'box':
      return !geometry.angle || doRingsMeetBox([corners(geometry)], box);
    case 'ellipse':
      return doesEllipseMeetBox(geometry, box);
    case 'line':
      return doesPathMeetBox(geometry.points, false, box);
    case 'polygon':
      return geometry.polygons.some((rings) => doRingsMeetBox(rings, box));
  }
}

function doRingsMeetBox(rings: readonly (readonly number[])[], box: Bounds): boolean {
  // Without an edge in the box it lies wholly inside or wholly outside: any of its points tells which.
  return rings.some((ring) => doesPathMeetBox(ring, true, box)) || isInRings(rings, box.minX, box.minY);
}

/** Where the ellipse is the unit circle, the box is a parallelogram: does that come as near as 1 to the centre? */
function doesEllipseMeetBox(ellipse: EllipseGeometry, box: Bounds): boolean {
  const ring: number[] = [];
  for (const [x, y] of [
    [box.minX, box.minY],
    [box.maxX, box.minY],
    [box.maxX, box.maxY],
    [box.minX, box.maxY],
  ] as const) {
    const own = toOwnFrame(ellipse, x, y);
    ring.push(own.x / ellipse.rx, own.y / ellipse.ry);
  }
  return pathDistance(ring, true, 0, 0) <= 1 || isInRings([ring], 0, 0);
}

/** Gives (x, y) as seen from the centre of a shape, along its own axes. */
function toOwnFrame(shape: BoxGeometry | EllipseGeometry, x: number, y: number): { x: number; y: number } {
  const dx = x - (shape.kind === 'box' ? shape.x + shape.width / 2 : shape.cx);
  const dy = y - (shape.kind === 'box' ? shape.y + shape.height / 2 : shape.cy);
  const { angle = 0 } = shape;
  if (angle === 0) return { x: dx, y: dy };
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return { x: dx * cos + dy * sin, y: dy * cos - dx * sin };
}
