import type { EncodedTile, RawTile } from '@exact/sdk/server';
import sharp from 'sharp';
import type { Pixels } from './colours.ts';
import { compose, type ComposeInput, composePixels } from './compose.ts';
import { decodeRaw } from './decode-raw.ts';

export type DecodeInput =
  | { readonly kind: 'tile'; readonly tile: RawTile }
  | { readonly kind: 'blank'; readonly width: number; readonly height: number }
  | ({ readonly kind: 'compose' } & ComposeInput);
/** Of many tiles, the pixels themselves. */
export type PixelsInput = { readonly kind: 'pixels' } & Omit<ComposeInput, 'format'>;

/** Colours at full resolution: what was stored without loss is to stay near it (mean difference 3.8 of 255 on a test card, 7.5 with half). */
const JPEG = { quality: 90, chromaSubsampling: '4:4:4' } as const;

// One tile at a time: what runs in parallel is the processes, not the threads of each.
sharp.concurrency(1);
sharp.cache(false);

/** What decoder processes do: stored tile to JPEG or PNG, and many tiles to one picture. */
export default async function decodeTask(input: DecodeInput | PixelsInput): Promise<EncodedTile | Uint8Array> {
  if (input.kind === 'pixels') return composePixels(input);
  if (input.kind === 'compose') return compose(input);
  if (input.kind === 'blank')
    return encode({
      width: input.width,
      height: input.height,
      channels: 1,
      data: new Uint8Array(input.width * input.height).fill(255),
    });
  return encode(await decodeRaw(input.tile));
}

/** JPEG, or PNG where parts are transparent. */
async function encode({ width, height, channels, data }: Pixels): Promise<EncodedTile> {
  const image = sharp(data, { raw: { width, height, channels } });
  if ((channels === 2 || channels === 4) && !isOpaque(data, channels))
    return { bytes: await image.png({ compressionLevel: 6 }).toBuffer(), mediaType: 'image/png' };
  return { bytes: await image.removeAlpha().jpeg(JPEG).toBuffer(), mediaType: 'image/jpeg' };
}

function isOpaque(data: Uint8Array, channels: number): boolean {
  for (let i = channels - 1; i < data.length; i += channels) if (data[i] !== 255) return false;
  return true;
}
