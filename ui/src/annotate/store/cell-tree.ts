import type { Bounds, OverviewGrid } from '@exact/geometry';

/** A square part of the image that is loaded at once. */
export interface Cell {
  readonly index: number;
  /** Level-0 pixels. Those at the edge of the image reach far beyond it, so that nothing that sticks out is left out. */
  readonly bounds: Bounds;
  /** Annotations in it when the tree was made; below the cells of the overview an estimate. */
  readonly count: number;
}

/** Smaller squares would cost more in requests than they save in bytes. */
const MIN_SIDE = 256;
const BEYOND = 2 ** 20;

/** Adds up counts of a grid over any box: a summed-area table. */
export class CountSums {
  readonly grid: OverviewGrid;
  private readonly sums: Float64Array;

  /** @param counts - one a cell of the grid, all templates together, row by row */
  constructor(grid: OverviewGrid, counts: ArrayLike<number>) {
    this.grid = grid;
    const { columns, rows } = grid;
    this.sums = new Float64Array((columns + 1) * (rows + 1));
    for (let y = 0; y < rows; y++) {
      let row = 0;
      for (let x = 0; x < columns; x++) {
        row += counts[y * columns + x] ?? 0;
        this.sums[(y + 1) * (columns + 1) + x + 1] = row + (this.sums[y * (columns + 1) + x + 1] ?? 0);
      }
    }
  }

  /** Annotations in a box of level-0 pixels; of cells that it cuts, their share by area. */
  in({ minX, minY, maxX, maxY }: Bounds): number {
    const { cellSize } = this.grid;
    const to = (x: number, y: number): number => this.upTo(x / cellSize, y / cellSize);
    return to(maxX, maxY) - to(minX, maxY) - to(maxX, minY) + to(minX, minY);
  }

  /** Sum left of `x` and above `y`, in cells, between them by straight lines. */
  private upTo(x: number, y: number): number {
    const { columns, rows } = this.grid;
    const [cx, cy] = [Math.min(Math.max(x, 0), columns), Math.min(Math.max(y, 0), rows)];
    const [x0, y0] = [Math.min(Math.floor(cx), columns - 1), Math.min(Math.floor(cy), rows - 1)];
    if (columns === 0 || rows === 0) return 0;
    const at = (column: number, row: number): number => this.sums[row * (columns + 1) + column] ?? 0;
    const [u, v] = [cx - x0, cy - y0];
    return (
      (1 - u) * (1 - v) * at(x0, y0) +
      u * (1 - v) * at(x0 + 1, y0) +
      (1 - u) * v * at(x0, y0 + 1) +
      u * v * at(x0 + 1, y0 + 1)
    );
  }
}

/**
 * Cuts an image into squares that hold at most some annotations each, by halving: few requests where there is little, small
 * answers where there is much. Together they cover all; empty ones count, too, as a shape may reach into them.
 */
export function cutIntoCells(sums: CountSums, atMost: number): Cell[] {
  const { cellSize, columns, rows } = sums.grid;
  const [width, height] = [columns * cellSize, rows * cellSize];
  let side = cellSize;
  while (side < Math.max(width, height)) side *= 2;
  const cells: Cell[] = [];
  const visit = (x: number, y: number, size: number): void => {
    if (x >= width || y >= height) return;
    const count = sums.in({ minX: x, minY: y, maxX: x + size, maxY: y + size });
    if (count > atMost && size > MIN_SIDE) {
      const half = size / 2;
      for (const [dx, dy] of [
        [0, 0],
        [half, 0],
        [0, half],
        [half, half],
      ] as const)
        visit(x + dx, y + dy, half);
      return;
    }
    const bounds = {
      minX: x === 0 ? -BEYOND : x,
      minY: y === 0 ? -BEYOND : y,
      maxX: x + size >= width ? width + BEYOND : x + size,
      maxY: y + size >= height ? height + BEYOND : y + size,
    };
    cells.push({ index: cells.length, bounds, count: Math.round(count) });
  };
  visit(0, 0, side);
  return cells;
}

/** Which cells of the overview lie wholly in loaded squares: there nothing needs to be shown as counts. */
export function coveredBy(grid: OverviewGrid, cells: Iterable<Cell>): Uint8Array {
  const { cellSize, columns, rows } = grid;
  const share = new Float64Array(columns * rows);
  for (const { bounds } of cells) {
    const [x0, x1] = [Math.max(0, bounds.minX / cellSize), Math.min(columns, bounds.maxX / cellSize)];
    const [y0, y1] = [Math.max(0, bounds.minY / cellSize), Math.min(rows, bounds.maxY / cellSize)];
    for (let y = Math.floor(y0); y < y1; y++) {
      const high = Math.min(y + 1, y1) - Math.max(y, y0);
      for (let x = Math.floor(x0); x < x1; x++) {
        const wide = Math.min(x + 1, x1) - Math.max(x, x0);
        share[y * columns + x] = (share[y * columns + x] ?? 0) + wide * high;
      }
    }
  }
  return Uint8Array.from(share, (part) => (part > 0.999 ? 1 : 0));
}
