import { type Coefficient, fromDisagreement, notDefined } from './coefficient.ts';

/**
 * Fleiss' kappa (Fleiss 1971).
 *
 * @param counts - for each unit how many readers chose each category; all units need the same number of ratings, at least two
 */
export function fleiss(counts: readonly (readonly number[])[]): Coefficient {
  const units = counts.length;
  const ratings = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const n = ratings[0] ?? 0;
  if (units === 0 || n < 2) return notDefined('no-units', undefined, units);
  if (ratings.some((count) => count !== n)) return notDefined('unequal-ratings', undefined, units);
  let agreed = 0;
  const totals: number[] = [];
  for (const row of counts) {
    agreed += (row.reduce((sum, count) => sum + count * count, 0) - n) / (n * (n - 1));
    row.forEach((count, category) => (totals[category] = (totals[category] ?? 0) + count));
  }
  const raw = agreed / units;
  const byChance = totals.reduce((sum, total) => sum + (total / (units * n)) ** 2, 0);
  // 1 − P over 1 − Pe: the same as (P − Pe) / (1 − Pe)
  return fromDisagreement(1 - raw, 1 - byChance, raw, units);
}
