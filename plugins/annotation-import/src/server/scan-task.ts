import { createReadStream } from 'node:fs';
import {
  type BoxForm,
  detectFormat,
  type Entry,
  FormatError,
  type FormatId,
  indexCoco,
  type NoteCode,
  type Problem,
  readAnnotations,
  type Source,
} from '@exact/annotation-formats';
import type { GeometryKind } from '@exact/geometry';
import { type Inventory, MAX_NAMES, MAX_TOLD } from '../shared/file.ts';
import { CountMap } from './count-map.ts';
import { createLineFile } from './line-file.ts';

export interface ScanInput {
  readonly path: string;
  readonly sizeBytes: number;
  /** Absent: told by the content. */
  readonly format?: FormatId | undefined;
  readonly boxForm?: BoxForm | undefined;
  /** Where the annotations are written to, one a line. */
  readonly output: string;
}

interface Tools {
  readonly progress: (fraction: number, step: string) => void;
}

/**
 * Reads a file from outside, in a process of its own with limits: writes what it holds in one form, whatever it came in, and says what
 * there is. Later steps read that form only.
 */
export default async function scanFile(input: ScanInput, { progress }: Tools): Promise<Inventory> {
  let read = 0;
  let passes = 1;
  const source: Source = async function* () {
    for await (const piece of createReadStream(input.path, { highWaterMark: 1024 * 1024 })) {
      read += (piece as Buffer).length;
      progress(Math.min(1, read / Math.max(1, input.sizeBytes * passes)), 'reading');
      yield piece as Buffer;
    }
  };
  const format = input.format ?? (await detectFormat(source));
  read = 0;
  passes = format === 'coco' ? 3 : 1;
  const coco = format === 'coco' ? await indexCoco(source) : undefined;
  const boxForm = coco && (input.boxForm ?? coco.boxForm);
  const census = new Census();
  const file = createLineFile(input.output);
  try {
    for await (const entry of readAnnotations(format, source, boxForm ? { boxForm } : {})) {
      census.add(entry);
      if (entry.type === 'item') file.append(JSON.stringify(entry.item));
      else if (entry.type === 'problem') file.append(JSON.stringify(entry.problem));
    }
  } finally {
    file.close();
  }
  if (census.isEmpty) throw new FormatError('FILE_EMPTY', 'The file holds no annotation.');
  return { format, ...(coco && boxForm ? { boxForm, boxesOutside: coco.boxesOutside } : {}), ...census.result() };
}

interface Label {
  readonly kinds: CountMap<GeometryKind>;
  colour?: string | undefined;
  templateId?: number | undefined;
}

/** What is in a file: names with their counts. */
class Census {
  readonly #images = new CountMap<string>();
  readonly #authors = new CountMap<string>();
  readonly #labels = new Map<string, Label>();
  readonly #notes = new CountMap<NoteCode>();
  readonly #codes = new CountMap<string>();
  readonly #problems: Problem[] = [];
  #items = 0;
  #repairable = 0;

  get isEmpty(): boolean {
    return this.#items === 0 && this.#codes.size === 0 && this.#notes.size === 0;
  }

  add(entry: Entry): void {
    if (entry.type === 'note') return this.#notes.add(entry.code);
    const { image = '', label = '', author } = entry.type === 'item' ? entry.item : entry.problem;
    this.#images.add(image, entry.type === 'item' ? 1 : 0);
    if (author !== undefined) this.#authors.add(author);
    if (entry.type === 'problem') {
      this.#codes.add(entry.problem.code);
      if (this.#problems.length < MAX_TOLD) this.#problems.push(entry.problem);
    } else {
      const { geometry, colour, templateId, repaired } = entry.item;
      this.#items += 1;
      if (repaired) this.#repairable += 1;
      const known = this.#labels.get(label) ?? { kinds: new CountMap<GeometryKind>() };
      this.#labels.set(label, known);
      known.kinds.add(geometry.kind);
      known.colour ??= colour;
      known.templateId ??= templateId;
    }
    for (const [what, size] of [
      ['images', this.#images.size],
      ['labels', this.#labels.size],
      ['authors', this.#authors.size],
    ] as const)
      if (size > MAX_NAMES[what])
        throw new FormatError(
          'TOO_MANY_ITEMS',
          `The file names more than ${MAX_NAMES[what]} ${what === 'labels' ? 'classes' : what}. Split it.`,
        );
  }

  result(): Omit<Inventory, 'format'> {
    const named = (counts: CountMap<string>): { name: string; count: number }[] =>
      counts.byCount().map(([name, count]) => ({ name, count }));
    const coded = (counts: CountMap<string>): { code: string; count: number }[] =>
      counts.byCount().map(([code, count]) => ({ code, count }));
    return {
      items: this.#items,
      repairable: this.#repairable,
      images: named(this.#images).filter(({ count }) => count > 0),
      labels: [...this.#labels]
        .map(([label, { kinds, colour, templateId }]) => ({
          label,
          count: kinds.total,
          kinds: kinds.byCount().map(([kind, count]) => ({ kind, count })),
          ...(colour === undefined ? {} : { colour }),
          ...(templateId === undefined ? {} : { templateId }),
        }))
        .sort((a, b) => b.count - a.count),
      authors: named(this.#authors),
      notes: coded(this.#notes),
      problemCount: this.#codes.total,
      codes: coded(this.#codes),
      problems: this.#problems.map(({ place, code, message, image, label }) => ({
        place,
        code,
        message,
        ...(image === undefined ? {} : { image }),
        ...(label === undefined ? {} : { label }),
      })),
    };
  }
}
