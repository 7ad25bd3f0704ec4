import type { FileHandle } from 'node:fs/promises';
import type { MediaRefusal, MediaType } from '@exact/sdk/contract';
import { readFully } from '../../storage/folder-driver.ts';

/** Parts of a file. */
export interface Bytes {
  readonly size: number;
  /** Shorter only where the file ends. */
  read(offset: number, length: number): Promise<Buffer>;
}

export function bytesOf(file: FileHandle, size: number): Bytes {
  return {
    size,
    async read(offset, length) {
      const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
      return buffer.subarray(0, await readFully(file, buffer, offset));
    },
  };
}

export interface Refusal {
  readonly reason: MediaRefusal;
  /** Rest of a sentence that begins with the file's name; with the way out. */
  readonly sentence: string;
}
/** What a file is by its content, or why it is not taken. */
export type Verdict = { readonly mediaType: MediaType } | Refusal;

export const refuse = (reason: MediaRefusal, sentence: string): Refusal => ({ reason, sentence });
export const truncated = (what: string): Refusal =>
  refuse('TRUNCATED_FILE', `${what} ends too early. It was probably not copied completely; copy it again.`);
export const corrupt = (what: string): Refusal =>
  refuse('CORRUPT_FILE', `${what} Save it anew in the program that it comes from.`);
export const unplayable = (what: string, instead: string): Refusal =>
  refuse('UNSUPPORTED_MEDIA', `${what}, which browsers do not play. Save it as ${instead}.`);
