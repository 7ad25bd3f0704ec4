import { DEFAULT_PALETTE } from '@exact/sdk/contract';

/** Keys in the order in which they lie on the keyboard. */
const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'] as const;

/**
 * Picks the colour for one more template.
 *
 * @param used - colours already there, any case, repeats count
 * @returns the first colour of the palette that is used least; so each is used once before one is used twice
 */
export function nextColour(used: readonly string[]): string {
  const counts = new Map<string, number>(DEFAULT_PALETTE.map((colour) => [colour, 0]));
  for (const colour of used) {
    const key = colour.toUpperCase();
    const count = counts.get(key);
    if (count !== undefined) counts.set(key, count + 1);
  }
  const least = Math.min(...counts.values());
  return DEFAULT_PALETTE.find((colour) => counts.get(colour) === least) ?? DEFAULT_PALETTE[0];
}

/** @returns the first digit that is free, `1` to `9` and then `0`; null when all are taken */
export function nextShortcut(used: readonly (string | null)[]): string | null {
  return DIGITS.find((digit) => !used.includes(digit)) ?? null;
}
