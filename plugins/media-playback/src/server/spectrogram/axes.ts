import type { Axes } from '@exact/sdk/contract';
import { WARPS } from '@exact/sound';
import type { SpectrogramGrid } from '../../shared/model.ts';

/** What the coordinates of a spectrogram mean: seconds from the left border, frequencies from the upper one down. */
export function axesOf({ secondsPerPixel, scale, fMinHz, fMaxHz, rows }: SpectrogramGrid): Axes {
  const { to } = WARPS[scale];
  return {
    x: { unit: 's', perPixel: secondsPerPixel, origin: 0 },
    y: {
      unit: 'Hz',
      perPixel: (to(fMinHz) - to(fMaxHz)) / rows,
      origin: to(fMaxHz),
      ...(scale === 'linear' ? {} : { scale }),
    },
  };
}
