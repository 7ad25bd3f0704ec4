import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EncodedTile, Logger } from '@exact/sdk/server';
import { isMissing } from '../storage/folder-driver.ts';

const SUFFIX = { 'image/jpeg': '.jpg', 'image/png': '.png', 'image/webp': '.webp' } as const;
const TYPES = Object.entries(SUFFIX) as [EncodedTile['mediaType'], string][];
/** Use is noted at this grain only: a file's time need not be written with each look. */
const TOUCH_MS = 3_600_000;
const FULL_TO = 0.9;

/** Pictures that cost more to make than to keep, on the disk; the ones unused for longest go first. */
export interface DiskCache {
  get(group: string, name: string): Promise<EncodedTile | undefined>;
  /** Never fails the caller: a full disk only means that nothing is kept. */
  put(group: string, name: string, tile: EncodedTile): Promise<void>;
  /** Drops all of an image. */
  drop(imageId: number): Promise<void>;
  readonly bytes: number;
}

/**
 * Opens the cache in a folder; what earlier runs left there counts.
 *
 * @param maxBytes - above it the oldest are removed, down to nine tenths
 */
export function createDiskCache(folder: string, maxBytes: number, log: Logger): DiskCache {
  let bytes = 0;
  let evicting: Promise<void> | undefined;
  const measured = measure(folder).then((files) => {
    bytes += files.reduce((sum, file) => sum + file.size, 0);
  });
  measured.catch(() => undefined);

  const pathOf = (group: string, name: string, suffix: string): string => join(folder, group, name + suffix);

  async function evict(): Promise<void> {
    const files = (await measure(folder)).sort((a, b) => a.usedMs - b.usedMs);
    let total = files.reduce((sum, file) => sum + file.size, 0);
    for (const file of files) {
      if (total <= maxBytes * FULL_TO) break;
      await rm(file.path, { force: true });
      total -= file.size;
    }
    bytes = total;
  }

  return {
    get bytes() {
      return bytes;
    },
    async get(group, name) {
      for (const [mediaType, suffix] of TYPES) {
        const path = pathOf(group, name, suffix);
        try {
          const picture = await readFile(path);
          if (Date.now() - (await stat(path)).mtimeMs > TOUCH_MS) await utimes(path, new Date(), new Date());
          return { bytes: picture, mediaType };
        } catch (error) {
          if (!isMissing(error)) log.warn({ err: (error as Error).message }, 'a kept tile could not be read');
        }
      }
      return undefined;
    },
    async put(group, name, tile) {
      const path = pathOf(group, name, SUFFIX[tile.mediaType]);
      const draft = `${path}.${randomUUID()}.draft`;
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(draft, tile.bytes);
        await rename(draft, path); // nobody ever reads half a tile
        bytes += tile.bytes.length;
        await measured;
        if (bytes > maxBytes) evicting ??= evict().finally(() => (evicting = undefined));
        await evicting;
      } catch (error) {
        await rm(draft, { force: true }).catch(() => undefined);
        log.warn({ err: (error as Error).message }, 'a tile was not kept');
      }
    },
    async drop(imageId) {
      await rm(join(folder, String(imageId)), { recursive: true, force: true });
    },
  };
}

interface CachedFile {
  readonly path: string;
  readonly size: number;
  readonly usedMs: number;
}

async function measure(folder: string): Promise<CachedFile[]> {
  const files: CachedFile[] = [];
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true, recursive: true });
  } catch (error) {
    if (isMissing(error)) return files;
    throw error;
  }
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    try {
      const { size, mtimeMs } = await stat(path);
      files.push({ path, size, usedMs: mtimeMs });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return files;
}
