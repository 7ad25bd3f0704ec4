import { type Bounds, type FrameColumns, LARGE_PX, type OverviewGrid, overviewCell } from '@exact/geometry';
import { HotColumns, type HotRow } from './hot-columns.ts';
import { type HotFacts, type HotPlan, touches } from './hot-filter.ts';

/** More rows than this are left to the database's stream of many small turns: a long one would hold up everybody. */
const MOST_ROWS = 50_000;
/** The same for the bytes of their shapes. */
const MOST_BYTES = 32 * 1024 * 1024;
/** Rows that match, of one question after the other: room for each would cost more than the finding. */
const found = new Uint32Array(MOST_ROWS);
/** A bit a row, all zero between questions: to put 10,000 of a million in order takes an eighth of sorting them. */
let bits = new Uint32Array(1024);

/** Takes what matches: what was read at first by its place in columns, what has changed since as a row. */
export interface HotVisitor {
  onPlace(columns: FrameColumns, place: number, flags: number): void;
  onRow(row: HotRow): void;
}

/** What matches a question; only valid until the next question. */
export interface HotSelection {
  readonly count: number;
  /** Of their packed shapes. */
  readonly geometryBytes: number;
  /** Goes through them, oldest first. */
  visit(visitor: HotVisitor): void;
}

interface ChangedRow {
  readonly row: HotRow;
  readonly facts: HotFacts;
}

/**
 * The annotations of one image that are not deleted, packed in columns that are sorted by the cells of the overview grid. What
 * changes afterwards is kept beside them.
 */
export class HotRows {
  readonly #grid: OverviewGrid;
  readonly #columns = new HotColumns();
  /** Internal ids, ascending; the number of a row is its place here. */
  #ids = new Float64Array(1024);
  /** Place of a row in the columns, and back. */
  #placeOf = new Uint32Array();
  #rowAt = new Uint32Array();
  /** Rows of cell c are at the places from `#starts[c]` to `#starts[c + 1]`; those of the last one belong to no cell. */
  #starts = new Uint32Array();
  /** Half of the longest side of those in cells, in pixels: so far from its middle a shape reaches. */
  #reach = 0;
  readonly #changed = new Map<number, ChangedRow>();
  #gone = 0;

  constructor(grid: OverviewGrid) {
    this.#grid = grid;
  }

  get sizeBytes(): number {
    return this.#columns.sizeBytes + 8 * this.#ids.length + 8 * this.count;
  }
  get count(): number {
    return this.#columns.count;
  }
  /** Rows that changed since they were read: when there are many, reading all anew pays. */
  get changes(): number {
    return this.#changed.size + this.#gone;
  }

