import { type Bytes, corrupt, truncated, unplayable, type Verdict } from './bytes.ts';

// Elements of Matroska (RFC 9559) that are looked at.
const EBML = 0x1a45dfa3;
const DOC_TYPE = 0x4282;
const SEGMENT = 0x18538067;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const TRACK_TYPE = 0x83;
const CODEC_ID = 0x86;
const CLUSTER = 0x1f43b675;
const VIDEO = 1;
const AUDIO = 2;
const MAX_ELEMENTS = 10_000;

interface Element {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}
class BrokenElementError extends Error {}

/** Walks a WebM to its tracks and on to its first cluster. */
export async function checkWebm(file: Bytes): Promise<Verdict> {
  try {
    const header = await elementAt(file, 0, file.size);
    if (header.id !== EBML) return corrupt('it does not say what it is.');
    const docType = await find(file, header, DOC_TYPE);
    const name = docType ? (await text(file, docType)).toLowerCase() : '';
    if (name === 'matroska') return unplayable('it is a Matroska film or sound', 'WebM or MP4');
    if (name !== 'webm') return corrupt('it does not say what it is.');
    const segment = await elementAt(file, header.end, file.size);
    if (segment.id !== SEGMENT) return corrupt('it has no content.');
    const types = new Set<number>();
    for await (const part of children(file, segment)) {
      if (part.id === CLUSTER) {
        if (types.has(VIDEO)) return { mediaType: 'video/webm' };
        return types.has(AUDIO) ? { mediaType: 'audio/webm' } : corrupt('it has no track of pictures or sound.');
      }
      if (part.id !== TRACKS) continue;
      for await (const track of children(file, part)) {
        if (track.id !== TRACK_ENTRY) continue;
        const type = await find(file, track, TRACK_TYPE);
        const codec = await find(file, track, CODEC_ID);
        if (codec && !/^(V_VP8|V_VP9|V_AV1|A_OPUS|A_VORBIS)/.test(await text(file, codec)))
          return unplayable(
            `it is stored with ${(await text(file, codec)).replaceAll(/[^\w./-]/g, '')}`,
            'WebM with VP9 and Opus',
          );
        if (type) types.add((await file.read(type.start, 1))[0] ?? 0);
      }
    }
    return truncated('the file, which has no content,');
  } catch (error) {
    if (error instanceof BrokenElementError) return truncated('the file');
    throw error;
  }
}

const text = async (file: Bytes, { start, end }: Element): Promise<string> =>
  (await file.read(start, Math.min(64, end - start))).toString('latin1').replace(/\0+$/, '');

async function find(file: Bytes, parent: Element, id: number): Promise<Element | undefined> {
  for await (const element of children(file, parent)) if (element.id === id) return element;
  return undefined;
}

async function* children(file: Bytes, { start, end }: Element): AsyncGenerator<Element> {
  let at = start;
  for (let count = 0; at < end && count < MAX_ELEMENTS; count += 1) {
    const element = await elementAt(file, at, end);
    yield element;
    at = element.end;
  }
}

/** @throws BrokenElementError for what is no element or reaches out of its parent */
async function elementAt(file: Bytes, at: number, limit: number): Promise<Element> {
  const head = await file.read(at, 12);
  const id = readNumber(head, 0, 4, true);
  const length = id && readNumber(head, id.bytes, 8, false);
  if (!id || !length) throw new BrokenElementError();
  const start = at + id.bytes + length.bytes;
  // Live recordings do not know their length: all bits are set then.
  const end = length.value === undefined ? limit : start + length.value;
  // A cluster at the end of a cut file is told by players; its beginning is all that is asked here.
  if (end > limit && id.value !== CLUSTER) throw new BrokenElementError();
  return { id: id.value ?? 0, start, end: Math.min(end, limit) };
}

/** EBML numbers of variable length (RFC 8794, 4). */
function readNumber(
  buffer: Buffer,
  at: number,
  maxBytes: number,
  keepMarker: boolean,
): { readonly value: number | undefined; readonly bytes: number } | undefined {
  const first = buffer[at];
  if (first === undefined || first === 0) return undefined;
  const bytes = Math.clz32(first) - 23;
  if (bytes > maxBytes || at + bytes > buffer.length) return undefined;
  let value = keepMarker ? first : first & (0xff >> bytes);
  let isUnknown = (first & (0xff >> bytes)) === 0xff >> bytes;
  for (let i = 1; i < bytes; i += 1) {
    const byte = buffer[at + i] ?? 0;
    value = value * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  return { value: isUnknown && !keepMarker ? undefined : value, bytes };
}
