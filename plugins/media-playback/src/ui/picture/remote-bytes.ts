import type { ByteSource } from '@exact/sound';
import type { SoundProblem } from './protocol.ts';

/** The server did not give bytes. */
export class BytesError extends Error {
  readonly problem: SoundProblem;
  constructor(problem: SoundProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}

/** Requests of one size, so that readers that go byte by byte ask once, and two readers of one stretch share what came. */
const BLOCK_BYTES = 256 * 1024;
const KEPT_BLOCKS = 64;

/** A file on the server, read by ranges as far as somebody asks. */
export function remoteBytes(url: string, sizeBytes: number): ByteSource {
  const blocks = new Map<number, Promise<Uint8Array>>();

  function block(index: number): Promise<Uint8Array> {
    const known = blocks.get(index);
    if (known) return known;
    const asked = fetchBlock(index);
    blocks.set(index, asked);
    // a failed one is asked for again the next time
    asked.catch(() => blocks.delete(index));
    const [oldest] = blocks.keys();
    if (blocks.size > KEPT_BLOCKS && oldest !== undefined) blocks.delete(oldest);
    return asked;
  }
  async function fetchBlock(index: number): Promise<Uint8Array> {
    const from = index * BLOCK_BYTES;
    const to = Math.min(sizeBytes, from + BLOCK_BYTES) - 1;
    let response: Response;
    try {
      response = await fetch(url, { headers: { range: `bytes=${from}-${to}` } });
    } catch (cause) {
      throw Object.assign(new BytesError('unreachable', 'The server cannot be reached.'), { cause });
    }
    if (response.status === 410) throw new BytesError('gone', 'The address has ended.');
    if (!response.ok) throw new BytesError('unreachable', `The server answered ${response.status}.`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    // who knows no ranges gives all of it
    return response.status === 206 ? bytes : bytes.slice(from, to + 1);
  }

  return {
    size: sizeBytes,
    async read(offset, length) {
      const end = Math.min(sizeBytes, offset + length);
      if (end <= offset) return new Uint8Array(0);
      const result = new Uint8Array(end - offset);
      const first = Math.floor(offset / BLOCK_BYTES);
      const last = Math.floor((end - 1) / BLOCK_BYTES);
      const asked = Array.from({ length: last - first + 1 }, (_, i) => block(first + i));
      let filled = 0;
      for (const [i, promise] of asked.entries()) {
        const bytes = await promise;
        const at = (first + i) * BLOCK_BYTES;
        const part = bytes.subarray(Math.max(0, offset - at), Math.max(0, end - at));
        result.set(part, Math.max(0, at - offset));
        filled = Math.max(0, at - offset) + part.length;
      }
      return filled === result.length ? result : result.subarray(0, filled);
    },
  };
}
