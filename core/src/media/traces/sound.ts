import type { Bytes } from '../content/bytes.ts';
import { type Traces, zeros } from './overwrite.ts';

/** Chunks that say how the samples are stored and where in them something is. */
const WAV_KEPT = new Set(['fmt ', 'data', 'fact', 'cue ', 'smpl', 'JUNK', 'PAD ']);

/** Renames the other chunks (LIST, bext, iXML, guan, id3, …) to JUNK, which readers pass over. */
export async function* wavTraces(file: Bytes): Traces {
  for (let at = 12; at + 8 <= file.size;) {
    const head = await file.read(at, 8);
    const length = Math.min(head.readUInt32LE(4), file.size - at - 8);
    if (!WAV_KEPT.has(head.toString('latin1', 0, 4))) {
      yield { at, bytes: Buffer.from('JUNK', 'latin1') };
      yield* zeros(at + 8, length);
    }
    at += 8 + length + (length & 1);
  }
}

const ID3V1_BYTES = 128;
const APE_FOOTER_BYTES = 32;

/** Empties an ID3v2 tag at the start (zeros are its padding), and writes over ID3v1 and APE tags at the end. */
export async function* mpegTraces(file: Bytes): Traces {
  const head = await file.read(0, 10);
  if (head.toString('latin1', 0, 3) === 'ID3') {
    const length = [...head.subarray(6, 10)].reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
    yield { at: 5, bytes: Buffer.alloc(1) }; // no extended header, no footer
    yield* zeros(10, Math.min(length, file.size - 10));
  }
  let end = file.size;
  if ((await file.read(end - ID3V1_BYTES, 3)).toString('latin1') === 'TAG') {
    end -= ID3V1_BYTES;
    yield* zeros(end, ID3V1_BYTES);
  }
  const footer = await file.read(Math.max(0, end - APE_FOOTER_BYTES), APE_FOOTER_BYTES);
  if (footer.length === APE_FOOTER_BYTES && footer.toString('latin1', 0, 8) === 'APETAGEX') {
    const length = Math.min(end, footer.readUInt32LE(12) + APE_FOOTER_BYTES);
    yield* zeros(end - length, length);
  }
}

const PADDING = 1;
/** Application data, comments, cue sheet (it holds a catalogue number), picture. */
const FLAC_TRACES = new Set([2, 4, 5, 6]);

/** Makes padding of the metadata blocks that say anything but how the sound is stored (RFC 9639, 8). */
export async function* flacTraces(file: Bytes): Traces {
  for (let at = 4; at + 4 <= file.size;) {
    const head = await file.read(at, 4);
    const [kind = 0] = head;
    const length = head.readUIntBE(1, 3);
    if (FLAC_TRACES.has(kind & 0x7f)) {
      yield { at, bytes: Buffer.from([(kind & 0x80) | PADDING]) };
      yield* zeros(at + 4, Math.min(length, file.size - at - 4));
    }
    if ((kind & 0x80) !== 0) return;
    at += 4 + length;
  }
}
