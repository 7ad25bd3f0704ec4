import { checkedItem, refuse } from './checked-item.ts';
import { baseName, isObject, readUuid } from './content.ts';
import { show } from './format-error.ts';
import type { Entry, Source } from './item.ts';
import { parseJson } from './json-parts.ts';
import { readLines } from './text-lines.ts';

const FIELDS = ['image', 'label', 'templateId', 'geometry', 'uuid', 'author', 'description', 'meta'];

/**
 * Reads newline-delimited JSON: the lines of core's bulk import, with the names of image, class and author. Empty lines are passed
 * over.
 */
export async function* readNdjson(source: Source): AsyncGenerator<Entry> {
  for await (const line of readLines(source())) {
    const place = `line ${line.number}`;
    if ('code' in line) {
      yield refuse({ place }, line);
      continue;
    }
    if (line.text.trim() === '') continue;
    const parsed = parseJson(line.text);
    yield 'code' in parsed ? refuse({ place }, parsed) : readLine(place, parsed.value);
  }
}

function readLine(place: string, value: unknown): Entry {
  if (!isObject(value))
    return refuse(
      { place },
      { code: 'LINE_NO_OBJECT', message: `the line is ${show(value)}, not an object with a geometry` },
    );
  const unknown = Object.keys(value).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined) {
    const message = `there is no field ${show(unknown)}; known are ${FIELDS.join(', ')}. Keep further values in meta`;
    return refuse({ place }, { code: 'FIELD_UNKNOWN', message });
  }
  const texts: Partial<Record<'image' | 'label' | 'author' | 'description', string>> = {};
  for (const field of ['image', 'label', 'author', 'description'] as const) {
    const text = value[field];
    if (text === undefined) continue;
    if (typeof text !== 'string')
      return refuse({ place }, { code: 'FIELD_INVALID', message: `${field} is ${show(text)}; it must be text` });
    texts[field] = field === 'image' ? baseName(text) : text;
  }
  const { templateId, meta } = value;
  const { label = Number.isInteger(templateId) ? `template ${String(templateId)}` : '', ...names } = texts;
  const of = { place, label, ...names };
  if (templateId !== undefined && !(Number.isInteger(templateId) && (templateId as number) > 0))
    return refuse(of, {
      code: 'FIELD_INVALID',
      message: `templateId is ${show(templateId)}; it must be the id of a template`,
    });
  if (meta !== undefined && !isObject(meta))
    return refuse(of, { code: 'FIELD_INVALID', message: `meta is ${show(meta)}; it must be an object` });
  const uuid = readUuid(value['uuid']);
  if (value['uuid'] !== undefined && uuid === undefined)
    return refuse(of, {
      code: 'UUID_INVALID',
      message: `uuid is ${show(value['uuid'])}; it must be a UUID, or be left out`,
    });
  if (!isObject(value['geometry']))
    return refuse(of, {
      code: 'GEOMETRY_KIND',
      message: `geometry is ${show(value['geometry'])}; it must be an object with a kind`,
    });
  return checkedItem({
    ...of,
    shape: value['geometry'],
    ...(templateId === undefined ? {} : { templateId: templateId as number }),
    ...(uuid === undefined ? {} : { uuid }),
    ...(meta === undefined ? {} : { meta }),
  });
}
