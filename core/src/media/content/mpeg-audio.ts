import { type Bytes, corrupt, truncated, unplayable, type Verdict } from './bytes.ts';
import { checkFlac } from './flac.ts';

/** Frames that have to follow each other: one may be chance, four of a row are not. */
const FRAMES = 4;
/** Some programs write zeros between the tag and the first frame. */
const MAX_PADDING = 65_536;

/** Looks for a row of frames: MP3 (ISO 11172-3, 2.4.2.3) or AAC in ADTS (ISO 13818-7, 6.2), behind an ID3 tag or at the start. */
export async function checkMpegAudio(file: Bytes): Promise<Verdict> {
  const head = await file.read(0, 10);
  let at = 0;
  if (head.toString('latin1', 0, 3) === 'ID3') {
    if (head.length < 10) return truncated('the tag');
    at = 10 + [...head.subarray(6, 10)].reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
    if (at >= file.size) return truncated('the file, of which only the tag is there,');
    const padding = await file.read(at, MAX_PADDING);
    const skip = padding.findIndex((byte) => byte !== 0);
    if (skip < 0) return truncated('the file, of which only the tag is there,');
    at += skip;
    if (padding.toString('latin1', skip, skip + 4) === 'fLaC') return checkFlac(file, at);
  }
  let kind: 'audio/mpeg' | 'audio/aac' | undefined;
  for (let frame = 0; frame < FRAMES; frame += 1) {
    const found = await file.read(at, 7);
    if (frame > 0 && isEnd(found)) break; // a short sound, or an ID3v1 tag behind it
    const adts = adtsLength(found);
    const length = adts ?? layer3Length(found);
    const isOtherKind = kind !== undefined && (kind === 'audio/aac') !== (adts !== undefined);
    if (length === undefined || isOtherKind) {
      if (frame === 0 && isOtherLayer(found)) return unplayable('it is MPEG sound of layer I or II', 'MP3');
      return corrupt('it begins like an MP3 or AAC, but its frames do not follow each other.');
    }
    kind = adts === undefined ? 'audio/mpeg' : 'audio/aac';
    at += length;
    if (at > file.size) return frame === 0 ? truncated('the first frame of the sound') : { mediaType: kind };
  }
  return { mediaType: kind ?? 'audio/mpeg' };
}

const isEnd = (head: Buffer): boolean => head.length < 7 || head.toString('latin1', 0, 3) === 'TAG';
const isSync = (head: Buffer): boolean => head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0;
const isOtherLayer = (head: Buffer): boolean => isSync(head) && [2, 3].includes(((head[1] ?? 0) >> 1) & 3);

/** kbit/s of layer III; index 0 is "free", 15 is none. */
const RATES_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const RATES_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const SAMPLES_PER_SECOND = [44_100, 48_000, 32_000];

function layer3Length(head: Buffer): number | undefined {
  const [, second = 0, third = 0] = head;
  const version = (second >> 3) & 3; // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5, 1: none
  if (!isSync(head) || version === 1 || ((second >> 1) & 3) !== 1) return undefined;
  const rate = (version === 3 ? RATES_1 : RATES_2)[third >> 4];
  const base = SAMPLES_PER_SECOND[(third >> 2) & 3];
  if (!rate || base === undefined) return undefined;
  const frequency = version === 3 ? base : version === 2 ? base / 2 : base / 4;
  return Math.floor(((version === 3 ? 144_000 : 72_000) * rate) / frequency) + ((third >> 1) & 1);
}

function adtsLength(head: Buffer): number | undefined {
  const [first, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = head;
  if (first !== 0xff || (second & 0xf6) !== 0xf0 || ((third >> 2) & 15) > 12) return undefined;
  const length = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5);
  return length >= 7 ? length : undefined;
}
