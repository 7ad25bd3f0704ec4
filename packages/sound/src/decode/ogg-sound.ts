import type { ByteSource } from '../byte-source.ts';
import { SoundError } from '../errors.ts';
import { text, viewOf } from './bytes.ts';
import { firstStreams, lastGranule, oggPackets, withoutComments } from './ogg.ts';
import type { Sound } from './sound.ts';
import { createVorbisDecoder, readVorbisHead } from './vorbis/decoder.ts';

/** Opens Vorbis or Opus in Ogg: the first such stream of the file. */
export async function openOgg(source: ByteSource): Promise<Sound> {
  const streams = await firstStreams(source);
  for (const { serial, head } of streams) {
    if (text(head, 1, 6) === 'vorbis') return openVorbis(source, serial, head);
    if (text(head, 0, 8) === 'OpusHead') return openOpus(source, serial, head);
  }
  if (streams.length === 0)
    throw new SoundError('CORRUPT_FILE', 'The file begins as Ogg, but its first page is damaged.');
  throw new SoundError(
    'UNSUPPORTED_SOUND',
    'The Ogg file holds neither Vorbis nor Opus. Save it as FLAC, WAV or Ogg Vorbis.',
  );
}

async function openVorbis(source: ByteSource, serial: number, first: Uint8Array): Promise<Sound> {
  const notes: string[] = [];
  const head = readVorbisHead(first);
  const end = await lastGranule(source, serial);
  return {
    format: 'ogg-vorbis',
    sampleRate: head.sampleRate,
    channels: head.channels,
    ...(end === undefined ? {} : { durationS: end / head.sampleRate }),
    notes,
    bare: await bareOf(source, serial, 7),
    async *blocks(signal) {
      let number = 0;
      let decoder: ReturnType<typeof createVorbisDecoder> | undefined;
      let position = 0;
      let damaged = 0;
      for await (const packet of oggPackets(source, serial)) {
        signal?.throwIfAborted();
        number += 1;
        if (number === 3) decoder = createVorbisDecoder(head, packet.bytes);
        if (number <= 3 || !decoder || packet.bytes.length === 0) continue;
        if (packet.isAfterGap) {
          decoder.reset();
          damaged += 1;
        }
        const block = decoder.decode(packet.bytes);
        if (!block) {
          damaged += 1;
          continue;
        }
        let length = block[0]?.length ?? 0;
        // The last page states where the sound ends, within its last packet.
        if (packet.granule !== undefined && packet.granule === end && position + length > end)
          length = Math.max(0, end - position);
        position += length;
        if (length > 0) yield block.map((channel) => channel.subarray(0, length));
      }
      if (number < 3)
        throw new SoundError(
          'TRUNCATED_FILE',
          'The Vorbis file ends before its sound begins. It was probably not copied completely.',
        );
      if (damaged > 0)
        pushOnce(notes, `${damaged === 1 ? 'A part of it is' : `${damaged} parts of it are`} damaged and left out.`);
    },
  };
}

const OPUS_RATE = 48_000;
/** Packets that are decoded at once; most are of 20 ms. */
const OPUS_BATCH = 50;

/** Identification header of Opus (RFC 7845, 5.1). */
function readOpusHead(bytes: Uint8Array): {
  readonly channels: number;
  readonly preSkip: number;
  readonly gain: number;
  readonly streams: number;
  readonly coupled: number;
  readonly mapping: readonly number[];
} {
  const bad = new SoundError('CORRUPT_FILE', 'The first header of the Opus sound makes no sense.');
  if (bytes.length < 19 || bytes[8]! >> 4 !== 0) throw bad;
  const channels = bytes[9]!;
  const family = bytes[18]!;
  const common = {
    channels,
    preSkip: viewOf(bytes).getUint16(10, true),
    gain: 10 ** (viewOf(bytes).getInt16(16, true) / 256 / 20),
  };
  if (family === 0) {
    if (channels < 1 || channels > 2) throw bad;
    return { ...common, streams: 1, coupled: channels - 1, mapping: channels === 1 ? [0] : [0, 1] };
  }
  if (bytes.length < 21 + channels) throw bad;
  const [streams = 0, coupled = 0] = bytes.subarray(19, 21);
  const mapping = [...bytes.subarray(21, 21 + channels)];
  if (streams < 1 || coupled > streams || mapping.some((index) => index !== 255 && index >= streams + coupled))
    throw bad;
  return { ...common, streams, coupled, mapping };
}

async function openOpus(source: ByteSource, serial: number, first: Uint8Array): Promise<Sound> {
  const notes: string[] = [];
  const head = readOpusHead(first);
  const end = await lastGranule(source, serial);
  const samples = end === undefined ? undefined : Math.max(0, end - head.preSkip);
  return {
    format: 'ogg-opus',
    sampleRate: OPUS_RATE,
    channels: head.channels,
    ...(samples === undefined ? {} : { durationS: samples / OPUS_RATE }),
    notes,
    bare: await bareOf(source, serial, 8),
    async *blocks(signal) {
      // Loaded here: it brings its WebAssembly as text, which costs the start of programs that read no Opus.
      const { OpusDecoder } = await import('opus-decoder');
      const decoder = new OpusDecoder({
        channels: head.channels,
        streamCount: head.streams,
        coupledStreamCount: head.coupled,
        channelMappingTable: [...head.mapping],
        preSkip: 0,
      });
      await decoder.ready;
      let toSkip = head.preSkip;
      let left = samples ?? Infinity;
      let damaged = 0;
      const decode = (packets: Uint8Array[]): Float32Array[] => {
        const { channelData, samplesDecoded, errors } = decoder.decodeFrames(packets);
        damaged += errors.length;
        const skipped = Math.min(toSkip, samplesDecoded);
        toSkip -= skipped;
        const block = channelData.map((channel) => channel.slice(skipped, Math.min(samplesDecoded, skipped + left)));
        left -= block[0]?.length ?? 0;
        if (head.gain !== 1)
          for (const channel of block) for (let i = 0; i < channel.length; i++) channel[i]! *= head.gain;
        return block;
      };
      try {
        let number = 0;
        let batch: Uint8Array[] = [];
        for await (const { bytes } of oggPackets(source, serial)) {
          signal?.throwIfAborted();
          number += 1;
          if (number <= 2 || bytes.length === 0) continue;
          batch.push(bytes);
          if (batch.length < OPUS_BATCH) continue;
          yield decode(batch);
          batch = [];
        }
        if (batch.length > 0) yield decode(batch);
        if (damaged > 0)
          pushOnce(notes, `${damaged === 1 ? 'A part of it is' : `${damaged} parts of it are`} damaged and left out.`);
      } finally {
        decoder.free();
      }
    },
  };
}

function pushOnce(notes: string[], sentence: string): void {
  if (!notes.includes(sentence)) notes.push(sentence);
}

async function bareOf(source: ByteSource, serial: number, prefixBytes: number): Promise<Sound['bare']> {
  const { head, end } = await withoutComments(source, serial, prefixBytes);
  return { head, from: end, to: source.size };
}
