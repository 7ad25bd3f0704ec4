import { isObject, member } from './content.ts';
import { FormatError, show } from './format-error.ts';
import type { FormatId, Source } from './item.ts';
import { parseJson, readJsonParts } from './json-parts.ts';

const HEAD_BYTES = 64 * 1024;
const KNOWN = 'newline-delimited JSON, COCO, GeoJSON (QuPath) and text exports of EXACT';

const SIGNATURES: readonly (readonly [
  bytes: readonly number[],
  what: string,
  code: 'FILE_COMPRESSED' | 'FILE_BINARY',
])[] = [
  [[0x1f, 0x8b], 'gzip', 'FILE_COMPRESSED'],
  [[0x50, 0x4b, 0x03, 0x04], 'ZIP', 'FILE_COMPRESSED'],
  [[0x50, 0x4b, 0x05, 0x06], 'ZIP', 'FILE_COMPRESSED'],
  [[0x42, 0x5a, 0x68], 'bzip2', 'FILE_COMPRESSED'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'xz', 'FILE_COMPRESSED'],
  [[0x37, 0x7a, 0xbc, 0xaf], '7z', 'FILE_COMPRESSED'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'Zstandard', 'FILE_COMPRESSED'],
  [[0x89, 0x50, 0x4e, 0x47], 'a PNG picture', 'FILE_BINARY'],
  [[0xff, 0xd8, 0xff], 'a JPEG picture', 'FILE_BINARY'],
  [[0x49, 0x49, 0x2a, 0x00], 'a TIFF picture', 'FILE_BINARY'],
  [[0x4d, 0x4d, 0x00, 0x2a], 'a TIFF picture', 'FILE_BINARY'],
  [[0x49, 0x49, 0x2b, 0x00], 'a TIFF picture', 'FILE_BINARY'],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20], 'an SQLite database', 'FILE_BINARY'],
  [[0x1a, 0x45, 0xdf, 0xa3], 'a film', 'FILE_BINARY'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF document', 'FILE_BINARY'],
];

/**
 * Tells the format of a file by its content, never by its name.
 *
 * @throws FormatError FILE_EMPTY, FILE_COMPRESSED, FILE_BINARY, FILE_ENCODING, FORMAT_UNKNOWN, and those of JSON that cannot be read
 */
export async function detectFormat(source: Source): Promise<FormatId> {
  const head = await readHead(source);
  refuseBinary(head);
  const text = new TextDecoder()
    .decode(head)
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (text === '') throw new FormatError('FILE_EMPTY', 'The file is empty.');
  const [line = ''] = text.split('\n', 1);
  if (/^\[[^\]]*\|.*\]\s*$/.test(line) || (/^[^{["]/.test(text) && line.split('|').length >= 3)) return 'exact-text';
  if (text.startsWith('{')) {
    const first = parseJson(line);
    if ('value' in first) return formatOfLine(first.value, text.slice(line.length).trim() !== '');
  }
  if (!/^[{[]/.test(text)) throw unknown(`it begins with ${show(text.slice(0, 40))}`);
  return formatOfJson(source);
}

/** Throws for what cannot be text in UTF-8. Readers call it through {@link detectFormat}; here for a format chosen by hand. */
function refuseBinary(head: Uint8Array): void {
  if (head.length === 0) throw new FormatError('FILE_EMPTY', 'The file is empty.');
  for (const [bytes, what, code] of SIGNATURES) {
    if (!bytes.every((byte, i) => head[i] === byte)) continue;
    throw code === 'FILE_COMPRESSED'
      ? new FormatError(code, `The file is compressed (${what}). Unpack it and give the file inside.`)
      : new FormatError(code, `The file is ${what}, not a file of annotations. Known are ${KNOWN}.`);
  }
  const [a, b] = head;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))
    throw new FormatError('FILE_ENCODING', 'The file is UTF-16 text. Save it as UTF-8.');
  if (head.includes(0)) {
    // Letters of Latin scripts in UTF-16 are zero at every second byte, in UTF-32 at three of four.
    const zeros = [0, 1].map((side) => head.filter((byte, i) => byte === 0 && i % 2 === side).length * 2);
    throw Math.max(...zeros) > head.length * 0.7
      ? new FormatError('FILE_ENCODING', 'The file seems to be UTF-16 or UTF-32 text. Save it as UTF-8.')
      : new FormatError('FILE_BINARY', `The file is binary, not text. Known are ${KNOWN}.`);
  }
}

/** Throws for what no reader can take: empty, compressed, binary, another encoding. */
export async function refuseUnreadable(source: Source): Promise<void> {
  refuseBinary(await readHead(source));
}

async function readHead(source: Source): Promise<Uint8Array> {
  const head = new Uint8Array(HEAD_BYTES);
  let size = 0;
  for await (const piece of source()) {
    const part = piece.subarray(0, HEAD_BYTES - size);
    head.set(part, size);
    size += part.length;
    if (size === HEAD_BYTES) break;
  }
  return head.subarray(0, size);
}

function formatOfLine(value: unknown, hasMore: boolean): FormatId {
  const type = member(value, 'type');
  if (type === 'FeatureCollection' || (typeof type === 'string' && !hasMore)) return 'geojson';
  if (['images', 'annotations', 'categories'].some((name) => Array.isArray(member(value, name)))) {
    if (Array.isArray(member(value, 'images')) || Array.isArray(member(value, 'categories'))) return 'coco';
    throw unknown('it has "annotations", but neither "images" nor "categories"');
  }
  if (isObject(member(value, 'geometry')) && typeof member(member(value, 'geometry'), 'kind') === 'string')
    return 'ndjson';
  if (type === 'Feature')
    throw unknown('it has one GeoJSON feature a line; join them to a list: [feature, feature, …]');
  if (member(value, 'label') !== undefined || member(value, 'templateId') !== undefined) return 'ndjson';
  throw unknown(
    `its first line has the fields ${show(
      Object.keys(value as object)
        .slice(0, 6)
        .join(', '),
    )}`,
  );
}

async function formatOfJson(source: Source): Promise<FormatId> {
  const wanted = (name: string): 'each' | 'whole' | 'skip' =>
    ['features', 'images', 'categories', 'annotations'].includes(name) ? 'each' : name === 'type' ? 'whole' : 'skip';
  let seen = '';
  for await (const part of readJsonParts(source(), wanted)) {
    const value = 'value' in part ? part.value : undefined;
    if (part.path.startsWith('/features/')) return 'geojson';
    if (part.path.startsWith('/images/') || part.path.startsWith('/categories/')) return 'coco';
    if (part.path === '/type' && typeof value === 'string') return 'geojson';
    if (/^\/(annotations\/)?\d+$/.test(part.path)) {
      if (isFeature(value)) return 'geojson';
      if (member(value, 'image_id') !== undefined && member(value, 'category_id') !== undefined) return 'coco';
      // The classes of a COCO file may stand behind its annotations.
      seen ||= isObject(value) ? `its objects have the fields ${show(Object.keys(value).slice(0, 6).join(', '))}` : '';
      if (/^\/\d+$/.test(part.path)) break;
    }
  }
  throw unknown(seen || 'it is JSON without features, images or annotations');
}

const isFeature = (value: unknown): boolean =>
  member(value, 'type') === 'Feature' ||
  (isObject(member(value, 'geometry')) && typeof member(member(value, 'geometry'), 'type') === 'string');

const unknown = (what: string): FormatError =>
  new FormatError('FORMAT_UNKNOWN', `The format of the file is not known: ${what}. Known are ${KNOWN}.`);
