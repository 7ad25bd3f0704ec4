import { describe, expect, it } from 'vitest';
import { createLoudnessMeter, gainFor } from './loudness.ts';

/** A tone at a level below full scale, on each channel. */
function tone(dbfs: number, seconds: number, { hz = 1000, sampleRate = 48_000 } = {}): Float32Array {
  const amplitude = 10 ** (dbfs / 20);
  return Float32Array.from(
    { length: seconds * sampleRate },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRate),
  );
}
function loudnessOf(parts: readonly Float32Array[], sampleRate = 48_000): number | undefined {
  const meter = createLoudnessMeter(sampleRate, 2);
  for (const part of parts)
    for (let i = 0; i < part.length; i += 4097) meter.add([part.subarray(i, i + 4097), part.subarray(i, i + 4097)]);
  return meter.integrated();
}

// Cases 1–4 of EBU Tech 3341 (2016), table 1: stereo tones of 1 kHz, ±0.1 LU.
describe('the loudness of EBU Tech 3341', () => {
  it.each([
    ['case 1: −23 dBFS for 20 s', [[-23, 20]], -23],
    ['case 2: −33 dBFS for 20 s', [[-33, 20]], -33],
    [
      'case 3: −36, −23, −36 dBFS',
      [
        [-36, 10],
        [-23, 60],
        [-36, 10],
      ],
      -23,
    ],
    [
      'case 4: with −72 dBFS at both ends',
      [
        [-72, 10],
        [-36, 10],
        [-23, 60],
        [-36, 10],
        [-72, 10],
      ],
      -23,
    ],
  ] as const)('%s', (_, parts, lufs) => {
    expect(loudnessOf(parts.map(([db, seconds]) => tone(db, seconds)))).toBeCloseTo(lufs, 1);
  });

  it('is the same at another sample rate', () => {
    expect(loudnessOf([tone(-23, 5, { sampleRate: 22_050 })], 22_050)).toBeCloseTo(-23, 1);
  });

  it('is nothing for silence, and a number for less than a block', () => {
    expect(loudnessOf([new Float32Array(48_000)])).toBeUndefined();
    expect(loudnessOf([tone(-20, 0.25)])).toBeCloseTo(-20, 0);
    expect(loudnessOf([new Float32Array(10)])).toBeUndefined();
  });
});

describe('the gain', () => {
  it('brings a file to −23 LUFS, without peaks above −1 dB and without blowing up hiss', () => {
    expect(gainFor('loudness', { peak: 0.5, lufs: -29 })).toBeCloseTo(10 ** (5.02 / 20), 2); // the peak is in the way
    expect(gainFor('loudness', { peak: 0.5, lufs: -13 })).toBeCloseTo(10 ** (-10 / 20), 3);
    expect(gainFor('loudness', { peak: 0.0001, lufs: -69 })).toBeCloseTo(10 ** (30 / 20), 3);
  });
  it('brings the highest peak to −1 dB, or leaves all as it is', () => {
    expect(gainFor('peak', { peak: 0.1, lufs: undefined })).toBeCloseTo(10 ** (19 / 20), 3);
    expect(gainFor('off', { peak: 0.1, lufs: -40 })).toBe(1);
  });
  it('is 1 for silence', () => {
    for (const level of ['loudness', 'peak', 'off'] as const)
      expect(gainFor(level, { peak: 0, lufs: undefined })).toBe(1);
  });
});
