import { InvalidRequestError } from '@exact/sdk/contract';
import type { PixelsRequest, SlidePixels } from '@exact/sdk/server';
import type { ImagePixels } from './pixel-index.ts';
import { countTiles, type LevelArea, pickLevel, readTiles, RegionTooLargeError } from './region.ts';
import type { Tiles } from './tiles.ts';

const MAX_PIXELS = 16 * 1024 * 1024;
/** Of one band: what a decoder process gets at a time, well below its memory and time. */
const BAND_TILES = 512;
/** Of the level read from; a slide whose levels lie far apart costs that many at most. */
const MAX_TILES = 65_536;

/**
 * The pixels of a part of an image for jobs, see `Slides.pixels` of the SDK.
 *
 * Read in bands of whole rows of the answer, so that the gap between two levels (1 to 16 in many scanners) costs time and not
 * memory. A band is resampled by itself: at its edge rows may differ by less than one pixel of the level from the whole.
 */
export async function readPixels(
  tiles: Tiles,
  image: ImagePixels,
  { downsample, box: asked, plane }: PixelsRequest,
  signal?: AbortSignal,
  bandTiles = BAND_TILES,
): Promise<SlidePixels> {
  if (!(downsample >= 1 && Number.isFinite(downsample)))
    throw wrong('downsample', `must be a number from 1 on, and is ${downsample}`);
  const box = {
    minX: Math.max(0, asked?.minX ?? 0),
    minY: Math.max(0, asked?.minY ?? 0),
    maxX: Math.min(image.width, asked?.maxX ?? image.width),
    maxY: Math.min(image.height, asked?.maxY ?? image.height),
  };
  if (!(box.maxX > box.minX && box.maxY > box.minY))
    throw wrong('box', `has no part of image ${image.imageId}, which is ${image.width} × ${image.height} pixels large`);
  const width = Math.max(1, Math.round((box.maxX - box.minX) / downsample));
  const height = Math.max(1, Math.round((box.maxY - box.minY) / downsample));
  if (width * height > MAX_PIXELS) throw tooLarge(width, height);

  const levelIndex = pickLevel(image, downsample);
  const level = image.levels[levelIndex];
  if (!level) throw wrong('image', `${image.imageId} has no levels`);
  const scaleX = level.width / image.width;
  const scaleY = level.height / image.height;
  const areaOf = (from: number, to: number): LevelArea => {
    const rowHeight = (box.maxY - box.minY) / height;
    return {
      left: Math.min(level.width - 1, Math.floor(box.minX * scaleX + 1e-6)),
      top: Math.min(level.height - 1, Math.floor((box.minY + from * rowHeight) * scaleY + 1e-6)),
      right: Math.min(level.width, Math.ceil(box.maxX * scaleX - 1e-6)),
      bottom: Math.min(level.height, Math.ceil((box.minY + to * rowHeight) * scaleY - 1e-6)),
    };
  };
  const count = countTiles(level, areaOf(0, height));
  if (count > MAX_TILES) throw tooLarge(width, height);

  const rowsOfBand = Math.max(1, Math.floor(height / Math.ceil(count / bandTiles)));
  const data = new Uint8Array(width * height * 3);
  for (let from = 0; from < height; from += rowsOfBand) {
    signal?.throwIfAborted();
    const to = Math.min(height, from + rowsOfBand);
    const area = areaOf(from, to);
    const band = await tiles.decodePixels(
      {
        kind: 'pixels',
        tiles: await readTiles(tiles, image, levelIndex, level, area, plane, signal),
        width: area.right - area.left,
        height: area.bottom - area.top,
        tileWidth: level.tileWidth,
        tileHeight: level.tileHeight,
        outWidth: width,
        outHeight: to - from,
      },
      signal,
    );
    data.set(band, from * width * 3);
  }
  return { width, height, data, downsample, box };
}

const wrong = (path: string, message: string): Error => new InvalidRequestError({ fields: [{ path, message }] });
const tooLarge = (width: number, height: number): Error =>
  new RegionTooLargeError({ width, height, most: `${MAX_PIXELS} pixels from ${MAX_TILES} tiles` });
