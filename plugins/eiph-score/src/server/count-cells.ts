import { GRADES, gradesOf } from '@exact/scores';
import { type Asking, type CellQuery, type Context, filterOf } from './asking.ts';
import { insideOf } from './inside.ts';

export interface Counted {
  /** Cells of grade 0 … 4. */
  readonly counts: number[];
  /** Annotations whose template has no grade, by template. */
  readonly notCounted: { readonly templateId: number; readonly cells: number }[];
}

/** Counts the cells of a question by grade. */
export async function countCells(ctx: Context, asking: Asking, query: CellQuery): Promise<Counted> {
  const [centres, isCounted] = await Promise.all([
    ctx.annotations.centres(asking.principal, filterOf(asking, query), { signal: asking.signal }),
    insideOf(ctx, asking, query),
  ]);
  const grades = gradesOf(centres.templateId, centres.count, asking.gradeOf);
  const counts = GRADES.map(() => 0);
  const others = new Map<number, number>();
  for (let i = 0; i < centres.count; i++) {
    if (!isCounted(centres.x[i]!, centres.y[i]!, () => centres.uuid(i))) continue;
    const grade = grades[i]!;
    if (grade >= 0) counts[grade]! += 1;
    else others.set(centres.templateId[i]!, (others.get(centres.templateId[i]!) ?? 0) + 1);
  }
  return { counts, notCounted: listOthers(others) };
}

export const listOthers = (others: ReadonlyMap<number, number>): Counted['notCounted'] =>
  [...others].map(([templateId, cells]) => ({ templateId, cells })).sort((a, b) => a.templateId - b.templateId);
