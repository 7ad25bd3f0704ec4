import type { SpectrogramPlan } from './plan.ts';
import { frequencyAt } from './scale.ts';
import { createSpectrumAnalyser } from './spectrum.ts';

/** Makes the columns of a spectrogram while samples come in; memory does not grow with the recording. */
export interface SpectrogramStream {
  /** Takes the next samples of one channel. */
  push(samples: Float32Array): void;
  /** Ends the recording: gives the columns that are left. @returns columns in all */
  finish(): number;
}

/**
 * Begins a spectrogram. Column x holds the mean power of the windows whose middles lie in `[x, x + 1) · secondsPerPixel`; before the start and
 * after the end is silence. A row holds the mean power of the frequencies between its borders; where it is narrower than what the window
 * resolves, what lies between two of them.
 *
 * @param onColumn - called with the levels of one column after the other, 0 (`minDb` and below) … 255 (`maxDb` and above), top row first; the
 *   array is used again for the next
 */
export function createSpectrogram(plan: SpectrogramPlan, onColumn: (levels: Uint8Array) => void): SpectrogramStream {
  const { windowSize, sampleRate, secondsPerPixel, framesPerPixel } = plan;
  const analyser = createSpectrumAnalyser(windowSize, plan.window);
  const toLevels = createRows(plan);
  const bins = windowSize / 2 + 1;
  const powers = new Float64Array(bins);
  const total = new Float64Array(bins);
  const levels = new Uint8Array(plan.rows);
  const step = (secondsPerPixel * sampleRate) / framesPerPixel;

  let held = new Float32Array(windowSize * 4);
  /** Number of the first sample in `held`, from the start of the recording; silence before 0. */
  let first = -windowSize;
  let length = windowSize;
  let received = 0;
  let frame = 0;
  const startOf = (index: number): number => Math.round((index + 0.5) * step - windowSize / 2);

  function append(samples: Float32Array): void {
    const done = Math.min(length, Math.max(0, startOf(frame) - first));
    if (done > 0) {
      held.copyWithin(0, done, length);
      first += done;
      length -= done;
    }
    if (length + samples.length > held.length) {
      const larger = new Float32Array((length + samples.length) * 2);
      larger.set(held.subarray(0, length));
      held = larger;
    }
    held.set(samples, length);
    length += samples.length;
  }

  function analyse(frames: number): void {
    for (; frame < frames && startOf(frame) + windowSize <= first + length; frame++) {
      analyser.analyse(held, startOf(frame) - first, powers);
      for (let k = 0; k < bins; k++) total[k]! += powers[k]!;
      if ((frame + 1) % framesPerPixel !== 0) continue;
      for (let k = 0; k < bins; k++) total[k]! /= framesPerPixel;
      toLevels(total, levels);
      total.fill(0);
      onColumn(levels);
    }
  }

  return {
    push(samples) {
      received += samples.length;
      append(samples);
      analyse(Infinity);
    },
    finish() {
      const columns = Math.max(1, Math.ceil(received / sampleRate / secondsPerPixel - 1e-6));
      const silence = new Float32Array(windowSize);
      while (frame < columns * framesPerPixel) {
        append(silence);
        analyse(columns * framesPerPixel);
      }
      return columns;
    },
  };
}

/** How powers of frequencies become levels of rows. */
function createRows(plan: SpectrogramPlan): (powers: Float64Array, levels: Uint8Array) => void {
  const { rows, windowSize, sampleRate, minDb, maxDb } = plan;
  const bins = windowSize / 2 + 1;
  const firsts = new Int32Array(rows);
  const weights: Float64Array[] = [];
  for (let row = 0; row < rows; row++) {
    const high = (frequencyAt(plan, row) * windowSize) / sampleRate;
    const low = (frequencyAt(plan, row + 1) * windowSize) / sampleRate;
    const { first, weight } = high - low >= 1 ? cover(low, high, bins) : between((low + high) / 2, bins);
    firsts[row] = first;
    weights.push(weight);
  }
  const scale = 255 / (maxDb - minDb);
  return (powers, levels) => {
    for (let row = 0; row < rows; row++) {
      const weight = weights[row]!; // one for each row
      const first = firsts[row]!;
      let power = 0;
      for (let i = 0; i < weight.length; i++) power += weight[i]! * powers[first + i]!;
      // The logarithm of 0 is −∞, which stays below every range.
      const level = (10 * Math.log10(power) - minDb) * scale;
      levels[row] = level <= 0 ? 0 : level >= 255 ? 255 : Math.round(level);
    }
  };
}

/** Mean over a stretch of bins, each of which reaches half a bin to both sides. */
function cover(low: number, high: number, bins: number): { first: number; weight: Float64Array } {
  const first = Math.max(0, Math.floor(low + 0.5));
  const last = Math.min(bins - 1, Math.ceil(high - 0.5));
  const weight = Float64Array.from({ length: last - first + 1 }, (_, i) => {
    const bin = first + i;
    return Math.max(0, Math.min(high, bin + 0.5) - Math.max(low, bin - 0.5));
  });
  const sum = weight.reduce((total, value) => total + value, 0);
  return { first, weight: weight.map((value) => value / sum) };
}

/** The straight line between two bins. */
function between(at: number, bins: number): { first: number; weight: Float64Array } {
  const first = Math.min(bins - 2, Math.floor(at));
  return { first, weight: Float64Array.of(1 - (at - first), at - first) };
}

/** One channel of a block of samples: the given one, or the mean of all for −1. */
export function mixDown(block: readonly Float32Array[], channel: number): Float32Array {
  const [only] = block;
  if (channel >= 0) return block[channel] ?? new Float32Array(0);
  if (only === undefined || block.length === 1) return only ?? new Float32Array(0);
  const mixed = new Float32Array(only.length);
  for (const samples of block) for (let i = 0; i < mixed.length; i++) mixed[i]! += samples[i]!;
  for (let i = 0; i < mixed.length; i++) mixed[i]! /= block.length;
  return mixed;
}
