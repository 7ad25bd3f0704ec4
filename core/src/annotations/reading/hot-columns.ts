import { type Bounds, type FrameColumns } from '@exact/geometry';
import type { HotFacts } from './hot-filter.ts';

/** A row as the database gives it, with its internal id, which gives the order. */
export interface HotRow {
  readonly id: number;
  readonly uuid: Uint8Array;
  readonly templateId: number;
  readonly authorId: number;
  /** Nothing: in no layer. */
  readonly layerId: number | null;
  readonly revision: number;
  readonly flags: number;
  readonly bounds: Bounds;
  readonly geometry: Uint8Array;
  readonly isLarge: boolean;
}

/** Steps of bounds in frames, 1/256 px. */
export const GRID = 256;
/** Numbers a row, as `FrameColumns` has them. */
const NUMBERS = 8;
/** Beside the flags of frames: a large shape, by its bounds before they are rounded. */
const LARGE = 128;
/** Instead of flags: the row has changed or was deleted since it was read. */
const GONE = 255;

/**
 * Annotations in columns, each row at its place. Rows come in the order of their ids and are then put into another order, so that
 * what is asked for together lies together: at scattered places, waiting for the memory is most of the time of an answer.
 */
export class HotColumns {
  #count = 0;
  #capacity = 1024;
  #uuids = new Int32Array(4 * this.#capacity);
  #numbers = new Int32Array(NUMBERS * this.#capacity);
  /** 0: in no layer. */
  #layers = new Int32Array(this.#capacity);
  #flags = new Uint8Array(this.#capacity);
  #geometry = new Uint8Array(64 * this.#capacity);

