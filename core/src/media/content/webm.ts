import { type Bytes, corrupt, truncated, unplayable, type Verdict } from './bytes.ts';
import { BrokenElementError, childrenOf, CLUSTER, type Element, elementAt } from './ebml.ts';

// Elements of Matroska (RFC 9559) that are looked at.
const EBML = 0x1a45dfa3;
const DOC_TYPE = 0x4282;
const SEGMENT = 0x18538067;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const TRACK_TYPE = 0x83;
const CODEC_ID = 0x86;
const VIDEO = 1;
const AUDIO = 2;

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
    for await (const part of childrenOf(file, segment)) {
      if (part.id === CLUSTER) {
        if (types.has(VIDEO)) return { mediaType: 'video/webm' };
        return types.has(AUDIO) ? { mediaType: 'audio/webm' } : corrupt('it has no track of pictures or sound.');
      }
      if (part.id !== TRACKS) continue;
      for await (const track of childrenOf(file, part)) {
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
  for await (const element of childrenOf(file, parent)) if (element.id === id) return element;
  return undefined;
}
