/** A Fourier transform of one size. */
export interface Fft {
  readonly size: number;
  /** Forward transform in place, not scaled: X[k] = Σ x[n] exp(−2πi·kn/N). Both arrays have `size` entries. O(N log N) */
  forward(re: Float64Array, im: Float64Array): void;
}

/**
 * Makes a complex transform of a power of two (1 … 2^20), radix 2 after Cooley and Tukey (1965); tables are computed once.
 *
 * @throws RangeError for other sizes
 */
export function createFft(size: number): Fft {
  if (!Number.isInteger(Math.log2(size)) || size > 2 ** 20)
    throw new RangeError(`A transform cannot have the size ${size}.`);
  const half = size >> 1;
  const cos = Float64Array.from({ length: half }, (_, i) => Math.cos((2 * Math.PI * i) / size));
  const sin = Float64Array.from({ length: half }, (_, i) => -Math.sin((2 * Math.PI * i) / size));
  const reversed = new Uint32Array(size);
  for (let i = 1; i < size; i++) reversed[i] = (reversed[i >> 1]! >> 1) | (i & 1 ? half : 0);

  return {
    size,
    forward(re, im) {
      for (let i = 0; i < size; i++) {
        const j = reversed[i]!; // all indices below `size`: tables and arrays have that length
        if (j <= i) continue;
        const r = re[i]!;
        re[i] = re[j]!;
        re[j] = r;
        const m = im[i]!;
        im[i] = im[j]!;
        im[j] = m;
      }
      for (let span = 1, step = half; span < size; span <<= 1, step >>= 1) {
        for (let first = 0; first < size; first += span << 1) {
          for (let a = first, t = 0; a < first + span; a++, t += step) {
            const b = a + span;
            const c = cos[t]!;
            const s = sin[t]!;
            const r = re[b]! * c - im[b]! * s;
            const m = re[b]! * s + im[b]! * c;
            re[b] = re[a]! - r;
            im[b] = im[a]! - m;
            re[a]! += r;
            im[a]! += m;
          }
        }
      }
    },
  };
}

/** A transform of real values. */
export interface RealFft {
  readonly size: number;
  /** Powers |X[k]|² of `size` real values from `at` on, each times its weight, for k = 0 … size/2, into `powers`. */
  powers(samples: Float32Array, at: number, weights: Float64Array, powers: Float64Array): void;
}

/** Makes a transform of real values of a power of two (4 … 2^20): a complex one of half the size, taken apart. */
export function createRealFft(size: number): RealFft {
  const half = size >> 1;
  const fft = createFft(half);
  const re = new Float64Array(half);
  const im = new Float64Array(half);
  const cos = Float64Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sin = Float64Array.from({ length: half }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
  return {
    size,
    powers(samples, at, weights, powers) {
      for (let i = 0, n = 0; i < half; i++, n += 2) {
        re[i] = samples[at + n]! * weights[n]!;
        im[i] = samples[at + n + 1]! * weights[n + 1]!;
      }
      fft.forward(re, im);
      powers[0] = (re[0]! + im[0]!) ** 2;
      powers[half] = (re[0]! - im[0]!) ** 2;
      for (let k = 1; k < half; k++) {
        const j = half - k;
        // Spectra of the even and the odd samples, then X[k] = E[k] + exp(−2πik/N)·O[k].
        const evenRe = (re[k]! + re[j]!) / 2;
        const evenIm = (im[k]! - im[j]!) / 2;
        const oddRe = (im[k]! + im[j]!) / 2;
        const oddIm = (re[j]! - re[k]!) / 2;
        const xr = evenRe + oddRe * cos[k]! - oddIm * sin[k]!;
        const xi = evenIm + oddRe * sin[k]! + oddIm * cos[k]!;
        powers[k] = xr * xr + xi * xi;
      }
    },
  };
}
