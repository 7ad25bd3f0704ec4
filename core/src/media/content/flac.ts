import { type Bytes, corrupt, truncated, type Verdict } from './bytes.ts';

const MAX_BLOCKS = 1000;

/** Walks the metadata blocks of a FLAC (RFC 9639, 8) to its first frame. @param start - where `fLaC` stands */
export async function checkFlac(file: Bytes, start: number): Promise<Verdict> {
  let at = start + 4;
  for (let block = 0; block < MAX_BLOCKS; block += 1) {
    const head = await file.read(at, 4);
    if (head.length < 4) return truncated('the sound');
    const type = (head[0] ?? 0) & 0x7f;
    const length = head.readUIntBE(1, 3);
    if (block === 0) {
      const info = await file.read(at + 4, 34);
      if (type !== 0 || length !== 34 || info.length < 34) return corrupt('it does not say how its sound is stored.');
      if (info.readUIntBE(10, 3) >> 4 === 0) return corrupt('it says that it has no sample rate.');
    }
    at += 4 + length;
    if (((head[0] ?? 0) & 0x80) !== 0) break;
  }
  const frame = await file.read(at, 2);
  if (frame.length < 2) return truncated('the sound');
  return frame[0] === 0xff && ((frame[1] ?? 0) & 0xfe) === 0xf8
    ? { mediaType: 'audio/flac' }
    : corrupt('its sound does not begin where it should.');
}
