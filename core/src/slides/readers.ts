import { openSync, closeSync, fstatSync, readSync } from 'node:fs';
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import type { HookContext } from '@exact/sdk/hooks';
import type { OpenInput, SlideReader, SlideRefusal, StorageDriver } from '@exact/sdk/server';
import type { HookCallers } from '../kernel/hook-caller.ts';
import { isMissing } from '../storage/folder-driver.ts';
import { createWarmMap, type WarmMap } from './warm-map.ts';

const readAsync = promisify(fs.read);

/** How much of a file readers get to see before they read themselves. */
const HEAD_BYTES = 64 * 1024;

/** An open slide and its file. */
export interface OpenSlide {
  readonly reader: SlideReader;
  /** File descriptor where storage is a folder. */
  readonly fd: number | undefined;
  readonly warm: WarmMap;
  readonly sizeBytes: number;
}

/** What a look at a file came to: a slide, a refusal by the plugin whose format it is, or nothing. */
export type Opened = { readonly slide: OpenSlide; close(): Promise<void> } | SlideRefusal | undefined;

export interface SlideReaders {
  /**
   * Runs `use` with the open slide of a key; opens it when it is not, once however many ask at the same time.
   *
   * @throws {@link SlideUnreadable} when nobody opens it
   */
  use<T>(key: string, context: HookContext, use: (slide: OpenSlide) => Promise<T>): Promise<T>;
  /** The open slide of a key, when there is one now. Synchronous; good until the end of this turn of the event loop. */
  peek(key: string): OpenSlide | undefined;
  /** As {@link peek}, but for longer: the slide stays open until it is given back. */
  borrow(key: string): { readonly slide: OpenSlide; giveBack(): void } | undefined;
  /** Looks at a file that is not in the pool (an upload). The caller closes it. */
  probe(file: FileToOpen, context: HookContext): Promise<Opened>;
  /** Puts a probed slide into the pool under the key it got meanwhile: the first tile then needs no opening. */
  keep(key: string, slide: OpenSlide): void;
  /** Closes a slide whose file is gone or changed. */
  forget(key: string): void;
  close(): Promise<void>;
}

export interface FileToOpen {
  readonly name: string;
  readonly path: string;
}

export class SlideUnreadable extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Entry {
  readonly slide: OpenSlide;
  users: number;
  usedAt: number;
  isForgotten: boolean;
}

export interface SlideReadersOptions {
  /** Slides open at the same time (default 64); more only while all of them are in use. */
  readonly max?: number;
  /** Unused slides are closed after this (default 5 minutes). */
  readonly idleMs?: number;
}

/** Keeps slides open, so that a tile costs one read and not the directory of its file. */
export function createSlideReaders(
  hooks: HookCallers,
  storage: StorageDriver,
  options: SlideReadersOptions = {},
): SlideReaders {
  const { max = 64, idleMs = 300_000 } = options;
  const open = new Map<string, Entry>(); // oldest use first
  const opening = new Map<string, Promise<Entry>>();

  const sweep = setInterval(
    () => {
      const before = performance.now() - idleMs;
      for (const [key, entry] of open) if (entry.users === 0 && entry.usedAt < before) drop(key, entry);
    },
    Math.min(idleMs, 30_000),
  ).unref();

  function drop(key: string, entry: Entry): void {
    if (open.get(key) === entry) open.delete(key);
    entry.isForgotten = true;
    if (entry.users === 0) closeQuietly(entry.slide);
  }

  function admit(key: string, slide: OpenSlide): Entry {
    const entry: Entry = { slide, users: 0, usedAt: performance.now(), isForgotten: false };
    open.set(key, entry);
    if (open.size > max) {
      for (const [other, candidate] of open) {
        if (open.size <= max) break;
        if (candidate.users === 0 && candidate !== entry) drop(other, candidate);
      }
    }
    return entry;
  }

  async function obtain(key: string, context: HookContext): Promise<Entry> {
    const present = open.get(key);
    if (present) return present;
    let pending = opening.get(key);
    if (!pending) {
      // Of its own lifetime: whoever asked first may go away while others wait.
      const own: HookContext = { ...context, signal: AbortSignal.timeout(30_000) };
      pending = openKey(hooks, storage, key, own)
        .then((slide) => admit(key, slide))
        .finally(() => opening.delete(key));
      opening.set(key, pending);
    }
    return pending;
  }

  function enter(key: string, entry: Entry): void {
    entry.users += 1;
    entry.usedAt = performance.now();
    open.delete(key);
    if (!entry.isForgotten) open.set(key, entry);
  }

  function leave(entry: Entry): void {
    entry.users -= 1;
    if (entry.users === 0 && entry.isForgotten) closeQuietly(entry.slide);
  }

  return {
    async use(key, context, use) {
      const entry = await obtain(key, context);
      enter(key, entry);
      try {
        return await use(entry.slide);
      } finally {
        leave(entry);
      }
    },
    borrow(key) {
      const entry = open.get(key);
      if (!entry) return undefined;
      enter(key, entry);
      return { slide: entry.slide, giveBack: () => leave(entry) };
    },
    peek(key) {
      const entry = open.get(key);
      if (entry) entry.usedAt = performance.now();
      return entry?.slide;
    },
    async probe({ name, path }, context) {
      const fd = openSync(path, 'r');
      const opened = await ask(hooks, { fd, path, name, sizeBytes: fstatSync(fd).size }, context).catch(
        (error: unknown) => {
          closeSync(fd);
          throw error;
        },
      );
      if (opened === undefined || 'refused' in opened) {
        closeSync(fd);
        return opened;
      }
      return { slide: opened, close: () => closeSlide(opened) };
    },
    keep(key, slide) {
      const present = open.get(key);
      if (present) drop(key, present);
      admit(key, slide);
    },
    forget(key) {
      const entry = open.get(key);
      if (entry) drop(key, entry);
    },
    async close() {
      clearInterval(sweep);
      const entries = [...open];
      open.clear();
      await Promise.all(entries.map(([, { slide }]) => closeSlide(slide)));
    },
  };
}

