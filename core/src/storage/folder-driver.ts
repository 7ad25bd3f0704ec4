import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { defineError } from '@exact/sdk/contract';
import type { StorageDriver } from '@exact/sdk/server';
import { asDiskError } from './disk-errors.ts';

export const BadStorageKeyError = defineError<{ key: string }>({
  code: 'BAD_STORAGE_KEY',
  status: 500,
  message: (d) =>
    `${JSON.stringify(d.key)} is not a key of the storage: keys are made by the platform and stay inside it.`,
});

/** Unfinished files; on the same file system as the finished ones, so that a rename makes them visible in one step. */
const SCRATCH = '.scratch';

/** Storage in a folder of a local (or mounted) disk. */
export interface FolderStorage extends StorageDriver {
  path(key: string): string;
  /** A path for a file that is not finished yet; what is left there is swept after a day. */
  scratch(suffix: string): Promise<string>;
  /** Takes a finished file of the same file system in under `key`: fsync, rename, fsync of the folder. Reads none of it. */
  adopt(key: string, path: string): Promise<{ readonly sizeBytes: number }>;
  readonly scratchFolder: string;
}

/**
 * Opens a folder as storage.
 *
 * A file is visible under its key only when all of it is on the disk: written beside, fsynced, renamed, the folder fsynced.
 * A write that fails, and a process that dies, leave nothing under the key.
 *
 * @param root - made when missing
 * @param open - opens the file that is written to; given by tests of a full disk
 * @throws DiskFullError when the disk or the quota is full; {@link BadStorageKeyError}
 */
export function createFolderDriver(root: string, open: typeof fs.open = fs.open): FolderStorage {
  const base = resolve(root);
  const scratchFolder = join(base, SCRATCH);
  mkdirSync(scratchFolder, { recursive: true });

  const pathOf = (key: string): string => {
    const parts = key.split('/');
    const isGood =
      key !== '' &&
      !isAbsolute(key) &&
      !key.includes('\0') &&
      !key.includes('\\') &&
      parts.every((part) => part !== '' && !part.startsWith('.'));
    if (!isGood) throw new BadStorageKeyError({ key });
    return join(base, ...parts);
  };

  const scratch = async (suffix: string): Promise<string> => {
    if (!/^[\w.-]*$/.test(suffix)) throw new BadStorageKeyError({ key: suffix });
    await fs.mkdir(scratchFolder, { recursive: true });
    return join(scratchFolder, `${randomUUID()}${suffix}`);
  };

  const adopt = async (key: string, path: string): Promise<{ sizeBytes: number }> => {
    const target = pathOf(key);
    try {
      const sizeBytes = await syncFile(path);
      await fs.mkdir(dirname(target), { recursive: true });
      await fs.rename(path, target);
      await syncFolder(dirname(target));
      return { sizeBytes };
    } catch (error) {
      throw asDiskError(error);
    }
  };

  return {
    path: pathOf,
    scratch,
    adopt,
    scratchFolder,
    async write(key, source, signal) {
      pathOf(key);
      const draft = await scratch('');
      try {
        const file = await open(draft, 'wx');
        try {
          for await (const chunk of source) {
            signal?.throwIfAborted();
            await file.writeFile(chunk);
          }
        } finally {
          await file.close();
        }
        return await adopt(key, draft);
      } catch (error) {
        await fs.rm(draft, { force: true });
        throw asDiskError(error);
      }
    },
    async read(key, offset, length, signal) {
      signal?.throwIfAborted();
      const file = await fs.open(pathOf(key), 'r');
      try {
        const buffer = Buffer.allocUnsafe(length);
        return buffer.subarray(0, await readFully(file, buffer, offset));
      } finally {
        await file.close();
      }
    },
    async size(key) {
      return (await fs.stat(pathOf(key))).size;
    },
    async delete(key) {
      await fs.rm(pathOf(key), { force: true });
    },
    async *list(prefix) {
      const start = prefix === '' ? base : pathOf(prefix.replace(/\/$/, ''));
      for await (const path of walk(start)) {
        try {
          const { size, mtime } = await fs.stat(path);
          yield { key: relative(base, path).split(sep).join('/'), sizeBytes: size, modifiedAt: mtime };
        } catch (error) {
          if (!isMissing(error)) throw error; // deleted while we looked
        }
      }
    },
  };
}

/** Reads until the buffer is full or the file ends. @returns bytes read */
export async function readFully(file: fs.FileHandle, buffer: Uint8Array, offset: number): Promise<number> {
  let done = 0;
  while (done < buffer.length) {
    const { bytesRead } = await file.read(buffer, done, buffer.length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

async function* walk(folder: string): AsyncGenerator<string> {
  let entries;
  try {
    entries = await fs.readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !entry.name.startsWith('.')) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

async function syncFile(path: string): Promise<number> {
  const file = await fs.open(path, 'r+');
  try {
    await file.sync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there; renames are journaled
  const folder = await fs.open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
