import { makeMask, type TissueMask, tissueShare as shareOfBox } from '@exact/screening';
import { type Box, isInside } from './count-grid.ts';

/** The top left corner of a window, in level-0 pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}
/** A window on the image, in level-0 pixels. A point is inside when the middle of the pixel that holds it is, see `CountGrid`. */
export interface Window extends Place, Size {}

/** Which parts of an image are tissue: a raster over all of it, row by row, 0 or 1; a mask of `@exact/screening` is one. Not changed any more. */
export interface TissueBits {
  readonly width: number;
  readonly height: number;
  readonly bits: Uint8Array;
}

/** Middles of things: the level-0 pixels that hold them. */
export interface Middles {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

export interface HotSpotInput {
  readonly points: Middles;
  readonly image: Size;
  /** Not larger than the image in either direction. */
  readonly window: Size;
  /** Places tried for each window length, in both directions; 16 and more. */
  readonly stepsPerWindow?: number;
  readonly tissue?: TissueBits | undefined;
  /** Places with a smaller share of tissue, 0…1, are left out. Nothing is left out without `tissue`. */
  readonly minimumTissue?: number;
}
export interface HotSpot extends Window {
  readonly count: number;
  /** Share of tissue in the window, 0…1; absent without `tissue`. */
  readonly tissueShare?: number;
}

export const MINIMUM_STEPS = 16;
/** Shares of tissue that differ by less are the same: sums of many cells are not exact. */
const SAME_TISSUE = 1e-9;

/**
 * The place of the window that holds most points. Places lie at most a sixteenth of the window apart and include both borders, so that
 * all of the image is reached; at the same count the one with most tissue wins, then the upper, then the left one.
 *
 * By a summed-area table of the points over the lines where windows begin and end: each count is exact, however many points there are.
 * O(points · log places + places).
 *
 * @returns nothing where no place has the tissue that is wanted
 * @throws RangeError for a window that is larger than the image, empty, or tried at less than 16 steps
 */
export function findHotSpot(input: HotSpotInput): HotSpot | undefined {
  const { points, image, window, stepsPerWindow = MINIMUM_STEPS, tissue, minimumTissue = 0 } = input;
  if (!(stepsPerWindow >= MINIMUM_STEPS))
    throw new RangeError(`${stepsPerWindow} steps for each window are too few; ${MINIMUM_STEPS} is the least.`);
  const columns = placesOf(image.width, window.width, stepsPerWindow);
  const rows = placesOf(image.height, window.height, stepsPerWindow);
  const count = countWindows(points, columns, rows, window);
  const shareOf = tissue && createTissueShare(tissue, image);

  let best: HotSpot | undefined;
  for (let row = 0; row < rows.length; row++)
    for (let column = 0; column < columns.length; column++) {
      const found = count(column, row);
      if (best && found < best.count) continue;
      // the arrays hold one entry for each place
      const place = { x: columns[column] ?? 0, y: rows[row] ?? 0, ...window };
      const tissueShare = shareOf?.(place);
      if (tissueShare !== undefined && tissueShare < minimumTissue - SAME_TISSUE) continue;
      const isBetter = !best || found > best.count || (tissueShare ?? 0) > (best.tissueShare ?? 0) + SAME_TISSUE;
      if (isBetter) best = { ...place, count: found, ...(tissueShare === undefined ? {} : { tissueShare }) };
    }
  return best;
}

/** The places in `points` of those inside of a window, in their order. */
export function findInside(points: Middles, window: Window): number[] {
  const box = boxOf(window);
  const inside: number[] = [];
  for (let i = 0; i < points.x.length; i++) if (isInside(box, points.x[i] ?? NaN, points.y[i] ?? NaN)) inside.push(i);
  return inside;
}

const boxOf = ({ x, y, width, height }: Window): Box => ({ minX: x, minY: y, maxX: x + width, maxY: y + height });

/** Gives the share of tissue, 0…1, of a window. @throws ScreeningError when the mask has not as many bits as cells */
export function createTissueShare(tissue: TissueBits, image: Size): (window: Window) => number {
  const mask = measured(tissue, image);
  return (window) => shareOfBox(mask, boxOf(window));
}

/** Sums over a mask take milliseconds, and a window that is dragged asks for them at each frame. */
const masks = new WeakMap<Uint8Array, TissueMask>();
function measured({ width, height, bits }: TissueBits, image: Size): TissueMask {
  const known = masks.get(bits);
  if (
    known?.width === width &&
    known.height === height &&
    known.image.width === image.width &&
    known.image.height === image.height
  )
    return known;
  const mask = makeMask(bits, width, height, { width: image.width, height: image.height });
  masks.set(bits, mask);
  return mask;
}

/** Where windows begin along one side of the image: 0, …, length − window, evenly. */
export function placesOf(length: number, window: number, stepsPerWindow: number): number[] {
  if (!(window > 0) || !(window <= length))
    throw new RangeError(`A window of ${window} px does not fit into ${length} px.`);
  const free = length - window;
  const steps = Math.ceil((free * stepsPerWindow) / window);
  return Array.from({ length: steps + 1 }, (_, i) => (i === steps ? free : (free * i) / steps));
}

/** Counts of points by window, from the sums of all points above and to the left of each crossing of lines. */
function countWindows(points: Middles, columns: number[], rows: number[], window: Size) {
  const x = linesOf(columns, window.width);
  const y = linesOf(rows, window.height);
  const stride = x.lines.length;
  const sums = new Int32Array(stride * y.lines.length);
  for (let i = 0; i < points.x.length; i++) {
    const column = cellOf(x.lines, Math.floor(points.x[i] ?? NaN) + 0.5);
    const row = cellOf(y.lines, Math.floor(points.y[i] ?? NaN) + 0.5);
    if (column === undefined || row === undefined) continue;
    const at = (row + 1) * stride + column + 1;
    sums[at] = (sums[at] ?? 0) + 1;
  }
  for (let row = 1; row < y.lines.length; row++)
    for (let column = 1; column < stride; column++) {
      const at = row * stride + column;
      sums[at] = (sums[at] ?? 0) + (sums[at - 1] ?? 0) + (sums[at - stride] ?? 0) - (sums[at - stride - 1] ?? 0);
    }
  const sum = (column: number, row: number): number => sums[row * stride + column] ?? 0;
  return (column: number, row: number): number => {
    const [left, right] = [x.begin[column] ?? 0, x.end[column] ?? 0];
    const [top, bottom] = [y.begin[row] ?? 0, y.end[row] ?? 0];
    return sum(right, bottom) - sum(left, bottom) - sum(right, top) + sum(left, top);
  };
}

/** All lines where a window begins or ends, in order, and the numbers of those that each window has. */
function linesOf(places: readonly number[], window: number) {
  const lines = [...new Set(places.flatMap((place) => [place, place + window]))].sort((a, b) => a - b);
  const numbers = new Map(lines.map((line, i) => [line, i]));
  return {
    lines,
    begin: places.map((place) => numbers.get(place) ?? 0),
    end: places.map((place) => numbers.get(place + window) ?? 0),
  };
}

/** The number of the line before a value: `lines[i] ≤ value < lines[i + 1]`; nothing outside of all. */
function cellOf(lines: readonly number[], value: number): number | undefined {
  let [low, high] = [0, lines.length - 1];
  if (!(value >= (lines[low] ?? 0)) || !(value < (lines[high] ?? 0))) return undefined;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (value < (lines[middle] ?? 0)) high = middle;
    else low = middle;
  }
  return low;
}
