/** Which parts of an image are tissue: a grid of cells over all of it, row by row, 0 where there is none. */
export interface TissueMask {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

interface Extent {
  readonly width: number;
  readonly height: number;
}

/**
 * Gives the share of tissue, 0…1, of a box on the image (level-0 pixels); cells that it cuts count with the part inside. What reaches out
 * of the image counts as no tissue. A box takes the same time whatever its size (summed-area table).
 *
 * @throws RangeError when the mask has not as many values as cells
 */
export function createTissueShare(
  { width, height, data }: TissueMask,
  image: Extent,
): (box: Extent & { readonly x: number; readonly y: number }) => number {
  if (data.length !== width * height || data.length === 0)
    throw new RangeError(`A mask of ${width} × ${height} cells needs as many values, and has ${data.length}.`);
  const stride = width + 1;
  const sums = new Float64Array(stride * (height + 1));
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const at = (row + 1) * stride + column + 1;
      const own = data[row * width + column] ? 1 : 0;
      sums[at] = own + (sums[at - 1] ?? 0) + (sums[at - stride] ?? 0) - (sums[at - stride - 1] ?? 0);
    }
  /** Area of tissue above and to the left of a point, in cells: between the corners of a cell it is bilinear. */
  const until = (x: number, y: number): number => {
    const [column, row] = [Math.min(width - 1, Math.floor(x)), Math.min(height - 1, Math.floor(y))];
    const [dx, dy] = [x - column, y - row];
    const at = row * stride + column;
    const [a = 0, b = 0, c = 0, d = 0] = [sums[at], sums[at + 1], sums[at + stride], sums[at + stride + 1]];
    return a * (1 - dx) * (1 - dy) + b * dx * (1 - dy) + c * (1 - dx) * dy + d * dx * dy;
  };
  const [scaleX, scaleY] = [width / image.width, height / image.height];
  const clip = (value: number, most: number): number => Math.min(most, Math.max(0, value));
  return (box) => {
    const [left, right] = [clip(box.x * scaleX, width), clip((box.x + box.width) * scaleX, width)];
    const [top, bottom] = [clip(box.y * scaleY, height), clip((box.y + box.height) * scaleY, height)];
    const area = until(right, bottom) - until(left, bottom) - until(right, top) + until(left, top);
    const whole = box.width * scaleX * box.height * scaleY;
    return whole > 0 ? Math.min(1, Math.max(0, area / whole)) : 0;
  };
}

/** Share of tissue of the whole image, 0…1. */
export function wholeTissueShare({ data }: TissueMask): number {
  let cells = 0;
  for (let i = 0; i < data.length; i++) if (data[i]) cells++;
  return data.length === 0 ? 0 : cells / data.length;
}
