/** One second-order section, a0 = 1: y[n] = b0 x[n] + b1 x[n−1] + b2 x[n−2] − a1 y[n−1] − a2 y[n−2]. */
export interface Biquad {
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
}

/** Q of the two sections of a Butterworth filter of order 4: 1 / (2 cos(π/8)) and 1 / (2 cos(3π/8)). */
const BUTTERWORTH_4 = [1 / (2 * Math.cos(Math.PI / 8)), 1 / (2 * Math.cos((3 * Math.PI) / 8))];

/** Low or high pass after R. Bristow-Johnson's cookbook for audio EQ biquads. */
function section(kind: 'low' | 'high', sampleRate: number, hz: number, q: number): Biquad {
  const w = (2 * Math.PI * hz) / sampleRate;
  const alpha = Math.sin(w) / (2 * q);
  const cos = Math.cos(w);
  const edge = (kind === 'low' ? 1 - cos : 1 + cos) / 2;
  const a0 = 1 + alpha;
  return {
    b: [edge / a0, ((kind === 'low' ? 2 : -2) * edge) / a0, edge / a0],
    a: [(-2 * cos) / a0, (1 - alpha) / a0],
  };
}

/**
 * Sections that pass what lies between two frequencies: Butterworth of order 4 on each side, −3 dB at the borders, 24 dB an octave beyond.
 * A border at 0 or at half the sample rate and above is left out.
 *
 * @throws RangeError when the band is empty
 */
export function bandPass(sampleRate: number, lowHz: number, highHz: number): readonly Biquad[] {
  if (!(lowHz < highHz)) throw new RangeError(`A band from ${lowHz} Hz to ${highHz} Hz is empty.`);
  return [
    ...(lowHz > 0 ? BUTTERWORTH_4.map((q) => section('high', sampleRate, lowHz, q)) : []),
    ...(highHz < sampleRate / 2 ? BUTTERWORTH_4.map((q) => section('low', sampleRate, highHz, q)) : []),
  ];
}

/** Filters samples of one channel in place, from rest. */
export function applyFilter(sections: readonly Biquad[], samples: Float32Array): void {
  for (const { b, a } of sections) {
    let [x1, x2, y1, y2] = [0, 0, 0, 0];
    for (let i = 0; i < samples.length; i++) {
      const x = samples[i]!;
      const y = b[0] * x + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2;
      x2 = x1;
      x1 = x;
      y2 = y1;
      y1 = y;
      samples[i] = y;
    }
  }
}
