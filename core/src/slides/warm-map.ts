/**
 * Remembers which parts of a file were read a short time ago and so are most likely in the memory of the system.
 *
 * Why: a read on the event loop costs 10–20 % less than one through the thread pool, but on a cold disk (or a network share
 * that hangs) it would stop everybody. So the first read of a part goes through the pool, later ones are made at once. A read
 * that took long may tell that the system has thrown the parts away: its parts are forgotten, and all of them when a second one
 * follows closely. A hang is possible twice, not a third time. One alone is no proof: on a busy machine a thread is put aside for
 * milliseconds anywhere, which was seen to keep nearly all tiles from the short way when one was enough.
 */
export interface WarmMap {
  isWarm(offset: number, length: number): boolean;
  mark(offset: number, length: number): void;
  /** Call it when a read of a warm range took long. */
  doubt(offset: number, length: number): void;
}

const BLOCK_BITS = 16; // 64 KiB
const BLOCK_BYTES = 2 ** BLOCK_BITS;
/** Two slow reads within so many are one disk, not two accidents: a thread that is put aside reads hundreds of tiles between. */
const CLOSE_READS = 16;

export function createWarmMap(sizeBytes: number): WarmMap {
  // One byte a block: 160 kB for a slide of 10 GB.
  const blocks = new Uint8Array(Math.ceil(sizeBytes / BLOCK_BYTES) + 1);
  const fill = (value: 0 | 1, offset: number, length: number): void =>
    void blocks.fill(value, Math.floor(offset / BLOCK_BYTES), Math.floor((offset + length - 1) / BLOCK_BYTES) + 1);
  let reads = 0;
  let slowAt = -CLOSE_READS - 1;
  return {
    isWarm(offset, length) {
      const last = Math.floor((offset + length - 1) / BLOCK_BYTES);
      for (let block = Math.floor(offset / BLOCK_BYTES); block <= last; block++) if (blocks[block] !== 1) return false;
      reads += 1;
      return true;
    },
    mark: (offset, length) => fill(1, offset, length),
    doubt(offset, length) {
      if (reads - slowAt <= CLOSE_READS) blocks.fill(0);
      else fill(0, offset, length);
      slowAt = reads;
    },
  };
}
