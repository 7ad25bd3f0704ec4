import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { BodyTooLargeError } from '@exact/sdk/contract';
import { FileStore } from '@tus/file-store';
import type { Upload } from '@tus/server';
import { asDiskError } from '../storage/disk-errors.ts';

/** Larger requests are refused: a lost connection costs at most this much, and proxies need not buffer more. */
export const PATCH_LIMIT_BYTES = 64 * 1024 * 1024;
/** What is written goes to the disk while the rest arrives, in portions of this; at the end nearly nothing is left to wait for. */
const SYNC_BYTES = 8 * 1024 * 1024;

/**
 * Keeps unfinished uploads as files and their SHA-256 as it grows, so that nothing has to be read again at the end.
 *
 * The sum is of exactly the bytes on the disk. Where it is not known (another process took the first half) the file is read
 * once, before the next bytes are taken.
 */
export class HashingFileStore extends FileStore {
  readonly #hashes = new Map<string, { readonly hash: Hash; offset: number }>();
  readonly #open: typeof fs.open;

  /** @param open - given by tests of a full disk */
  constructor(directory: string, expirationMs: number, open: typeof fs.open = fs.open) {
    super({ directory, expirationPeriodInMilliseconds: expirationMs });
    this.#open = open;
  }

  pathOf(id: string): string {
    return join(this.directory, id);
  }

  override async create(upload: Upload): Promise<Upload> {
    try {
      return await super.create(upload);
    } catch (error) {
      await this.release(upload.id).catch(() => undefined); // an empty file without a note of what it is
      throw asDiskError(error);
    }
  }

  override async write(source: AsyncIterable<Uint8Array>, id: string, offset: number): Promise<number> {
    const state = await this.#stateAt(id, offset);
    const file = await this.#open(this.pathOf(id), 'r+');
    let unsynced = 0;
    let syncing = Promise.resolve();
    try {
      for await (const chunk of source) {
        if (state.offset + chunk.length - offset > PATCH_LIMIT_BYTES)
          throw new BodyTooLargeError({ limitBytes: PATCH_LIMIT_BYTES });
        await writeAll(file, chunk, state.offset);
        state.hash.update(chunk);
        state.offset += chunk.length;
        unsynced += chunk.length;
        if (unsynced >= SYNC_BYTES) {
          await syncing;
          unsynced = 0;
          syncing = file.datasync();
          syncing.catch(() => undefined); // told by the next await
        }
      }
      await syncing;
      return state.offset;
    } catch (error) {
      if ((error as { code?: unknown }).code === 'BODY_TOO_LARGE') await this.takeBack(id, offset);
      throw asDiskError(error);
    } finally {
      await syncing.catch(() => undefined);
      await file.close();
    }
  }

  /** SHA-256 of a complete upload. */
  async digest(id: string, size: number): Promise<Buffer> {
    const state = await this.#stateAt(id, size);
    this.#hashes.delete(id);
    return state.hash.digest();
  }

  /** Shortens an upload, so that the client sends the rest again. */
  async takeBack(id: string, offset: number): Promise<void> {
    this.#hashes.delete(id);
    await fs.truncate(this.pathOf(id), offset);
  }

  override async remove(id: string): Promise<void> {
    this.#hashes.delete(id);
    await super.remove(id);
  }

  /** Forgets an upload whose file has been taken away. */
  async release(id: string): Promise<void> {
    this.#hashes.delete(id);
    await fs.rm(this.pathOf(id), { force: true });
    await this.configstore.delete(id);
  }

  async #stateAt(id: string, offset: number): Promise<{ readonly hash: Hash; offset: number }> {
    let state = this.#hashes.get(id);
    if (state?.offset !== offset) {
      const hash = createHash('sha256');
      if (offset > 0)
        for await (const chunk of createReadStream(this.pathOf(id), { end: offset - 1, highWaterMark: 1 << 20 }))
          hash.update(chunk as Buffer);
      state = { hash, offset };
      this.#hashes.set(id, state);
    }
    return state;
  }
}

async function writeAll(file: fs.FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < chunk.length) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}
