import { createPeakMeter, createSpectrogram, fitWish, mixDown, planSpectrogram, SoundError } from '@exact/sound';
import { openSound, type Sound } from '@exact/sound/decode';
import type { SpectrogramGrid } from '../../shared/model.ts';
import type { SpectrogramParameters } from '../../shared/parameters.ts';
import { openFileSource } from '../sound/file-source.ts';
import { createPyramid } from './pyramid.ts';

export interface MakeInput {
  /** Absolute path of the recording. */
  readonly source: string;
  /** Where the pyramid goes. */
  readonly target: string;
  readonly parameters: SpectrogramParameters;
}
/** What was found out and done, plain data. */
export interface Made {
  readonly facts: Facts;
  readonly peaks: StoredPeaks;
  readonly bare: Sound['bare'];
}
export interface Facts {
  readonly grid: SpectrogramGrid;
  readonly format: Sound['format'];
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample?: number;
  readonly durationS: number;
  readonly peakDb?: number;
  readonly isSilent: boolean;
  readonly notes: readonly string[];
}
export interface StoredPeaks {
  readonly samplesPerPeak: number;
  /** int8: all minima, then all maxima. */
  readonly values: Uint8Array;
}
export interface Tools {
  readonly progress: (fraction: number, step: string) => void;
}

/** Peaks kept of a recording: 2 MB at most. */
const MOST_PEAKS = 1_000_000;
const FEWEST_SAMPLES_PER_PEAK = 64;

/**
 * Decodes a recording once from front to back, and writes its spectrogram as a tiled pyramid on the way. Memory is the same for a minute and
 * for a day.
 *
 * @throws SoundError
 */
export default async function makeSpectrogram(
  { source, target, parameters }: MakeInput,
  { progress }: Tools,
): Promise<Made> {
  progress(0, 'reading');
  const bytes = await openFileSource(source);
  try {
    const sound = await openSound(bytes);
    const durationS = sound.durationS ?? (await measure(sound));
    const { sampleRate, channels } = sound;
    const { wish, notes } = fitWish(parameters, { sampleRate, channels, durationS });
    const plan = planSpectrogram(wish, { sampleRate, channels, durationS });
    const pyramid = await createPyramid(target, plan.rows, wish.palette);
    try {
      const spectrogram = createSpectrogram(plan, (levels) => pyramid.add(levels));
      const meter = createPeakMeter(samplesPerPeak(durationS * sampleRate));
      for await (const block of sound.blocks()) {
        meter.push(block);
        spectrogram.push(mixDown(block, wish.channel));
        await pyramid.drain();
        progress(Math.min(0.98, meter.samples / sampleRate / durationS), 'computing the spectrogram');
      }
      if (meter.samples === 0)
        throw new SoundError(
          'CORRUPT_FILE',
          'No sound could be decoded: the file is damaged, or ends before its sound.',
        );
      spectrogram.finish();
      const columns = await pyramid.finish();
      const grid: SpectrogramGrid = {
        columns,
        rows: plan.rows,
        secondsPerPixel: plan.secondsPerPixel,
        scale: plan.scale,
        fMinHz: plan.fMinHz,
        fMaxHz: plan.fMaxHz,
        hopS: plan.secondsPerPixel / plan.framesPerPixel,
        framesPerPixel: plan.framesPerPixel,
        minDb: plan.minDb,
        maxDb: plan.maxDb,
        palette: wish.palette,
      };
      return {
        facts: {
          grid,
          ...factsOf(sound),
          durationS: meter.samples / sampleRate,
          ...(meter.peak > 0 ? { peakDb: 20 * Math.log10(meter.peak) } : {}),
          isSilent: meter.peak === 0,
          notes: [...sound.notes, ...notes],
        },
        peaks: storedPeaks(meter),
        bare: { ...sound.bare, head: sound.bare.head.slice() },
      };
    } finally {
      await pyramid.close();
    }
  } finally {
    await bytes.close();
  }
}

export function factsOf({
  format,
  sampleRate,
  channels,
  bitsPerSample,
}: Sound): Pick<Facts, 'format' | 'sampleRate' | 'channels' | 'bitsPerSample'> {
  return { format, sampleRate, channels, ...(bitsPerSample === undefined ? {} : { bitsPerSample }) };
}

export const samplesPerPeak = (samples: number): number =>
  Math.max(FEWEST_SAMPLES_PER_PEAK, Math.ceil(samples / MOST_PEAKS));

export function storedPeaks(meter: ReturnType<typeof createPeakMeter>): StoredPeaks {
  const { min, max, samplesPerPeak: each } = meter.finish();
  const values = new Uint8Array(min.length * 2);
  values.set(new Uint8Array(min.buffer, min.byteOffset, min.length));
  values.set(new Uint8Array(max.buffer, max.byteOffset, max.length), min.length);
  return { samplesPerPeak: each, values };
}

/** Length of what does not state it, by decoding it. @throws SoundError `CORRUPT_FILE` when there is nothing */
export async function measure(sound: Sound): Promise<number> {
  let samples = 0;
  for await (const block of sound.blocks()) samples += block[0]?.length ?? 0;
  if (samples === 0)
    throw new SoundError('CORRUPT_FILE', 'No sound could be decoded: the file is damaged, or ends before its sound.');
  return samples / sound.sampleRate;
}
