import { type Bytes, corrupt, truncated, unplayable, type Verdict } from './bytes.ts';

/** A page is at most 27 + 255 + 255 × 255 bytes (RFC 3533, 6). */
const MAX_PAGE = 65_307;

/** Looks at the first page of an Ogg, which names the codec, and for a whole last one. */
export async function checkOgg(file: Bytes): Promise<Verdict> {
  const first = await file.read(0, MAX_PAGE);
  const length = pageLength(first, 0);
  if (length === undefined || length > first.length) return truncated('the first page');
  if (first[4] !== 0 || ((first[5] ?? 0) & 2) === 0) return corrupt('its first page is none.');
  const begin = 27 + (first[26] ?? 0);
  const codec = first.toString('latin1', begin, begin + 8);
  if (codec.startsWith('\x80theora')) return unplayable('it is a Theora film', 'WebM');
  if (!/^(OpusHead|\x01vorbis|\x7fFLAC)/.test(codec))
    return unplayable('its sound is of another kind than Opus or Vorbis', 'Ogg with Opus');
  const tailAt = Math.max(0, file.size - 2 * MAX_PAGE);
  const tail = await file.read(tailAt, 2 * MAX_PAGE);
  for (let at = tail.lastIndexOf('OggS'); at >= 0; at = at === 0 ? -1 : tail.lastIndexOf('OggS', at - 1)) {
    if (tail[at + 4] !== 0) continue; // the letters may stand in the sound
    const end = at + (pageLength(tail, at) ?? Infinity);
    if (end === tail.length && tailAt + at > 0) return { mediaType: 'audio/ogg' };
  }
  return truncated('the sound');
}

function pageLength(buffer: Buffer, at: number): number | undefined {
  const segments = buffer[at + 26];
  if (segments === undefined || at + 27 + segments > buffer.length) return undefined;
  let length = 27 + segments;
  for (let i = 0; i < segments; i += 1) length += buffer[at + 27 + i] ?? 0;
  return length;
}
