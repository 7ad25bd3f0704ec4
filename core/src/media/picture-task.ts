import { readFile, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { withoutTraces } from './traces/picture.ts';

/** Longest side of the small copy, in pixels. */
const SIDE = 512;
const MAX_PIXELS = 100_000_000;

export interface Picture {
  readonly format: string;
  /** As the picture is looked at: its orientation tag is followed. */
  readonly width: number;
  readonly height: number;
  readonly preview: Uint8Array;
  /** Of the file without traces. */
  readonly sizeBytes: number;
}

/**
 * Takes the traces out of a picture file, decodes all of what is left and makes its small copy; runs in a process of its own.
 *
 * @throws with code IMAGE_TOO_LARGE, ANIMATED; what sharp throws for anything that is broken or cut
 */
export default async function readPicture({ path }: { readonly path: string }): Promise<Picture> {
  const { format, pages = 1, orientation, autoOrient } = await sharp(path, { limitInputPixels: false }).metadata();
  const { width, height } = autoOrient;
  if (width * height > MAX_PIXELS)
    throw withCode(
      'IMAGE_TOO_LARGE',
      `it has ${Math.round((width * height) / 1e6)} megapixels, more than 100. Make it smaller, or add it to the image set.`,
    );
  if (pages > 1) throw withCode('ANIMATED', 'it moves, and could not be stopped. Save it as MP4 or WebM.');
  const bytes = await readFile(path);
  const clean = isPicture(format) ? withoutTraces(format, bytes, orientation) : bytes;
  if (clean !== bytes) await writeFile(path, clean);
  const preview = await sharp(clean, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
    .autoOrient()
    .resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 82 })
    .toBuffer();
  return { format, width, height, preview, sizeBytes: clean.length };
}

const isPicture = (format: string): format is 'jpeg' | 'png' | 'webp' => /^(jpeg|png|webp)$/.test(format);
const withCode = (code: string, message: string): Error => Object.assign(new Error(message), { code });
