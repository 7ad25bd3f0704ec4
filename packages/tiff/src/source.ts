import { TiffError, truncatedFile } from './error.ts';
import { LIMITS } from './limits.ts';

/** Reads `length` bytes at `offset`; gives fewer only at the end of the file. */
export type ReadAt = (offset: number, length: number, signal?: AbortSignal) => Promise<Uint8Array>;

const WINDOW_BYTES = 16 * 1024;
const MAX_WINDOWS = 16;

/**
 * Positional reads of one file. Small reads (directories and their values, which stand close together) go through a few
 * windows, so that a directory costs one or two reads and not one for each value; data go straight to the file.
 */
export class TiffSource {
  readonly size: number;
  readonly #read: ReadAt;
  readonly #windows = new Map<number, Uint8Array>();
  readonly #head: Uint8Array;
  #spent = 0;
  #chunks = 0;

  constructor(read: ReadAt, size: number, head: Uint8Array = new Uint8Array(0)) {
    this.#read = read;
    this.size = size;
    this.#head = head;
  }

  /**
   * Reads a range of the file.
   *
   * @throws TiffError `TRUNCATED_FILE` when the range leaves the file; `what` is named in the message
   */
  async bytes(offset: number, length: number, what: string, signal?: AbortSignal): Promise<Uint8Array> {
    if (offset + length > this.size) throw truncatedFile(what, offset + length, this.size);
    if (length === 0) return new Uint8Array(0);
    const bytes = await this.#read(offset, length, signal);
    // The file may have been cut since it was measured.
    if (bytes.length < length) throw truncatedFile(what, offset + length, offset + bytes.length);
    return bytes.length === length ? bytes : bytes.subarray(0, length);
  }

  /** As `bytes`, for small ranges that are likely to have neighbours wanted next. The answer must not be changed. */
  async near(offset: number, length: number, what: string): Promise<Uint8Array> {
    const end = offset + length;
    if (end > this.size) throw truncatedFile(what, end, this.size);
    if (end <= this.#head.length) return this.#head.subarray(offset, end);
    const start = offset - (offset % WINDOW_BYTES);
    if (end > start + WINDOW_BYTES) {
      this.#spend(length);
      return this.bytes(offset, length, what);
    }
    let window = this.#windows.get(start);
    if (window === undefined) {
      const wanted = Math.min(WINDOW_BYTES, this.size - start);
      this.#spend(wanted);
      window = await this.bytes(start, wanted, what);
      const oldest = this.#windows.size >= MAX_WINDOWS ? this.#windows.keys().next().value : undefined;
      if (oldest !== undefined) this.#windows.delete(oldest);
      this.#windows.set(start, window);
    }
    return window.subarray(offset - start, end - start);
  }

  /** Drops the windows; call it when the directories have been read. */
  forget(): void {
    this.#windows.clear();
  }

  /**
   * Counts the tiles whose tables are held. Each image has its own limit; this one is for files whose many images all
   * point to the same large table.
   *
   * @throws TiffError `IMAGE_TOO_LARGE`
   */
  countChunks(chunks: number): void {
    this.#chunks += chunks;
    if (this.#chunks > LIMITS.fileChunks) {
      throw new TiffError(
        'IMAGE_TOO_LARGE',
        `The images of the file are cut into more than ${LIMITS.fileChunks} tiles together; the file is not opened.`,
      );
    }
  }

  #spend(bytes: number): void {
    this.#spent += bytes;
    if (this.#spent > LIMITS.directoryBytes) {
      throw new TiffError(
        'IMAGE_TOO_LARGE',
        'The description of the images is larger than any real slide needs; the file is not opened.',
      );
    }
  }
}
