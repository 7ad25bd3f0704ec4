import type { ImageSize } from './bounds.ts';
import { GeometryError } from './errors.ts';
import type { EllipseGeometry, Geometry } from './geometry.ts';
import { corners } from './outline.ts';

/** Micrometres per level-0 pixel along x and y; scanners of line type make them differ. */
export interface Mpp {
  readonly x: number;
  readonly y: number;
}

export interface MeasureOptions {
  /** Makes the result µm (µm²) instead of pixels. */
  readonly mpp?: Mpp;
  /** Size of the image, needed for the whole-image geometry. */
  readonly image?: ImageSize;
}

/**
 * Gives the area: px², or µm² with `mpp`. Points and lines have none. Polygons that overlap each other count each.
 *
 * @throws {@link GeometryError} `GEOMETRY_KIND` for the whole-image geometry without `image`
 */
export function area(geometry: Geometry, { mpp, image }: MeasureOptions = {}): number {
  return areaPx(geometry, image) * (mpp ? mpp.x * mpp.y : 1);
}

function areaPx(geometry: Geometry, image: ImageSize | undefined): number {
  switch (geometry.kind) {
    case 'point':
    case 'line':
      return 0;
    case 'box':
      return geometry.width * geometry.height;
    case 'ellipse':
      return Math.PI * geometry.rx * geometry.ry;
    case 'polygon': {
      let sum = 0;
      for (const rings of geometry.polygons) {
        rings.forEach((ring, r) => (sum += r === 0 ? ringArea(ring) : -ringArea(ring)));
      }
      return sum;
    }
    case 'image': {
      const { width, height } = sizeOf(image);
      return width * height;
    }
  }
}

/**
 * Gives the length of a line, or of the outline of anything else with its holes: px, or µm with `mpp`. A point has 0.
 *
 * @throws {@link GeometryError} `GEOMETRY_KIND` for the whole-image geometry without `image`
 */
export function perimeter(geometry: Geometry, { mpp = { x: 1, y: 1 }, image }: MeasureOptions = {}): number {
  switch (geometry.kind) {
    case 'point':
      return 0;
    case 'box':
      return pathLength(corners(geometry), true, mpp);
    case 'ellipse':
      return ellipsePerimeter(geometry, mpp);
    case 'line':
      return pathLength(geometry.points, false, mpp);
    case 'polygon':
      return geometry.polygons.flat().reduce((sum, ring) => sum + pathLength(ring, true, mpp), 0);
    case 'image': {
      const { width, height } = sizeOf(image);
      return 2 * (width * mpp.x + height * mpp.y);
    }
  }
}

/** Area inside a flat ring, whichever way it runs; taken from its first point, so that far from 0 no digits are lost. */
function ringArea(ring: readonly number[]): number {
  let sum = 0;
  for (let i = 2; i + 3 < ring.length; i += 2) {
    const ax = ring[i]! - ring[0]!;
    const ay = ring[i + 1]! - ring[1]!;
    sum += ax * (ring[i + 3]! - ring[1]!) - ay * (ring[i + 2]! - ring[0]!);
  }
  return Math.abs(sum) / 2;
}

function pathLength(points: readonly number[], isClosed: boolean, mpp: Mpp): number {
  let sum = 0;
  for (let i = isClosed ? 0 : 2; i < points.length; i += 2) {
    const j = i === 0 ? points.length - 2 : i - 2;
    sum += Math.hypot((points[i]! - points[j]!) * mpp.x, (points[i + 1]! - points[j + 1]!) * mpp.y);
  }
  return sum;
}

/** Exact perimeter by the arithmetic-geometric mean (Abramowitz and Stegun, 17.6), on the ellipse that mpp makes of it. */
function ellipsePerimeter({ rx, ry, angle = 0 }: EllipseGeometry, mpp: Mpp): number {
  const [large, small] = scaledAxes(rx, ry, angle, mpp);
  let a = large;
  let b = small;
  let weight = 0.5;
  let sum = weight * (large - small) * (large + small);
  // Converges quadratically; even a 1 : 10^9 ellipse is done after seven rounds.
  for (let round = 0; round < 40 && a - b > a * 1e-16; round++) {
    const c = (a - b) / 2;
    [a, b] = [(a + b) / 2, Math.sqrt(a * b)];
    weight *= 2;
    sum += weight * c * c;
  }
  return (2 * Math.PI * (large * large - sum)) / a;
}

/** Half axes of a turned ellipse after stretching x and y: the singular values of diag(mpp) · R(angle) · diag(rx, ry). */
function scaledAxes(rx: number, ry: number, angle: number, mpp: Mpp): [large: number, small: number] {
  if (mpp.x === mpp.y) return [Math.max(rx, ry) * mpp.x, Math.min(rx, ry) * mpp.x];
  const a = mpp.x * Math.cos(angle) * rx;
  const b = -mpp.x * Math.sin(angle) * ry;
  const c = mpp.y * Math.sin(angle) * rx;
  const d = mpp.y * Math.cos(angle) * ry;
  const sum = Math.hypot(a + d, b - c) / 2;
  const difference = Math.hypot(a - d, b + c) / 2;
  return [sum + difference, Math.abs(sum - difference)];
}

function sizeOf(image: ImageSize | undefined): ImageSize {
  if (image) return image;
  const message = 'A whole-image geometry has no size of its own. Pass the size of the image in the option "image".';
  throw new GeometryError('GEOMETRY_KIND', message, '/kind');
}
