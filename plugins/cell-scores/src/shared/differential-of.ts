import { CELL_CLASSES, type CellCounts, differential, NO_CELLS } from '@exact/scores';
import type { DifferentialAnswer } from './model.ts';

/**
 * The differential count of cells by class.
 *
 * @param byIndex - cells in the order of `CELL_CLASSES`
 * @param isMapped - whether any template stands for a class: else there is nothing to count, which is not the same as no cells
 */
export function differentialOf(
  byIndex: ArrayLike<number>,
  { isMapped, minimumCells }: { readonly isMapped: boolean; readonly minimumCells: number },
): DifferentialAnswer {
  if (!isMapped) return { available: false, reason: 'no-class' };
  const counts = Object.fromEntries(CELL_CLASSES.map((name, i) => [name, byIndex[i] ?? 0])) as CellCounts;
  const result = differential.compute({ counts, minimumCells });
  return result.available
    ? { ...result, classes: { ...result.classes }, warnings: [...result.warnings] }
    : { available: false, reason: result.reason };
}

/** Cells in the order of `CELL_CLASSES` that a count was made of. */
export function cellsOf(answer: DifferentialAnswer): number[] {
  const counts = answer.available
    ? Object.fromEntries(CELL_CLASSES.map((name) => [name, answer.classes[name].count]))
    : NO_CELLS;
  return CELL_CLASSES.map((name) => counts[name] ?? 0);
}

/** How many cells of each class there are, in the order of `CELL_CLASSES`. */
export function countCells(
  templateIds: ArrayLike<number>,
  indices: Iterable<number>,
  cellIndex: ReadonlyMap<number, number>,
): number[] {
  const counts = CELL_CLASSES.map(() => 0);
  for (const i of indices) {
    const at = cellIndex.get(templateIds[i] ?? -1);
    if (at !== undefined) counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}
