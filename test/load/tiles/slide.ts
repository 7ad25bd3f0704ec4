import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JpegTiles, openTiff, TiffImage } from '@exact/tiff';
import sharp from 'sharp';

import { SMALL_SLIDE } from '../../server-process.ts';

const CACHE = fileURLToPath(new URL('../../../.cache/bench', import.meta.url));

export interface TileAddress {
  /** 0 is the largest. */
  readonly level: number;
  readonly col: number;
  readonly row: number;
}

export interface BenchSlide {
  readonly path: string;
  readonly sizeBytes: number;
  readonly levels: readonly {
    readonly width: number;
    readonly height: number;
    readonly cols: number;
    readonly rows: number;
  }[];
  /** All tiles of all levels. */
  readonly tiles: readonly TileAddress[];
  /** Folder with each tile as a file, `<level>/<col>_<row>.jpg`. */
  readonly looseFolder: string;
}

export const TILE = 256;
const QUALITY = 80;

export const looseName = ({ level, col, row }: TileAddress): string => `${level}/${col}_${row}.jpg`;

/**
 * Makes a pyramidal JPEG TIFF of real histology: the demo's slide, mirrored and repeated. Kept in .cache/bench; at 30,000 px
 * about 200 MB and 18.6k tiles.
 *
 * libvips makes it in rows (the source alone, 20 MB, is in memory), so memory stays bounded whatever the size.
 */
export async function provideSlide(
  sidePx: number,
  tell: (line: string) => void = () => undefined,
): Promise<BenchSlide> {
  await mkdir(CACHE, { recursive: true });
  const path = join(CACHE, `mosaic-${sidePx}-q${QUALITY}.tif`);
  if (!existsSync(path)) {
    tell(`Making a slide of ${sidePx} × ${sidePx} px (once) …`);
    const { data, info } = await sharp(SMALL_SLIDE).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const draft = `${path}.${process.pid}.part`;
    await sharp(data, { raw: { width: info.width, height: info.height, channels: 3 }, limitInputPixels: false })
      .extend({
        right: Math.max(0, sidePx - info.width),
        bottom: Math.max(0, sidePx - info.height),
        extendWith: 'mirror',
      })
      .tiff({ compression: 'jpeg', quality: QUALITY, tile: true, tileWidth: TILE, tileHeight: TILE, pyramid: true })
      .toFile(draft);
    await rename(draft, path);
  }
  const looseFolder = join(CACHE, `mosaic-${sidePx}-q${QUALITY}_files`);
  return { path, sizeBytes: (await stat(path)).size, looseFolder, ...(await readTiles(path, looseFolder, tell)) };
}

/** Reads the grid, and writes the loose files unless they are there. */
async function readTiles(
  path: string,
  looseFolder: string,
  tell: (line: string) => void,
): Promise<Pick<BenchSlide, 'levels' | 'tiles'>> {
  const handle = await open(path);
  try {
    const file = await openTiff({
      size: (await handle.stat()).size,
      read: async (offset, length) => {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      },
    });
    const images = file.directories.map((directory) => new TiffImage(directory));
    const levels = images.map(({ width, height }) => ({
      width,
      height,
      cols: Math.ceil(width / TILE),
      rows: Math.ceil(height / TILE),
    }));
    const tiles = levels.flatMap(({ cols, rows }, level) =>
      Array.from({ length: cols * rows }, (_, index) => ({ level, col: index % cols, row: Math.floor(index / cols) })),
    );
    if (!existsSync(looseFolder)) {
      tell(`Writing its ${tiles.length} tiles as loose files (once) …`);
      const draft = `${looseFolder}.${process.pid}.part`;
      for (const [level, image] of images.entries()) {
        const source = await JpegTiles.of(image);
        await mkdir(join(draft, String(level)), { recursive: true });
        for (const tile of tiles.filter((one) => one.level === level)) {
          const bytes = await source.read(tile.col, tile.row);
          if (!bytes) throw new Error(`The slide has no tile ${looseName(tile)}; remove ${path} and start again.`);
          await writeFile(join(draft, looseName(tile)), bytes);
        }
      }
      await rename(draft, looseFolder).catch(() => rm(draft, { recursive: true })); // another run was quicker
    }
    return { levels, tiles };
  } finally {
    await handle.close();
  }
}
