import type { Bounds } from '@exact/geometry';
import { ScreeningError } from './error.ts';

/** Where tissue is: a raster that is stretched over the whole image, so that areas of boxes of level-0 pixels follow exactly. */
export interface TissueMask {
  readonly width: number;
  readonly height: number;
  /** 0 or 1, row by row. */
  readonly bits: Uint8Array;
  /** Size of level 0 in pixels. */
  readonly image: { readonly width: number; readonly height: number };
  /** Tissue in level-0 pixels, which may be a fraction; what lies beside the image holds none. O(1). */
  area(box: Bounds): number;
}

/** @throws {@link ScreeningError} `MASK_SIZE` where the bits do not fit the size */
export function makeMask(
  bits: Uint8Array,
  width: number,
  height: number,
  image: { readonly width: number; readonly height: number },
): TissueMask {
  if (!(width >= 1 && height >= 1) || bits.length !== width * height)
    throw new ScreeningError('MASK_SIZE', `A mask of ${width} × ${height} pixels has not ${bits.length} bits.`);
  const stride = width + 1;
  /** Set pixels above and left of each corner. */
  const sums = new Uint32Array(stride * (height + 1));
  for (let y = 0; y < height; y++) {
    let line = 0;
    for (let x = 0; x < width; x++) {
      line += bits[y * width + x] ?? 0;
      sums[(y + 1) * stride + x + 1] = (sums[y * stride + x + 1] ?? 0) + line;
    }
  }
  const [perX, perY] = [image.width / width, image.height / height];
  /** Set area above and left of a point: within a pixel it grows evenly both ways, so linear interpolation is exact. */
  const upTo = (x: number, y: number): number => {
    const [column, row] = [Math.min(width - 1, Math.floor(x)), Math.min(height - 1, Math.floor(y))];
    const [right, down] = [x - column, y - row];
    const at = row * stride + column;
    const top = (sums[at] ?? 0) * (1 - right) + (sums[at + 1] ?? 0) * right;
    const bottom = (sums[at + stride] ?? 0) * (1 - right) + (sums[at + stride + 1] ?? 0) * right;
    return top * (1 - down) + bottom * down;
  };
  const within = (value: number, limit: number): number => Math.max(0, Math.min(limit, value));
  return {
    width,
    height,
    bits,
    image,
    area({ minX, minY, maxX, maxY }) {
      const [left, right] = [within(minX / perX, width), within(maxX / perX, width)];
      const [top, bottom] = [within(minY / perY, height), within(maxY / perY, height)];
      if (right <= left || bottom <= top) return 0;
      const set = upTo(right, bottom) - upTo(left, bottom) - upTo(right, top) + upTo(left, top);
      return Math.max(0, set * perX * perY);
    },
  };
}

/** Share of a box that is tissue, 0…1. */
export function tissueShare(mask: TissueMask, box: Bounds): number {
  const area = (box.maxX - box.minX) * (box.maxY - box.minY);
  return area > 0 ? Math.min(1, mask.area(box) / area) : 0;
}

/** One bit for each pixel of a mask, row by row, highest bit first, without gaps between rows. */
export function packMask(bits: ArrayLike<number>): Uint8Array {
  const packed = new Uint8Array(Math.ceil(bits.length / 8));
  for (let i = 0; i < bits.length; i++) if (bits[i]) packed[i >> 3] = (packed[i >> 3] ?? 0) | (0x80 >> (i & 7));
  return packed;
}

/** The bits that {@link packMask} has packed. @throws {@link ScreeningError} `MASK_SIZE` when there are too few bytes */
export function unpackMask(packed: Uint8Array, width: number, height: number): Uint8Array {
  const length = width * height;
  if (!(width >= 1 && height >= 1) || packed.length !== Math.ceil(length / 8))
    throw new ScreeningError(
      'MASK_SIZE',
      `A mask of ${width} × ${height} pixels is not packed in ${packed.length} bytes.`,
    );
  const bits = new Uint8Array(length);
  for (let i = 0; i < length; i++) bits[i] = ((packed[i >> 3] ?? 0) >> (7 - (i & 7))) & 1;
  return bits;
}
