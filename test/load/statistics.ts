/** @returns the middle of the values; of an even number of them, the mean of the two in the middle */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = NaN, high = NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

export interface Interval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 4000;

/**
 * Median with its 95 % interval by the percentile bootstrap (Efron & Tibshirani 1993, chapter 13). The same values give the same
 * interval: the generator has a fixed seed.
 */
export function bootstrapMedian(values: readonly number[]): Interval {
  const random = seededRandom(20_240_607);
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)] as number)),
  );
  medians.sort((a, b) => a - b);
  const at = (fraction: number): number => medians[Math.min(RESAMPLES - 1, Math.floor(fraction * RESAMPLES))] ?? NaN;
  return { median: median(values), low: at(0.025), high: at(0.975) };
}

/** Random numbers from 0 to 1 that are the same each time: a linear congruential generator (Press et al., Numerical Recipes, 7.1). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
