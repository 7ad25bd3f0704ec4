import { frequencyAt } from '@exact/sound';
import type { Axes } from '@exact/sdk/contract';
import type { SpectrogramGrid } from '../../shared/model.ts';

/** What the coordinates of a spectrogram mean: seconds from the left border, frequencies from the upper one down. */
export function axesOf({ secondsPerPixel, scale, fMinHz, fMaxHz, rows }: SpectrogramGrid): Axes {
  const top = frequencyAt({ scale, fMinHz, fMaxHz, rows }, 0);
  return {
    x: { unit: 's', perPixel: secondsPerPixel, origin: 0 },
    y: { unit: 'Hz', perPixel: (fMinHz - top) / rows, origin: top },
  };
}
