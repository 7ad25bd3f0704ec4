import { extentOf } from './shape-path.ts';
import type { ShapeStore } from './shape-store.ts';

// `!` on typed arrays: read below their filled length, see shape-store.ts.

/** Small enough to be rebuilt within a frame when one of its shapes is edited, large enough for few draw calls. */
export const CHUNK_SHAPES = 1024;

/** Shapes that are near each other and drawn together. */
export interface Chunk {
  slots: number[];
  minX: number;
  minY: number;
  maxX: number;
  maxY: number;
  /** Level-0 pixels. */
  meanExtent: number;
  maxExtent: number;
  /** Counts up when the geometry on the graphics card is out of date. */
  version: number;
}

/** Which chunk each shape is in. Knows nothing of WebGL. */
export class Chunks {
  all: Chunk[] = [];
  private chunkOf: (Chunk | undefined)[] = [];
  private readonly dirty = new Set<Chunk>();
  private readonly store: ShapeStore;

  constructor(store: ShapeStore) {
    this.store = store;
    this.rebuild();
  }

  /** Sorts all shapes along a Z-curve and cuts it in pieces. 100,000 shapes take some 20 ms. */
  rebuild(): void {
    const { store } = this;
    this.all = [];
    this.chunkOf = [];
    this.dirty.clear();
    const slots = sortedSlots(store);
    for (let i = 0; i < slots.length; i += CHUNK_SHAPES) this.append(slots.slice(i, i + CHUNK_SHAPES));
  }

  /** Notes slots that were put or removed. */
  touch(slots: readonly number[]): void {
    for (const slot of slots) {
      const chunk = this.chunkOf[slot];
      if (chunk) this.dirty.add(chunk);
      if (!this.store.isLive(slot) || this.store.ringCount[slot] === 0) {
        this.chunkOf[slot] = undefined;
        continue;
      }
      if (chunk) continue;
      const last = this.all.at(-1);
      if (last && last.slots.length < CHUNK_SHAPES) {
        last.slots.push(slot);
        this.chunkOf[slot] = last;
        this.dirty.add(last);
      } else this.append([slot]);
    }
    for (const chunk of this.dirty) this.measure(chunk);
    this.dirty.clear();
  }

  private append(slots: number[]): void {
    const chunk: Chunk = { slots, minX: 0, minY: 0, maxX: 0, maxY: 0, meanExtent: 0, maxExtent: 0, version: 0 };
    for (const slot of slots) this.chunkOf[slot] = chunk;
    this.all.push(chunk);
    this.measure(chunk);
  }

  private measure(chunk: Chunk): void {
    // A slot that was freed and taken again may be listed twice or belong elsewhere now.
    chunk.slots = [...new Set(chunk.slots)].filter((slot) => this.chunkOf[slot] === chunk);
    let [minX, minY, maxX, maxY, sum, maxExtent] = [Infinity, Infinity, -Infinity, -Infinity, 0, 0];
    const b = this.store.bounds;
    for (const slot of chunk.slots) {
      const i = slot * 4;
      minX = Math.min(minX, b[i]!);
      minY = Math.min(minY, b[i + 1]!);
      maxX = Math.max(maxX, b[i + 2]!);
      maxY = Math.max(maxY, b[i + 3]!);
      const extent = extentOf(this.store, slot);
      sum += extent;
      maxExtent = Math.max(maxExtent, extent);
    }
    const meanExtent = sum / Math.max(1, chunk.slots.length);
    Object.assign(chunk, { minX, minY, maxX, maxY, meanExtent, maxExtent, version: chunk.version + 1 });
  }
}

function sortedSlots(store: ShapeStore): number[] {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  const slots: number[] = [];
  const b = store.bounds;
  for (let slot = 0; slot < store.size; slot++) {
    if (!store.isLive(slot) || store.ringCount[slot] === 0) continue;
    slots.push(slot);
    minX = Math.min(minX, b[slot * 4]!);
    minY = Math.min(minY, b[slot * 4 + 1]!);
    maxX = Math.max(maxX, b[slot * 4 + 2]!);
    maxY = Math.max(maxY, b[slot * 4 + 3]!);
  }
  const sx = 32767 / Math.max(1, maxX - minX);
  const sy = 32767 / Math.max(1, maxY - minY);
  // 30 bits of curve and 22 bits of place in one double: sorting numbers is ten times faster than by a comparing function.
  const keys = new Float64Array(slots.length);
  slots.forEach((slot, i) => {
    const x = ((b[slot * 4]! + b[slot * 4 + 2]!) / 2 - minX) * sx;
    const y = ((b[slot * 4 + 1]! + b[slot * 4 + 3]!) / 2 - minY) * sy;
    keys[i] = (spread(x) + 2 * spread(y)) * 0x400000 + i;
  });
  keys.sort();
  return Array.from(keys, (key) => slots[key % 0x400000]!);
}

/** The lower 15 bits of a number with a zero after each. */
function spread(value: number): number {
  let v = value & 0x7fff;
  v = (v | (v << 8)) & 0x00ff00ff;
  v = (v | (v << 4)) & 0x0f0f0f0f;
  v = (v | (v << 2)) & 0x33333333;
  return (v | (v << 1)) & 0x55555555;
}