async function openKey(
  hooks: HookCallers,
  storage: StorageDriver,
  key: string,
  context: HookContext,
): Promise<OpenSlide> {
  const path = storage.path?.(key);
  let fd: number | undefined;
  try {
    fd = path === undefined ? undefined : openSync(path, 'r');
    const sizeBytes = fd === undefined ? await storage.size(key) : fstatSync(fd).size;
    const remote = (offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> =>
      storage.read(key, offset, length, signal);
    const opened = await ask(hooks, { fd, path, name: '', sizeBytes, remote }, context);
    if (opened === undefined)
      throw new SlideUnreadable('UNSUPPORTED_FORMAT', 'No plugin that is switched on can read this file.');
    if ('refused' in opened) throw new SlideUnreadable(opened.refused.code, opened.refused.message);
    return opened;
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    if (isMissing(error))
      throw new SlideUnreadable('FILE_MISSING', 'The file of this image is no longer in the storage.');
    throw error;
  }
}

interface Source {
  readonly fd: number | undefined;
  readonly path: string | undefined;
  readonly name: string;
  readonly sizeBytes: number;
  readonly remote?: OpenInput['read'];
}

async function ask(
  hooks: HookCallers,
  { fd, path, name, sizeBytes, remote }: Source,
  context: HookContext,
): Promise<OpenSlide | SlideRefusal | undefined> {
  const read = remote && fd === undefined ? remote : readOf(fd as number);
  const head = await read(0, Math.min(HEAD_BYTES, sizeBytes));
  const input: OpenInput = { head, name, size: sizeBytes, read, ...(path === undefined ? {} : { path }) };
  const answer = await hooks.slides.open.call(input, context);
  if (answer === undefined || 'refused' in answer) return answer;
  return { reader: answer, fd, warm: createWarmMap(sizeBytes), sizeBytes };
}

/** Positional reads of an open file by the thread pool: a cold disk never holds the event loop. */
function readOf(fd: number): OpenInput['read'] {
  return async (offset, length, signal) => {
    signal?.throwIfAborted();
    const buffer = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await readAsync(fd, buffer, done, length - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  };
}

/** Reads a range by the thread pool, into a buffer at `at`. `done` hears the bytes read, 0 when reading failed. */
export function readSoon(
  fd: number,
  buffer: Buffer,
  at: number,
  length: number,
  offset: number,
  done: (bytesRead: number) => void,
): void {
  fs.read(fd, buffer, at, length, offset, (error, bytesRead) => done(error ? 0 : bytesRead));
}

/** Nobody waits for it any more; the file itself is closed whatever the reader does. */
function closeQuietly(slide: OpenSlide): void {
  closeSlide(slide).catch(() => undefined);
}

async function closeSlide({ reader, fd }: OpenSlide): Promise<void> {
  try {
    await reader.close();
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Reads now, on this thread. For ranges that {@link WarmMap} knows to be in the memory of the system. @returns bytes read */
export function readNow(fd: number, buffer: Buffer, at: number, length: number, offset: number): number {
  return readSync(fd, buffer, at, length, offset);
}