  /** Adds a row; ids ascend. Its bytes are copied. */
  append(row: HotRow): void {
    if (this.count === this.#ids.length) {
      const ids = new Float64Array(Math.ceil(1.5 * this.count));
      ids.set(this.#ids);
      this.#ids = ids;
    }
    this.#ids[this.count] = row.id;
    this.#columns.append(row);
  }

  /** Sorts the rows into cells: once, after the last `append`. */
  index(): void {
    const cells = this.#grid.columns * this.#grid.rows;
    const cellOf = new Uint16Array(this.count);
    const starts = new Uint32Array(cells + 2);
    for (let row = 0; row < this.count; row++) {
      const bounds = this.#columns.boundsAt(row);
      const side = Math.max(bounds.maxX - bounds.minX, bounds.maxY - bounds.minY);
      // Large ones, and labels of the image, have no cell.
      const cell = side >= LARGE_PX || cells === 0 ? cells : overviewCell(this.#grid, bounds);
      if (cell < cells) this.#reach = Math.max(this.#reach, side / 2);
      cellOf[row] = cell;
      starts[cell + 1] = starts[cell + 1]! + 1;
    }
    for (let cell = 0; cell <= cells; cell++) starts[cell + 1] = starts[cell + 1]! + starts[cell]!;
    const next = starts.slice();
    this.#placeOf = new Uint32Array(this.count);
    this.#rowAt = new Uint32Array(this.count);
    for (let row = 0; row < this.count; row++) {
      const cell = cellOf[row]!;
      const place = next[cell]!;
      next[cell] = place + 1;
      this.#placeOf[row] = place;
      this.#rowAt[place] = row;
    }
    this.#starts = starts;
    this.#ids = this.#ids.slice(0, this.count);
    this.#columns.arrange(this.#placeOf, this.#rowAt);
    if (bits.length < (this.count >> 5) + 1) bits = new Uint32Array((this.count >> 5) + 1);
  }

  /** Takes the state of an annotation as it is now; none when it is deleted. Bytes are copied. */
  put(id: number, row: HotRow | undefined): void {
    const known = this.#rowOf(id);
    if (known !== undefined && this.#columns.forget(this.#placeOf[known]!)) this.#gone++;
    this.#changed.delete(id);
    if (!row) return;
    const { templateId, authorId, layerId, flags, isLarge, bounds } = row;
    this.#changed.set(id, {
      row: { ...row, uuid: row.uuid.slice(), geometry: row.geometry.slice() },
      facts: { templateId, authorId, layerId: layerId ?? 0, flags, isLarge, ...bounds },
    });
  }

  /** @returns nothing when so much matches that the database had better be asked */
  select({ box, doesMatch }: HotPlan): HotSelection | undefined {
    const columns = this.#columns;
    const facts = columns.facts();
    let count = 0;
    let geometryBytes = 0;
    for (const [from, to] of this.#runs(box)) {
      for (let place = from; place < to; place++) {
        if (columns.isGone(place) || (box && !columns.doesTouch(place, box))) continue;
        if (doesMatch && !doesMatch(facts.at(place))) continue;
        geometryBytes += columns.geometryBytesAt(place);
        if (count === MOST_ROWS || geometryBytes > MOST_BYTES) return undefined;
        found[count++] = this.#rowAt[place]!;
      }
    }
    const changed = [...this.#changed.values()]
      .flatMap(({ row, facts: of }) => ((!box || touches(of, box)) && (doesMatch?.(of) ?? true) ? [row] : []))
      .sort((a, b) => a.id - b.id);
    for (const { geometry } of changed) geometryBytes += geometry.length;
    return {
      count: count + changed.length,
      geometryBytes,
      visit: (visitor) => this.#visit(inOrder(count), changed, visitor),
    };
  }

  #visit(rows: Uint32Array, changed: readonly HotRow[], { onPlace, onRow }: HotVisitor): void {
    const columns = this.#columns;
    const { frame } = columns;
    let next = 0;
    for (const row of rows) {
      for (; next < changed.length && changed[next]!.id < this.#ids[row]!; next++) onRow(changed[next]!);
      const place = this.#placeOf[row]!;
      onPlace(frame, place, columns.flagsAt(place));
    }
    for (; next < changed.length; next++) onRow(changed[next]!);
  }

  /** Places that hold all rows that can touch a box. */
  #runs(box: Bounds | undefined): (readonly [from: number, to: number])[] {
    const { columns } = this.#grid;
    if (!box || columns === 0) return [[0, this.count]];
    const cellAt = (x: number, y: number): number => overviewCell(this.#grid, { minX: x, minY: y, maxX: x, maxY: y });
    const first = cellAt(box.minX - this.#reach, box.minY - this.#reach);
    const last = cellAt(box.maxX + this.#reach, box.maxY + this.#reach);
    const width = (last % columns) - (first % columns) + 1;
    const runs: (readonly [number, number])[] = [[this.#starts.at(-2)!, this.count]];
    // Cells of a row lie side by side, so their shapes do, too.
    for (let cell = first; cell <= last; cell += columns) runs.push([this.#starts[cell]!, this.#starts[cell + width]!]);
    return runs;
  }

  /** Ids ascend, so halving finds one. */
  #rowOf(id: number): number | undefined {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ids[middle]! < id) low = middle + 1;
      else high = middle;
    }
    return low < this.count && this.#ids[low] === id ? low : undefined;
  }
}

/** Puts the first `count` of what was found in order. */
function inOrder(count: number): Uint32Array {
  let [low, high] = [bits.length, 0];
  for (let i = 0; i < count; i++) {
    const word = found[i]! >>> 5;
    bits[word] = bits[word]! | (1 << (found[i]! & 31));
    if (word < low) low = word;
    if (word > high) high = word;
  }
  let next = 0;
  for (let word = low; word <= high; word++) {
    for (let left = bits[word]!; left !== 0; left &= left - 1)
      found[next++] = (word << 5) | (31 - Math.clz32(left & -left));
    bits[word] = 0;
  }
  return found.subarray(0, count);
}
