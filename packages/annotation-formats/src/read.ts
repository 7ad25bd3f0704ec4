import { type BoxForm, readCoco } from './coco.ts';
import { refuseUnreadable } from './detect.ts';
import { readExactText } from './exact-text.ts';
import { FormatError } from './format-error.ts';
import { readGeoJson } from './geojson.ts';
import type { Entry, FormatId, Source } from './item.ts';
import { readNdjson } from './ndjson.ts';

export interface ReadOptions {
  /** COCO: what the numbers of a bbox are; absent: as the file seems to mean them. */
  readonly boxForm?: BoxForm;
}

/** Most annotations of one file. */
export const MAX_ITEMS = 2_000_000;

/**
 * Reads a file of annotations as a stream, in the order of the file: annotations, problems, and what is left out on purpose. Holds one
 * annotation at a time, of COCO also the names of images and classes.
 *
 * @throws FormatError when the file as a whole cannot be used; what was given before counts for nothing then
 */
export async function* readAnnotations(
  format: FormatId,
  source: Source,
  options: ReadOptions = {},
): AsyncGenerator<Entry> {
  await refuseUnreadable(source);
  const entries = READERS[format](source, options);
  let count = 0;
  for await (const entry of entries) {
    count += 1;
    if (count > MAX_ITEMS)
      throw new FormatError('TOO_MANY_ITEMS', `The file holds more than ${MAX_ITEMS} annotations. Split it.`);
    yield entry;
  }
}

const READERS: Readonly<Record<FormatId, (source: Source, options: ReadOptions) => AsyncGenerator<Entry>>> = {
  ndjson: readNdjson,
  coco: (source, { boxForm }) => readCoco(source, boxForm),
  geojson: readGeoJson,
  'exact-text': readExactText,
};
