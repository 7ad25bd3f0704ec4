import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tone } from '../test/fixtures.ts';
import { createFft } from './fft.ts';
import { applyFilter, bandPass } from './filter.ts';
import { PALETTE_KINDS, paletteTable } from './palette.ts';
import { createPeakMeter, peaksBetween } from './peaks.ts';
import { fitWish, planSpectrogram, type SpectrogramWish } from './plan.ts';
import { frequencyAt, heightOf, SCALE_KINDS } from './scale.ts';
import { createSpectrogram, mixDown } from './spectrogram.ts';
import { createSpectrumAnalyser } from './spectrum.ts';
import { WINDOW_KINDS } from './window.ts';

const SEED = { seed: 20240607 };
const RATE = 48_000;

describe('transform', () => {
  it('is the sum that defines it', () => {
    const size = 32;
    const x = Float64Array.from({ length: size }, (_, i) => Math.sin(i * i) + i / 9);
    const [re, im] = [x.slice(), new Float64Array(size)];
    createFft(size).forward(re, im);
    for (let k = 0; k < size; k++) {
      const angle = (n: number): number => (-2 * Math.PI * k * n) / size;
      expect(re[k]).toBeCloseTo(
        x.reduce((sum, value, n) => sum + value * Math.cos(angle(n)), 0),
        9,
      );
      expect(im[k]).toBeCloseTo(
        x.reduce((sum, value, n) => sum + value * Math.sin(angle(n)), 0),
        9,
      );
    }
  });

  it('keeps the energy (Parseval)', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 8, 64, 512),
        fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })),
        (size, values) => {
          const re = Float64Array.from({ length: size }, () => values.next().value as number);
          const im = new Float64Array(size);
          const energy = re.reduce((sum, value) => sum + value * value, 0);
          createFft(size).forward(re, im);
          const found = re.reduce((sum, value, k) => sum + value * value + (im[k] ?? 0) ** 2, 0) / size;
          return Math.abs(found - energy) <= 1e-9 * (1 + energy);
        },
      ),
      SEED,
    );
  });

  it('has no size that is no power of two', () => {
    expect(() => createFft(48)).toThrow('48');
  });
});

describe('spectrum', () => {
  it.each(WINDOW_KINDS)('of a full-scale sine has 0 dB in its own bin, through a window %s', (kind) => {
    const analyser = createSpectrumAnalyser(1024, kind);
    const powers = new Float64Array(513);
    for (const bin of [3, 100, 400]) {
      analyser.analyse(tone((bin * RATE) / 1024, RATE, 1024), 0, powers);
      expect(powers.indexOf(Math.max(...powers))).toBe(bin);
      expect(10 * Math.log10(powers[bin] ?? 0)).toBeCloseTo(0, 3);
    }
  });

  it('through a rectangular window holds the energy of the samples (Parseval)', () => {
    const size = 256;
    const samples = Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7) * Math.cos(i * i * 0.01));
    const powers = new Float64Array(size / 2 + 1);
    createSpectrumAnalyser(size, 'rectangular').analyse(samples, 0, powers);
    // Sines of amplitude a have the mean square a²/2; constant and Nyquist parts a².
    const total = powers.reduce((sum, power, k) => sum + (k === 0 || k === size / 2 ? power : power / 2), 0);
    expect(total).toBeCloseTo(samples.reduce((sum, value) => sum + value * value, 0) / size, 6);
  });
});

const WISH: SpectrogramWish = {
  windowSize: 1024,
  window: 'hann',
  overlap: 0.5,
  scale: 'linear',
  fMinHz: 0,
  fMaxHz: 0,
  secondsPerPixel: 0.01,
  rows: 256,
  minDb: -60,
  maxDb: 0,
  palette: 'grey',
  channel: -1,
};

function columnsOf(wish: Partial<SpectrogramWish>, samples: Float32Array, piece = samples.length): Uint8Array[] {
  const plan = planSpectrogram(
    { ...WISH, ...wish },
    { sampleRate: RATE, channels: 1, durationS: samples.length / RATE },
  );
  const columns: Uint8Array[] = [];
  const stream = createSpectrogram(plan, (levels) => columns.push(levels.slice()));
  for (let at = 0; at < samples.length; at += piece) stream.push(samples.subarray(at, at + piece));
  expect(stream.finish()).toBe(columns.length);
  expect(columns).toHaveLength(plan.columns);
  return columns;
}

