/**
 * Coefficients written down from their definitions, for comparing with what the platform computes: slow, and sharing nothing with it.
 * Ratings are names of categories; `undefined` stands for a reader who has not rated the unit.
 */
type Unit = readonly (number | undefined)[];

const given = (unit: Unit): number[] => unit.filter((rating) => rating !== undefined);
const categoriesOf = (units: readonly Unit[]): number[] => [...new Set(units.flatMap(given))];

/** Cohen 1960, of two readers' ratings of the same units. */
export function cohenKappa(pairs: readonly (readonly [number, number])[]): number {
  const n = pairs.length;
  const agreed = pairs.filter(([a, b]) => a === b).length / n;
  const chance = categoriesOf(pairs).reduce((sum, category) => {
    const [first, second] = [0, 1].map((who) => pairs.filter((pair) => pair[who] === category).length / n);
    return sum + (first ?? 0) * (second ?? 0);
  }, 0);
  return (agreed - chance) / (1 - chance);
}

/** Krippendorff 2011, nominal: 1 − observed over expected disagreement, by going through all pairs of ratings. */
export function krippendorffAlpha(units: readonly Unit[]): number {
  const rated = units.map(given).filter((ratings) => ratings.length >= 2);
  const all = rated.flat();
  const n = all.length;
  let observed = 0;
  for (const ratings of rated)
    for (const [i, a] of ratings.entries())
      for (const [j, b] of ratings.entries()) if (i !== j && a !== b) observed += 1 / (ratings.length - 1);
  let expected = 0;
  for (const [i, a] of all.entries()) for (const [j, b] of all.entries()) if (i !== j && a !== b) expected += 1;
  return 1 - observed / n / (expected / (n * (n - 1)));
}

/** Fleiss 1971; every unit has all ratings. */
export function fleissKappa(units: readonly (readonly number[])[]): number {
  const readers = units[0]?.length ?? 0;
  let agreement = 0;
  for (const ratings of units) {
    let same = 0;
    for (const [i, a] of ratings.entries()) for (const [j, b] of ratings.entries()) if (i !== j && a === b) same += 1;
    agreement += same / (readers * (readers - 1));
  }
  const observed = agreement / units.length;
  const all = units.flat();
  const chance = categoriesOf(units).reduce(
    (sum, category) => sum + (all.filter((rating) => rating === category).length / all.length) ** 2,
    0,
  );
  return (observed - chance) / (1 - chance);
}

export interface Rule {
  readonly k: number;
  readonly quorum: number;
  readonly margin: number;
  readonly strict: boolean;
  readonly authorCounts: boolean;
}

/** State of an object by the rule, from the last verdict of each reader (D9: k votes, more than half, a lead, strictness). */
export function stateOf(verdicts: readonly string[], rule: Rule, isDecided: boolean): string {
  if (isDecided) return 'adjudicated';
  if (verdicts.length < rule.k) return 'open';
  const counts = [...new Set(verdicts)]
    .filter((verdict) => verdict !== 'unsure')
    .map((verdict) => ({ verdict, count: verdicts.filter((other) => other === verdict).length }))
    .sort((a, b) => b.count - a.count);
  const [top, next] = counts;
  if (!top || top.count * 2 <= verdicts.length || top.count - (next?.count ?? 0) < Math.max(1, rule.margin))
    return 'disputed';
  const rejects = verdicts.some((verdict) => verdict === 'reject');
  const keeps = verdicts.some((verdict) => verdict !== 'reject' && verdict !== 'unsure');
  if (rule.strict && rejects && keeps) return 'disputed';
  return top.verdict === 'reject' ? 'rejected' : 'agreed';
}
