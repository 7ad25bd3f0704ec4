import type { Bytes } from '../content/bytes.ts';
import type { Overwrite, Traces } from './overwrite.ts';

const MAX_PAGE = 65_307;
/** Comments with a picture take some megabytes; more is not read. */
const MAX_PAGES = 400;

interface Page {
  readonly at: number;
  readonly bytes: Buffer;
}

/**
 * Writes spaces over the values of comments (`ARTIST=…`) in the second packet of each stream: lengths and names stay, so that it is
 * still a list of comments. Pages get a new check sum.
 */
export async function* oggTraces(file: Bytes): Traces {
  const pages: Page[] = [];
  const places: { readonly page: Page; readonly at: number; readonly length: number }[] = [];
  let packet = 0;
  for (let at = 0; at < file.size && pages.length < MAX_PAGES && packet < 2;) {
    const bytes = await file.read(at, MAX_PAGE);
    const segments = bytes[26];
    if (bytes.toString('latin1', 0, 4) !== 'OggS' || segments === undefined) break;
    let end = 27 + segments;
    const page: Page = { at, bytes };
    for (let i = 0; i < segments; i += 1) {
      const length = bytes[27 + i] ?? 0;
      if (packet === 1) places.push({ page, at: end, length });
      end += length;
      if (length < 255) packet += 1;
    }
    pages.push({ at, bytes: bytes.subarray(0, end) });
    at += end;
  }
  const comments = Buffer.concat(places.map(({ page, at, length }) => page.bytes.subarray(at, at + length)));
  blank(comments);
  let done = 0;
  for (const { page, at, length } of places) {
    comments.copy(page.bytes, at, done, done + length);
    done += length;
  }
  const touched = new Set(places.map(({ page }) => page.at));
  for (const page of pages) if (touched.has(page.at)) yield withCheckSum(page);
}

function blank(packet: Buffer): void {
  const start =
    packet.toString('latin1', 0, 8) === 'OpusTags' ? 8 : packet.toString('latin1', 1, 7) === 'vorbis' ? 7 : -1;
  // FLAC in Ogg: its comments stand behind the head of a metadata block
  const from = start < 0 ? 4 : start;
  if (from + 8 > packet.length) return;
  let at = from + 4 + packet.readUInt32LE(from);
  if (at + 4 > packet.length) return;
  let left = packet.readUInt32LE(at);
  at += 4;
  for (; left > 0 && at + 4 <= packet.length; left -= 1) {
    const end = Math.min(packet.length, at + 4 + packet.readUInt32LE(at));
    const equals = packet.indexOf(0x3d, at + 4);
    packet.fill(0x20, equals >= 0 && equals < end ? equals + 1 : at + 4, end);
    at = end;
  }
}

/** CRC-32 of Ogg (RFC 3533, 6): polynomial 0x04c11db7, nothing reflected, its own field taken as zero. */
function withCheckSum({ at, bytes }: Page): Overwrite {
  bytes.writeUInt32LE(0, 22);
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << 24;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 0x80000000 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
  }
  bytes.writeUInt32LE(sum >>> 0, 22);
  return { at, bytes };
}
