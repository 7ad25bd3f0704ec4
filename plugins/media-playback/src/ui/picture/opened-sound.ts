import { mixDown, type ByteSource } from '@exact/sound';
import { openSound, type Sound } from '@exact/sound/decode';
import type { SoundFacts } from './protocol.ts';

/** Samples from a place on, one array of equal length a channel. */
export type Blocks = AsyncIterable<readonly Float32Array[]>;

/** A sound from which any stretch can be had. */
export interface OpenedSound {
  readonly facts: SoundFacts;
  /** Samples of each channel from `fromS` on to the end; stop when there are enough. */
  from(fromS: number, signal: AbortSignal): Blocks;
}

/** Opens by the headers alone where they say how long it is; else walks through it once. */
export async function openRemote(source: ByteSource, signal: AbortSignal): Promise<OpenedSound> {
  const sound = await openSound(source);
  const { sampleRate, channels } = sound;
  let { durationS } = sound;
  const kept = sound.format === 'wav' ? undefined : keepDecoded(sound);
  if (durationS === undefined) {
    let samples = 0;
    for await (const block of sound.blocks(signal)) samples += block[0]?.length ?? 0;
    durationS = samples / sampleRate;
  }
  const facts: SoundFacts = { sampleRate, channels, durationS };
  return { facts, from: (fromS, stop) => (kept ? kept(fromS, stop) : wavFrom(sound, source, fromS, stop)) };
}

/** Samples that are in memory. */
export function openSamples(sampleRate: number, channels: readonly Float32Array[]): OpenedSound {
  const length = channels[0]?.length ?? 0;
  return {
    facts: { sampleRate, channels: channels.length, durationS: length / sampleRate },
    async *from(fromS) {
      for (let at = Math.max(0, Math.round(fromS * sampleRate)); at < length; at += STEP)
        yield channels.map((samples) => samples.subarray(at, at + STEP));
    },
  };
}
const STEP = 65_536;

/** Samples of WAV lie at known places: what comes before them need not be fetched. */
async function* wavFrom(sound: Sound, source: ByteSource, fromS: number, signal: AbortSignal): Blocks {
  const { head, from, to } = sound.bare;
  const frameBytes = (sound.channels * (sound.bitsPerSample ?? 16)) / 8;
  const start = Math.min(to, from + Math.max(0, Math.round(fromS * sound.sampleRate)) * frameBytes);
  if (start >= to) return;
  const rest = to - start;
  const part: ByteSource = {
    size: head.length + rest,
    async read(offset, length) {
      const own = head.subarray(offset, offset + length);
      if (own.length === length) return own;
      const at = start + Math.max(0, offset - head.length);
      const bytes = await source.read(at, Math.max(0, Math.min(length - own.length, to - at)));
      if (own.length === 0) return bytes;
      const joined = new Uint8Array(own.length + bytes.length);
      joined.set(own);
      joined.set(bytes, own.length);
      return joined;
    },
  };
  yield* (await openSound(part)).blocks(signal);
}

/** 16-bit samples that are kept: 12 minutes at 48 kHz, 67 MB. */
const KEPT_SAMPLES = 2 ** 25;

/**
 * Packed sounds are decoded from their beginning. What was decoded is kept, mixed to one channel, so that another stretch of the
 * same sound is there at once; of longer ones each stretch is decoded anew.
 */
function keepDecoded(sound: Sound): (fromS: number, signal: AbortSignal) => Blocks {
  const parts: Int16Array[] = [];
  let samples = 0;
  let isWhole = false;

  return async function* from(fromS, signal) {
    const wanted = Math.max(0, Math.round(fromS * sound.sampleRate));
    let at = 0;
    const seen = samples;
    for (const part of parts.slice()) {
      if (at + part.length > wanted) yield [toFloat(part.subarray(Math.max(0, wanted - at)))];
      at += part.length;
    }
    if (isWhole) return;
    let decoded = 0;
    for await (const block of sound.blocks(signal)) {
      const mixed = mixDown(block, -1);
      const start = decoded;
      decoded += mixed.length;
      // two readers may be on their way: only the one that is at the end of what is kept goes on keeping
      if (start === samples && samples + mixed.length <= KEPT_SAMPLES) {
        parts.push(toInt(mixed));
        samples += mixed.length;
      }
      const skip = Math.max(seen, wanted) - start;
      if (skip < mixed.length) yield [skip > 0 ? mixed.subarray(skip) : mixed];
    }
    if (samples === decoded) isWhole = true;
  };
}
const toInt = (samples: Float32Array): Int16Array =>
  Int16Array.from(samples, (value) => Math.max(-32_767, Math.min(32_767, Math.round(value * 32_767))));
const toFloat = (samples: Int16Array): Float32Array => Float32Array.from(samples, (value) => value / 32_767);
