const MICROMETRES_PER_INCH = 25_400;

/**
 * Pixels per inch that can be the truth of a microscope: 0.02 to 10 µm a pixel. 72, 96 or 300 dpi are what programs write when
 * nobody measured; unknown is told as unknown.
 */
export function plausibleDensity(perInch: number | undefined): number | undefined {
  if (perInch === undefined) return undefined;
  const mpp = MICROMETRES_PER_INCH / perInch;
  return mpp >= 0.02 && mpp <= 10 ? perInch : undefined;
}