  get count(): number {
    return this.#count;
  }
  get sizeBytes(): number {
    return this.#capacity * (16 + 4 * NUMBERS + 4 + 1) + this.#geometry.length;
  }
  /** For a writer of frames. */
  get frame(): FrameColumns {
    return { uuids: this.#uuids, numbers: this.#numbers, geometry: this.#geometry };
  }

  /** Adds a row behind the others. Its bytes are copied. */
  append({ uuid, templateId, authorId, layerId, revision, flags, bounds, geometry, isLarge }: HotRow): void {
    if (this.#count === this.#capacity) this.#resize(Math.ceil(1.5 * this.#capacity));
    const i = this.#count++;
    const at = NUMBERS * i;
    const start = i === 0 ? 0 : this.#numbers[at - 1]!;
    const end = start + geometry.length;
    if (end > this.#geometry.length) this.#geometry = resized(this.#geometry, Math.ceil(1.5 * end));
    this.#geometry.set(geometry, start);
    new Uint8Array(this.#uuids.buffer, 16 * i, 16).set(uuid);
    this.#layers[i] = layerId ?? 0;
    this.#flags[i] = isLarge ? flags | LARGE : flags;
    const numbers = this.#numbers;
    numbers[at] = templateId;
    numbers[at + 1] = authorId;
    numbers[at + 2] = revision;
    numbers[at + 3] = Math.floor(bounds.minX * GRID);
    numbers[at + 4] = Math.floor(bounds.minY * GRID);
    numbers[at + 5] = Math.ceil(bounds.maxX * GRID);
    numbers[at + 6] = Math.ceil(bounds.maxY * GRID);
    numbers[at + 7] = end;
  }

  /** Puts the rows into another order and gives back room that is not needed: once, after the last `append`. */
  arrange(placeOf: Uint32Array, rowAt: Uint32Array): void {
    const [count, numbers, geometry] = [this.#count, this.#numbers, this.#geometry];
    this.#capacity = count;
    // Column by column, so that no more than one is there twice.
    this.#uuids = this.#moved(this.#uuids, 4, placeOf);
    this.#layers = this.#moved(this.#layers, 1, placeOf);
    this.#flags = this.#moved(this.#flags, 1, placeOf);
    const arranged = new Uint8Array(count === 0 ? 0 : numbers[NUMBERS * count - 1]!);
    const ends = new Int32Array(count);
    let end = 0;
    for (let place = 0; place < count; place++) {
      const row = rowAt[place]!;
      const from = row === 0 ? 0 : numbers[NUMBERS * row - 1]!;
      const to = numbers[NUMBERS * row + 7]!;
      for (let k = from; k < to; k++) arranged[end + k - from] = geometry[k]!;
      ends[place] = end += to - from;
    }
    this.#geometry = arranged;
    this.#numbers = this.#moved(numbers, NUMBERS, placeOf);
    for (let place = 0; place < count; place++) this.#numbers[NUMBERS * place + 7] = ends[place]!;
  }

  #moved<A extends Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(
    column: A,
    width: number,
    placeOf: Uint32Array,
  ): A {
    const moved = new (column.constructor as new (length: number) => A)(width * this.#count);
    for (let row = 0; row < this.#count; row++) {
      for (let k = 0, from = width * row, to = width * placeOf[row]!; k < width; k++) moved[to + k] = column[from + k]!;
    }
    return moved;
  }

  /** Marks a row as changed or deleted. @returns whether it was not yet */
  forget(place: number): boolean {
    if (this.#flags[place] === GONE) return false;
    this.#flags[place] = GONE;
    return true;
  }
  isGone(place: number): boolean {
    return this.#flags[place] === GONE;
  }

  flagsAt(place: number): number {
    return this.#flags[place]! & ~LARGE;
  }
  geometryBytesAt(place: number): number {
    const end = NUMBERS * place + 7;
    return this.#numbers[end]! - (place === 0 ? 0 : this.#numbers[end - NUMBERS]!);
  }
  boundsAt(place: number): Bounds {
    const at = NUMBERS * place;
    const numbers = this.#numbers;
    return {
      minX: numbers[at + 3]! / GRID,
      minY: numbers[at + 4]! / GRID,
      maxX: numbers[at + 5]! / GRID,
      maxY: numbers[at + 6]! / GRID,
    };
  }
  doesTouch(place: number, box: Bounds): boolean {
    const at = NUMBERS * place;
    const numbers = this.#numbers;
    return (
      numbers[at + 3]! <= box.maxX * GRID &&
      numbers[at + 5]! >= box.minX * GRID &&
      numbers[at + 4]! <= box.maxY * GRID &&
      numbers[at + 6]! >= box.minY * GRID
    );
  }

  /** What filters look at, of the row at a place that is set again and again: an object for each would cost more than the look. */
  facts(): PlacedFacts {
    return new PlacedFacts(this.#numbers, this.#layers, this.#flags);
  }

  #resize(capacity: number): void {
    this.#capacity = capacity;
    this.#uuids = resized(this.#uuids, 4 * capacity);
    this.#numbers = resized(this.#numbers, NUMBERS * capacity);
    this.#layers = resized(this.#layers, capacity);
    this.#flags = resized(this.#flags, capacity);
  }
}

/** Reads only what is asked for. */
class PlacedFacts implements HotFacts {
  readonly #numbers: Int32Array;
  readonly #layers: Int32Array;
  readonly #flags: Uint8Array;
  #place = 0;

  constructor(numbers: Int32Array, layers: Int32Array, flags: Uint8Array) {
    this.#numbers = numbers;
    this.#layers = layers;
    this.#flags = flags;
  }

  at(place: number): this {
    this.#place = place;
    return this;
  }
  get templateId(): number {
    return this.#numbers[NUMBERS * this.#place]!;
  }
  get authorId(): number {
    return this.#numbers[NUMBERS * this.#place + 1]!;
  }
  get layerId(): number {
    return this.#layers[this.#place]!;
  }
  get flags(): number {
    return this.#flags[this.#place]! & ~LARGE;
  }
  get isLarge(): boolean {
    return (this.#flags[this.#place]! & LARGE) !== 0;
  }
  get minX(): number {
    return this.#numbers[NUMBERS * this.#place + 3]! / GRID;
  }
  get minY(): number {
    return this.#numbers[NUMBERS * this.#place + 4]! / GRID;
  }
  get maxX(): number {
    return this.#numbers[NUMBERS * this.#place + 5]! / GRID;
  }
  get maxY(): number {
    return this.#numbers[NUMBERS * this.#place + 6]! / GRID;
  }
}

function resized<A extends Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(from: A, length: number): A {
  const larger = new (from.constructor as new (length: number) => A)(length);
  larger.set(from);
  return larger;
}
