import { type ByteSource, readForward } from '../byte-source.ts';
import { joined, text, viewOf } from './bytes.ts';

/** A packet of a logical stream. */
export interface OggPacket {
  readonly bytes: Uint8Array;
  /** Position that the page states after its last packet; only on the last packet that ends in a page. */
  readonly granule: number | undefined;
  /** Of the page that it ends in: offset and length in the file. */
  readonly pageEnd: number;
  /** Something before it was missing or damaged. */
  readonly isAfterGap: boolean;
}

export interface OggPage {
  readonly flags: number;
  readonly granule: bigint;
  readonly serial: number;
  readonly sequence: number;
  readonly lacing: Uint8Array;
  /** Header and body. */
  readonly bytes: Uint8Array;
  readonly offset: number;
}

export const isOgg = (head: Uint8Array): boolean => text(head, 0, 4) === 'OggS';

const MAX_PAGE_BYTES = 27 + 255 + 255 * 255;
/** Larger packets are no sound (pictures in comments may be): 32 MB. */
const MAX_PACKET_BYTES = 32 * 1024 * 1024;

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

/** Checksum of a page, whose own field (bytes 22 to 25) counts as zero (RFC 3533, 6). */
export function oggChecksum(page: Uint8Array): number {
  let crc = 0;
  for (let i = 0; i < page.length; i++) {
    const byte = i >= 22 && i < 26 ? 0 : page[i]!;
    crc = ((crc << 8) ^ CRC[(crc >>> 24) ^ byte]!) >>> 0;
  }
  return crc;
}

function parsePage(view: Uint8Array, offset: number): OggPage | undefined {
  if (view.length < 27 || text(view, 0, 4) !== 'OggS' || view[4] !== 0) return undefined;
  const segments = view[26]!;
  const lacing = view.subarray(27, 27 + segments);
  const size = 27 + segments + lacing.reduce((sum, value) => sum + value, 0);
  if (lacing.length < segments || view.length < size) return undefined;
  const fields = viewOf(view);
  const bytes = view.slice(0, size);
  if (oggChecksum(bytes) !== fields.getUint32(22, true)) return undefined;
  return {
    flags: view[5]!,
    granule: fields.getBigInt64(6, true),
    serial: fields.getUint32(14, true),
    sequence: fields.getUint32(18, true),
    lacing: bytes.subarray(27, 27 + segments),
    bytes,
    offset,
  };
}

/** Pages from an offset on; what is no page, or a damaged one, is passed over. */
export async function* oggPages(source: ByteSource, from = 0): AsyncGenerator<OggPage, void> {
  const bytes = readForward(source, from);
  for (;;) {
    const view = await bytes.need(MAX_PAGE_BYTES);
    if (view.length < 27) return;
    const page = parsePage(view, bytes.offset);
    if (page) {
      bytes.skip(page.bytes.length);
      yield page;
      continue;
    }
    const next = nextCapture(view);
    if (next === undefined && view.length < MAX_PAGE_BYTES) return;
    bytes.skip(next ?? view.length - 3);
  }
}

function nextCapture(view: Uint8Array): number | undefined {
  for (let at = view.indexOf(0x4f, 1); at >= 0; at = view.indexOf(0x4f, at + 1))
    if (view[at + 1] === 0x67 && view[at + 2] === 0x67 && view[at + 3] === 0x53) return at;
  return undefined;
}

/** Packets of one logical stream, from the start of the file to the end of that stream. */
export async function* oggPackets(source: ByteSource, serial: number): AsyncGenerator<OggPacket, void> {
  let parts: Uint8Array[] = [];
  let expected: number | undefined;
  let isAfterGap = false;
  for await (const page of oggPages(source)) {
    if (page.serial !== serial) continue;
    if (expected !== undefined && page.sequence !== expected) {
      parts = [];
      isAfterGap = true;
    }
    expected = page.sequence + 1;
    const isContinued = (page.flags & 1) !== 0;
    let skipsFirst = isContinued && parts.length === 0;
    if (!isContinued) parts = [];
    let at = 27 + page.lacing.length;
    const lastEnd = page.lacing.findLastIndex((value) => value < 255);
    for (const [i, size] of page.lacing.entries()) {
      if (size > 0) parts.push(page.bytes.subarray(at, at + size));
      at += size;
      if (size === 255) continue;
      const bytes = joined(parts);
      parts = [];
      if (skipsFirst || bytes.length > MAX_PACKET_BYTES) {
        skipsFirst = false;
        continue;
      }
      yield {
        bytes,
        granule: i === lastEnd && page.granule >= 0n ? Number(page.granule) : undefined,
        pageEnd: page.offset + page.bytes.length,
        isAfterGap,
      };
      isAfterGap = false;
    }
    if ((page.flags & 4) !== 0) return;
  }
}

