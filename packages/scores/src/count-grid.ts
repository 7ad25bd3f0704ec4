import type { Grade } from './grades.ts';

/** A box in level-0 pixels. */
export interface Box {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

export interface Points {
  readonly count: number;
  /** Level-0 pixels. */
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Place of each point's category, 0 … categories − 1; below 0: not counted. */
  readonly category: ArrayLike<number>;
}

/** On the average this many points lie in a cell of the grid: fewer make the table larger, more make the edges slower. */
const POINTS_PER_CELL = 4;
const MAX_SIDE = 512;

/**
 * Counts points by category in any box, at frame rate: a table of sums over a grid answers for all cells inside of the box, and
 * only cells on its edge are looked through. Building is O(points + cells), counting O(√points).
 *
 * **A point is inside of a box when the middle of the level-0 pixel that holds it is**: `minX ≤ ⌊x⌋ + ½ < maxX`, the same for y. So
 * boxes side by side share no point, and whoever knows points by their pixels only counts the same.
 */
export class CountGrid {
  readonly categories: number;
  readonly #points: Points;
  readonly #columns: number;
  readonly #rows: number;
  readonly #originX: number;
  readonly #originY: number;
  readonly #cellWidth: number;
  readonly #cellHeight: number;
  /** Indices of the counted points, cell by cell, row by row; those of cell c are at starts[c] … starts[c + 1]. */
  readonly #order: Uint32Array;
  readonly #starts: Uint32Array;
  /** Of category k, points in all cells left of and above corner (column, row): `[(row * (columns + 1) + column) * categories + k]`. */
  readonly #sums: Uint32Array;

