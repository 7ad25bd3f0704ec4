import { GeometryError } from '../errors.ts';
import { GRID, type PolygonGeometry } from '../geometry.ts';
import { ringArea2 } from '../orient.ts';
import { nest } from './nesting.ts';
import { requireNotNegative, writePolygons, type Ring } from './rings.ts';

export interface TraceOptions {
  /** Traces only the connected part with this pixel of the mask; otherwise all parts. */
  readonly at?: { readonly x: number; readonly y: number };
  /** Leaves out parts and holes of fewer pixels (default 0: none); a part is measured with its holes. */
  readonly minPixels?: number;
  /** Where the top left corner of the mask lies, in level-0 pixels (default 0, 0). */
  readonly x?: number;
  readonly y?: number;
  /** Level-0 pixels of one pixel of the mask, at least 1/256 (default 1). */
  readonly scale?: number;
}

/**
 * Outlines a binary raster as polygons with holes, along the borders of its pixels. Pixels that touch only in a corner are
 * not connected; corners are kept, points on straight borders are not.
 *
 * @param bits - row by row, `width * height` of them; everything but 0 is set
 * @returns undefined when nothing is set (or not at `at`)
 * @throws {@link GeometryError} `GEOMETRY_NUMBER` for sizes that do not fit the bits, `GEOMETRY_TOO_LARGE` when the outline
 *         has more points or rings than a geometry may have; noise goes away with `minPixels`
 */
export function traceMask(
  bits: ArrayLike<number>,
  width: number,
  height: number,
  { at, minPixels = 0, x = 0, y = 0, scale = 1 }: TraceOptions = {},
): PolygonGeometry | undefined {
  if (
    !Number.isInteger(width) ||
    !Number.isInteger(height) ||
    width < 0 ||
    height < 0 ||
    bits.length !== width * height
  ) {
    const message = `A mask of ${width} × ${height} pixels has not ${bits.length} bits.`;
    throw new GeometryError('GEOMETRY_NUMBER', message);
  }
  requireNotNegative(minPixels, 'smallest part to keep');
  if (!(scale >= 1 / GRID && scale < Infinity) || !Number.isFinite(x) || !Number.isFinite(y)) {
    const message = `The mask lies at (${x}, ${y}) with ${scale} px a pixel; these must be numbers, the scale at least 1/256.`;
    throw new GeometryError('GEOMETRY_NUMBER', message);
  }
  const isSet = at ? floodFrom(bits, width, height, at) : bits;
  if (!isSet) return undefined;
  const rings = traceRings(isSet, width, height).filter((ring) => Math.abs(ringArea2(ring)) >= 2 * minPixels);
  const placed = rings.map((ring) =>
    ring.map((step, i) => Math.round((step * scale + (i % 2 === 0 ? x : y)) * GRID) + 0),
  );
  return writePolygons(nest(placed), { x: 0, y: 0 });
}

/** Marks what is connected to a pixel by sides; undefined when that pixel is not set. */
function floodFrom(
  bits: ArrayLike<number>,
  width: number,
  height: number,
  at: { readonly x: number; readonly y: number },
): Uint8Array | undefined {
  const [x, y] = [Math.floor(at.x), Math.floor(at.y)];
  if (!(x >= 0 && y >= 0 && x < width && y < height) || !bits[y * width + x]) return undefined;
  const reached = new Uint8Array(width * height);
  const stack = [y * width + x];
  reached[stack[0]!] = 1;
  const visit = (index: number): void => {
    if (!bits[index] || reached[index]) return;
    reached[index] = 1;
    stack.push(index);
  };
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    const column = index % width;
    if (column > 0) visit(index - 1);
    if (column < width - 1) visit(index + 1);
    if (index >= width) visit(index - width);
    if (index < width * (height - 1)) visit(index + width);
  }
  return reached;
}

// Directions of a border with its set pixel on the right hand of someone who walks on the screen.
const RIGHT = 1;
const DOWN = 2;
const LEFT = 4;
const UP = 8;

/** Which way to go on in a corner, the nearest turn towards the set pixel first: that keeps touching pixels apart. */
const TURNS: Readonly<Record<number, readonly number[]>> = {
  [RIGHT]: [DOWN, RIGHT, UP],
  [DOWN]: [LEFT, DOWN, RIGHT],
  [LEFT]: [UP, LEFT, DOWN],
  [UP]: [RIGHT, UP, LEFT],
};

/** Gives the rings around set pixels, clockwise on the screen, and around holes the other way, in pixels. */
function traceRings(bits: ArrayLike<number>, width: number, height: number): Ring[] {
  const ways = borderWays(bits, width, height);
  const stride = width + 1;
  const step: Readonly<Record<number, number>> = { [RIGHT]: 1, [DOWN]: stride, [LEFT]: -1, [UP]: -stride };
  const rings: Ring[] = [];
  for (let start = 0; start < ways.length; start++) {
    // Row by row, the first corner of a ring with a border to its right is one where the ring turns.
    if (!(ways[start]! & RIGHT)) continue;
    const ring: Ring = [];
    let [corner, way, last] = [start, RIGHT, 0];
    do {
      if (way !== last) ring.push(corner % stride, Math.floor(corner / stride));
      if (last !== 0) ways[corner]! &= ~way; // the first border stays until the ring comes back to it
      corner += step[way]!;
      last = way;
      way = TURNS[way]!.find((turn) => (ways[corner]! & turn) !== 0)!; // what comes into a corner leaves it
    } while (corner !== start || way !== RIGHT);
    ways[start]! &= ~RIGHT;
    rings.push(ring);
  }
  return rings;
}

/** The directions in which borders leave each corner of a pixel. */
function borderWays(bits: ArrayLike<number>, width: number, height: number): Uint8Array {
  const stride = width + 1;
  const ways = new Uint8Array(stride * (height + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const index = y * width + x;
      if (!bits[index]) continue;
      const corner = y * stride + x;
      if (y === 0 || !bits[index - width]) ways[corner]! |= RIGHT;
      if (x === width - 1 || !bits[index + 1]) ways[corner + 1]! |= DOWN;
      if (y === height - 1 || !bits[index + width]) ways[corner + stride + 1]! |= LEFT;
      if (x === 0 || !bits[index - 1]) ways[corner + stride]! |= UP;
    }
  }
  return ways;
}
