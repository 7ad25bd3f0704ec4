import type { Bounds } from '@exact/geometry';
import type OpenSeadragon from 'openseadragon';

/** The map x' = a·x + c·y + e, y' = b·x + d·y + f, in the order of `CanvasRenderingContext2D.setTransform`. */
export interface Affine {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}

export interface ScreenPoint {
  readonly x: number;
  readonly y: number;
}

/** One state of the viewer: how level-0 pixels fall on the screen. Screen coordinates are CSS pixels from the viewer's top left. */
export interface View {
  /** Level-0 pixels → CSS pixels. */
  readonly matrix: Affine;
  /** CSS pixels → level-0 pixels. */
  readonly inverse: Affine;
  /** CSS pixels for one level-0 pixel. */
  readonly scale: number;
  /** Size of the viewer in CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Device pixels for one CSS pixel. */
  readonly dpr: number;
  /** Level-0 box around what is on the screen (with rotation it is larger than that). */
  readonly bounds: Bounds;
}

export const IDENTITY: Affine = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 };

export function applyAffine(m: Affine, x: number, y: number): ScreenPoint {
  return { x: m.a * x + m.c * y + m.e, y: m.b * x + m.d * y + m.f };
}

/** The map that does `first`, then `second`. */
export function multiply(second: Affine, first: Affine): Affine {
  return {
    a: second.a * first.a + second.c * first.b,
    b: second.b * first.a + second.d * first.b,
    c: second.a * first.c + second.c * first.d,
    d: second.b * first.c + second.d * first.d,
    e: second.a * first.e + second.c * first.f + second.e,
    f: second.b * first.e + second.d * first.f + second.f,
  };
}

export function invert(m: Affine): Affine {
  const det = m.a * m.d - m.b * m.c;
  return {
    a: m.d / det,
    b: -m.b / det,
    c: -m.c / det,
    d: m.a / det,
    e: (m.c * m.f - m.d * m.e) / det,
    f: (m.b * m.e - m.a * m.f) / det,
  };
}

/** The box around the picture of a box. */
export function mapBounds(m: Affine, b: Bounds): Bounds {
  const x0 = Math.min(m.a * b.minX, m.a * b.maxX) + Math.min(m.c * b.minY, m.c * b.maxY) + m.e;
  const x1 = Math.max(m.a * b.minX, m.a * b.maxX) + Math.max(m.c * b.minY, m.c * b.maxY) + m.e;
  const y0 = Math.min(m.b * b.minX, m.b * b.maxX) + Math.min(m.d * b.minY, m.d * b.maxY) + m.f;
  const y1 = Math.max(m.b * b.minX, m.b * b.maxX) + Math.max(m.d * b.minY, m.d * b.maxY) + m.f;
  return { minX: x0, minY: y0, maxX: x1, maxY: y1 };
}

/** Makes a view from its matrix, size and density. */
export function createView(matrix: Affine, width: number, height: number, dpr: number): View {
  const inverse = invert(matrix);
  const bounds = mapBounds(inverse, { minX: 0, minY: 0, maxX: width, maxY: height });
  return { matrix, inverse, scale: Math.hypot(matrix.a, matrix.b), width, height, dpr, bounds };
}

/** The view with `margin` more CSS pixels on each side, its origin moved there. */
export function widenView(view: View, margin: number): View {
  if (margin === 0) return view;
  const moved = { ...view.matrix, e: view.matrix.e + margin, f: view.matrix.f + margin };
  return createView(moved, view.width + 2 * margin, view.height + 2 * margin, view.dpr);
}

/** Level-0 pixels → device pixels. */
export function deviceMatrix({ matrix: m, dpr }: View): Affine {
  return { a: m.a * dpr, b: m.b * dpr, c: m.c * dpr, d: m.d * dpr, e: m.e * dpr, f: m.f * dpr };
}

export function sameView(a: View, b: View): boolean {
  const m = a.matrix;
  const n = b.matrix;
  return (
    m.a === n.a &&
    m.b === n.b &&
    m.c === n.c &&
    m.d === n.d &&
    m.e === n.e &&
    m.f === n.f &&
    a.width === b.width &&
    a.height === b.height &&
    a.dpr === b.dpr
  );
}

/**
 * Reads the view that OpenSeadragon is drawing now (springs included), or `undefined` while no image is open.
 * Three points fix the affine map, so zoom, rotation of viewer and image, and margins need no formula of our own. Flip
 * does: OpenSeadragon mirrors its canvas about the middle after everything else and leaves it out of its conversions.
 */
export function readView(viewer: OpenSeadragon.Viewer, dpr: number, imageIndex = 0): View | undefined {
  const image = viewer.world.getItemAt(imageIndex) as OpenSeadragon.TiledImage | undefined;
  if (!image) return undefined;
  const size = image.getContentSize();
  const at = (x: number, y: number) => image.imageToViewerElementCoordinates(origin(size, x, y));
  const o = at(0, 0);
  const u = at(size.x, 0);
  const v = at(0, size.y);
  const container = viewer.viewport.getContainerSize();
  const flipped = viewer.viewport.getFlip();
  const sign = flipped ? -1 : 1;
  const matrix = {
    a: (sign * (u.x - o.x)) / size.x,
    b: (u.y - o.y) / size.x,
    c: (sign * (v.x - o.x)) / size.y,
    d: (v.y - o.y) / size.y,
    e: flipped ? container.x - o.x : o.x,
    f: o.y,
  };
  const area = matrix.a * matrix.d - matrix.b * matrix.c;
  if (!Number.isFinite(area) || area === 0 || container.x <= 0 || container.y <= 0) return undefined;
  return createView(matrix, container.x, container.y, dpr);
}

/** A point of the same class as `like`: the layer uses OpenSeadragon's types only and does not import its code. */
function origin(like: OpenSeadragon.Point, x: number, y: number): OpenSeadragon.Point {
  const point = like.clone();
  point.x = x;
  point.y = y;
  return point;
}
