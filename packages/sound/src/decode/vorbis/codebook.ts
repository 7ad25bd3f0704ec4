import { SoundError } from '../../errors.ts';
import type { BitReader } from './bit-reader.ts';
import { ilog } from './bit-reader.ts';

/** Bits that are looked up at once; longer codewords walk the tree from there. */
const FAST_BITS = 9;
const MAX_VALUES = 2 ** 24;

/** A Huffman code with, for some, the vectors that its words stand for (Vorbis I, 3). */
export interface Codebook {
  readonly dimensions: number;
  readonly entries: number;
  /** Number of the next codeword; −1 at the end of the packet. */
  decode(bits: BitReader): number;
  /** `entries × dimensions` values; absent where words stand for numbers only. */
  readonly vectors: Float32Array | undefined;
}

const bad = (what: string): SoundError =>
  new SoundError('CORRUPT_FILE', `The Vorbis sound cannot be decoded: ${what} in its set-up makes no sense.`);

export function readCodebook(bits: BitReader): Codebook {
  if (bits.read(24) !== 0x564342) throw bad('a codebook');
  const dimensions = bits.read(16);
  const entries = bits.read(24);
  const lengths = readLengths(bits, entries);
  const lookup = bits.read(4);
  if (lookup > 2 || bits.isPastEnd) throw bad('a codebook');
  const vectors = lookup === 0 ? undefined : readVectors(bits, lookup, dimensions, entries);
  return { dimensions, entries, decode: createDecoder(lengths), vectors };
}

function readLengths(bits: BitReader, entries: number): Uint8Array {
  const lengths = new Uint8Array(entries); // 0: not used
  if (bits.flag()) {
    for (let entry = 0, length = bits.read(5) + 1; entry < entries; length++) {
      const count = bits.read(ilog(entries - entry));
      if (entry + count > entries || length > 32 || bits.isPastEnd) throw bad('a codebook');
      lengths.fill(length, entry, entry + count);
      entry += count;
    }
    return lengths;
  }
  const isSparse = bits.flag();
  for (let entry = 0; entry < entries; entry++) {
    if (bits.isPastEnd) throw bad('a codebook');
    if (!isSparse || bits.flag()) lengths[entry] = bits.read(5) + 1;
  }
  return lengths;
}

/** Float of Vorbis: 21 bits of mantissa, 10 of exponent, sign. */
function readFloat(bits: BitReader): number {
  const value = bits.read(32);
  const mantissa = value % 2 ** 21;
  const exponent = Math.floor(value / 2 ** 21) % 1024;
  return (value >= 2 ** 31 ? -mantissa : mantissa) * 2 ** (exponent - 788);
}

function readVectors(bits: BitReader, lookup: number, dimensions: number, entries: number): Float32Array {
  const minimum = readFloat(bits);
  const delta = readFloat(bits);
  const valueBits = bits.read(4) + 1;
  const isSequence = bits.flag();
  if (entries * dimensions > MAX_VALUES || dimensions === 0) throw bad('a codebook');
  const count = lookup === 1 ? rootOf(entries, dimensions) : entries * dimensions;
  const multiplicands = Array.from({ length: count }, () => bits.read(valueBits));
  if (bits.isPastEnd) throw bad('a codebook');
  const vectors = new Float32Array(entries * dimensions);
  for (let entry = 0; entry < entries; entry++) {
    let last = 0;
    let divisor = 1;
    for (let i = 0; i < dimensions; i++) {
      const offset = lookup === 1 ? Math.floor(entry / divisor) % count : entry * dimensions + i;
      const value = (multiplicands[offset] ?? 0) * delta + minimum + last;
      vectors[entry * dimensions + i] = value;
      if (isSequence) last = value;
      divisor *= count;
    }
  }
  return vectors;
}

/** Largest whole number whose power is no more than `entries`. */
function rootOf(entries: number, dimensions: number): number {
  let root = Math.max(0, Math.floor(entries ** (1 / dimensions)) - 1);
  while ((root + 1) ** dimensions <= entries) root++;
  return root;
}

/** Gives codewords out in order of entries, the lowest free one of each length, and makes tables of them. */
function createDecoder(lengths: Uint8Array): (bits: BitReader) => number {
  const used = lengths.reduce((sum, length) => sum + (length > 0 ? 1 : 0), 0);
  if (used === 0) return () => -1;
  // Two children a node; a leaf is −2 − entry, an empty place 0 (the root is nobody's child).
  const tree: number[] = [0, 0];
  const free = new Uint8Array(33); // free[length] = 1: a node of that depth waits for words below it
  const available = new Float64Array(33);
  let isFirst = true;
  for (const [entry, length] of lengths.entries()) {
    if (length === 0) continue;
    let word: number;
    if (isFirst) {
      word = 0;
      for (let i = 1; i <= length; i++) {
        free[i] = 1;
        available[i] = 2 ** (32 - i);
      }
      isFirst = false;
    } else {
      let depth = length;
      while (depth > 0 && !free[depth]) depth--;
      if (depth === 0) {
        // A book of one word may state any length; more words than fit are damage.
        throw bad('a codebook (more words than fit)');
      }
      word = available[depth]!;
      free[depth] = 0;
      for (let i = length; i > depth; i--) {
        free[i] = 1;
        available[i] = word + 2 ** (32 - i);
      }
    }
    let node = 0;
    for (let i = 0; i < length; i++) {
      const side = Math.floor(word / 2 ** (31 - i)) % 2;
      if (i === length - 1) tree[node * 2 + side] = -2 - entry;
      else {
        let next = tree[node * 2 + side]!;
        if (next < 0) throw bad('a codebook');
        if (next === 0) {
          next = tree.length / 2;
          tree.push(0, 0);
          tree[node * 2 + side] = next;
        }
        node = next;
      }
    }
  }
  const single = used === 1 ? lengths.findIndex((length) => length > 0) : -1;
  const nodes = Int32Array.from(tree);
  const fast = new Int32Array(1 << FAST_BITS); // entry + 1 with its length above, a node as −1 − node, or 0
  for (let bitsAhead = 0; bitsAhead < fast.length; bitsAhead++) {
    let node = 0;
    for (let i = 0; i < FAST_BITS; i++) {
      const next = nodes[node * 2 + ((bitsAhead >> i) & 1)]!;
      if (next < 0) {
        fast[bitsAhead] = ((i + 1) << 25) | (-1 - next);
        node = -1;
        break;
      }
      if (next === 0) {
        node = -1;
        break;
      }
      node = next;
    }
    if (node > 0) fast[bitsAhead] = -1 - node;
  }
  return (bits) => {
    if (single >= 0) {
      bits.read(1);
      return bits.isPastEnd ? -1 : single;
    }
    const found = fast[bits.peek(FAST_BITS)]!;
    if (found > 0) {
      bits.skip(found >> 25);
      return bits.isPastEnd ? -1 : (found & 0x1ffffff) - 1;
    }
    if (found === 0) {
      bits.isPastEnd = true;
      return -1;
    }
    bits.skip(FAST_BITS);
    for (let node = -1 - found; ;) {
      const next = nodes[node * 2 + bits.read(1)]!;
      if (bits.isPastEnd || next === 0) return -1;
      if (next < 0) return -2 - next;
      node = next;
    }
  };
}