/** Position after the last packet of a stream, as its last page near the end of the file states it; nothing where only headers are there. */
export async function lastGranule(source: ByteSource, serial: number): Promise<number | undefined> {
  let last: number | undefined;
  const from = Math.max(0, source.size - 4 * MAX_PAGE_BYTES);
  for await (const page of oggPages(source, from))
    if (page.serial === serial && page.granule > 0n) last = Number(page.granule);
  return last;
}

/** A logical stream by its first packet. */
export async function firstStreams(source: ByteSource): Promise<{ serial: number; head: Uint8Array }[]> {
  const streams: { serial: number; head: Uint8Array }[] = [];
  for await (const page of oggPages(source)) {
    if ((page.flags & 2) === 0) break;
    streams.push({ serial: page.serial, head: page.bytes.subarray(27 + page.lacing.length) });
  }
  return streams;
}

/**
 * The first pages of a file with the comments of a stream made empty: every value there becomes spaces, lengths stay, so that all else keeps
 * its place. (Vorbis I, 5; RFC 7845, 5.2)
 *
 * @param prefixBytes - what the packet of comments begins with: 7 for Vorbis, 8 for Opus
 * @returns bytes up to the end of the page in which that packet ends, and where that is in the file
 */
export async function withoutComments(
  source: ByteSource,
  serial: number,
  prefixBytes: number,
): Promise<{ readonly head: Uint8Array; readonly end: number }> {
  const pages: Uint8Array[] = [];
  /** Where each byte of the packet lies: page and index. */
  const places: { page: Uint8Array; from: number; length: number }[] = [];
  let packets = 0;
  let end = 0;
  for await (const page of oggPages(source)) {
    pages.push(page.bytes);
    end = page.offset + page.bytes.length;
    if (page.serial !== serial) continue;
    let at = 27 + page.lacing.length;
    for (const size of page.lacing) {
      if (packets === 1) places.push({ page: page.bytes, from: at, length: size });
      at += size;
      if (size < 255) packets += 1;
    }
    if (packets >= 2) break;
  }
  const packet = joined(places.map(({ page, from, length }) => page.subarray(from, from + length)));
  blankComments(packet, prefixBytes);
  let done = 0;
  for (const { page, from, length } of places) {
    page.set(packet.subarray(done, done + length), from);
    done += length;
  }
  for (const { page } of places) viewOf(page).setUint32(22, oggChecksum(page), true);
  return { head: joined(pages), end };
}

function blankComments(packet: Uint8Array, prefixBytes: number): void {
  const view = viewOf(packet);
  const long = (at: number): number | undefined => (at + 4 <= packet.length ? view.getUint32(at, true) : undefined);
  const SPACE = 0x20;
  let at = prefixBytes;
  const vendor = long(at);
  if (vendor === undefined || at + 4 + vendor > packet.length) {
    packet.fill(SPACE, Math.min(packet.length, prefixBytes));
    return;
  }
  at += 4 + vendor;
  const count = long(at) ?? 0;
  at += 4;
  for (let i = 0; i < count && at < packet.length; i++) {
    const length = long(at);
    if (length === undefined) break;
    at += 4;
    packet.fill(SPACE, at, Math.min(packet.length, at + length));
    if (length >= 2) packet.set([0x58, 0x3d], at); // "X=": programs look for a name
    at += length;
  }
  // Opus may have more bytes behind, with no meaning that a player knows; Vorbis ends with one bit.
  if (prefixBytes === 8) packet.fill(0, Math.min(packet.length, at));
}
