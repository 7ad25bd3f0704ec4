import { bootstrap } from '@exact/agreement';

/** The score is defined per hundred cells. */
export const THS_MINIMUM_CELLS = 100;
export const THS_MAX = 400;
/** Below this number of cells the interval is drawn (bootstrap), from it on the mean is taken as normally distributed. */
export const BOOTSTRAP_BELOW = 30;

/** 95 %, inside of 0–400. */
export interface ScoreInterval {
  readonly low: number;
  readonly high: number;
  readonly method: 'normal' | 'bootstrap';
}

/**
 * Standard error and interval of 100 × mean of values from 0 to 4; nothing for fewer than two.
 *
 * @param values - read only below 30
 * @param variance - of the sample, divided by n − 1
 */
export function intervalOfMean(
  values: { readonly length: number } & Iterable<number>,
  mean: number,
  variance: number,
  seed: number,
): { readonly standardError: number; readonly interval: ScoreInterval } | undefined {
  const cells = values.length;
  if (cells < 2) return undefined;
  const standardError = 100 * Math.sqrt(variance / cells);
  if (cells >= BOOTSTRAP_BELOW)
    return {
      standardError,
      interval: {
        low: Math.max(0, 100 * mean - 1.96 * standardError),
        high: Math.min(THS_MAX, 100 * mean + 1.96 * standardError),
        method: 'normal',
      },
    };
  const drawn = bootstrap(
    [...values],
    (sample) => ({ value: 100 * (sample.reduce((sum, value) => sum + value, 0) / cells), raw: 1, units: cells }),
    { seed },
  );
  // `drawn` is there: every sample has a mean
  return { standardError, interval: { low: drawn?.low ?? 0, high: drawn?.high ?? THS_MAX, method: 'bootstrap' } };
}
