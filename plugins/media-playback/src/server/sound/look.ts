import {
  createPeakMeter,
  createSpectrogram,
  fitWish,
  mixDown,
  paletteTable,
  planSpectrogram,
  SoundError,
} from '@exact/sound';
import { openSound } from '@exact/sound/decode';
import sharp from 'sharp';
import type { SpectrogramParameters } from '../../shared/parameters.ts';
import {
  type Facts,
  factsOf,
  measure,
  samplesPerPeak,
  storedPeaks,
  type StoredPeaks,
  type Tools,
} from '../spectrogram/make.ts';
import { openFileSource } from './file-source.ts';

export interface LookInput {
  readonly source: string;
  readonly parameters: SpectrogramParameters;
}
/** What a sound looks like: waveform and a small picture of its spectrogram. */
export interface Look {
  readonly facts: Pick<Facts, 'format' | 'sampleRate' | 'channels' | 'bitsPerSample' | 'durationS' | 'notes'>;
  readonly peaks: StoredPeaks;
  /** PNG, {@link WIDTH} × {@link HEIGHT}. */
  readonly picture: Uint8Array;
}

export const WIDTH = 1024;
export const HEIGHT = 256;

/** Decodes a sound once. @throws SoundError */
export default async function lookAt({ source, parameters }: LookInput, { progress }: Tools): Promise<Look> {
  const bytes = await openFileSource(source);
  try {
    const sound = await openSound(bytes);
    const durationS = sound.durationS ?? (await measure(sound));
    const { sampleRate, channels } = sound;
    const wanted = { ...parameters, rows: HEIGHT, secondsPerPixel: 0 };
    const { wish } = fitWish(wanted, { sampleRate, channels, durationS });
    // Of less than a sample a column nothing can be made: such a sound is wider than it is long.
    const secondsPerPixel = Math.max(durationS / WIDTH, 1 / sampleRate);
    const plan = planSpectrogram({ ...wish, secondsPerPixel }, { sampleRate, channels, durationS });
    const colours = paletteTable(wish.palette);
    const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
    let column = 0;
    const spectrogram = createSpectrogram(plan, (levels) => {
      if (column >= WIDTH) return;
      for (let y = 0; y < HEIGHT; y++) {
        const colour = levels[y]! * 3; // as many levels as rows
        pixels.set(colours.subarray(colour, colour + 3), (y * WIDTH + column) * 3);
      }
      column += 1;
    });
    const meter = createPeakMeter(samplesPerPeak(durationS * sampleRate));
    for await (const block of sound.blocks()) {
      meter.push(block);
      spectrogram.push(mixDown(block, wish.channel));
      progress(Math.min(1, meter.samples / sampleRate / durationS), 'computing the spectrogram');
    }
    if (meter.samples === 0)
      throw new SoundError('CORRUPT_FILE', 'No sound could be decoded: the file is damaged, or ends before its sound.');
    spectrogram.finish();
    const picture = await sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .png({ compressionLevel: 6 })
      .toBuffer();
    return {
      facts: { ...factsOf(sound), durationS: meter.samples / sampleRate, notes: [...sound.notes] },
      peaks: storedPeaks(meter),
      picture,
    };
  } finally {
    await bytes.close();
  }
}
