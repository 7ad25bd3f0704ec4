/** Where one grade ends and the next begins, of scores from 0 to 4: Marzahl et al. 2021, regression of haemosiderin. */
export const SCORE_BORDERS = [0.5, 1.5, 2.5, 3.5] as const;
/** Half the way between two borders: nothing is further from one but the ends. */
const FAR = 0.5;

/**
 * How unsure a program was of an object, from what it has written beside it: 0 sure … 1 not sure at all.
 *
 * - `probabilities`: a list, one for each class → their entropy, as a share of the greatest there can be
 * - `confidence`: 0…1 → 1 at one half, 0 at both ends
 * - `score`: 0…4 → 1 on the border between two grades
 *
 * @returns nothing where none of them is there, or makes sense
 */
export function uncertaintyOf(meta: Readonly<Record<string, unknown>>): number | undefined {
  const { probabilities, confidence, score } = meta;
  if (Array.isArray(probabilities) && probabilities.length > 1 && probabilities.every(isShare)) {
    const sum = probabilities.reduce((total, p) => total + p, 0);
    if (sum > 0) {
      const entropy = probabilities.reduce((total, p) => (p > 0 ? total - (p / sum) * Math.log(p / sum) : total), 0);
      return Math.min(1, entropy / Math.log(probabilities.length));
    }
  }
  if (isShare(confidence)) return 1 - Math.abs(2 * confidence - 1);
  if (typeof score === 'number' && score >= 0 && score <= 4)
    return 1 - Math.min(1, Math.min(...SCORE_BORDERS.map((border) => Math.abs(score - border))) / FAR);
  return undefined;
}

const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;
