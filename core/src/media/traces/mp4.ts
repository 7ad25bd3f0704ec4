import type { Bytes } from '../content/bytes.ts';
import { boxesOf } from '../content/boxes.ts';
import { type Traces, zeros } from './overwrite.ts';

/** Boxes that hold titles, people, places and devices (ISO 14496-12, 8.10 and 8.11), and private ones. */
const TRACES = new Set(['udta', 'meta', 'uuid', 'free', 'skip', 'wide']);
const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'moof', 'traf', 'edts']);
/** Headers with times of creation and change behind version and flags. */
const DATED = new Set(['mvhd', 'tkhd', 'mdhd']);
const MAX_DEPTH = 6;

/** Makes `free` boxes of the boxes about people and places, and takes the times out of the headers. */
export async function* mp4Traces(file: Bytes): Traces {
  yield* tracesIn(file, 0, file.size, 0);
}

async function* tracesIn(file: Bytes, start: number, end: number, depth: number): Traces {
  if (depth > MAX_DEPTH) return;
  for await (const box of boxesOf(file, start, end)) {
    if ('reason' in box) return;
    const length = box.end - box.start;
    if (TRACES.has(box.type)) {
      yield { at: box.typeAt, bytes: Buffer.from('free', 'latin1') };
      yield* zeros(box.start, length);
    } else if (DATED.has(box.type) && length >= 20) {
      const [version = 0] = await file.read(box.start, 1);
      yield* zeros(box.start + 4, version === 1 ? 16 : 8);
    } else if (CONTAINERS.has(box.type)) yield* tracesIn(file, box.start, box.end, depth + 1);
  }
}
