import { type ByteSource, readForward } from '../byte-source.ts';
import { SoundError } from '../errors.ts';
import { text, viewOf } from './bytes.ts';

/** A frame of MPEG audio. */
export interface Mp3Frame {
  readonly bytes: number;
  readonly samples: number;
  readonly sampleRate: number;
  readonly channels: number;
  /** 1, 2, 3 */
  readonly layer: number;
  /** Bytes of header, checksum and side information, behind which encoders put their notes. */
  readonly sideBytes: number;
}

const KBPS: Readonly<Record<string, readonly number[]>> = {
  '1-1': [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  '1-2': [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  '1-3': [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  '2-1': [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  '2-2': [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const RATES = [44_100, 48_000, 32_000];

/** Reads the header of a frame (ISO 11172-3, 2.4.1.3; 13818-3); nothing where there is none. Frames of "free" bit rate are not read. */
export function readMp3Frame(bytes: Uint8Array, at: number): Mp3Frame | undefined {
  if (at + 4 > bytes.length || bytes[at] !== 0xff || (bytes[at + 1]! & 0xe0) !== 0xe0) return undefined;
  const version = (bytes[at + 1]! >> 3) & 3; // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
  const layer = 4 - ((bytes[at + 1]! >> 1) & 3);
  const rate = RATES[(bytes[at + 2]! >> 2) & 3];
  if (version === 1 || layer === 4 || rate === undefined) return undefined;
  const isFirst = version === 3;
  const kbps = KBPS[isFirst ? `1-${layer}` : layer === 1 ? '2-1' : '2-2']?.[bytes[at + 2]! >> 4];
  if (!kbps) return undefined;
  const sampleRate = isFirst ? rate : rate / (version === 2 ? 2 : 4);
  const channels = bytes[at + 3]! >> 6 === 3 ? 1 : 2;
  const padding = (bytes[at + 2]! >> 1) & 1;
  const samples = layer === 1 ? 384 : layer === 3 && !isFirst ? 576 : 1152;
  const size =
    layer === 1
      ? (Math.floor((12_000 * kbps) / sampleRate) + padding) * 4
      : Math.floor(((samples / 8) * 1000 * kbps) / sampleRate) + padding;
  const side = isFirst ? (channels === 1 ? 17 : 32) : channels === 1 ? 9 : 17;
  return { bytes: size, samples, sampleRate, channels, layer, sideBytes: 4 + side + (bytes[at + 1]! & 1 ? 0 : 2) };
}

/** Where frames begin: behind a tag of ID3v2. */
export async function skipId3(source: ByteSource): Promise<number> {
  let at = 0;
  for (let tags = 0; tags < 100; tags++) {
    const head = await source.read(at, 10);
    if (head.length < 10 || text(head, 0, 3) !== 'ID3') return at;
    const size = [6, 7, 8, 9].reduce((sum, i) => sum * 128 + (head[i]! & 0x7f), 0);
    at += 10 + size + (head[5]! & 0x10 ? 10 : 0);
  }
  return at;
}

/** Where frames end: before tags of ID3v1 and APE. */
export async function endOfMp3(source: ByteSource): Promise<number> {
  let end = source.size;
  for (;;) {
    const id3 = end >= 128 ? await source.read(end - 128, 3) : undefined;
    if (id3 && text(id3, 0, 3) === 'TAG') {
      end -= 128;
      continue;
    }
    const ape = end >= 32 ? await source.read(end - 32, 32) : undefined;
    if (ape && text(ape, 0, 8) === 'APETAGEX') {
      const size = viewOf(ape).getUint32(12, true) + (viewOf(ape).getUint32(20, true) & 0x80000000 ? 32 : 0);
      if (size > 0 && size <= end) {
        end -= size;
        continue;
      }
    }
    return end;
  }
}

/** Whether a file begins with MPEG audio: two frames of one kind that follow each other. @param at - where the first one stands */
export function beginsWithFrames(bytes: Uint8Array, at: number): boolean {
  const first = readMp3Frame(bytes, at);
  if (!first) return false;
  if (at + first.bytes + 4 > bytes.length) return at + first.bytes <= bytes.length + 4;
  return isSameKind(first, readMp3Frame(bytes, at + first.bytes));
}

export function isSameKind(a: Mp3Frame, b: Mp3Frame | undefined): boolean {
  return b !== undefined && a.layer === b.layer && a.sampleRate === b.sampleRate && a.channels === b.channels;
}

/** What encoders write into the first frame of a file, which holds no sound then. */
export interface EncoderNote {
  /** Samples that encoding has put before and after the sound. */
  readonly delay: number;
  readonly padding: number;
}

export function readEncoderNote(frame: Uint8Array, { sideBytes }: Mp3Frame): EncoderNote | undefined {
  if (text(frame, 36, 4) === 'VBRI') return { delay: 0, padding: 0 };
  const id = text(frame, sideBytes, 4);
  if (id !== 'Xing' && id !== 'Info') return undefined;
  const flags = frame.length >= sideBytes + 8 ? viewOf(frame).getUint32(sideBytes + 4) : 0;
  const lame = sideBytes + 8 + (flags & 1 ? 4 : 0) + (flags & 2 ? 4 : 0) + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
  if (lame + 24 > frame.length || frame[lame] === 0) return { delay: 0, padding: 0 };
  const [a = 0, b = 0, c = 0] = frame.subarray(lame + 21, lame + 24);
  return { delay: a * 16 + (b >> 4), padding: (b & 15) * 256 + c };
}

/** Walks through a file frame by frame. */
export async function* mp3Frames(
  source: ByteSource,
  from: number,
  end: number,
): AsyncGenerator<{ readonly frame: Mp3Frame; readonly bytes: Uint8Array; readonly isAfterGap: boolean }, void> {
  const reader = readForward(source, from, end);
  let kind: Mp3Frame | undefined;
  let isAfterGap = false;
  for (;;) {
    const view = await reader.need(8192);
    if (view.length < 4) return;
    const frame = readMp3Frame(view, 0);
    const isFrame = frame !== undefined && (kind === undefined || isSameKind(kind, frame));
    if (isFrame && view.length >= frame.bytes && (!isAfterGap || confirms(view, frame))) {
      kind = frame;
      yield { frame, bytes: view.slice(0, frame.bytes), isAfterGap };
      isAfterGap = false;
      reader.skip(frame.bytes);
      continue;
    }
    if (isFrame && view.length < frame.bytes) return; // cut off
    isAfterGap = kind !== undefined;
    const next = view.indexOf(0xff, 1);
    reader.skip(next > 0 ? next : view.length);
  }
}

/** After rubbish two bytes that look like a header are not enough. */
function confirms(view: Uint8Array, frame: Mp3Frame): boolean {
  return view.length < frame.bytes + 4 || isSameKind(frame, readMp3Frame(view, frame.bytes));
}

export const noMp3 = (): SoundError =>
  new SoundError('CORRUPT_FILE', 'The file begins as MP3, but holds no sound that can be read.');
