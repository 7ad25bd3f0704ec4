import { closeSync, openSync, writeSync } from 'node:fs';

/** The annotations of one image and author in a file: pieces of it, in their order. */
export interface Part {
  readonly imageId: number;
  readonly authorId: number;
  readonly count: number;
  readonly pieces: readonly (readonly [offset: number, length: number])[];
}

const PIECE = 256 * 1024;
const MAX_HELD = 64 * 1024 * 1024;

/**
 * One file for the lines of many images: lines of an image are held and written in large pieces, so that a file with images in any order
 * is taken apart in one pass, with bounded memory and one open file.
 */
export function createPartFile(path: string): {
  append(imageId: number, authorId: number, line: string): void;
  finish(): Part[];
  close(): void;
} {
  const file = openSync(path, 'wx');
  const parts = new Map<
    string,
    { part: Part & { count: number; pieces: [number, number][] }; held: string[]; size: number }
  >();
  let offset = 0;
  let held = 0;
  const flush = (entry: { part: { pieces: [number, number][] }; held: string[]; size: number }): void => {
    if (entry.held.length === 0) return;
    const bytes = Buffer.from(entry.held.join(''));
    let written = 0;
    while (written < bytes.length) written += writeSync(file, bytes, written);
    entry.part.pieces.push([offset, bytes.length]);
    offset += bytes.length;
    held -= entry.size;
    entry.held = [];
    entry.size = 0;
  };
  return {
    append(imageId, authorId, line) {
      const key = `${imageId} ${authorId}`;
      let entry = parts.get(key);
      if (!entry) {
        entry = { part: { imageId, authorId, count: 0, pieces: [] }, held: [], size: 0 };
        parts.set(key, entry);
      }
      entry.part.count += 1;
      entry.held.push(line, '\n');
      entry.size += line.length + 1;
      held += line.length + 1;
      if (entry.size >= PIECE) flush(entry);
      else if (held > MAX_HELD) for (const other of parts.values()) flush(other);
    },
    finish() {
      for (const entry of parts.values()) flush(entry);
      return [...parts.values()].map(({ part }) => part);
    },
    close: () => closeSync(file),
  };
}
