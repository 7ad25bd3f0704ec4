/**
 * Colours of mean grades 0 to 4: from light yellow to dark violet, told apart by lightness alone, and none of them near the blue of the
 * stain or the red of the counterstain.
 */
const STOPS = [
  [255, 240, 150],
  [253, 190, 70],
  [238, 110, 30],
  [190, 30, 80],
  [84, 16, 110],
] as const;

/** Red, green and blue, 0–255, of a mean grade. */
export function gradeRgb(mean: number): readonly [number, number, number] {
  const at = Math.max(0, Math.min(STOPS.length - 1, mean));
  const low = Math.min(STOPS.length - 2, Math.floor(at));
  const mix = (channel: 0 | 1 | 2): number =>
    Math.round(STOPS[low]![channel] + (STOPS[low + 1]![channel] - STOPS[low]![channel]) * (at - low));
  return [mix(0), mix(1), mix(2)];
}
export const gradeColour = (mean: number): string => `rgb(${gradeRgb(mean).join(' ')})`;
export const GRADE_GRADIENT = `linear-gradient(to right, ${STOPS.map((stop) => `rgb(${stop.join(' ')})`).join(', ')})`;
