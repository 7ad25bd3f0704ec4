import { type Bounds, type FrameColumns, LARGE_PX, type OverviewGrid, overviewCell } from '@exact/geometry';
import type { AnnotationFilter } from '@exact/sdk/server';
import { type HotRow, isBoxOnly, matcher } from './hot-filter.ts';

/** More rows than this are left to the database's stream of many small turns: a long one would hold up everybody. */
const MOST_ROWS = 50_000;
/** The same for the bytes of their shapes. */
const MOST_BYTES = 32 * 1024 * 1024;
/** Places that match, of one question after the other: room for each would cost more than the finding. */
const found = new Uint32Array(MOST_ROWS);

/** Takes what matches: what was read at first by its place in columns, what has changed since as a row. */
export interface HotVisitor {
  onPlace(columns: FrameColumns, place: number, flags: number): void;
  onRow(row: HotRow): void;
}

/** Steps of bounds in frames, 1/256 px. */
export const GRID = 256;
/** Beside the flags of frames: a large shape, by its bounds before they are rounded. */
const LARGE = 128;
/** Instead of flags: the row has changed or was deleted since it was read. */
const GONE = 255;
/** Numbers a row: template, author, revision, minX, minY, maxX, maxY in steps and rounded outwards, end of the geometry. */
const NUMBERS = 8;

/**
 * The annotations of one image that are not deleted, packed in columns and found by the cells of the overview grid. What changes
 * afterwards is kept beside them.
 */
export class HotRows {
  readonly #grid: OverviewGrid;
  #count = 0;
  #capacity = 4096;
  #ids = new Float64Array(this.#capacity);
  #uuids = new Uint8Array(16 * this.#capacity);
  #numbers = new Int32Array(NUMBERS * this.#capacity);
  #flags = new Uint8Array(this.#capacity);
  #geometry = new Uint8Array(64 * this.#capacity);
  /** Places of rows by cell: those of cell c from `#starts[c]` on. */
  #byCell = new Uint32Array();
  #starts = new Uint32Array();
  /** Those that belong to no cell: large ones, and labels of the image. */
  readonly #elsewhere: number[] = [];
  /** Half of the longest side of those in cells, in pixels: so far from its middle a shape reaches. */
  #reach = 0;
  readonly #changed = new Map<number, HotRow>();
  #gone = 0;

  constructor(grid: OverviewGrid) {
    this.#grid = grid;
  }

  get sizeBytes(): number {
    return this.#capacity * (8 + 16 + 4 * NUMBERS + 1) + this.#geometry.length + 4 * this.#byCell.length;
  }
  get count(): number {
    return this.#count;
  }
  /** Rows that changed since they were read: when there are many, reading all anew pays. */
  get changes(): number {
    return this.#changed.size + this.#gone;
  }

