import type { OpenInput, SlideReader, SlideRefusal } from '@exact/sdk/server';
import { TiffError } from '@exact/tiff';
import { openTiffSlide } from './open-tiff.ts';

/** Opens a slide in TIFF; a broken one is refused with its code and sentence. Nothing for files of other formats. */
export async function openOrRefuse(input: OpenInput): Promise<SlideReader | SlideRefusal | undefined> {
  try {
    return await openTiffSlide(input);
  } catch (error) {
    if (error instanceof TiffError) return { refused: { code: error.code, message: error.message } };
    throw error;
  }
}
