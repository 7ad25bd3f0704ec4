import type { Axes } from '@exact/sdk/contract';
import type { SpectrogramGrid } from '../../shared/model.ts';

/**
 * What the coordinates of a spectrogram mean: seconds from the left border, frequencies from the upper one down.
 *
 * @returns nothing for `log` and `mel`: axes of images are straight lines, and hertz that are wrong are worse than none. The panel of the
 *   plugin, which knows the grid, shows them.
 */
export function axesOf({ secondsPerPixel, scale, fMinHz, fMaxHz, rows }: SpectrogramGrid): Axes | undefined {
  if (scale !== 'linear') return undefined;
  return {
    x: { unit: 's', perPixel: secondsPerPixel, origin: 0 },
    y: { unit: 'Hz', perPixel: (fMinHz - fMaxHz) / rows, origin: fMaxHz },
  };
}