  /** Adds a row; ids ascend. Its bytes are copied. */
  append({ id, uuid, templateId, authorId, revision, flags, bounds, geometry, isLarge }: HotRow): void {
    if (this.#count === this.#capacity) this.#grow();
    const i = this.#count++;
    const at = NUMBERS * i;
    const start = i === 0 ? 0 : this.#numbers[at - 1]!;
    const end = start + geometry.length;
    if (end > this.#geometry.length) this.#geometry = copyInto(new Uint8Array(Math.ceil(1.5 * end)), this.#geometry);
    this.#geometry.set(geometry, start);
    this.#uuids.set(uuid, 16 * i);
    this.#ids[i] = id;
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

  /** Sorts the rows into cells: once, after the last `append`. */
  index(): void {
    const cells = this.#grid.columns * this.#grid.rows;
    const cellOf = new Int16Array(this.#count).fill(-1);
    const starts = new Uint32Array(cells + 1);
    for (let i = 0; i < this.#count; i++) {
      const bounds = this.#boundsAt(i);
      const side = Math.max(bounds.maxX - bounds.minX, bounds.maxY - bounds.minY);
      if (side >= LARGE_PX || cells === 0) {
        this.#elsewhere.push(i);
        continue;
      }
      this.#reach = Math.max(this.#reach, side / 2);
      const cell = overviewCell(this.#grid, bounds);
      cellOf[i] = cell;
      starts[cell + 1] = starts[cell + 1]! + 1;
    }
    for (let cell = 0; cell < cells; cell++) starts[cell + 1] = starts[cell + 1]! + starts[cell]!;
    const next = starts.slice();
    this.#byCell = new Uint32Array(this.#count - this.#elsewhere.length);
    for (let i = 0; i < this.#count; i++) {
      const cell = cellOf[i]!;
      if (cell < 0) continue;
      this.#byCell[next[cell]!] = i;
      next[cell] = next[cell]! + 1;
    }
    this.#starts = starts;
  }

  /** Takes the state of an annotation as it is now; none when it is deleted. Bytes are copied. */
  put(id: number, row: HotRow | undefined): void {
    const place = this.#placeOf(id);
    if (place !== undefined && this.#flags[place] !== GONE) {
      this.#flags[place] = GONE;
      this.#gone++;
    }
    this.#changed.delete(id);
    if (row) this.#changed.set(id, { ...row, uuid: row.uuid.slice(), geometry: row.geometry.slice() });
  }

  /**
   * Goes through what matches, oldest first.
   *
   * @returns false, and nothing was visited, when so much matches that the database had better be asked
   */
  visit(filter: AnnotationFilter, { onPlace, onRow }: HotVisitor): boolean {
    const doesMatch = matcher(filter);
    const places = this.#find(filter.box, isBoxOnly(filter) ? undefined : doesMatch);
    if (!places) return false;
    const changed = [...this.#changed.values()].filter(doesMatch).sort((a, b) => a.id - b.id);
    const columns = { uuids: this.#uuids, numbers: this.#numbers, geometry: this.#geometry };
    let next = 0;
    for (const place of places) {
      for (; next < changed.length && changed[next]!.id < this.#ids[place]!; next++) onRow(changed[next]!);
      onPlace(columns, place, this.#flags[place]! & ~LARGE);
    }
    for (; next < changed.length; next++) onRow(changed[next]!);
    return true;
  }

  /**
   * @param doesMatch - for what the box does not tell
   * @returns places of rows that match, oldest first; nothing when there are too many; only valid until the next question
   */
  #find(box: Bounds | undefined, doesMatch: ((row: HotRow) => boolean) | undefined): Uint32Array | undefined {
    const row = emptyRow(); // one for all: one for each would cost more than the look at it
    let count = 0;
    let bytes = 0;
    const consider = (place: number): boolean => {
      if (this.#flags[place] === GONE || (box && !this.#touches(place, box))) return true;
      if (doesMatch && !doesMatch(this.#read(place, row))) return true;
      const end = NUMBERS * place + 7;
      bytes += this.#numbers[end]! - (place === 0 ? 0 : this.#numbers[end - NUMBERS]!);
      if (count === MOST_ROWS || bytes > MOST_BYTES) return false;
      found[count++] = place;
      return true;
    };
    for (const place of this.#elsewhere) if (!consider(place)) return undefined;
    for (const [from, to] of this.#runs(box)) {
      for (let k = from; k < to; k++) if (!consider(this.#byCell[k]!)) return undefined;
    }
    return found.subarray(0, count).sort();
  }

  /** Parts of `#byCell` that hold all rows that can touch a box. */
  #runs(box: Bounds | undefined): (readonly [from: number, to: number])[] {
    const { columns } = this.#grid;
    if (!box || columns === 0) return [[0, this.#byCell.length]];
    const cellAt = (x: number, y: number): number => overviewCell(this.#grid, { minX: x, minY: y, maxX: x, maxY: y });
    const first = cellAt(box.minX - this.#reach, box.minY - this.#reach);
    const last = cellAt(box.maxX + this.#reach, box.maxY + this.#reach);
    const width = (last % columns) - (first % columns) + 1;
    const runs: (readonly [number, number])[] = [];
    // Cells of a row lie side by side, so their shapes do, too.
    for (let cell = first; cell <= last; cell += columns) runs.push([this.#starts[cell]!, this.#starts[cell + width]!]);
    return runs;
  }

  #touches(place: number, box: Bounds): boolean {
    const at = NUMBERS * place;
    const numbers = this.#numbers;
    return (
      numbers[at + 3]! <= box.maxX * GRID &&
      numbers[at + 5]! >= box.minX * GRID &&
      numbers[at + 4]! <= box.maxY * GRID &&
      numbers[at + 6]! >= box.minY * GRID
    );
  }

  #read(place: number, row: HotRow): HotRow {
    const at = NUMBERS * place;
    const numbers = this.#numbers;
    row.id = this.#ids[place]!;
    row.templateId = numbers[at]!;
    row.authorId = numbers[at + 1]!;
    row.revision = numbers[at + 2]!;
    row.flags = this.#flags[place]! & ~LARGE;
    row.isLarge = (this.#flags[place]! & LARGE) !== 0;
    row.bounds = this.#boundsAt(place);
    row.uuid = this.#uuids.subarray(16 * place, 16 * place + 16);
    row.geometry = this.#geometry.subarray(place === 0 ? 0 : numbers[at - 1], numbers[at + 7]);
    return row;
  }

  #boundsAt(place: number): Bounds {
    const at = NUMBERS * place;
    const numbers = this.#numbers;
    return {
      minX: numbers[at + 3]! / GRID,
      minY: numbers[at + 4]! / GRID,
      maxX: numbers[at + 5]! / GRID,
      maxY: numbers[at + 6]! / GRID,
    };
  }

  /** Ids ascend, so halving finds one. */
  #placeOf(id: number): number | undefined {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ids[middle]! < id) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && this.#ids[low] === id ? low : undefined;
  }

  #grow(): void {
    this.#capacity = Math.ceil(1.5 * this.#capacity);
    this.#ids = copyInto(new Float64Array(this.#capacity), this.#ids);
    this.#uuids = copyInto(new Uint8Array(16 * this.#capacity), this.#uuids);
    this.#numbers = copyInto(new Int32Array(NUMBERS * this.#capacity), this.#numbers);
    this.#flags = copyInto(new Uint8Array(this.#capacity), this.#flags);
  }
}

const emptyRow = (): HotRow => ({
  id: 0,
  uuid: new Uint8Array(),
  templateId: 0,
  authorId: 0,
  revision: 0,
  flags: 0,
  bounds: { minX: 0, minY: 0, maxX: 0, maxY: 0 },
  geometry: new Uint8Array(),
  isLarge: false,
});

function copyInto<A extends Uint8Array | Int32Array | Float64Array>(larger: A, from: A): A {
  larger.set(from);
  return larger;
}