describe('spectrogram', () => {
  it.each(SCALE_KINDS.flatMap((scale) => [500, 3000, 12_000].map((hz) => [scale, hz] as const)))(
    'shows a tone where the axis says, on the scale %s at %i Hz',
    (scale, hz) => {
      const axis = { scale, fMinHz: 200, fMaxHz: 20_000, rows: 256 };
      const column =
        columnsOf({ scale, fMinHz: 200, fMaxHz: 20_000, maxDb: 3 }, tone(hz, RATE, RATE / 2))[20] ?? new Uint8Array();
      const brightest = column.indexOf(Math.max(...column));
      // Half a row, or as far as the window's resolution of 47 Hz reaches.
      const tolerance = Math.max(1, Math.abs(heightOf(axis, hz + 24) - heightOf(axis, hz)));
      expect(Math.abs(brightest + 0.5 - heightOf(axis, hz))).toBeLessThanOrEqual(tolerance + 0.5);
    },
  );

  it('is the same in whatever pieces the samples come', () => {
    const samples = Float32Array.from({ length: 20_000 }, (_, i) => Math.sin(i * i * 1e-5) * 0.7);
    const whole = columnsOf({}, samples);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), (piece) => {
        expect(columnsOf({}, samples, piece)).toEqual(whole);
      }),
      { ...SEED, numRuns: 12 },
    );
  });

  it('shows a click in the column of its time', () => {
    const samples = new Float32Array(RATE);
    samples[Math.round(0.505 * RATE)] = 1;
    const columns = columnsOf({ windowSize: 256, secondsPerPixel: 0.01, overlap: 0.75, minDb: -120 }, samples);
    const lit = columns.flatMap((levels, x) => (levels.some((level) => level > 0) ? [x] : []));
    expect(lit).toEqual([50]);
  });

  it('of silence is dark, and of any sound between 0 and 255', () => {
    expect(Math.max(...columnsOf({}, new Float32Array(9600)).flatMap((column) => [...column]))).toBe(0);
    const loud = columnsOf({}, tone(6000, RATE, 9600, 40));
    expect(Math.max(...loud.flatMap((column) => [...column]))).toBe(255);
  });

  it('of a recording shorter than a window has a column', () => {
    expect(columnsOf({ secondsPerPixel: 0 }, tone(1000, RATE, 10)).length).toBeGreaterThanOrEqual(1);
  });
});

describe('plan', () => {
  const facts = { sampleRate: 44_100, channels: 2, durationS: 600 };
  it('takes 10 ms, less for short recordings, more for very long ones', () => {
    const at = (durationS: number, wish: object = {}) =>
      planSpectrogram({ ...WISH, secondsPerPixel: 0, ...wish }, { ...facts, durationS });
    expect(at(600).secondsPerPixel).toBe(0.01);
    expect(at(3).secondsPerPixel).toBeCloseTo(0.002, 6);
    expect(at(7 * 86_400, { rows: 512 }).columns).toBe(2 ** 22);
  });

  it('keeps the wished overlap or more', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 0.95, noNaN: true }),
        (secondsPerPixel, overlap) => {
          const { framesPerPixel } = planSpectrogram({ ...WISH, secondsPerPixel, overlap }, facts);
          const hop = (secondsPerPixel / framesPerPixel) * 44_100;
          return hop <= 1024 * (1 - overlap) * 1.001;
        },
      ),
      SEED,
    );
  });

  it.each([
    [{ windowSize: 1000 }, 'windowSize cannot be 1000'],
    [{ overlap: 1 }, 'overlap cannot be 1'],
    [{ fMaxHz: 22_051 }, 'fMaxHz cannot be 22051: the sample rate is 44100 Hz'],
    [{ minDb: 0 }, 'maxDb cannot be 0'],
    [{ channel: 2 }, 'channel cannot be 2: the recording has 2'],
    [{ secondsPerPixel: 0.00001 }, 'secondsPerPixel cannot be 0.00001'],
    [{ secondsPerPixel: 0.0001, rows: 64 }, 'Take at least 0.001144'],
  ])('refuses %j with what is possible', (wish, sentence) => {
    expect(() => planSpectrogram({ ...WISH, ...wish }, facts)).toThrow(sentence);
  });

  it('fits settings for many recordings to any one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8000, max: 384_000 }),
        fc.integer({ min: 1, max: 8 }),
        fc.double({ min: 0.01, max: 90_000, noNaN: true }),
        fc.constantFrom(0, 0.0001, 0.01, 60),
        fc.constantFrom(0, 100, 4000, 200_000),
        (sampleRate, channels, durationS, secondsPerPixel, fMaxHz) => {
          const recording = { sampleRate, channels, durationS };
          const { wish } = fitWish({ ...WISH, rows: 512, secondsPerPixel, fMaxHz, channel: 3 }, recording);
          const plan = planSpectrogram(wish, recording);
          return plan.columns >= 1 && plan.columns <= 2 ** 22 && plan.fMaxHz <= sampleRate / 2;
        },
      ),
      SEED,
    );
  });
});

