export const WINDOW_KINDS = ['hann', 'hamming', 'blackman', 'rectangular'] as const;
export type WindowKind = (typeof WINDOW_KINDS)[number];

/** Terms of Σ (−1)^m a[m] cos(2πmn/N); Harris 1978, "On the use of windows for harmonic analysis", tables and eq. 23–33. */
const TERMS: Readonly<Record<WindowKind, readonly number[]>> = {
  hann: [0.5, 0.5],
  hamming: [0.54, 0.46],
  blackman: [0.42, 0.5, 0.08],
  rectangular: [1],
};

/** Weights of a window of `size` samples, periodic (DFT-even), largest about 1. */
export function windowWeights(kind: WindowKind, size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, n) =>
    TERMS[kind].reduce((sum, a, m) => sum + (m % 2 ? -a : a) * Math.cos((2 * Math.PI * m * n) / size), 0),
  );
}
