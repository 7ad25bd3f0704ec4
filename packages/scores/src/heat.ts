import type { Points } from './count-grid.ts';

export interface HeatOptions {
  /** Level-0 pixels. */
  readonly width: number;
  readonly height: number;
  /** Micrometres for one level-0 pixel. */
  readonly mppX: number;
  readonly mppY: number;
  /** Side of a window in micrometres. */
  readonly windowUm: number;
}

/**
 * Mean grade in windows that overlap by half. Window (column, row) is `2 × stepX` wide and begins at `(column − 1) × stepX`; its value
 * stands for the square of one step in its middle, so that the squares cover the image without gap.
 */
export interface HeatMap {
  readonly columns: number;
  readonly rows: number;
  /** Half a window in level-0 pixels. */
  readonly stepX: number;
  readonly stepY: number;
  /** Cells in each window, row by row. */
  readonly cells: Uint32Array;
  /** 0–4; 0 where there is no cell: look at `cells` first. */
  readonly meanGrade: Float32Array;
}

/** More windows than this would show noise only, and take memory for it. */
const MAX_WINDOWS = 4_000_000;

/**
 * Sums cells up in windows given in micrometres.
 *
 * @param points - `category` is the grade; below 0 a point is left out, and so are points outside of the image
 * @throws RangeError for a scale or window that is no positive number, and for windows so small that there would be over 4 million
 */
export function heatMap(points: Points, { width, height, mppX, mppY, windowUm }: HeatOptions): HeatMap {
  for (const [name, value] of Object.entries({ width, height, mppX, mppY, windowUm }))
    if (!(value > 0 && Number.isFinite(value)))
      throw new RangeError(`${name} is ${value}; it has to be a number above 0.`);
  const [stepX, stepY] = [windowUm / 2 / mppX, windowUm / 2 / mppY];
  const [binColumns, binRows] = [Math.ceil(width / stepX), Math.ceil(height / stepY)];
  if ((binColumns + 1) * (binRows + 1) > MAX_WINDOWS)
    throw new RangeError(`Windows of ${windowUm} µm are too small for this image: there would be over 4 million.`);
  const counts = new Uint32Array(binColumns * binRows);
  const sums = new Uint32Array(binColumns * binRows);
  for (let i = 0; i < points.count; i++) {
    const grade = points.category[i]!;
    if (grade < 0) continue;
    const [column, row] = [Math.floor(points.x[i]! / stepX), Math.floor(points.y[i]! / stepY)];
    if (!(column >= 0 && column < binColumns && row >= 0 && row < binRows)) continue;
    counts[row * binColumns + column]! += 1;
    sums[row * binColumns + column]! += grade;
  }
  const [columns, rows] = [binColumns + 1, binRows + 1];
  const cells = new Uint32Array(columns * rows);
  const meanGrade = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      let [n, sum] = [0, 0];
      for (let r = Math.max(0, row - 1); r <= Math.min(binRows - 1, row); r++)
        for (let c = Math.max(0, column - 1); c <= Math.min(binColumns - 1, column); c++) {
          n += counts[r * binColumns + c]!;
          sum += sums[r * binColumns + c]!;
        }
      cells[row * columns + column] = n;
      meanGrade[row * columns + column] = n === 0 ? 0 : sum / n;
    }
  return { columns, rows, stepX, stepY, cells, meanGrade };
}
