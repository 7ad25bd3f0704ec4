import { parseUuid, readUuid } from '@exact/geometry';

/** Places in the hash table for each UUID, at least: what is looked for is found after 1.5 looks, what is not there after 2.5. */
const ROOM = 4 / 3;

// What is asked for as text, as bytes and as the same bytes four at a time.
const askedBytes = new Uint8Array(16);
const askedWords = new Uint32Array(askedBytes.buffer);

/**
 * Which UUID has which slot, both ways, in 22 bytes each: as texts in a map they are 120, and their making takes a quarter of the
 * time of loading. Other ids are taken, too, and kept in a plain map.
 */
export class IdSlots {
  /** UUIDs by slot, as bytes and as four words each. */
  private bytes = new Uint8Array(0);
  private words = new Uint32Array(0);
  /** Slot + 1 by hash, or the next place after one that is taken (open addressing); 0 is free. The length is a power of two. */
  private table = new Uint32Array(0);
  private count = 0;
  private readonly named = new Map<string, number>();
  private readonly names = new Map<number, string>();

  /** Makes room for so many more, in slots below a number. */
  reserve(more: number, slots: number): void {
    if (4 * slots > this.words.length) {
      const words = new Uint32Array(4 * slots);
      words.set(this.words);
      this.words = words;
      this.bytes = new Uint8Array(words.buffer);
    }
    const needed = (this.count + more) * ROOM;
    if (needed <= this.table.length) return;
    const old = this.table;
    this.table = new Uint32Array(2 ** Math.ceil(Math.log2(needed)));
    for (const entry of old) if (entry > 0) this.enter(entry - 1);
  }

  /** Gives an id, which has none yet, a slot, which is free. */
  set(id: string, slot: number): void {
    if (!parseUuid(id, askedBytes, 0)) {
      this.named.set(id, slot);
      this.names.set(slot, id);
      return;
    }
    this.reserve(1, 4 * slot < this.words.length ? 0 : Math.ceil(slot * 1.5) + 16);
    this.slotFor(askedWords, 0, slot);
  }

  /**
   * Gives the slot of a UUID; one that has none gets `free`, for which there must be room.
   *
   * @param at - place of its 16 bytes in words of four bytes
   */
  slotFor(asked: Uint32Array, at: number, free: number): number {
    const { table, words } = this;
    const mask = table.length - 1;
    let place = hash(asked, at) & mask;
    for (; table[place] !== 0; place = (place + 1) & mask) if (isSame(words, 4 * (table[place]! - 1), asked, at)) break;
    if (table[place] !== 0) return table[place]! - 1;
    for (let k = 0; k < 4; k++) words[4 * free + k] = asked[at + k]!;
    table[place] = free + 1;
    this.count += 1;
    return free;
  }

  slotOf(id: string): number | undefined {
    return parseUuid(id, askedBytes, 0) ? this.slotOfWords(askedWords, 0) : this.named.get(id);
  }

  slotOfWords(asked: Uint32Array, at: number): number | undefined {
    const { table, words } = this;
    if (table.length === 0) return undefined;
    const mask = table.length - 1;
    for (let place = hash(asked, at) & mask; ; place = (place + 1) & mask) {
      const slot = table[place]! - 1;
      if (slot < 0) return undefined;
      if (isSame(words, 4 * slot, asked, at)) return slot;
    }
  }

  /** Of a slot that has an id. */
  idOf(slot: number): string {
    return this.names.get(slot) ?? readUuid(this.bytes, 16 * slot);
  }

  /** Takes the id from a slot that has one. */
  free(slot: number): void {
    const name = this.names.get(slot);
    if (name !== undefined) {
      this.named.delete(name);
      this.names.delete(slot);
      return;
    }
    const { table, words } = this;
    const mask = table.length - 1;
    let gap = hash(words, 4 * slot) & mask;
    while (table[gap] !== slot + 1) gap = (gap + 1) & mask;
    // What comes after it moves up where it would not be found any more: up to its own place, seen round the end of the table.
    for (let place = (gap + 1) & mask; table[place] !== 0; place = (place + 1) & mask) {
      const home = hash(words, 4 * (table[place]! - 1)) & mask;
      if (((place - home) & mask) < ((place - gap) & mask)) continue;
      table[gap] = table[place]!;
      gap = place;
    }
    table[gap] = 0;
    this.count -= 1;
  }

  private enter(slot: number): void {
    const { table, words } = this;
    const mask = table.length - 1;
    let place = hash(words, 4 * slot) & mask;
    while (table[place] !== 0) place = (place + 1) & mask;
    table[place] = slot + 1;
  }
}

const isSame = (a: Uint32Array, i: number, b: Uint32Array, k: number): boolean =>
  a[i] === b[k] && a[i + 1] === b[k + 1] && a[i + 2] === b[k + 2] && a[i + 3] === b[k + 3];

/** The words of UUIDs that lie one behind the other, which must begin at a multiple of 4 in their buffer, as those of a frame do. */
export function uuidWords(uuids: Uint8Array): Uint32Array {
  return new Uint32Array(uuids.buffer, uuids.byteOffset, uuids.length / 4);
}

/** Mixes all words, as UUIDs that somebody has counted up differ in a few bits only; the multipliers are those of MurmurHash3's end. */
function hash(words: Uint32Array, at: number): number {
  let mixed = words[at]! ^ Math.imul(words[at + 1]!, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ words[at + 2]!, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 13) ^ words[at + 3]!, 0x85ebca6b);
  return mixed ^ (mixed >>> 16);
}
