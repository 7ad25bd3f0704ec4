import type { ByteSource } from '../byte-source.ts';
import { SoundError } from '../errors.ts';
import { isFlac, openFlac } from './flac.ts';
import { isMp3, openMp3 } from './mp3.ts';
import { isOgg } from './ogg.ts';
import { openOgg } from './ogg-sound.ts';
import { MAX_CHANNELS, RATES, type Sound } from './sound.ts';
import { isWav, openWav } from './wav.ts';

export type SoundContainer = 'wav' | 'flac' | 'mp3' | 'ogg';

/** Tells a sound by its first bytes, whatever its name says. @param head - a few kilobytes from the start of the file */
export function sniffSound(head: Uint8Array): SoundContainer | undefined {
  if (isWav(head)) return 'wav';
  if (isFlac(head)) return 'flac';
  if (isOgg(head)) return 'ogg';
  return isMp3(head) ? 'mp3' : undefined;
}

const OPENERS: Readonly<Record<SoundContainer, (source: ByteSource) => Promise<Sound>>> = {
  wav: openWav,
  flac: openFlac,
  mp3: openMp3,
  ogg: openOgg,
};

/**
 * Opens a sound: WAV, FLAC, MP3 (MPEG audio of all layers), Ogg Vorbis, Ogg Opus. Reads headers only, of MP3 all of them; memory does not grow
 * with the length, neither here nor while `blocks` are read.
 *
 * @throws SoundError `UNKNOWN_FORMAT`, `UNSUPPORTED_SOUND`, `CORRUPT_FILE`, `TRUNCATED_FILE`, `NO_SOUND`
 */
export async function openSound(source: ByteSource): Promise<Sound> {
  const container = sniffSound(await source.read(0, 16_384));
  if (!container)
    throw new SoundError(
      'UNKNOWN_FORMAT',
      'This is no sound that can be read here: WAV, FLAC, MP3, Ogg Vorbis or Ogg Opus.',
    );
  const sound = await OPENERS[container](source);
  const { sampleRate, channels, durationS } = sound;
  if (channels < 1 || channels > MAX_CHANNELS)
    throw new SoundError('CORRUPT_FILE', `The file states ${channels} channels; 1 to ${MAX_CHANNELS} can be read.`);
  if (sampleRate < RATES.min || sampleRate > RATES.max)
    throw new SoundError(
      'CORRUPT_FILE',
      `The file states a sample rate of ${sampleRate} Hz; ${RATES.min} Hz to ${RATES.max / 1e6} MHz can be read.`,
    );
  if (durationS === 0) throw new SoundError('NO_SOUND', 'The file holds no sound: its length is 0 seconds.');
  return sound;
}
