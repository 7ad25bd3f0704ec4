import { type Coefficient, fromDisagreement, notDefined } from './coefficient.ts';

export type Weighting = 'none' | 'linear' | 'quadratic';

/** How much two categories disagree, 0…1, by their places in the order of categories. */
const WEIGHTS: Readonly<Record<Weighting, (i: number, j: number, count: number) => number>> = {
  none: (i, j) => (i === j ? 0 : 1),
  linear: (i, j, count) => Math.abs(i - j) / Math.max(1, count - 1),
  quadratic: (i, j, count) => ((i - j) / Math.max(1, count - 1)) ** 2,
};

/**
 * Cohen's kappa of two readers (Cohen 1960; weighted: Cohen 1968).
 *
 * @param a          - category of each unit by the first reader, as an index into the ordered categories
 * @param b          - the same units by the second reader
 * @param categories - how many categories there are; those that nobody used count for the weights
 * @throws RangeError for lists of different lengths and for indices outside of the categories
 */
export function cohen(
  a: readonly number[],
  b: readonly number[],
  categories: number,
  weighting: Weighting = 'none',
): Coefficient {
  if (a.length !== b.length)
    throw new RangeError(`The readers rated ${a.length} and ${b.length} units; it must be the same units.`);
  const table = confusion(a, b, categories);
  const n = a.length;
  if (n === 0) return notDefined('no-units', undefined, 0);
  const weight = WEIGHTS[weighting];
  let [observed, expected, agreed] = [0, 0, 0];
  const rows = table.map((row) => row.reduce((sum, count) => sum + count, 0));
  const columns = rows.map((_, j) => table.reduce((sum, row) => sum + (row[j] ?? 0), 0));
  table.forEach((row, i) =>
    row.forEach((count, j) => {
      if (i === j) agreed += count;
      observed += weight(i, j, categories) * (count / n);
      expected += weight(i, j, categories) * ((rows[i] ?? 0) / n) * ((columns[j] ?? 0) / n);
    }),
  );
  return fromDisagreement(observed, expected, agreed / n, n);
}

/** How often the first reader said the row and the second the column. @throws RangeError for indices outside of the categories */
export function confusion(a: readonly number[], b: readonly number[], categories: number): number[][] {
  const table = Array.from({ length: categories }, () => new Array<number>(categories).fill(0));
  a.forEach((i, unit) => {
    const j = b[unit] ?? -1;
    const row = table[i];
    if (row?.[j] === undefined)
      throw new RangeError(`Unit ${unit} is rated ${i} and ${j}; categories are 0 to ${categories - 1}.`);
    row[j] += 1;
  });
  return table;
}
