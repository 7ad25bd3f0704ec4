import { type ByteSource, readForward } from '../byte-source.ts';
import { SoundError } from '../errors.ts';
import { text, viewOf } from './bytes.ts';
import { decodeFlacFrame, findFlacFrame, type StreamInfo } from './flac-frame.ts';
import type { Sound } from './sound.ts';

const STREAMINFO = 0;
const SEEKTABLE = 3;
/** Files have a handful; more are made to keep a decoder busy. */
const MAX_BLOCKS = 1000;
/** Nothing larger is kept of what stands before the sound. */
const MAX_SEEKTABLE = 1024 * 1024;
/** A frame of 65,535 samples, 8 channels, 32 bits that nothing could be saved of. */
const MAX_FRAME_BYTES = 2_200_000;

export const isFlac = (head: Uint8Array): boolean => text(head, 0, 4) === 'fLaC';

/** Opens FLAC (RFC 9639), 4 to 32 bits, up to 8 channels. */
export async function openFlac(source: ByteSource): Promise<Sound> {
  const notes: string[] = [];
  const kept: Uint8Array[] = [];
  let info: StreamInfo | undefined;
  let at = 4;
  for (let isLast = false, blocks = 0; !isLast; blocks++) {
    if (blocks === MAX_BLOCKS)
      throw new SoundError('CORRUPT_FILE', `The FLAC file has more than ${MAX_BLOCKS} blocks before its sound.`);
    const head = await source.read(at, 4);
    if (head.length < 4)
      throw new SoundError(
        'TRUNCATED_FILE',
        'The FLAC file ends before its sound begins. It was probably not copied completely.',
      );
    const word = viewOf(head).getUint32(0);
    isLast = word >>> 31 === 1;
    const type = (word >>> 24) & 0x7f;
    const size = word & 0xffffff;
    if (type === STREAMINFO || (type === SEEKTABLE && size <= MAX_SEEKTABLE)) {
      const block = await source.read(at, 4 + size);
      kept.push(block.slice());
      if (type === STREAMINFO) info = readStreamInfo(block.subarray(4));
    }
    at += 4 + size;
  }
  if (!info)
    throw new SoundError('CORRUPT_FILE', 'The FLAC file does not say how its sound is stored (no STREAMINFO).');
  const stream = info;
  const from = at;
  return {
    format: 'flac',
    sampleRate: stream.sampleRate,
    channels: stream.channels,
    bitsPerSample: stream.bits,
    ...(stream.samples > 0 ? { durationS: stream.samples / stream.sampleRate } : {}),
    notes,
    bare: { head: bareHead(kept), from, to: source.size },
    blocks: (signal) => decode(source, stream, from, notes, signal),
  };
}

function readStreamInfo(bytes: Uint8Array): StreamInfo {
  if (bytes.length < 34)
    throw new SoundError('CORRUPT_FILE', 'The description of the sound in the FLAC file is cut off.');
  const view = viewOf(bytes);
  const word = view.getUint32(10);
  return {
    sampleRate: word >>> 12,
    channels: ((word >>> 9) & 7) + 1,
    bits: ((word >>> 4) & 31) + 1,
    samples: (word & 15) * 2 ** 32 + view.getUint32(14),
  };
}

function bareHead(blocks: readonly Uint8Array[]): Uint8Array {
  const head = new Uint8Array(4 + blocks.reduce((sum, block) => sum + block.length, 0));
  head.set(new TextEncoder().encode('fLaC'));
  let at = 4;
  blocks.forEach((block, i) => {
    head.set(block, at);
    head[at] = (block[0]! & 0x7f) | (i === blocks.length - 1 ? 0x80 : 0); // which one is the last
    at += block.length;
  });
  return head;
}

async function* decode(
  source: ByteSource,
  stream: StreamInfo,
  from: number,
  notes: string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly Float32Array[], void> {
  const bytes = readForward(source, from);
  let samples = 0;
  let lost = 0;
  const note = (sentence: string): void => {
    if (!notes.includes(sentence)) notes.push(sentence);
  };
  for (;;) {
    signal?.throwIfAborted();
    const view = await bytes.need(MAX_FRAME_BYTES);
    if (view.length < 2) break;
    const frame = decodeFlacFrame(view, stream);
    if (frame.state === 'ok') {
      samples += frame.channels[0]?.length ?? 0;
      bytes.skip(frame.bytes);
      yield frame.channels;
      continue;
    }
    // Damaged, or what people's programs append (tags): the next frame that is one goes on.
    const next = findFlacFrame(view, 1, stream);
    if (next === undefined && view.length < MAX_FRAME_BYTES) break;
    lost += next === undefined ? 0 : 1;
    bytes.skip(next ?? view.length - 32);
  }
  if (lost > 0) note(`${lost === 1 ? 'A part of it is' : `${lost} parts of it are`} damaged and left out.`);
  if (samples < stream.samples && lost === 0)
    note(
      `The file ends early: it states ${(stream.samples / stream.sampleRate).toFixed(2)} s and holds ${(samples / stream.sampleRate).toFixed(2)} s.`,
    );
}
