import { createRealFft } from './fft.ts';
import { type WindowKind, windowWeights } from './window.ts';

/** Power spectra of pieces of sound. */
export interface SpectrumAnalyser {
  readonly size: number;
  /**
   * Powers of the piece of `size` samples that begins at `at`, one for each of the `size / 2 + 1` frequencies `k · sampleRate / size`. A
   * sine of full scale at such a frequency has the power 1 (0 dB), whatever the window.
   */
  analyse(samples: Float32Array, at: number, powers: Float64Array): void;
}

/** Makes an analyser. @param size - samples in the window, a power of two from 4 on */
export function createSpectrumAnalyser(size: number, kind: WindowKind): SpectrumAnalyser {
  const weights = windowWeights(kind, size);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const fft = createRealFft(size);
  const scale = (2 / sum) ** 2; // a sine of amplitude 1 has |X| = sum/2 on each side
  return {
    size,
    analyse(samples, at, powers) {
      fft.powers(samples, at, weights, powers);
      for (let k = 0; k <= size / 2; k++) powers[k]! *= scale;
      // Without a counterpart at negative frequencies: half the amplitude that others have doubled.
      powers[0]! /= 4;
      powers[size / 2]! /= 4;
    },
  };
}
