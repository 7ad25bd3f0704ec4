import { type ByteSource, readForward } from '../byte-source.ts';
import { SoundError } from '../errors.ts';
import { joined, text, viewOf } from './bytes.ts';
import { BLOCK_SAMPLES, type Sound } from './sound.ts';

/** Tags of codecs, RFC 2361. */
const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
const CODECS: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  6: 'A-law',
  7: 'µ-law',
  0x11: 'IMA ADPCM',
  0x31: 'GSM 6.10',
  0x50: 'MPEG layer 2',
  0x55: 'MP3',
  0xff: 'AAC',
};
/** Files have a handful; more are made to keep a decoder busy. */
const MAX_CHUNKS = 10_000;
/** `data` of this size: unknown when the file was begun, or too large for 32 bits. */
const UNKNOWN_SIZE = 0xffffffff;

export function isWav(head: Uint8Array): boolean {
  return ['RIFF', 'RF64', 'BW64'].includes(text(head, 0, 4)) && text(head, 8, 4) === 'WAVE';
}

interface Format {
  readonly bytes: Uint8Array;
  readonly codec: number;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bits: number;
}

/** Opens WAV: integers of 8, 16, 24 and 32 bits, floats of 32 and 64; extensible; RF64 above 4 GB. */
export async function openWav(source: ByteSource): Promise<Sound> {
  const notes: string[] = [];
  let format: Format | undefined;
  let longSize: number | undefined;
  for (let at = 12, chunks = 0; ; chunks++) {
    if (chunks === MAX_CHUNKS)
      throw new SoundError('CORRUPT_FILE', `The WAV file has more than ${MAX_CHUNKS} parts before its sound.`);
    const head = await source.read(at, 8);
    if (head.length < 8) {
      if (format)
        throw new SoundError(
          'TRUNCATED_FILE',
          'The file ends before its sound begins. It was probably not copied completely.',
        );
      throw new SoundError('CORRUPT_FILE', 'The file begins as WAV, but does not say how its sound is stored.');
    }
    const id = text(head, 0, 4);
    const size = viewOf(head).getUint32(4, true);
    if (id === 'ds64') {
      const sizes = await source.read(at + 8, 16);
      if (sizes.length === 16) longSize = Number(viewOf(sizes).getBigUint64(8, true));
    }
    if (id === 'fmt ') format = readFormat(await source.read(at + 8, Math.min(size, 1024)));
    if (id === 'data') {
      if (!format)
        throw new SoundError(
          'CORRUPT_FILE',
          'The sound of the WAV file comes before the description of how it is stored.',
        );
      const from = at + 8;
      const stated = size === UNKNOWN_SIZE ? (longSize ?? source.size - from) : size;
      return describe(source, format, from, stated, notes);
    }
    at += 8 + size + (size % 2);
  }
}

function readFormat(bytes: Uint8Array): Format {
  if (bytes.length < 16)
    throw new SoundError('CORRUPT_FILE', `The WAV file describes its sound with ${bytes.length} bytes; 16 are needed.`);
  const view = viewOf(bytes);
  const tag = view.getUint16(0, true);
  // Extensible: the codec stands in the first two bytes of an identifier.
  const codec = tag === EXTENSIBLE && bytes.length >= 26 ? view.getUint16(24, true) : tag;
  return {
    bytes,
    codec,
    channels: view.getUint16(2, true),
    sampleRate: view.getUint32(4, true),
    bits: view.getUint16(14, true),
  };
}

function describe(source: ByteSource, format: Format, from: number, stated: number, notes: string[]): Sound {
  const { codec, channels, sampleRate, bits } = format;
  const read = readerOf(codec, bits);
  if (!read) {
    const what = CODECS[codec] ?? (codec === PCM || codec === FLOAT ? `${bits}-bit samples` : `codec ${codec}`);
    throw new SoundError(
      'UNSUPPORTED_SOUND',
      `The WAV file holds ${what}. Save it with integers of 8, 16, 24 or 32 bits or floats of 32 or 64 bits, or as FLAC.`,
    );
  }
  const frameBytes = (channels * bits) / 8;
  const there = Math.max(0, Math.min(stated, source.size - from));
  const frames = Math.floor(there / Math.max(1, frameBytes));
  if (stated > source.size - from)
    notes.push(
      `The file ends early: it states ${seconds(stated / frameBytes / sampleRate)} and holds ${seconds(frames / sampleRate)}.`,
    );
  const to = from + frames * frameBytes;
  return {
    format: 'wav',
    sampleRate,
    channels,
    bitsPerSample: bits,
    durationS: frames / sampleRate,
    notes,
    bare: { head: bareHead(format, to - from), from, to },
    async *blocks(signal) {
      const bytes = readForward(source, from, to);
      for (let left = frames; left > 0;) {
        signal?.throwIfAborted();
        const count = Math.min(left, BLOCK_SAMPLES);
        const view = await bytes.need(count * frameBytes);
        const got = Math.min(count, Math.floor(view.length / frameBytes));
        if (got === 0) return;
        yield read(view.slice(0, got * frameBytes), channels, got);
        bytes.skip(got * frameBytes);
        left -= got;
      }
    },
  };
}

const seconds = (value: number): string => `${Number(value.toFixed(2))} s`;

type Read = (bytes: Uint8Array, channels: number, frames: number) => Float32Array[];

/** @returns nothing for what is not read here */
function readerOf(codec: number, bits: number): Read | undefined {
  const size = bits / 8;
  const by =
    (sample: (view: DataView, at: number) => number): Read =>
    (bytes, channels, frames) => {
      const view = viewOf(bytes);
      return Array.from({ length: channels }, (_, channel) => {
        const samples = new Float32Array(frames);
        for (let i = 0, at = channel * size; i < frames; i++, at += channels * size) {
          const value = sample(view, at);
          samples[i] = Number.isFinite(value) ? value : 0; // floats may hold what is no number
        }
        return samples;
      });
    };
  if (codec === FLOAT && bits === 32) return by((view, at) => view.getFloat32(at, true));
  if (codec === FLOAT && bits === 64) return by((view, at) => view.getFloat64(at, true));
  if (codec !== PCM) return undefined;
  if (bits === 8) return by((view, at) => (view.getUint8(at) - 128) / 128);
  if (bits === 16) return by((view, at) => view.getInt16(at, true) / 2 ** 15);
  if (bits === 24) return by((view, at) => (view.getUint8(at) + view.getInt16(at + 1, true) * 256) / 2 ** 23);
  return bits === 32 ? by((view, at) => view.getInt32(at, true) / 2 ** 31) : undefined;
}

/** Header of a WAV file that holds nothing but sound. Sizes above 4 GB are written as unknown, which players take for "to the end". */
function bareHead({ bytes }: Format, dataBytes: number): Uint8Array {
  const isLong = dataBytes + bytes.length + 20 >= UNKNOWN_SIZE;
  const chunk = (id: string, size: number): Uint8Array => {
    const head = new Uint8Array(8);
    head.set(new TextEncoder().encode(id));
    viewOf(head).setUint32(4, isLong && id !== 'fmt ' ? UNKNOWN_SIZE : size, true);
    return head;
  };
  // Of an extensible description 40 bytes have a meaning, of others 16.
  const length = viewOf(bytes).getUint16(0, true) === EXTENSIBLE && bytes.length >= 40 ? 40 : 16;
  return joined([
    chunk('RIFF', 4 + 8 + length + 8 + dataBytes),
    new TextEncoder().encode('WAVE'),
    chunk('fmt ', length),
    bytes.slice(0, length),
    chunk('data', dataBytes),
  ]);
}