  constructor(points: Points, categories: number) {
    this.categories = categories;
    this.#points = points;
    const { count, x, y, category } = points;
    // plain loops over numbers: this runs again with every change of a cell
    let minX = Infinity;
    let minY = Infinity;
    let maxX = -Infinity;
    let maxY = -Infinity;
    let counted = 0;
    for (let i = 0; i < count; i++) {
      const kind = category[i]!;
      if (!(kind >= 0)) continue;
      if (kind >= categories) throw new RangeError(`Point ${i} has category ${kind}; there are ${categories}.`);
      const px = Math.floor(x[i]!);
      const py = Math.floor(y[i]!);
      if (!Number.isFinite(px + py)) throw new RangeError(`Point ${i} lies at ${x[i]}, ${y[i]}, which is no place.`);
      if (px < minX) minX = px;
      if (py < minY) minY = py;
      if (px > maxX) maxX = px;
      if (py > maxY) maxY = py;
      counted++;
    }
    const [width, height] = counted === 0 ? [1, 1] : [maxX - minX + 1, maxY - minY + 1];
    const cells = Math.max(1, counted / POINTS_PER_CELL);
    const side = (share: number): number => Math.max(1, Math.min(MAX_SIDE, Math.round(Math.sqrt(cells * share))));
    this.#columns = side(width / height);
    this.#rows = side(height / width);
    this.#originX = counted === 0 ? 0 : minX;
    this.#originY = counted === 0 ? 0 : minY;
    this.#cellWidth = width / this.#columns;
    this.#cellHeight = height / this.#rows;

    const cellOf = new Int32Array(count).fill(-1);
    this.#starts = new Uint32Array(this.#columns * this.#rows + 1);
    for (let i = 0; i < count; i++) {
      if (!(category[i]! >= 0)) continue;
      const cell = this.#rowAt(Math.floor(y[i]!)) * this.#columns + this.#columnAt(Math.floor(x[i]!));
      cellOf[i] = cell;
      this.#starts[cell + 1]! += 1;
    }
    for (let c = 0; c < this.#columns * this.#rows; c++) this.#starts[c + 1]! += this.#starts[c]!;
    const next = this.#starts.slice();
    this.#order = new Uint32Array(counted);
    for (let i = 0; i < count; i++) {
      const cell = cellOf[i]!;
      if (cell >= 0) this.#order[next[cell]!++] = i;
    }
    this.#sums = this.#sumUp();
  }

  /** How many points are counted at all. */
  get size(): number {
    return this.#order.length;
  }

  /**
   * Counts points in a box.
   *
   * @param into - filled and returned; made when absent
   */
  countIn(box: Box, into: number[] = new Array<number>(this.categories).fill(0)): number[] {
    into.fill(0);
    const range = this.#rangeOf(box);
    if (!range) return into;
    const { left, top, right, bottom } = range;
    // cells of the outermost ring may reach over the edge of the box: those are looked through, all within are summed up
    const [stride, k] = [this.#columns + 1, this.categories];
    if (right - left >= 2 && bottom - top >= 2) {
      const at = (row: number, column: number): number => (row * stride + column) * k;
      const [a, b, c, d] = [at(top + 1, left + 1), at(top + 1, right), at(bottom, left + 1), at(bottom, right)];
      const sums = this.#sums;
      for (let kind = 0; kind < k; kind++)
        into[kind] = sums[d + kind]! - sums[b + kind]! - sums[c + kind]! + sums[a + kind]!;
      this.#look(box, top, top, left, right, into);
      this.#look(box, bottom, bottom, left, right, into);
      this.#look(box, top + 1, bottom - 1, left, left, into);
      this.#look(box, top + 1, bottom - 1, right, right, into);
    } else this.#look(box, top, bottom, left, right, into);
    return into;
  }

  /** Calls with the index of each point in a box, in no order that means anything. */
  forEachIn(box: Box, visit: (index: number, category: number) => void): void {
    const range = this.#rangeOf(box);
    if (!range) return;
    const { x, y, category } = this.#points;
    for (let row = range.top; row <= range.bottom; row++) {
      const from = this.#starts[row * this.#columns + range.left]!;
      const to = this.#starts[row * this.#columns + range.right + 1]!;
      for (let at = from; at < to; at++) {
        const i = this.#order[at]!;
        if (isInside(box, x[i]!, y[i]!)) visit(i, category[i]!);
      }
    }
  }

  #look(box: Box, top: number, bottom: number, left: number, right: number, into: number[]): void {
    const { x, y, category } = this.#points;
    for (let row = top; row <= bottom; row++) {
      const from = this.#starts[row * this.#columns + left]!;
      const to = this.#starts[row * this.#columns + right + 1]!;
      for (let at = from; at < to; at++) {
        const i = this.#order[at]!;
        if (isInside(box, x[i]!, y[i]!)) into[category[i]!]! += 1;
      }
    }
  }

  /** Cells that can hold points of the box, all ends included; nothing where it lies beside the grid. */
  #rangeOf({ minX, minY, maxX, maxY }: Box) {
    if (!(minX < maxX && minY < maxY) || this.size === 0) return undefined;
    const endX = this.#originX + this.#columns * this.#cellWidth;
    const endY = this.#originY + this.#rows * this.#cellHeight;
    if (maxX <= this.#originX || maxY <= this.#originY || minX >= endX || minY >= endY) return undefined;
    return {
      left: this.#columnAt(minX - 0.5),
      top: this.#rowAt(minY - 0.5),
      right: this.#columnAt(maxX - 0.5),
      bottom: this.#rowAt(maxY - 0.5),
    };
  }

  #columnAt(x: number): number {
    return Math.max(0, Math.min(this.#columns - 1, Math.floor((x - this.#originX) / this.#cellWidth)));
  }
  #rowAt(y: number): number {
    return Math.max(0, Math.min(this.#rows - 1, Math.floor((y - this.#originY) / this.#cellHeight)));
  }

  #sumUp(): Uint32Array {
    const [stride, k] = [this.#columns + 1, this.categories];
    const sums = new Uint32Array(stride * (this.#rows + 1) * k);
    const { category } = this.#points;
    const inRow = new Uint32Array(k);
    for (let row = 0; row < this.#rows; row++) {
      inRow.fill(0);
      for (let column = 0; column < this.#columns; column++) {
        const cell = row * this.#columns + column;
        for (let at = this.#starts[cell]!; at < this.#starts[cell + 1]!; at++) inRow[category[this.#order[at]!]!]! += 1;
        const here = ((row + 1) * stride + column + 1) * k;
        const above = (row * stride + column + 1) * k;
        for (let kind = 0; kind < k; kind++) sums[here + kind] = sums[above + kind]! + inRow[kind]!;
      }
    }
    return sums;
  }
}

/** Whether the middle of the level-0 pixel that holds the point lies in the box; see {@link CountGrid}. */
export function isInside({ minX, minY, maxX, maxY }: Box, x: number, y: number): boolean {
  const [px, py] = [Math.floor(x) + 0.5, Math.floor(y) + 0.5];
  return px >= minX && px < maxX && py >= minY && py < maxY;
}

/** Categories of points by their templates: the grade of each, −1 where the template has none. */
export function gradesOf(
  templateIds: ArrayLike<number>,
  count: number,
  gradeOf: ReadonlyMap<number, Grade>,
): Int8Array {
  const grades = new Int8Array(count);
  for (let i = 0; i < count; i++) grades[i] = gradeOf.get(templateIds[i]!) ?? -1;
  return grades;
}
