import type { Bytes } from './bytes.ts';

/** The element of Matroska (RFC 9559) that holds pictures and sound. */
export const CLUSTER = 0x1f43b675;
const MAX_ELEMENTS = 10_000;

/** An element of EBML (RFC 8794). */
export interface Element {
  readonly id: number;
  /** Where its head begins. */
  readonly at: number;
  /** Of the content. */
  readonly start: number;
  readonly end: number;
}

/** What stands there is no element, or reaches out of its parent. */
export class BrokenElementError extends Error {
  override readonly name = 'BrokenElementError';
}

/** @throws {@link BrokenElementError} */
export async function* childrenOf(
  file: Bytes,
  { start, end }: Pick<Element, 'start' | 'end'>,
): AsyncGenerator<Element> {
  let at = start;
  for (let count = 0; at < end && count < MAX_ELEMENTS; count += 1) {
    const element = await elementAt(file, at, end);
    yield element;
    at = element.end;
  }
}

/** @throws {@link BrokenElementError} for what is no element or reaches out of its parent */
export async function elementAt(file: Bytes, at: number, limit: number): Promise<Element> {
  const head = await file.read(at, 12);
  const id = readNumber(head, 0, 4, true);
  const length = id && readNumber(head, id.bytes, 8, false);
  if (!id || !length) throw new BrokenElementError();
  const start = at + id.bytes + length.bytes;
  // Live recordings do not know their length: all bits are set then.
  const end = length.value === undefined ? limit : start + length.value;
  // A cluster at the end of a cut file is told by players; its beginning is all that is asked here.
  if (end > limit && id.value !== CLUSTER) throw new BrokenElementError();
  return { id: id.value ?? 0, at, start, end: Math.min(end, limit) };
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
