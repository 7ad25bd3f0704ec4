/** Quantile of the normal distribution that leaves 95 % in the middle. */
export const Z_95 = 1.959963984540054;

export interface ShareInterval {
  /** 0…1, and never above the share; exactly 0 where nothing was counted. */
  readonly low: number;
  /** 0…1, and never below the share; exactly 1 where everything was counted. */
  readonly high: number;
}

/**
 * Interval of a share by Wilson's score method without continuity correction. Unlike the normal approximation it stays inside 0…1 and
 * has a width for shares of 0 and 1, which is what rare cells (mast cells, eosinophils) need.
 *
 * @param count - of the kind in question, 0 ≤ count ≤ total
 * @param total - of all kinds, from 1 on
 * @param z     - quantile of the normal distribution (default: 95 %)
 * @throws RangeError for numbers that are no counts
 * @see Wilson 1927, J Am Stat Assoc 22:209–212; Newcombe 1998, Stat Med 17:857–872, method 3
 */
export function wilson(count: number, total: number, z: number = Z_95): ShareInterval {
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(total) || count < 0 || total < 1 || count > total)
    throw new RangeError(
      `${count} of ${total} is no share: whole numbers with 0 ≤ count ≤ total and total ≥ 1 are needed.`,
    );
  const share = count / total;
  const weight = 1 + (z * z) / total;
  const middle = (share + (z * z) / (2 * total)) / weight;
  const half = (z / weight) * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total));
  return {
    low: count === 0 ? 0 : Math.max(0, middle - half),
    high: count === total ? 1 : Math.min(1, middle + half),
  };
}
