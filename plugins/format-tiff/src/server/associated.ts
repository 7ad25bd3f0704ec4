import { COMPRESSION, joinJpegStrips, joinStrips, TiffError } from '@exact/tiff';
import type { TiffImage } from '@exact/tiff';
import type { EncodedTile, RawTile } from '@exact/sdk/server';
import { decodeOf, openLevel } from './level-source.ts';

/**
 * Gives a picture beside the slide (label, macro, thumbnail) in one piece.
 *
 * @throws TiffError `UNSUPPORTED_LAYOUT` when it is cut into tiles, `UNSUPPORTED_COMPRESSION`, `UNREADABLE_TILE`, `IMAGE_TOO_LARGE`
 */
export async function readAssociated(
  image: TiffImage,
  signal?: AbortSignal,
): Promise<EncodedTile | RawTile | undefined> {
  if (image.isTiled) {
    if (image.chunks > 1)
      throw new TiffError('UNSUPPORTED_LAYOUT', 'The picture is cut into tiles and cannot be given in one piece.');
    return (await openLevel(image)).tile(0, 0, signal);
  }
  if (image.compression === COMPRESSION.jpeg && !image.isPlanar) {
    const bytes = await joinJpegStrips(image, signal);
    return bytes === undefined ? undefined : { bytes, mediaType: 'image/jpeg' };
  }
  const planar = await joinStrips(image, signal);
  const [bytes] = planar;
  if (bytes === undefined) return undefined;
  return {
    bytes,
    width: image.width,
    height: image.height,
    decode: { ...decodeOf(image, 'none'), ...(image.isPlanar ? { planar } : {}) },
  };
}
