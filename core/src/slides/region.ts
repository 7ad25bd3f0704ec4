import { defineError, TileOutOfRangeError } from '@exact/sdk/contract';
import type { EncodedTile } from '@exact/sdk/server';
import type { ComposeInput } from './decoding/compose.ts';
import type { ImagePixels } from './pixel-index.ts';
import type { Tiles } from './tiles.ts';

export const REGION_MAX_SIDE = 4096;
const MAX_TILES = 4096;

export const RegionTooLargeError = defineError<{ width: number; height: number }>({
  code: 'REGION_TOO_LARGE',
  status: 422,
  message: (d) =>
    `A picture of ${d.width} × ${d.height} pixels is too large to be made in one piece: ask for at most ${REGION_MAX_SIDE} pixels a side.`,
});

/** A part of an image in level-0 pixels, and the size of the picture wanted of it. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly outWidth: number;
  readonly outHeight: number;
  readonly format?: 'jpeg' | 'png';
}

/**
 * Makes a picture of any part of an image at any size up to {@link REGION_MAX_SIDE}, from the level that is nearest above the
 * wanted size, in a decoder process. Reaches outside of the image are cut off.
 *
 * @throws TileOutOfRangeError when nothing of it lies inside, {@link RegionTooLargeError}, TileUnreadableError
 */
export async function readRegion(
  tiles: Tiles,
  image: ImagePixels,
  region: Region,
  signal?: AbortSignal,
): Promise<EncodedTile> {
  const { outWidth, outHeight } = region;
  if (Math.max(outWidth, outHeight) > REGION_MAX_SIDE)
    throw new RegionTooLargeError({ width: outWidth, height: outHeight });
  const levelIndex = pickLevel(image, Math.min(region.width / outWidth, region.height / outHeight));
  const level = image.levels[levelIndex];
  if (!level || outWidth < 1 || outHeight < 1)
    throw new TileOutOfRangeError({ level: levelIndex, x: region.x, y: region.y });

  const scaleX = level.width / image.width;
  const scaleY = level.height / image.height;
  const left = Math.max(0, Math.floor(region.x * scaleX + 1e-6));
  const top = Math.max(0, Math.floor(region.y * scaleY + 1e-6));
  const right = Math.min(level.width, Math.ceil((region.x + region.width) * scaleX - 1e-6));
  const bottom = Math.min(level.height, Math.ceil((region.y + region.height) * scaleY - 1e-6));
  if (right <= left || bottom <= top) throw new TileOutOfRangeError({ level: levelIndex, x: region.x, y: region.y });

  const { tileWidth, tileHeight } = level;
  const cols = range(Math.floor(left / tileWidth), Math.floor((right - 1) / tileWidth));
  const rows = range(Math.floor(top / tileHeight), Math.floor((bottom - 1) / tileHeight));
  if (cols.length * rows.length > MAX_TILES)
    throw new RegionTooLargeError({ width: right - left, height: bottom - top });
  const parts: ComposeInput['tiles'][number][] = [];
  for (const row of rows) {
    // A row of tiles at a time: enough to keep the disk busy, without thousands of reads in flight.
    const found = await Promise.all(
      cols.map((col) => tiles.tile(image.imageId, levelIndex, col, row, undefined, signal)),
    );
    found.forEach(({ bytes }, i) =>
      parts.push({ bytes, x: (cols[i] ?? 0) * tileWidth - left, y: row * tileHeight - top }),
    );
  }
  return tiles.decode(
    {
      kind: 'compose',
      tiles: parts,
      width: right - left,
      height: bottom - top,
      tileWidth,
      tileHeight,
      outWidth,
      outHeight,
      format: region.format ?? 'jpeg',
    },
    signal,
  );
}

/** The coarsest level that is still as fine as wanted. */
function pickLevel({ levels }: ImagePixels, downsample: number): number {
  let best = 0;
  levels.forEach((level, i) => {
    if (level.downsample <= downsample * 1.01) best = i;
  });
  return best;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
