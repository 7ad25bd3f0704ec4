import { type Box, boxesOf } from './boxes.ts';
import { type Bytes, corrupt, refuse, truncated, type Verdict } from './bytes.ts';

const MAX_TRACKS = 64;
/** Brands (ISO 14496-12, 4.3) of what is no film or sound. */
const PICTURES = new Set(['avif', 'avis', 'heic', 'heix', 'mif1', 'msf1', 'hevc']);

/** Walks the boxes of an MP4 to its tracks: a film has one of pictures, a sound only of sound. Boxes have to lie within each other. */
export async function checkMp4(file: Bytes): Promise<Verdict> {
  const brand = (await file.read(8, 4)).toString('latin1');
  if (PICTURES.has(brand))
    return refuse(
      'UNSUPPORTED_MEDIA',
      `it is a picture of the kind ${brand.toUpperCase()}. Save it as JPEG, PNG or WebP.`,
    );
  if (brand === 'qt  ')
    return refuse('UNSUPPORTED_MEDIA', 'it is a QuickTime film, which not all browsers play. Save it as MP4.');
  let moov: Box | undefined;
  let hasContent = false;
  for await (const box of boxesOf(file, 0, file.size)) {
    if ('reason' in box) return box;
    if (box.type === 'moov') moov ??= box;
    if ((box.type === 'mdat' || box.type === 'moof') && box.end > box.start) hasContent = true;
  }
  if (!moov) return truncated('the file, which has no table of contents,');
  if (!hasContent) return refuse('EMPTY_FILE', 'it holds neither pictures nor sound. Record it anew.');
  const handlers = new Set<string>();
  let tracks = 0;
  for await (const track of boxesOf(file, moov.start, moov.end)) {
    if ('reason' in track) return track;
    if (track.type !== 'trak') continue;
    if ((tracks += 1) > MAX_TRACKS) return corrupt(`it has more than ${MAX_TRACKS} tracks.`);
    const handler = await handlerOf(file, track);
    if (handler !== undefined) handlers.add(handler);
  }
  if (handlers.has('vide')) return { mediaType: 'video/mp4' };
  if (handlers.has('soun')) return { mediaType: 'audio/mp4' };
  return corrupt('it has no track of pictures or sound.');
}

async function handlerOf(file: Bytes, track: Box): Promise<string | undefined> {
  for await (const media of boxesOf(file, track.start, track.end)) {
    if ('reason' in media || media.type !== 'mdia') continue;
    for await (const box of boxesOf(file, media.start, media.end))
      if (!('reason' in box) && box.type === 'hdlr') return (await file.read(box.start + 8, 4)).toString('latin1');
  }
  return undefined;
}
