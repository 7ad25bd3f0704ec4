import earcut from 'earcut';
import { extentOf } from './shape-path.ts';
import { KIND_LINE, KIND_POINT, type ShapeStore } from './shape-store.ts';
import { signedArea } from './outline.ts';
import type { MarkTile } from './summary.ts';

// `!` on typed arrays: read below their filled length, see shape-store.ts.

/** Bit of `info.y`: no segment from this vertex to the next. */
const END = 256;
/** Vertices that a ring keeps in the coarse outline. */
const COARSE_VERTICES = 8;

/** A buffer of 32-bit words and the number of things in it. */
export interface Packed {
  readonly data: ArrayBuffer;
  readonly count: number;
}

/** Growing array of float words, every `stride`-th of them an integer word with style and flags. */
class Words {
  floats = new Float32Array(4096);
  ints = new Uint32Array(this.floats.buffer);
  length = 0;

  room(words: number): void {
    if (this.length + words <= this.floats.length) return;
    const floats = new Float32Array(Math.max(this.floats.length * 2, this.length + words));
    floats.set(this.floats);
    this.floats = floats;
    this.ints = new Uint32Array(floats.buffer);
  }

  vertex(x: number, y: number, info: number): void {
    this.floats[this.length++] = x;
    this.floats[this.length++] = y;
    this.ints[this.length++] = info;
  }

  pack(stride: number): Packed {
    return { data: this.floats.buffer.slice(0, this.length * 4), count: this.length / stride };
  }
}

/** Style in the low, flags in the high half of a word: two `uint16` for the shader. */
function infoOf(store: ShapeStore, slot: number): number {
  return store.style[slot]! | (store.flags[slot]! << 16);
}

/** Lines as x, y, info for each vertex; a segment goes from each vertex to the next unless it has the end mark. */
export function buildLines(
  store: ShapeStore,
  slots: readonly number[],
  ox: number,
  oy: number,
  isCoarse: boolean,
): Packed {
  const words = new Words();
  for (const slot of slots) {
    if (store.kind[slot] === KIND_POINT) continue;
    const info = infoOf(store, slot);
    const dx = store.bounds[slot * 4]! - ox;
    const dy = store.bounds[slot * 4 + 1]! - oy;
    const { xy, unit } = store.verticesOf(slot);
    const add = (v: number): void => words.vertex(xy[v * 2]! * unit + dx, xy[v * 2 + 1]! * unit + dy, info);
    const first = store.firstRing[slot]!;
    for (let r = first; r < first + store.ringCount[slot]!; r++) {
      const start = store.ringStart[r]!;
      const end = start + store.ringLength[r]!;
      const step = stepOf(store.ringLength[r]!, isCoarse);
      words.room((store.ringLength[r]! + 2) * 3);
      for (let v = start; v < end; v += step) add(v);
      if (store.kind[slot] !== KIND_LINE) add(start);
      else if ((end - 1 - start) % step !== 0) add(end - 1);
      words.ints[words.length - 1]! |= END << 16;
    }
  }
  return words.pack(3);
}

/** Triangles as x, y, info for each corner. */
export function buildFills(
  store: ShapeStore,
  slots: readonly number[],
  ox: number,
  oy: number,
  isCoarse: boolean,
): Packed {
  const words = new Words();
  for (const slot of slots) {
    if (store.kind[slot] === KIND_POINT || store.kind[slot] === KIND_LINE) continue;
    const info = infoOf(store, slot);
    const dx = store.bounds[slot * 4]! - ox;
    const dy = store.bounds[slot * 4 + 1]! - oy;
    for (const { flat, holes } of polygonsOf(store, slot, isCoarse)) {
      const corners = earcut(flat, holes);
      words.room(corners.length * 3);
      for (const corner of corners) words.vertex(flat[corner * 2]! + dx, flat[corner * 2 + 1]! + dy, info);
    }
  }
  return words.pack(3);
}

/** Centres as x, y, extent, info; the extent is −1 for points, which have a marker at any zoom. */
export function buildDots(store: ShapeStore, slots: readonly number[], ox: number, oy: number): Packed {
  const words = new Words();
  words.room(slots.length * 4);
  for (const slot of slots) {
    const b = store.bounds;
    const i = slot * 4;
    words.floats[words.length++] = (b[i]! + b[i + 2]!) / 2 - ox;
    words.floats[words.length++] = (b[i + 1]! + b[i + 3]!) / 2 - oy;
    words.floats[words.length++] = store.kind[slot] === KIND_POINT ? -1 : extentOf(store, slot);
    words.ints[words.length++] = infoOf(store, slot);
  }
  return words.pack(4);
}

/** Marks in the form of {@link buildDots}. */
export function buildMarks(store: ShapeStore, tile: MarkTile, ox: number, oy: number): Packed {
  const words = new Words();
  words.room(tile.count * 4);
  const styles = Array.from(tile.templateIds, (id) => store.styleOf(id));
  for (let i = 0; i < tile.count; i++) {
    if (tile.hidden[i] === 1) continue;
    words.floats[words.length++] = tile.x[i]! - ox;
    words.floats[words.length++] = tile.y[i]! - oy;
    words.floats[words.length++] = tile.size[i]!;
    words.ints[words.length++] = styles[tile.templateIndex[i]!]! | (tile.flags[i]! << 16);
  }
  return words.pack(4);
}

function stepOf(vertices: number, isCoarse: boolean): number {
  return isCoarse ? Math.max(1, Math.ceil(vertices / COARSE_VERTICES)) : 1;
}

/** Outer rings with their holes, as earcut takes them. Outlines turn clockwise and holes do not (see outline.ts). */
function polygonsOf(store: ShapeStore, slot: number, isCoarse: boolean): { flat: number[]; holes: number[] }[] {
  const polygons: { flat: number[]; holes: number[] }[] = [];
  const { xy, unit } = store.verticesOf(slot);
  const first = store.firstRing[slot]!;
  for (let r = first; r < first + store.ringCount[slot]!; r++) {
    const start = store.ringStart[r]!;
    const end = start + store.ringLength[r]!;
    const last = polygons.at(-1);
    const isHole = last !== undefined && signedArea(xy, start * 2, end * 2) < 0;
    const polygon = isHole ? last : { flat: [], holes: [] };
    if (isHole) polygon.holes.push(polygon.flat.length / 2);
    else polygons.push(polygon);
    const step = stepOf(store.ringLength[r]!, isCoarse);
    for (let v = start; v < end; v += step) polygon.flat.push(xy[v * 2]! * unit, xy[v * 2 + 1]! * unit);
  }
  return polygons;
}
