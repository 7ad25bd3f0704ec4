import { TiffError } from '@exact/tiff';
import type { JpegTileLocation, TiffImage } from '@exact/tiff';
import type { Plane, SlideInfo, SlideLevel, SlideReader } from '@exact/sdk/server';
import { readAssociated } from './associated.ts';
import { openLevel } from './level-source.ts';
import type { LevelSource } from './level-source.ts';
import { planeIndex } from './parts.ts';
import type { SlideParts } from './parts.ts';
import { estimateWindow } from './window.ts';

/** A slide in a TIFF file. `jpegTileLocation` lets a server send stored tiles with one read into one buffer. */
export interface TiffSlideReader extends SlideReader {
  /**
   * Tells where a stored JPEG tile of the first plane stands; synchronous.
   *
   * @returns nothing where the file stores nothing there, or not as JPEG tiles: ask `tile` then
   * @throws TiffError `TILE_OUT_OF_RANGE`
   */
  jpegTileLocation(level: number, col: number, row: number): JpegTileLocation | undefined;
}

/** Beyond these an overview would load too much: the smallest level has this many tiles, or pixels on a side. */
const OVERVIEW = { tiles: 600, side: 8192 } as const;
/** A gap between levels that makes a view between them load more than 64 times its pixels. */
const MAX_STEP = 8.5;
const MAX_TILE_SIDE = 8192;

/**
 * Makes the reader of a slide; looks at every level and plane first.
 *
 * @throws TiffError `TRUNCATED_FILE`, `UNSUPPORTED_COMPRESSION`, `BAD_DIRECTORY`, `UNREADABLE_TILE`
 */
export async function createSlideReader(parts: SlideParts): Promise<TiffSlideReader> {
  const sources: (readonly LevelSource[])[] = [];
  const opened = new Map<TiffImage, LevelSource>();
  for (const images of parts.levels) {
    const planes: LevelSource[] = [];
    for (const image of images) {
      const source = opened.get(image) ?? (await openLevel(image));
      opened.set(image, source);
      planes.push(source);
    }
    sources.push(planes);
  }
  const info = describe(parts, sources);
  const windows = new Map<TiffImage, Promise<readonly [number, number] | undefined>>();

  /** All planes of a channel share the window of their first: a stack must not flicker. */
  const windowOf = (plane: Plane): Promise<readonly [number, number] | undefined> | undefined => {
    const image = parts.levels.at(-1)?.[planeIndex(parts.planes, { z: 0, t: 0, c: plane.c }) ?? 0];
    if (image === undefined || image.bitsPerSample <= 8) return undefined;
    let window = windows.get(image);
    if (window === undefined) {
      // Without the caller's signal: who cancels must not spoil it for the others.
      window = estimateWindow(image, image.directory.context.littleEndian);
      windows.set(image, window);
      window.catch(() => windows.delete(image));
    }
    return window;
  };

  const sourceAt = (level: number, plane: Plane): LevelSource => {
    const index = planeIndex(parts.planes, plane);
    const source = index === undefined ? undefined : sources[level]?.[index];
    if (source !== undefined) return source;
    const { z, t, c } = parts.planes;
    throw new TiffError(
      'TILE_OUT_OF_RANGE',
      `There is no level ${level} with plane ${plane.z},${plane.t},${plane.c}: the slide has ${sources.length} levels and ${z} × ${t} × ${c} planes (z, t, c).`,
    );
  };

  return {
    info,
    async tile(level, col, row, plane, signal) {
      signal?.throwIfAborted();
      return sourceAt(level, plane).tile(col, row, signal, await windowOf(plane));
    },
    jpegTileLocation(level, col, row) {
      return sourceAt(level, { z: 0, t: 0, c: 0 }).jpegTileLocation?.(col, row);
    },
    async associated(name, signal) {
      const image = parts.associated.get(name);
      return image === undefined ? undefined : readAssociated(image, signal);
    },
    async close() {
      // The file belongs to the one who opened it; nothing else is held.
    },
  };
}

function describe(parts: SlideParts, sources: readonly (readonly LevelSource[])[]): SlideInfo {
  const images = parts.levels.flatMap(([first]) => (first === undefined ? [] : [first]));
  const [base] = images;
  if (base === undefined) throw new TiffError('BAD_DIRECTORY', 'The file holds no image that could be shown.');
  const levels = images.map((image, i): SlideLevel => ({
    width: image.width,
    height: image.height,
    tileWidth: sources[i]?.[0]?.tileWidth ?? image.tileWidth,
    tileHeight: sources[i]?.[0]?.tileHeight ?? image.tileHeight,
    downsample: i === 0 ? 1 : (base.width / image.width + base.height / image.height) / 2,
  }));
  return Object.freeze({
    width: base.width,
    height: base.height,
    levels,
    ...(parts.mpp === undefined ? {} : { mppX: parts.mpp.x, mppY: parts.mpp.y }),
    ...(parts.objective === undefined ? {} : { objective: parts.objective }),
    planes: parts.planes,
    vendor: parts.vendor,
    associated: [...parts.associated.keys()],
    ...(needsPyramid(images, sources, levels) ? { needsPyramid: true } : {}),
  });
}

function needsPyramid(
  images: readonly TiffImage[],
  sources: readonly (readonly LevelSource[])[],
  levels: readonly SlideLevel[],
): boolean {
  const smallest = sources.at(-1)?.[0];
  const last = levels.at(-1);
  if (smallest === undefined || last === undefined) return true;
  const isUnfit = sources
    .flat()
    .some((source) => !source.isServable || Math.max(source.tileWidth, source.tileHeight) > MAX_TILE_SIDE);
  // Strips of a few rows: each view would load hundreds. Intervals of a JPEG strip are put together to tiles, and their grid tells it.
  const isStripped = images.some((image) => !image.isTiled && image.chunks > 1);
  const isTurned = images.some((image) => image.orientation !== 1);
  const isCoarse = Math.max(last.width, last.height) > OVERVIEW.side || smallest.cols * smallest.rows > OVERVIEW.tiles;
  const hasGap = levels.some(({ downsample }, i) => downsample / (levels[i - 1]?.downsample ?? downsample) > MAX_STEP);
  return isUnfit || isStripped || isTurned || isCoarse || hasGap;
}
