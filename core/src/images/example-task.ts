import sharp from 'sharp';

/** Longest side of a template's example image, in pixels. */
const SIDE = 512;

/** Makes a template's example image from an uploaded picture; runs in a process of its own. @throws what sharp throws */
export default async function makeExample({ bytes }: { readonly bytes: Uint8Array }): Promise<Uint8Array> {
  return sharp(bytes, { limitInputPixels: 100_000_000 })
    .autoOrient()
    .resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 85 })
    .toBuffer();
}
