import type { Grade } from './grades.ts';

/** Where one grade ends and the next begins, of scores from 0 to 4: Marzahl et al. 2021, density maps of haemosiderin scores. */
export const CUT_POINTS = [0.5, 1.5, 2.5, 3.5] as const;
export const SCORE_MAX = 4;

/** The grade of a score: below 0.5 it is 0, from 3.5 on it is 4; a cut point itself belongs to the higher grade. */
export function gradeOfScore(score: number): Grade {
  let grade = 0;
  for (const cut of CUT_POINTS) if (score >= cut) grade += 1;
  return grade as Grade;
}

/** The cut point that a score is nearest to, the lower one of two, and how far it is away. */
export function nearestCut(score: number): { readonly cut: number; readonly distance: number } {
  let best: { cut: number; distance: number } = { cut: CUT_POINTS[0], distance: Math.abs(score - CUT_POINTS[0]) };
  for (const cut of CUT_POINTS) {
    const distance = Math.abs(score - cut);
    if (distance < best.distance) best = { cut, distance };
  }
  return best;
}
