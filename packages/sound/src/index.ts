export { type ByteSource, bytesSource, type ForwardReader, readForward } from './byte-source.ts';
export { SOUND_ERROR_CODES, SoundError, type SoundErrorCode } from './errors.ts';
export { createFft, createRealFft, type Fft, type RealFft } from './fft.ts';
export { applyFilter, bandPass, type Biquad } from './filter.ts';
export { PALETTE_KINDS, type PaletteKind, paletteTable } from './palette.ts';
export { createPeakMeter, type PeakMeter, type Peaks, peaksBetween } from './peaks.ts';
export {
  fitWish,
  mostColumns,
  planSpectrogram,
  type SoundFacts,
  type SpectrogramPlan,
  type SpectrogramWish,
} from './plan.ts';
export { type FrequencyAxis, frequencyAt, heightOf, SCALE_KINDS, type ScaleKind, WARPS } from './scale.ts';
export { createSpectrogram, mixDown, type SpectrogramStream } from './spectrogram.ts';
export { createSpectrumAnalyser, type SpectrumAnalyser } from './spectrum.ts';
export { WINDOW_KINDS, type WindowKind, windowWeights } from './window.ts';
