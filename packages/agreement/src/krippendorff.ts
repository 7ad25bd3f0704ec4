import { type Coefficient, fromDisagreement, notDefined } from './coefficient.ts';

/** What differences between values mean: other names, other ranks, distances, or distances as shares. */
export type Level = 'nominal' | 'ordinal' | 'interval' | 'ratio';

/**
 * Krippendorff's alpha (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability"). Readers may have left out units.
 *
 * @param units - ratings of each unit, in any order of readers; missing ones are left out. Values are numbers: of `nominal` any names, of
 *   `ordinal` any that sort by rank, of `ratio` not below 0
 */
export function krippendorff(units: readonly (readonly number[])[], level: Level = 'nominal'): Coefficient {
  const rated = units.filter((ratings) => ratings.length >= 2);
  const values = [...new Set(rated.flat())].sort((a, b) => a - b);
  const placeOf = new Map(values.map((value, place) => [value, place]));
  const count = values.length;
  // Pairs of ratings of the same unit, each unit with as much weight as it has ratings.
  const pairs = Array.from({ length: count }, () => new Float64Array(count));
  const totals = new Float64Array(count);
  for (const ratings of rated) {
    const places = ratings.map((value) => placeOf.get(value) ?? 0);
    places.forEach((c, i) =>
      places.forEach((k, j) => {
        const row = pairs[c];
        if (row && i !== j) row[k] = (row[k] ?? 0) + 1 / (ratings.length - 1);
      }),
    );
    for (const c of places) totals[c] = (totals[c] ?? 0) + 1;
  }
  const n = totals.reduce((sum, total) => sum + total, 0);
  if (n === 0) return notDefined('no-units', undefined, 0);
  const difference = differencesOf(level, values, totals);
  let [observed, expected, agreed] = [0, 0, 0];
  for (let c = 0; c < count; c++) {
    agreed += pairs[c]?.[c] ?? 0;
    for (let k = 0; k < count; k++) {
      observed += (pairs[c]?.[k] ?? 0) * difference(c, k);
      expected += (totals[c] ?? 0) * (totals[k] ?? 0) * difference(c, k);
    }
  }
  return fromDisagreement(observed / n, expected / (n * (n - 1)), agreed / n, rated.length);
}

/** Squared difference of the values at two places. */
function differencesOf(
  level: Level,
  values: readonly number[],
  totals: Float64Array,
): (c: number, k: number) => number {
  // `!`: places of values
  const sums = [0];
  for (const total of totals) sums.push(sums.at(-1)! + total);
  switch (level) {
    case 'nominal':
      return (c, k) => (c === k ? 0 : 1);
    case 'ordinal':
      return (c, k) => {
        const [low, high] = c < k ? [c, k] : [k, c];
        return (sums[high + 1]! - sums[low]! - (totals[low]! + totals[high]!) / 2) ** 2;
      };
    case 'interval':
      return (c, k) => (values[c]! - values[k]!) ** 2;
    case 'ratio':
      return (c, k) => (c === k ? 0 : ((values[c]! - values[k]!) / (values[c]! + values[k]!)) ** 2);
  }
}
