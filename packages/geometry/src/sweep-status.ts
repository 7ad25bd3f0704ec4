import { orient } from './orient.ts';

/** The edges of all rings by number, each from its left to its right end (by x, then y), in whole grid steps. */
export interface SweepEdges {
  readonly leftX: Float64Array;
  readonly leftY: Float64Array;
  readonly rightX: Float64Array;
  readonly rightY: Float64Array;
}

/** Half of the most edges in one block. 32 and 512 measured alike. */
const BLOCK = 128;

/**
 * The edges under the sweep line in order of y, as a list of short blocks: finding is a binary search, changing moves
 * at most 256 numbers. A balanced tree would do the same in more code.
 *
 * A cursor marks the place of the last `seek`.
 */
export class SweepStatus {
  readonly #edges: SweepEdges;
  readonly #blocks: number[][] = [];
  #block = 0;
  #index = 0;

  constructor(edges: SweepEdges) {
    this.#edges = edges;
  }

  /** Sets the cursor to the first edge that is not wholly below (x, y). */
  seek(x: number, y: number): void {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // Blocks are never empty.
      if (this.side(this.#blocks[middle]![0]!, x, y) > 0) low = middle + 1;
      else high = middle;
    }
    this.#block = Math.max(0, low - 1);
    this.#index = 0;
    const block = this.#blocks[this.#block];
    if (!block) return;
    low = 0;
    high = block.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.side(block[middle]!, x, y) > 0) low = middle + 1;
      else high = middle;
    }
    this.#index = low;
    this.#step();
  }

  /** Removes the edges through (x, y) at the cursor and adds them to `out`, from low to high y. */
  takeThrough(x: number, y: number, out: number[]): void {
    for (let block = this.#blocks[this.#block]; block; block = this.#blocks[this.#block]) {
      let end = this.#index;
      while (end < block.length && this.side(block[end]!, x, y) === 0) out.push(block[end++]!);
      const isMore = end === block.length;
      block.splice(this.#index, end - this.#index);
      if (block.length === 0) this.#blocks.splice(this.#block, 1);
      else this.#step();
      if (!isMore) return;
    }
  }

  /** The edge just below the cursor, -1 for none. */
  below(): number {
    if (this.#index > 0) return this.#blocks[this.#block]![this.#index - 1]!;
    return this.#blocks[this.#block - 1]?.at(-1) ?? -1;
  }

  /** The edge at the cursor, -1 for none. */
  above(): number {
    return this.#blocks[this.#block]?.[this.#index] ?? -1;
  }

  /** Inserts edges, ordered from low to high y, at the cursor. The cursor is lost. */
  insert(edges: readonly number[]): void {
    if (this.#blocks.length === 0) this.#blocks.push([]);
    if (this.#block === this.#blocks.length) this.#index = this.#blocks[--this.#block]!.length;
    let block = this.#blocks[this.#block]!;
    if (edges.length <= 2) {
      block.splice(this.#index, 0, ...edges);
    } else {
      block = block.slice(0, this.#index).concat(edges, block.slice(this.#index));
      this.#blocks[this.#block] = block;
    }
    if (block.length <= 2 * BLOCK) return;
    const parts: number[][] = [];
    for (let i = 0; i < block.length; i += BLOCK) parts.push(block.slice(i, i + BLOCK));
    this.#blocks.splice(this.#block, 1, ...parts);
  }

  /** Positive when the point is above the edge (greater y), 0 when it is on it. */
  side(edge: number, x: number, y: number): number {
    const { leftX, leftY, rightX, rightY } = this.#edges;
    return orient(leftX[edge]!, leftY[edge]!, rightX[edge]!, rightY[edge]!, x, y);
  }

  /** Moves a cursor behind the last edge of a block to the next block. */
  #step(): void {
    if (this.#index < this.#blocks[this.#block]!.length) return;
    this.#block++;
    this.#index = 0;
  }
}
