import { defineError, TileOutOfRangeError } from '@exact/sdk/contract';
import type { EncodedTile, Plane, SlideLevel } from '@exact/sdk/server';
import type { ComposeInput } from './decoding/compose.ts';
import type { ImagePixels } from './pixel-index.ts';
import type { Tiles } from './tiles.ts';

export const REGION_MAX_SIDE = 4096;
const MAX_TILES = 4096;

export const RegionTooLargeError = defineError<{ width: number; height: number; most: string }>({
  code: 'REGION_TOO_LARGE',
  status: 422,
  message: (d) =>
    `A picture of ${d.width} × ${d.height} pixels is too large to be made in one piece: ask for at most ${d.most}, of a smaller part or at a coarser resolution.`,
});
const MOST_A_SIDE = `${REGION_MAX_SIDE} pixels a side`;

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
    throw new RegionTooLargeError({ width: outWidth, height: outHeight, most: MOST_A_SIDE });
  const levelIndex = pickLevel(image, Math.min(region.width / outWidth, region.height / outHeight));
  const level = image.levels[levelIndex];
  if (!level || outWidth < 1 || outHeight < 1)
    throw new TileOutOfRangeError({ level: levelIndex, x: region.x, y: region.y });

  const scaleX = level.width / image.width;
  const scaleY = level.height / image.height;
  const area: LevelArea = {
    left: Math.max(0, Math.floor(region.x * scaleX + 1e-6)),
    top: Math.max(0, Math.floor(region.y * scaleY + 1e-6)),
    right: Math.min(level.width, Math.ceil((region.x + region.width) * scaleX - 1e-6)),
    bottom: Math.min(level.height, Math.ceil((region.y + region.height) * scaleY - 1e-6)),
  };
  const { left, top, right, bottom } = area;
  if (right <= left || bottom <= top) throw new TileOutOfRangeError({ level: levelIndex, x: region.x, y: region.y });
  if (countTiles(level, area) > MAX_TILES)
    throw new RegionTooLargeError({ width: right - left, height: bottom - top, most: MOST_A_SIDE });
  const { tileWidth, tileHeight } = level;
  return tiles.decode(
    {
      kind: 'compose',
      tiles: await readTiles(tiles, image, levelIndex, level, area, undefined, signal),
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

/** A part of a level in its own pixels; `right` and `bottom` are outside. */
export interface LevelArea {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function countTiles({ tileWidth, tileHeight }: SlideLevel, { left, top, right, bottom }: LevelArea): number {
  const across = Math.floor((right - 1) / tileWidth) - Math.floor(left / tileWidth) + 1;
  return across * (Math.floor((bottom - 1) / tileHeight) - Math.floor(top / tileHeight) + 1);
}

/** The tiles that an area touches, placed in it for {@link ComposeInput}. */
export async function readTiles(
  tiles: Tiles,
  { imageId }: ImagePixels,
  levelIndex: number,
  { tileWidth, tileHeight }: SlideLevel,
  { left, top, right, bottom }: LevelArea,
  plane?: Plane,
  signal?: AbortSignal,
): Promise<ComposeInput['tiles']> {
  const cols = range(Math.floor(left / tileWidth), Math.floor((right - 1) / tileWidth));
  const rows = range(Math.floor(top / tileHeight), Math.floor((bottom - 1) / tileHeight));
  const parts: ComposeInput['tiles'][number][] = [];
  for (const row of rows) {
    // A row of tiles at a time: enough to keep the disk busy, without thousands of reads in flight.
    const found = await Promise.all(cols.map((col) => tiles.tile(imageId, levelIndex, col, row, plane, signal)));
    found.forEach(({ bytes }, i) =>
      parts.push({ bytes, x: (cols[i] ?? 0) * tileWidth - left, y: row * tileHeight - top }),
    );
  }
  return parts;
}

/** The coarsest level that is still as fine as wanted. */
export function pickLevel({ levels }: ImagePixels, downsample: number): number {
  let best = 0;
  levels.forEach((level, i) => {
    if (level.downsample <= downsample * 1.01) best = i;
  });
  return best;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
