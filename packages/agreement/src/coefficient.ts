/**
 * A coefficient of agreement. It has no value where it is not defined (one category only, no variance, too few ratings): a made-up
 * number would be taken for a finding. The raw agreement is given all the same.
 */
export type Coefficient =
  | { readonly value: number; readonly raw: number; readonly units: number }
  | {
      readonly value: undefined;
      readonly reason: UndefinedReason;
      readonly raw: number | undefined;
      readonly units: number;
    };

/**
 * `no-units`: nobody rated anything that somebody else rated, too. `one-category`: all ratings are the same, so that agreement by chance
 * is certain. `unequal-ratings`: the coefficient needs as many ratings of each unit.
 */
export type UndefinedReason = 'no-units' | 'one-category' | 'unequal-ratings';

export const notDefined = (reason: UndefinedReason, raw: number | undefined, units: number): Coefficient => ({
  value: undefined,
  reason,
  raw,
  units,
});

/** `1 − observed / expected` disagreement; not defined where none can be expected. */
export function fromDisagreement(observed: number, expected: number, raw: number, units: number): Coefficient {
  return expected > 0 ? { value: 1 - observed / expected, raw, units } : notDefined('one-category', raw, units);
}
