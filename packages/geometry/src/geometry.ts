/**
 * The shapes that an annotation can have. All coordinates are level-0 pixels: x to the right, y down, (0, 0) the top left
 * corner of the image, the centre of the first pixel at (0.5, 0.5). They may lie outside the image.
 *
 * Coordinates live on a fixed grid of 1/256 px (see {@link GRID}), so that client and server compute the same result.
 */
export type Geometry = PointGeometry | BoxGeometry | EllipseGeometry | LineGeometry | PolygonGeometry | ImageGeometry;

/** Kinds of geometry; the index in this list is the number used in the packed format and in the database. */
export const GEOMETRY_KINDS = ['point', 'box', 'ellipse', 'line', 'polygon', 'image'] as const;
export type GeometryKind = (typeof GEOMETRY_KINDS)[number];

export interface PointGeometry {
  readonly kind: 'point';
  readonly x: number;
  readonly y: number;
}

/** An axis-aligned box turned by `angle` about its centre. `x`, `y` is the top left corner before turning. */
export interface BoxGeometry {
  readonly kind: 'box';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Radians, clockwise on the screen; absent means 0. */
  readonly angle?: number;
}

/** An ellipse about (cx, cy) with half axes rx, ry, turned by `angle` about its centre. */
export interface EllipseGeometry {
  readonly kind: 'ellipse';
  readonly cx: number;
  readonly cy: number;
  readonly rx: number;
  readonly ry: number;
  /** Radians, clockwise on the screen; absent means 0. */
  readonly angle?: number;
}

/** An open line through at least two points, flat: x0, y0, x1, y1, … */
export interface LineGeometry {
  readonly kind: 'line';
  readonly points: readonly number[];
}

/**
 * One or more polygons; each is a list of rings, the first its outline, the others its holes. A ring is flat
 * (x0, y0, x1, y1, …), has at least three points and does not repeat the first one at its end.
 */
export interface PolygonGeometry {
  readonly kind: 'polygon';
  readonly polygons: readonly (readonly (readonly number[])[])[];
}

/** The whole image. */
export interface ImageGeometry {
  readonly kind: 'image';
}

/** Smallest box around a geometry, in level-0 pixels. */
export interface Bounds {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** Grid steps in one level-0 pixel. */
export const GRID = 256;
