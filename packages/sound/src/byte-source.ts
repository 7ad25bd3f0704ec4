/** Bytes that are read in parts: a file, a blob, an array. */
export interface ByteSource {
  readonly size: number;
  /** Gives `length` bytes from `offset` on, fewer only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Makes a source of bytes in memory; reads share them. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, Math.max(offset, offset + length))),
  };
}

/** Reads a source from front to back with a window of bytes in memory. */
export interface ForwardReader {
  /** Bytes from the present place on; holds at least as many as were last asked for, fewer only at the end. Valid until the next call. */
  readonly view: Uint8Array;
  /** Offset in the source of the first byte of `view`. */
  readonly offset: number;
  /** Makes `view` hold at least `length` bytes where the source has them. */
  need(length: number): Promise<Uint8Array>;
  /** Goes on by `length` bytes. */
  skip(length: number): void;
}

const CHUNK_BYTES = 256 * 1024;

/** @param end - the source is read up to here; default its size */
export function readForward(source: ByteSource, from: number, end = source.size): ForwardReader {
  let buffer = new Uint8Array(0);
  let start = 0;
  let offset = from;
  let next = from;
  const view = (): Uint8Array => buffer.subarray(start);
  return {
    get view() {
      return view();
    },
    get offset() {
      return offset;
    },
    async need(length) {
      while (buffer.length - start < length && next < end) {
        const wanted = Math.min(end - next, Math.max(CHUNK_BYTES, length - (buffer.length - start)));
        const more = await source.read(next, wanted);
        if (more.length === 0) break;
        next += more.length;
        const joined = new Uint8Array(buffer.length - start + more.length);
        joined.set(view());
        joined.set(more, buffer.length - start);
        buffer = joined;
        start = 0;
      }
      return view();
    },
    skip(length) {
      offset += length;
      if (start + length <= buffer.length) start += length;
      else {
        // Beyond what is in memory: the next read begins there.
        buffer = new Uint8Array(0);
        start = 0;
        next = offset;
      }
    },
  };
}
