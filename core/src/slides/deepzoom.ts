import { TileOutOfRangeError } from '@exact/sdk/contract';
import type { EncodedTile } from '@exact/sdk/server';
import type { DiskCache } from './disk-cache.ts';
import type { ImagePixels } from './pixel-index.ts';
import { readRegion } from './region.ts';
import type { Tiles } from './tiles.ts';

const TILE = 256;

/** DeepZoom for viewers that know nothing else: every power of two, made on demand from the stored levels and kept. */
export function deepZoomDescriptor({ width, height }: Pick<ImagePixels, 'width' | 'height'>): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Image xmlns="http://schemas.microsoft.com/deepzoom/2008" Format="jpg" Overlap="0" TileSize="${TILE}"><Size Width="${width}" Height="${height}"/></Image>\n`;
}

/** Number of the finest level: a picture of one pixel is level 0. */
export function deepZoomMaxLevel({ width, height }: Pick<ImagePixels, 'width' | 'height'>): number {
  return Math.ceil(Math.log2(Math.max(width, height, 1)));
}

/** @throws TileOutOfRangeError, and what {@link readRegion} throws */
export async function deepZoomTile(
  tiles: Tiles,
  cache: DiskCache,
  image: ImagePixels,
  level: number,
  col: number,
  row: number,
  signal?: AbortSignal,
): Promise<EncodedTile> {
  const max = deepZoomMaxLevel(image);
  const downsample = 2 ** (max - level);
  const width = Math.ceil(image.width / downsample);
  const height = Math.ceil(image.height / downsample);
  if (level > max || col * TILE >= width || row * TILE >= height)
    throw new TileOutOfRangeError({ level, x: col, y: row });
  const group = `${image.imageId}/${image.contentVersion}`;
  const name = `dz-${level}-${col}-${row}`;
  const kept = await cache.get(group, name);
  if (kept) return kept;
  const x = col * TILE * downsample;
  const y = row * TILE * downsample;
  const outWidth = Math.min(TILE, width - col * TILE);
  const outHeight = Math.min(TILE, height - row * TILE);
  const made = await readRegion(
    tiles,
    image,
    {
      x,
      y,
      width: Math.min(outWidth * downsample, image.width - x),
      height: Math.min(outHeight * downsample, image.height - y),
      outWidth,
      outHeight,
    },
    signal,
  );
  await cache.put(group, name, made);
  return made;
}
