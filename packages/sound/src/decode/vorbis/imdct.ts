import { createFft } from '../../fft.ts';

/**
 * Makes the inverse transform of one block size: y[i] = Σ X[k] cos(2π/N (i + ½ + N/4)(k + ½)), N/2 values in and N out, by a DCT-IV of N/2
 * that is a complex transform of N/4.
 *
 * @param size - N, a power of two from 16 on
 */
export function createImdct(size: number): (spectrum: Float32Array, out: Float32Array) => void {
  const half = size / 2;
  const quarter = size / 4;
  const fft = createFft(quarter);
  const re = new Float64Array(quarter);
  const im = new Float64Array(quarter);
  const turned = new Float64Array(half);
  const cos = Float64Array.from({ length: quarter }, (_, n) => Math.cos((Math.PI * (8 * n + 1)) / (8 * half)));
  const sin = Float64Array.from({ length: quarter }, (_, n) => -Math.sin((Math.PI * (8 * n + 1)) / (8 * half)));
  return (spectrum, out) => {
    for (let n = 0; n < quarter; n++) {
      const a = spectrum[2 * n]!;
      const b = spectrum[half - 1 - 2 * n]!;
      re[n] = a * cos[n]! - b * sin[n]!;
      im[n] = a * sin[n]! + b * cos[n]!;
    }
    fft.forward(re, im);
    for (let k = 0; k < quarter; k++) {
      turned[2 * k] = re[k]! * cos[k]! - im[k]! * sin[k]!;
      turned[half - 1 - 2 * k] = -(re[k]! * sin[k]! + im[k]! * cos[k]!);
    }
    for (let i = 0; i < quarter; i++) out[i] = turned[i + quarter]!;
    for (let i = quarter; i < 3 * quarter; i++) out[i] = -turned[3 * quarter - 1 - i]!;
    for (let i = 3 * quarter; i < size; i++) out[i] = -turned[i - 3 * quarter]!;
  };
}
