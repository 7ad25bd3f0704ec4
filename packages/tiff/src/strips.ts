import { decompress } from './decompress.ts';
import { TiffError } from './error.ts';
import { LIMITS } from './limits.ts';
import type { TiffImage } from './image.ts';

/** Bytes of one decompressed tile or strip, one sample of a planar image. */
export function chunkBytes(image: TiffImage, row: number): number {
  const bits = image.bitsPerSample * (image.isPlanar ? 1 : image.samplesPerPixel);
  return Math.ceil((image.tileWidth * bits) / 8) * image.storedHeight(row);
}

/**
 * Gives a small stripped image (a label) decompressed, rows from the top; differences of a predictor are left in, they go
 * row by row. One buffer for each sample of a planar image, else one in all. Strips that are not stored are zeros.
 *
 * @throws TiffError `IMAGE_TOO_LARGE` above 16 MB, `UNSUPPORTED_COMPRESSION`, `UNREADABLE_TILE`
 */
export async function joinStrips(image: TiffImage, signal?: AbortSignal): Promise<readonly Uint8Array[]> {
  const planes = image.isPlanar ? image.samplesPerPixel : 1;
  const stride = chunkBytes(image, 0);
  const size = stride * (image.rows - 1) + chunkBytes(image, image.rows - 1);
  if (image.isTiled || size * planes > LIMITS.tileBytes) {
    throw new TiffError(
      'IMAGE_TOO_LARGE',
      `The ${image.width} × ${image.height} picture is too large to be given in one piece.`,
    );
  }
  const out: Uint8Array[] = [];
  for (let plane = 0; plane < planes; plane++) {
    const bytes = new Uint8Array(size);
    for (let row = 0; row < image.rows; row++) {
      const chunk = await image.readChunk(image.chunkIndex(0, row, plane), signal);
      if (chunk !== undefined) bytes.set(decompress(image.compression, chunk, chunkBytes(image, row)), row * stride);
    }
    out.push(bytes);
  }
  return out;
}
