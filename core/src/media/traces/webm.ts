import type { Bytes } from '../content/bytes.ts';
import { BrokenElementError, childrenOf, elementAt } from '../content/ebml.ts';
import { type Traces, zeros } from './overwrite.ts';

// Elements of Matroska (RFC 9559).
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const VOID = 0xec;
/** Tags, attachments, chapters; title, date, names of files; names of tracks. */
const TRACES = new Set([0x1254c367, 0x1941a469, 0x1043a770, 0x7ba9, 0x4461, 0x7384, 0x3c83ab, 0x3e83bb, 0x536e]);
const CONTAINERS = new Set([SEGMENT, INFO, TRACKS, TRACK_ENTRY]);

/** Makes void elements of the elements about people, places and times. */
export async function* webmTraces(file: Bytes): Traces {
  try {
    const header = await elementAt(file, 0, file.size);
    yield* tracesIn(file, header.end, file.size);
  } catch (error) {
    if (!(error instanceof BrokenElementError)) throw error; // the end of a live recording
  }
}

async function* tracesIn(file: Bytes, start: number, end: number): Traces {
  for await (const element of childrenOf(file, { start, end })) {
    if (CONTAINERS.has(element.id)) yield* tracesIn(file, element.start, element.end);
    if (!TRACES.has(element.id)) continue;
    const total = element.end - element.at;
    const head = voidHead(total);
    yield { at: element.at, bytes: head };
    yield* zeros(element.at + head.length, total - head.length);
  }
}

/** Head of a void element of `total` bytes in all: with eight bytes of length where they fit, else with one. */
function voidHead(total: number): Buffer {
  if (total < 9) return Buffer.from([VOID, 0x80 | (total - 2)]);
  const head = Buffer.alloc(9);
  head.writeBigUInt64BE(BigInt(total - 9) | (1n << 56n), 1);
  head[0] = VOID;
  return head;
}
