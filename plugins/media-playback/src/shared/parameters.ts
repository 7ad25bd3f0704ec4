import { z } from 'zod';

export const WINDOWS = ['hann', 'hamming', 'blackman', 'rectangular'] as const;
export const SCALES = ['linear', 'log', 'mel'] as const;
export const PALETTES = ['grey', 'grey-inverted', 'viridis', 'magma', 'inferno'] as const;
/** Powers of two: each level of the pyramid is exactly half as high. */
export const HEIGHTS = [64, 128, 256, 512, 1024, 2048, 4096] as const;
export const WINDOW_SIZES = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384] as const;

/** What parameters may be; the form of the browser and the server ask the same. */
export const LIMITS = {
  overlap: { min: 0, max: 0.95 },
  secondsPerPixel: { min: 0.0001, max: 60 },
  hz: { min: 0, max: 1_000_000 },
  db: { min: -200, max: 20 },
} as const;

const numberIn = ({ min, max }: { readonly min: number; readonly max: number }) => z.number().min(min).max(max);

/**
 * How a spectrogram is made. The defaults are those of a project that has set nothing.
 *
 * `fMaxHz` 0: half the sample rate. `fMinHz` 0 on the scale `log`: the lowest frequency that the window resolves. `secondsPerPixel` 0:
 * 10 ms, finer for short recordings and coarser for very long ones: see `planSpectrogram` of @exact/sound.
 * `minDb`, `maxDb`: levels shown as the first and the last colour, in dB of a full-scale sine. `channel` -1: the mean of all channels.
 */
export const SpectrogramParameters = z.strictObject({
  windowSize: z.union(WINDOW_SIZES.map((size) => z.literal(size))).default(1024),
  window: z.enum(WINDOWS).default('hann'),
  overlap: numberIn(LIMITS.overlap).default(0.5),
  scale: z.enum(SCALES).default('linear'),
  fMinHz: numberIn(LIMITS.hz).default(0),
  fMaxHz: numberIn(LIMITS.hz).default(0),
  secondsPerPixel: z.union([z.literal(0), numberIn(LIMITS.secondsPerPixel)]).default(0),
  rows: z.union(HEIGHTS.map((rows) => z.literal(rows))).default(512),
  minDb: numberIn(LIMITS.db).default(-110),
  maxDb: numberIn(LIMITS.db).default(-20),
  palette: z.enum(PALETTES).default('inferno'),
  channel: z.int().min(-1).max(63).default(-1),
});
export type SpectrogramParameters = z.output<typeof SpectrogramParameters>;
