/** Bytes to be written over others. Nothing moves: tables of containers point at places in the file. */
export interface Overwrite {
  readonly at: number;
  readonly bytes: Buffer;
}
export type Traces = AsyncGenerator<Overwrite>;

const PIECE = 1024 * 1024;

/** Zeros over a part of a file, in pieces: a tag may hold a picture of many megabytes. */
export async function* zeros(at: number, length: number): Traces {
  for (let done = 0; done < length; done += PIECE)
    yield { at: at + done, bytes: Buffer.alloc(Math.min(PIECE, length - done)) };
}
