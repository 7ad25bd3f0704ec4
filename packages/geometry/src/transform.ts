import { GeometryError } from './errors.ts';
import type { BoxGeometry, Geometry } from './geometry.ts';

// None of these snaps, so that steps can be chained without adding up rounding: call `snap` at the end.

/** Moves a geometry by (dx, dy) level-0 pixels. The whole-image geometry stays. */
export function translate(geometry: Geometry, dx: number, dy: number): Geometry {
  return mapPlaces(geometry, 1, 0, (x, y) => [x + dx, y + dy]);
}

/**
 * Scales a geometry by `factor` (above 0), the same in x and y, about (x, y), which stays where it is.
 *
 * @throws {@link GeometryError} `GEOMETRY_NUMBER` when the factor is not above 0
 */
export function scale(geometry: Geometry, factor: number, x: number, y: number): Geometry {
  if (!(factor > 0 && factor < Infinity)) {
    throw new GeometryError('GEOMETRY_NUMBER', `The scale factor is ${factor}; it must be a number above 0.`);
  }
  return mapPlaces(geometry, factor, 0, (px, py) => [x + (px - x) * factor, y + (py - y) * factor]);
}

/** Turns a geometry by `angleRad`, clockwise on the screen, about (x, y). */
export function rotate(geometry: Geometry, angleRad: number, x: number, y: number): Geometry {
  const cos = Math.cos(angleRad);
  const sin = Math.sin(angleRad);
  return mapPlaces(geometry, 1, angleRad, (px, py) => [
    x + (px - x) * cos - (py - y) * sin,
    y + (px - x) * sin + (py - y) * cos,
  ]);
}

type Place = (x: number, y: number) => [x: number, y: number];

/** Applies a similarity: `place` moves points, sizes grow by `factor`, shapes turn by `turnRad`. */
function mapPlaces(geometry: Geometry, factor: number, turnRad: number, place: Place): Geometry {
  switch (geometry.kind) {
    case 'point': {
      const [x, y] = place(geometry.x, geometry.y);
      return { kind: 'point', x, y };
    }
    case 'box':
      return mapBox(geometry, factor, turnRad, place);
    case 'ellipse': {
      const [cx, cy] = place(geometry.cx, geometry.cy);
      const ellipse = { kind: 'ellipse', cx, cy, rx: geometry.rx * factor, ry: geometry.ry * factor } as const;
      return { ...ellipse, ...turned(geometry.angle, turnRad) };
    }
    case 'line':
      return { kind: 'line', points: mapPoints(geometry.points, place) };
    case 'polygon': {
      const polygons = geometry.polygons.map((rings) => rings.map((ring) => mapPoints(ring, place)));
      return { kind: 'polygon', polygons };
    }
    case 'image':
      return geometry;
  }
}

function mapBox(box: BoxGeometry, factor: number, turnRad: number, place: Place): BoxGeometry {
  const width = box.width * factor;
  const height = box.height * factor;
  const [cx, cy] = place(box.x + box.width / 2, box.y + box.height / 2);
  return { kind: 'box', x: cx - width / 2, y: cy - height / 2, width, height, ...turned(box.angle, turnRad) };
}

function turned(angle = 0, turnRad: number): { angle?: number } {
  return angle + turnRad === 0 ? {} : { angle: angle + turnRad };
}

function mapPoints(points: readonly number[], place: Place): number[] {
  const out: number[] = [];
  for (let i = 0; i < points.length; i += 2) out.push(...place(points[i]!, points[i + 1]!));
  return out;
}
