import { fitKind, type Item, type Problem } from '@exact/annotation-formats';
import { checkInsideImage, type Geometry, type GeometryKind } from '@exact/geometry';
import { MAX_TOLD, type Told } from '../shared/file.ts';
import type { DryRun, PlanCounts } from '../shared/plan.ts';
import { CountMap } from './count-map.ts';
import { csvRow } from './csv.ts';
import { createLineFile, type LineFile, readLinesOf } from './line-file.ts';
import { createPartFile, type Part } from './part-file.ts';
import { isProblem, type StoredLine } from './stored-item.ts';
import { uuidFor, type UuidRules } from './uuids.ts';

/** A mapping with all that it names looked up. */
export interface PlanInput extends UuidRules {
  /** Annotations of the file, one a line. */
  readonly items: string;
  readonly count: number;
  readonly images: readonly (readonly [
    name: string,
    image: { readonly id: number; readonly width: number; readonly height: number } | null,
  ])[];
  readonly labels: readonly (readonly [
    label: string,
    template: { readonly id: number; readonly kind: GeometryKind } | null,
  ])[];
  /** One author for all, or by the names in the file. */
  readonly author: number | readonly (readonly [name: string, userId: number | null])[];
  readonly layerId: number | undefined;
  readonly repair: boolean;
  /** Annotations that are stored already under UUIDs of this file, one a line; absent in the first run. */
  readonly stored?: string | undefined;
  /** Where annotations, the list of what is not made just so, and the UUIDs are written to. */
  readonly accepted: string;
  readonly list: string;
  readonly uuidList: string;
}

export interface PlanResult {
  readonly dryRun: DryRun;
  /** Where the annotations of each image and author stand in the file of accepted ones. */
  readonly parts: readonly Part[];
}

/** A stored annotation, as far as it matters whether one of the file is the same. */
export interface StoredAnnotation {
  readonly uuid: string;
  readonly imageId: number;
  readonly templateId: number;
  readonly authorId: number;
  readonly layerId?: number | undefined;
  readonly geometry: Geometry;
  readonly description: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly deleted: boolean;
}

interface Tools {
  readonly progress: (fraction: number, step: string) => void;
}

const PROGRESS_EACH = 5000;

/**
 * Goes through the annotations of a file with a mapping: what would be made, what is there already, what cannot be taken and why. Writes
 * the lines for core's import, image by image. Pure work on files, in a process of its own.
 */
export default async function planImport(input: PlanInput, { progress }: Tools): Promise<PlanResult> {
  const stored = new Map<string, StoredAnnotation>();
  if (input.stored !== undefined)
    for await (const line of readLinesOf(input.stored)) {
      const annotation = JSON.parse(line) as StoredAnnotation;
      stored.set(annotation.uuid, annotation);
    }
  const accepted = createPartFile(input.accepted);
  const list = createLineFile(input.list);
  const uuids = createLineFile(input.uuidList);
  try {
    const run = new PlanRun(input, stored, accepted, list, uuids);
    let read = 0;
    for await (const line of readLinesOf(input.items)) {
      run.take(JSON.parse(line) as StoredLine);
      read += 1;
      if (read % PROGRESS_EACH === 0) progress(Math.min(1, read / Math.max(1, input.count)), 'counting');
    }
    return { dryRun: run.result(), parts: accepted.finish() };
  } finally {
    accepted.close();
    list.close();
    uuids.close();
  }
}

type Verdict =
  | { readonly as: 'create'; readonly repair?: string | undefined }
  | { readonly as: 'known' | 'refused' | 'skipped'; readonly code: string; readonly message: string };

const none = (): { -readonly [K in keyof PlanCounts]: number } => ({
  create: 0,
  known: 0,
  refused: 0,
  repaired: 0,
  skipped: 0,
});

