import { checkedItem, refuse } from './checked-item.ts';
import { baseName, isObject, readUuid } from './content.ts';
import { show } from './format-error.ts';
import { type Entry, note, type Source } from './item.ts';
import { parseJson } from './json-parts.ts';
import { readLines } from './text-lines.ts';

/** A line of the verification or screening log: `[image|user|time|1 or 2]`. */
const LOG = /^\[.*\|.*\]\s*$/;
const TIME = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d/;

/**
 * Reads text exports of EXACT: `image|class|vector|creator|created|editor|edited|UUID|deleted|width|height`, of which all from the
 * creator on may be missing; and its label uploads (`image|class|vector|flags|UUID`). Templates of the original are free, so fields after
 * the vector are told apart by their form, or by a header line.
 *
 * The vector is near-JSON (`{"x1": "4588","y1": "3639",}`). It does not tell a box from a line, or a polygon from an open line: a
 * shape is given that fits best, and the points as `vector`, so that the template can decide. Left out with a note: log lines, header,
 * deleted annotations, "not in image".
 */
export async function* readExactText(source: Source): AsyncGenerator<Entry> {
  let header: readonly string[] | undefined;
  let isFirst = true;
  for await (const line of readLines(source())) {
    const place = `line ${line.number}`;
    if ('code' in line) {
      yield refuse({ place }, line);
      continue;
    }
    const text = line.text.trim();
    if (text === '') continue;
    const isHead = isFirst;
    isFirst = false;
    if (LOG.test(text)) {
      yield note('log', place);
      continue;
    }
    const fields = text.split('|').map((field) => field.trim());
    if (isHead && fields.length >= 3 && fields.includes('vector')) {
      header = fields.map((field) => field.toLowerCase());
      yield note('header', place);
      continue;
    }
    yield readLine(place, fields, header);
  }
}

function readLine(place: string, fields: readonly string[], header: readonly string[] | undefined): Entry {
  if (fields.length < 3) {
    const message = `the line is ${show(fields.join('|'))}; an annotation is image|class|vector|…`;
    return refuse({ place }, { code: 'LINE_UNKNOWN', message });
  }
  const named = (...names: readonly string[]): number => {
    const at = header ? header.findIndex((name) => names.includes(name)) : -1;
    return at < 0 ? (names.includes('vector') ? 2 : names.includes('class') ? 1 : names.includes('file') ? 0 : -1) : at;
  };
  const image = baseName(fields[named('file', 'image', 'filename')] ?? '');
  const label = fields[named('class', 'type', 'label')] ?? '';
  const vectorText = fields[named('vector')] ?? '';
  const rest = fields.slice(3);
  const uuidText = rest.find((field) => readUuid(field) !== undefined);
  const author = authorOf(rest);
  const of = { place, image, label, ...(author === undefined ? {} : { author }) };
  if (image === '')
    return refuse({ place }, { code: 'LINE_UNKNOWN', message: 'the name of the image is missing before the first |' });
  if (rest.includes('True')) return note('deleted', place);
  if (/^not in image$/i.test(vectorText) || vectorText === '' || vectorText === 'null' || vectorText === '{}')
    return note('not-in-image', place);
  const vector = readVector(vectorText);
  if ('code' in vector) return refuse(of, vector);
  const flags = rest
    .filter((field) => /^(?:b|c|bc|cb)$/i.test(field))
    .join('')
    .toLowerCase();
  const times = rest.filter((field) => TIME.test(field));
  const exact = {
    ...(vector.frame === undefined ? {} : { frame: vector.frame }),
    ...(flags.includes('b') ? { blurred: true } : {}),
    ...(flags.includes('c') ? { concealed: true } : {}),
    ...(times[0] === undefined ? {} : { createdAt: times[0] }),
    ...(times[1] === undefined ? {} : { editedAt: times[1] }),
  };
  const uuid = readUuid(uuidText);
  return checkedItem({
    ...of,
    shape: shapeOf(vector.points),
    vector: vector.points,
    ...(uuid === undefined ? {} : { uuid }),
    ...(Object.keys(exact).length === 0 ? {} : { meta: { exact } }),
  });
}

/** The first field after the vector that is neither flag, time, UUID, number nor truth: the creator. */
function authorOf(rest: readonly string[]): string | undefined {
  const [first] = rest;
  if (first === undefined || first === '' || readUuid(first) !== undefined) return undefined;
  return TIME.test(first) || /^(?:True|False|-?[\d.]+|b|c|bc|cb|nan)$/i.test(first) ? undefined : first;
}

interface Vector {
  readonly points: readonly number[];
  readonly frame?: number;
}

function readVector(text: string): Vector | { code: string; message: string } {
  const parsed = parseJson(text.replace(/,\s*}$/, '}'));
  if ('code' in parsed || !isObject(parsed.value)) {
    const message = `the vector is ${show(text)}; it must look like {"x1": "10","y1": "20","x2": "30","y2": "40",}`;
    return { code: 'VECTOR_INVALID', message };
  }
  const fields = parsed.value;
  const points: number[] = [];
  for (let i = 1; ; i++) {
    const [x, y] = [Object.hasOwn(fields, `x${i}`), Object.hasOwn(fields, `y${i}`)];
    if (!x && !y) break;
    for (const key of [`x${i}`, `y${i}`]) {
      const value = Object.hasOwn(fields, key) ? fields[key] : undefined;
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isFinite(number))
        return { code: 'GEOMETRY_NUMBER', message: `${key} of the vector is ${show(value)}; it must be a number` };
      points.push(number);
    }
  }
  const known = points.length + (Object.hasOwn(fields, 'frame') ? 1 : 0);
  const other = Object.keys(fields).length - known;
  if (points.length === 0 || other > 0)
    return {
      code: 'VECTOR_INVALID',
      message: `the vector is ${show(text)}; its fields must be x1, y1, x2, y2, … without a gap, and frame`,
    };
  const frame = Number(fields['frame']);
  return { points, ...(Number.isInteger(frame) && frame > 0 ? { frame } : {}) };
}

/** Two points are a box (EXACT stores ellipses and points as theirs), more are a polygon. */
function shapeOf(points: readonly number[]): object {
  const [x1 = 0, y1 = 0, x2 = x1, y2 = y1] = points;
  if (points.length > 4) return { kind: 'polygon', polygons: [[points]] };
  if (x1 === x2 && y1 === y2) return { kind: 'point', x: x1, y: y1 };
  if (x1 === x2 || y1 === y2) return { kind: 'line', points };
  return { kind: 'box', x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x2 - x1), height: Math.abs(y2 - y1) };
}
