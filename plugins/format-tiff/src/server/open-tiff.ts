import { isTiff, openTiff, TiffError } from '@exact/tiff';
import type { OpenInput } from '@exact/sdk/server';
import { readAperio } from './aperio.ts';
import { readGeneric } from './generic.ts';
import { readHamamatsu } from './hamamatsu.ts';
import { createSlideReader } from './slide-reader.ts';
import type { TiffSlideReader } from './slide-reader.ts';

/** From the most particular to the most general; the first that knows the file reads it. */
const READERS = [readAperio, readHamamatsu, readGeneric];

/**
 * Opens a slide in a TIFF file: Aperio SVS, Hamamatsu NDPI, OME-TIFF, any other. Told by content, the name is not looked at.
 *
 * @returns nothing when the file is no TIFF
 * @throws TiffError with the reason when it is one that cannot be read (`TRUNCATED_FILE`, `BAD_DIRECTORY`, …)
 */
export async function openTiffSlide(input: OpenInput): Promise<TiffSlideReader | undefined> {
  if (!isTiff(input.head)) return undefined;
  const file = await openTiff({
    read: (offset, length, signal) => input.read(offset, length, signal),
    size: input.size,
    head: input.head,
  });
  for (const read of READERS) {
    const parts = await read(file);
    if (parts !== undefined) return createSlideReader(parts);
  }
  throw new TiffError('BAD_DIRECTORY', 'The file is a TIFF file, but no image in it could be shown.');
}