class PlanRun {
  readonly #input: PlanInput;
  readonly #images: ReadonlyMap<string, PlanInput['images'][number][1]>;
  readonly #labels: ReadonlyMap<string, PlanInput['labels'][number][1]>;
  readonly #authors: ReadonlyMap<string, number | null> | number;
  readonly #stored: ReadonlyMap<string, StoredAnnotation>;
  readonly #accepted: ReturnType<typeof createPartFile>;
  readonly #list: LineFile;
  readonly #uuids: LineFile;
  /** UUIDs of the file with what stands behind them: who comes second is the same, or at fault. */
  readonly #seen = new Map<string, string>();
  readonly #total = none();
  readonly #byImage = new Map<string, ReturnType<typeof none>>();
  readonly #byLabel = new Map<string, ReturnType<typeof none>>();
  readonly #codes = new CountMap<string>();
  readonly #told: Told[] = [];

  constructor(
    input: PlanInput,
    stored: ReadonlyMap<string, StoredAnnotation>,
    accepted: ReturnType<typeof createPartFile>,
    list: LineFile,
    uuids: LineFile,
  ) {
    this.#input = input;
    this.#images = new Map(input.images);
    this.#labels = new Map(input.labels);
    this.#authors = typeof input.author === 'number' ? input.author : new Map(input.author);
    this.#stored = stored;
    this.#accepted = accepted;
    this.#list = list;
    this.#uuids = uuids;
    list.append(csvRow(['place', 'image', 'class', 'author', 'uuid', 'what', 'code', 'reason']));
  }

  take(line: StoredLine): void {
    this.#note(line, isProblem(line) ? this.#judgeProblem(line) : this.#judge(line));
  }

  /** What cannot be read counts as skipped where its image or class is left out anyway. */
  #judgeProblem({ image, label, code, message }: Problem): Verdict {
    const isSkipped =
      (image !== undefined && this.#images.get(image) === null) ||
      (label !== undefined && label !== '' && this.#labels.get(label) === null);
    return { as: isSkipped ? 'skipped' : 'refused', code, message };
  }

  #judge(item: Item): Verdict {
    const image = this.#images.get(item.image ?? '');
    if (!image) return { as: 'skipped', code: 'IMAGE_SKIPPED', message: 'its image is mapped to none of the project' };
    const template = this.#labels.get(item.label);
    if (!template) return { as: 'skipped', code: 'CLASS_SKIPPED', message: 'its class is mapped to no template' };
    const authorId = typeof this.#authors === 'number' ? this.#authors : this.#authors.get(item.author ?? '');
    if (authorId === undefined || authorId === null)
      return { as: 'skipped', code: 'AUTHOR_SKIPPED', message: 'its author is mapped to nobody' };
    if (item.repaired && !this.#input.repair)
      return {
        as: 'refused',
        code: item.repaired.code,
        message: `${item.repaired.message} It can be cleaned: choose that, or correct the file`,
      };
    const fit = fitKind(item, template.kind);
    if ('code' in fit) return { as: 'refused', code: fit.code, message: fit.message };
    if (image.width > 0) {
      const inside = checkInsideImage(fit.geometry, image.width, image.height);
      if (!inside.ok) return { as: 'refused', code: inside.code, message: inside.message };
    }
    const uuid = uuidFor(this.#input, item, image.id, authorId);
    const content = {
      uuid,
      templateId: template.id,
      geometry: fit.geometry,
      ...(item.description === undefined ? {} : { description: item.description }),
      ...(item.meta === undefined ? {} : { meta: item.meta }),
    };
    const text = JSON.stringify(content);
    const known = this.#findKnown(uuid, image.id, authorId, text, content);
    if (known) return known;
    this.#seen.set(uuid, fingerprint(image.id, authorId, text));
    this.#uuids.append(uuid);
    this.#accepted.append(image.id, authorId, text);
    return { as: 'create', repair: item.repaired && `it was cleaned: ${firstSentence(item.repaired.message)}` };
  }

  #findKnown(
    uuid: string,
    imageId: number,
    authorId: number,
    text: string,
    content: { templateId: number; geometry: Geometry; description?: string; meta?: Readonly<Record<string, unknown>> },
  ): Verdict | undefined {
    const stored = this.#stored.get(uuid);
    if (!stored) return this.#findTwin(uuid, imageId, authorId, text);
    if (
      !stored.deleted &&
      stored.imageId === imageId &&
      stored.authorId === authorId &&
      stored.layerId === this.#input.layerId &&
      stored.templateId === content.templateId &&
      canonical(stored.geometry) === canonical(content.geometry) &&
      stored.description === (content.description ?? '') &&
      canonical(stored.meta) === canonical(content.meta ?? {})
    )
      return { as: 'known', code: 'KNOWN', message: `it is there already, with the same UUID ${uuid}` };
    const message = stored.deleted
      ? `the annotation with the UUID ${uuid} was deleted; restore it from its history, or choose new UUIDs`
      : `the UUID ${uuid} stands for another annotation, or for this one as it was changed since. Choose new UUIDs to have it twice`;
    return { as: 'refused', code: 'UUID_TAKEN', message };
  }

  #findTwin(uuid: string, imageId: number, authorId: number, text: string): Verdict | undefined {
    const seen = this.#seen.get(uuid);
    if (seen === undefined) return undefined;
    return seen === fingerprint(imageId, authorId, text)
      ? { as: 'known', code: 'TWICE_EQUAL', message: `it stands twice in the file, with the same UUID ${uuid}` }
      : {
          as: 'refused',
          code: 'UUID_TWICE',
          message: `the UUID ${uuid} stands for something else further up in the file. Choose new UUIDs, or correct the file`,
        };
  }

