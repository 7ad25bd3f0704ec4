import { TAG } from '@exact/tiff';
import type { TiffDirectory } from '@exact/tiff';

const UM_PER_UNIT: Readonly<Record<number, number>> = { 2: 25_400, 3: 10_000 };

/**
 * Micrometres for one pixel from the resolution tags.
 *
 * @param range - smallest and largest value believed. Writers put 72 dpi (353 µm) or 10/cm (1000 µm) into files that
 *                nobody measured; a microscope gives 0.02 to 10 µm.
 * @returns nothing without a real unit (inch, centimetre) or outside the range: unknown is told as unknown
 */
export function resolutionMpp(
  directory: TiffDirectory,
  range: readonly [number, number] = [0.02, 10],
): { x: number; y: number } | undefined {
  const um = UM_PER_UNIT[directory.number(TAG.resolutionUnit) ?? 2];
  if (um === undefined) return undefined;
  return plausibleMpp(
    um / (directory.number(TAG.xResolution) ?? NaN),
    um / (directory.number(TAG.yResolution) ?? NaN),
    range,
  );
}

/** Gives both values when both can be true, else nothing. */
export function plausibleMpp(
  x: number,
  y: number,
  [low, high]: readonly [number, number] = [0.02, 10],
): { x: number; y: number } | undefined {
  const isGood = (value: number): boolean => value >= low && value <= high;
  return isGood(x) && isGood(y) ? { x, y } : undefined;
}
