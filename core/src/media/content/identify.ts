import { describeContent } from '../../images/describe-content.ts';
import { type Bytes, refuse, type Verdict } from './bytes.ts';
import { checkFlac } from './flac.ts';
import { checkMp4 } from './mp4.ts';
import { checkMpegAudio } from './mpeg-audio.ts';
import { checkOgg } from './ogg.ts';
import { checkWav } from './wav.ts';
import { checkWebm } from './webm.ts';

const HEAD_BYTES = 4096;
const ALLOWED = 'JPEG, PNG, WebP, WAV, MP3, Ogg, FLAC, M4A, AAC, MP4 and WebM';

/**
 * Tells by its bytes what a file is, and whether its parts fit together; names and claims play no role. Reads headers only, except
 * where tables lie at the end. Images have to be decoded afterwards: their headers prove nothing.
 */
export async function identify(file: Bytes): Promise<Verdict> {
  if (file.size === 0)
    return refuse('EMPTY_FILE', 'it is empty (0 bytes). It was probably not copied completely; copy it again.');
  const head = await file.read(0, HEAD_BYTES);
  const text = (from: number, to: number): string => head.toString('latin1', from, to);
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return { mediaType: 'image/jpeg' };
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return { mediaType: 'image/png' };
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return { mediaType: 'image/webp' };
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WAVE') return checkWav(file);
  if (text(0, 4) === 'OggS') return checkOgg(file);
  if (text(0, 4) === 'fLaC') return checkFlac(file, 0);
  if (text(4, 8) === 'ftyp') return checkMp4(file);
  if (text(0, 4) === '\x1a\x45\xdf\xa3') return checkWebm(file);
  if (text(0, 3) === 'ID3' || (head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0)) return checkMpegAudio(file);
  return refuse('UNSUPPORTED_MEDIA', `${describeUnknown(head)}. Annotations take ${ALLOWED}.`);
}

/** Kinds of files that people try, in words; the rest in the words that image uploads use. */
function describeUnknown(head: Buffer): string {
  const start = head.toString('latin1', 0, 512);
  const visible = start
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  if (start.startsWith('%PDF')) return 'it is a PDF, which may carry programs';
  if (/^(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!doctype svg|<svg)/s.test(visible))
    return 'it is an SVG drawing, which may carry programs. Save it as PNG';
  if (/^(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html|head|body|script)/s.test(visible))
    return 'it is a web page, which may carry programs';
  if (/^GIF8[79]a/.test(start))
    return 'it is a GIF, which shows 256 colours and cannot be stopped when it moves. Save it as PNG, or as MP4 if it moves';
  if (start.startsWith('RIFF') && start.slice(8, 12) === 'AVI ')
    return 'it is an AVI film, which browsers do not play. Save it as MP4 or WebM';
  return `it is nothing that browsers show or play (${describeContent(head)})`;
}
