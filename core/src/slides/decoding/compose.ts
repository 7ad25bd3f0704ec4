import type { EncodedTile } from '@exact/sdk/server';
import sharp, { type Sharp } from 'sharp';

export interface ComposeInput {
  /** Tiles of one level and where their top left corners lie in the area, in pixels of that level; may be negative. */
  readonly tiles: readonly { readonly bytes: Uint8Array; readonly x: number; readonly y: number }[];
  /** Size of the area in pixels of the level. */
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly outWidth: number;
  readonly outHeight: number;
  readonly format: 'jpeg' | 'png';
}

/**
 * Puts tiles together to one picture and scales it down.
 *
 * Each tile is first made smaller by a whole power of two that divides the tile grid, so that no seam can show and the canvas
 * stays below four times the output; the rest is one resampling of the whole. Without scaling pixels are the decoded ones.
 */
export async function compose(input: ComposeInput): Promise<EncodedTile> {
  const image = await composed(input);
  return input.format === 'png'
    ? { bytes: await image.png().toBuffer(), mediaType: 'image/png' }
    : { bytes: await image.jpeg({ quality: 90 }).toBuffer(), mediaType: 'image/jpeg' };
}

/** The same picture as pixels: 8 bit RGB, row by row. */
export async function composePixels(input: Omit<ComposeInput, 'format'>): Promise<Uint8Array> {
  const { data, info } = await (await composed(input)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return info.channels === 3 ? data : inColours(data);
}

function inColours(grey: Uint8Array): Uint8Array {
  const colours = new Uint8Array(grey.length * 3);
  grey.forEach((value, i) => colours.fill(value, i * 3, i * 3 + 3));
  return colours;
}

async function composed(input: Omit<ComposeInput, 'format'>): Promise<Sharp> {
  const { tiles, width, height, outWidth, outHeight } = input;
  const shrink = shrinkOf(input);
  // In the coordinates of the shrunk grid the area may begin between two pixels: `left`, `top` are what hangs over.
  const originX = Math.min(0, ...tiles.map(({ x }) => x));
  const originY = Math.min(0, ...tiles.map(({ y }) => y));
  const canvasWidth = Math.ceil((width - originX) / shrink);
  const canvasHeight = Math.ceil((height - originY) / shrink);
  const canvas = Buffer.alloc(canvasWidth * canvasHeight * 3, 255);
  for (const { bytes, x, y } of tiles) {
    const { data, info } = await pixelsOf(bytes, shrink);
    blit(
      data,
      info.width,
      info.height,
      canvas,
      canvasWidth,
      canvasHeight,
      Math.floor((x - originX) / shrink),
      Math.floor((y - originY) / shrink),
    );
  }
  const left = Math.floor(-originX / shrink);
  const top = Math.floor(-originY / shrink);
  let image = sharp(canvas, { raw: { width: canvasWidth, height: canvasHeight, channels: 3 } }).extract({
    left,
    top,
    width: canvasWidth - left,
    height: canvasHeight - top,
  });
  if (outWidth !== canvasWidth - left || outHeight !== canvasHeight - top)
    image = image.resize({ width: outWidth, height: outHeight, fit: 'fill', kernel: 'cubic' });
  return image;
}

function shrinkOf({ width, height, outWidth, outHeight, tileWidth, tileHeight }: Omit<ComposeInput, 'format'>): number {
  const wanted = Math.min(width / outWidth, height / outHeight);
  let shrink = 1;
  while (shrink * 2 <= wanted && tileWidth % (shrink * 2) === 0 && tileHeight % (shrink * 2) === 0) shrink *= 2;
  return shrink;
}

async function pixelsOf(bytes: Uint8Array, shrink: number) {
  let image = sharp(bytes, { failOn: 'error' }).flatten({ background: '#ffffff' }).toColourspace('srgb');
  if (shrink > 1) {
    const { width = 1, height = 1 } = await sharp(bytes).metadata();
    image = image.resize({
      width: Math.ceil(width / shrink),
      height: Math.ceil(height / shrink),
      fit: 'fill',
      kernel: 'cubic',
    });
  }
  return image.removeAlpha().raw().toBuffer({ resolveWithObject: true });
}

function blit(
  from: Buffer,
  width: number,
  height: number,
  to: Buffer,
  toWidth: number,
  toHeight: number,
  left: number,
  top: number,
): void {
  const channels = from.length / (width * height);
  const columns = Math.min(width, toWidth - left);
  for (let y = 0; y < Math.min(height, toHeight - top); y++) {
    const target = ((top + y) * toWidth + left) * 3;
    const source = y * width * channels;
    if (channels === 3) from.copy(to, target, source, source + columns * 3);
    else
      for (let x = 0; x < columns; x++) to.fill(from[source + x * channels] ?? 0, target + x * 3, target + x * 3 + 3);
  }
}