  #note(line: StoredLine, verdict: Verdict): void {
    for (const counts of [
      this.#total,
      countsOf(this.#byImage, line.image ?? ''),
      countsOf(this.#byLabel, line.label ?? ''),
    ]) {
      counts[verdict.as] += 1;
      if (verdict.as === 'create' && verdict.repair !== undefined) counts.repaired += 1;
    }
    const [code, message] = verdict.as === 'create' ? ['CLEANED', verdict.repair] : [verdict.code, verdict.message];
    if (message === undefined) return;
    this.#codes.add(code);
    const { place, image, label, author } = line;
    if (this.#told.length < MAX_TOLD && verdict.as !== 'skipped')
      this.#told.push({
        place,
        code,
        message,
        ...(image === undefined ? {} : { image }),
        ...(label === undefined ? {} : { label }),
      });
    const uuid = isProblem(line) ? undefined : line.uuid;
    this.#list.append(csvRow([place, image, label, author, uuid, verdict.as, code, message]));
  }

  result(): DryRun {
    return {
      ...this.#total,
      images: [...this.#byImage].map(([name, counts]) => ({
        name,
        imageId: this.#images.get(name)?.id ?? null,
        ...counts,
      })),
      labels: [...this.#byLabel].map(([label, counts]) => ({
        label,
        templateId: this.#labels.get(label)?.id ?? null,
        ...counts,
      })),
      codes: this.#codes.byCount().map(([code, count]) => ({ code, count })),
      told: this.#told,
    };
  }
}

function countsOf(map: Map<string, ReturnType<typeof none>>, key: string): ReturnType<typeof none> {
  const counts = map.get(key) ?? none();
  map.set(key, counts);
  return counts;
}

/** What was wrong, without the way out, which is taken already. */
const firstSentence = (text: string): string => text.split('. ')[0] ?? text;

/** Short enough to be held for two million annotations. */
const fingerprint = (imageId: number, authorId: number, text: string): string => {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (Math.imul(sum, 31) + text.charCodeAt(i)) | 0;
  return `${imageId} ${authorId} ${text.length} ${sum}`;
};

/** JSON with sorted keys: the database gives them in an order of its own. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