describe('scales', () => {
  it('give back the height of a frequency', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SCALE_KINDS), fc.double({ min: 0, max: 512, noNaN: true }), (scale, y) => {
        const axis = { scale, fMinHz: 20, fMaxHz: 20_000, rows: 512 };
        return Math.abs(heightOf(axis, frequencyAt(axis, y)) - y) < 1e-6;
      }),
      SEED,
    );
  });

  it('have 1000 Hz at 1000 mel, as the scale was defined', () => {
    const axis = { scale: 'mel', fMinHz: 0, fMaxHz: 1000, rows: 1000 } as const;
    expect(frequencyAt(axis, 0)).toBeCloseTo(1000, 6);
    expect(heightOf({ ...axis, fMaxHz: 7999 }, 1000) / 1000).toBeCloseTo(1 - 999.99 / 2834.9, 2);
  });
});

describe('palettes', () => {
  it.each(PALETTE_KINDS)('%s goes from dark to bright or back without a step', (kind) => {
    const table = paletteTable(kind);
    expect(table).toHaveLength(768);
    const lightness = Array.from(
      { length: 256 },
      (_, i) => 0.2126 * table[i * 3]! + 0.7152 * table[i * 3 + 1]! + 0.0722 * table[i * 3 + 2]!,
    );
    const steps = lightness.slice(1).map((value, i) => value - (lightness[i] ?? 0));
    const direction = Math.sign((lightness[255] ?? 0) - (lightness[0] ?? 0));
    expect(steps.every((step) => step * direction > -0.5 && Math.abs(step) < 4)).toBe(true);
  });
});

describe('waveform', () => {
  it('has the extremes of each part, in whatever pieces the samples came', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 40 }), (piece, columns) => {
        const samples = Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i * 0.37) * (i / 5000));
        const meter = createPeakMeter(50);
        for (let at = 0; at < samples.length; at += piece) meter.push([samples.subarray(at, at + piece)]);
        const { min, max } = peaksBetween(meter.finish(), 0, 5000, columns);
        for (let column = 0; column < columns; column++) {
          const part = samples.subarray(
            Math.floor((column * 5000) / columns),
            Math.floor(((column + 1) * 5000) / columns),
          );
          if (Math.max(...part) > (max[column] ?? 0) + 0.01 || Math.min(...part) < (min[column] ?? 0) - 0.01)
            return false;
        }
        return max.length === columns && Math.abs((max.at(-1) ?? 0) - 1) < 0.02;
      }),
      { ...SEED, numRuns: 40 },
    );
  });

  it('of silence is silent, and of the faintest sound is not', () => {
    const meter = createPeakMeter(10);
    meter.push([new Float32Array(20)]);
    expect(meter.peak).toBe(0);
    meter.push([Float32Array.of(1e-5)]);
    expect(meter.finish()).toMatchObject({ min: Int8Array.of(0, 0, 0), max: Int8Array.of(0, 0, 1) });
  });
});

describe('band-pass', () => {
  it.each([
    [500, -24, 1],
    [1000, -3.01, 0.1],
    [2000, 0, 0.1],
    [4000, -3.01, 0.1],
    [8000, -26.7, 0.2], // the bilinear transform squeezes what lies near half the sample rate
  ])('from 1 to 4 kHz changes %i Hz by %d dB', (hz, expected, tolerance) => {
    const samples = tone(hz, RATE, RATE);
    applyFilter(bandPass(RATE, 1000, 4000), samples);
    const late = samples.subarray(RATE / 2);
    const level = 10 * Math.log10((2 * late.reduce((sum, value) => sum + value * value, 0)) / late.length);
    expect(Math.abs(level - expected)).toBeLessThan(tolerance);
  });

  it('is not there for an empty band', () => {
    expect(() => bandPass(RATE, 4000, 4000)).toThrow('empty');
    expect(bandPass(RATE, 0, RATE)).toEqual([]);
  });
});

describe('channels', () => {
  it('are mixed, or one is taken', () => {
    const block = [Float32Array.of(1, 0), Float32Array.of(0, 0.5)];
    expect(mixDown(block, -1)).toEqual(Float32Array.of(0.5, 0.25));
    expect(mixDown(block, 1)).toEqual(Float32Array.of(0, 0.5));
  });
});
