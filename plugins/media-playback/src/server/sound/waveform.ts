import { peaksBetween } from '@exact/sound';
import type { Waveform } from '../../shared/model.ts';
import type { Facts, StoredPeaks } from '../spectrogram/make.ts';

export interface Part {
  readonly fromS?: number | undefined;
  readonly toS?: number | undefined;
  readonly columns?: number | undefined;
}

/** Peaks of a part of a recording; what lies outside of it is left out, and an empty part becomes the whole. */
export function waveformOf(
  { durationS, sampleRate, channels }: Pick<Facts, 'durationS' | 'sampleRate' | 'channels'>,
  { samplesPerPeak, values }: StoredPeaks,
  { fromS = 0, toS = durationS, columns = 1000 }: Part,
): Waveform {
  const end = Math.min(toS, durationS);
  const [from, to] = fromS < end ? [fromS, end] : [0, durationS];
  const half = values.length / 2;
  const peaks = {
    samplesPerPeak,
    min: new Int8Array(values.buffer, values.byteOffset, half),
    max: new Int8Array(values.buffer, values.byteOffset + half, half),
  };
  return {
    durationS,
    sampleRate,
    channels,
    fromS: from,
    toS: to,
    ...peaksBetween(peaks, from * sampleRate, to * sampleRate, columns),
  };
}
