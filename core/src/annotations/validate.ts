import { bounds, type Bounds, checkGeometry, encodeGeometry, type Geometry, GEOMETRY_KINDS } from '@exact/geometry';
import {
  type AnnotationChanges,
  type AnnotationDraft,
  AnnotationInvalidError,
  InvalidRequestError,
  MAX_CHANGES,
  VERDICT_CHOICES,
} from '@exact/sdk/contract';
import { findDescriptionProblem, findMetaProblem } from './check-content.ts';

export type ChangeList = 'create' | 'update' | 'delete' | 'restore' | 'verify';
const LISTS: readonly ChangeList[] = ['create', 'update', 'delete', 'restore', 'verify'];

/** A geometry, checked, and as the database holds it. */
export interface Shape {
  readonly geometry: Geometry;
  /** Index in GEOMETRY_KINDS. */
  readonly kind: number;
  readonly packed: Uint8Array;
  /** Level-0 pixels; of the whole image not known before the image is. */
  readonly bounds: Bounds;
}

/** What an item of a request says; absent means: leave it as it is. `meta` is JSON text. */
export interface CleanContent {
  readonly templateId?: number | undefined;
  readonly shape?: Shape | undefined;
  readonly description?: string | undefined;
  readonly meta?: string | undefined;
  readonly locked?: boolean | undefined;
  /** `null`: in no layer. */
  readonly layerId?: number | null | undefined;
}
export interface CleanDraft extends CleanContent {
  readonly uuid: string;
  readonly index: number;
  readonly templateId: number;
  readonly shape: Shape;
}
/** A change of an annotation that is there already. */
export interface CleanEdit extends CleanContent {
  readonly list: Exclude<ChangeList, 'create'>;
  readonly index: number;
  readonly uuid: string;
  readonly revision: number;
  readonly verdict?: (typeof VERDICT_CHOICES)[number];
}

export interface CleanChanges {
  readonly changeId: string;
  readonly drafts: readonly CleanDraft[];
  /** Updates, deletions, restorations, verdicts, in this order. */
  readonly edits: readonly CleanEdit[];
}

export type Problem = ConstructorParameters<typeof AnnotationInvalidError>[0]['items'][number];

/**
 * Reads a request for changes. Written by hand: a generic schema took several times as long for a batch of polygons.
 *
 * Large batches give way to other requests every few milliseconds.
 *
 * @throws InvalidRequestError for what is no list of changes at all, AnnotationInvalidError with every wrong item
 */
export async function readChanges(body: unknown): Promise<CleanChanges> {
  const lists = readLists(body);
  const problems: Problem[] = [];
  const uuids = new Set<string>();
  const drafts: CleanDraft[] = [];
  const edits: CleanEdit[] = [];
  const pause = createPause();
  for (const list of LISTS) {
    const items = lists[list];
    for (let index = 0; index < items.length; index++) {
      const reader = new ItemReader(list, index, items[index], problems);
      const uuid = reader.uuid(uuids);
      if (list === 'create') {
        const draft = reader.draft(uuid);
        if (draft) drafts.push(draft);
      } else {
        const edit = reader.edit(list, uuid);
        if (edit) edits.push(edit);
      }
      if (pause.isDue()) await pause.take();
    }
  }
  if (problems.length > 0) throw new AnnotationInvalidError({ items: problems });
  return { changeId: (body as AnnotationChanges).changeId.toLowerCase(), drafts, edits };
}

/** Reads drafts that a plugin has completed: by the same rules as those of a client. */
export function readDrafts(items: readonly AnnotationDraft[], indices: readonly number[]): CleanDraft[] {
  const problems: Problem[] = [];
  const uuids = new Set<string>();
  const drafts: CleanDraft[] = [];
  items.forEach((item, i) => {
    const reader = new ItemReader('create', indices[i] ?? i, item, problems);
    const draft = reader.draft(reader.uuid(uuids));
    if (draft) drafts.push(draft);
  });
  if (problems.length > 0) throw new AnnotationInvalidError({ items: problems });
  return drafts;
}

/**
 * Reads one annotation from outside of a request for changes: by the same rules, one problem for each thing that is wrong.
 *
 * @param nameless - gives the UUID of an annotation that brings none
 */
export function readDraft(
  item: unknown,
  index: number,
  problems: Problem[],
  nameless: () => string,
): CleanDraft | undefined {
  const reader = new ItemReader('create', index, item, problems);
  return reader.draft(reader.hasUuid ? reader.uuid(new Set()) : nameless());
}

/** Reads one patch that a plugin has completed. */
export function readPatch(patch: unknown, index: number): CleanEdit {
  const problems: Problem[] = [];
  const reader = new ItemReader('update', index, patch, problems);
  const edit = reader.edit('update', reader.uuid(new Set()));
  if (!edit) throw new AnnotationInvalidError({ items: problems });
  return edit;
}

function readLists(body: unknown): Readonly<Record<ChangeList, readonly unknown[]>> {
  if (!isObject(body)) throw invalid('', 'must be a JSON object with changeId and lists of changes');
  if (typeof body['changeId'] !== 'string' || !UUID.test(body['changeId'])) throw invalid('changeId', 'must be a UUID');
  const lists = {} as Record<ChangeList, readonly unknown[]>;
  let count = 0;
  for (const list of LISTS) {
    const items = body[list] ?? [];
    if (!Array.isArray(items)) throw invalid(list, 'must be a list');
    lists[list] = items as readonly unknown[];
    count += items.length;
  }
  if (count === 0) throw invalid('create', 'is empty like all other lists; name at least one change');
  if (count > MAX_CHANGES) {
    throw invalid(
      'create',
      `and the other lists hold ${count} changes; at most ${MAX_CHANGES} fit, send the rest in further requests`,
    );
  }
  return lists;
}

/** Versions 1 to 8 of RFC 9562: the nil and the max UUID name nothing. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const MAX_INT = 2_147_483_647;

/** Reads one item; each thing that is wrong with it becomes a problem. */
class ItemReader {
  readonly #list: ChangeList;
  readonly #index: number;
  readonly #item: Readonly<Record<string, unknown>>;
  readonly #problems: Problem[];
  #isFine = true;

  constructor(list: ChangeList, index: number, item: unknown, problems: Problem[]) {
    this.#list = list;
    this.#index = index;
    this.#problems = problems;
    this.#item = isObject(item) ? item : {};
  }

  get hasUuid(): boolean {
    return this.#item['uuid'] !== undefined;
  }

  uuid(seen: Set<string>): string {
    const value = this.#item['uuid'];
    if (typeof value !== 'string' || !UUID.test(value)) {
      this.#fail('UUID_INVALID', 'uuid must be a UUID made by the client');
      return '';
    }
    const uuid = value.toLowerCase();
    if (seen.has(uuid))
      this.#fail('UUID_TWICE', 'the annotation is named twice in this request; send the second change after the first');
    seen.add(uuid);
    return uuid;
  }

  draft(uuid: string): CleanDraft | undefined {
    const templateId = this.#templateId();
    const shape = this.#shape();
    const description = this.#description();
    const meta = this.#meta();
    if (!this.#isFine || templateId === undefined || shape === undefined) return undefined;
    return { uuid, index: this.#index, templateId, shape, description, meta };
  }

  edit(list: Exclude<ChangeList, 'create'>, uuid: string): CleanEdit | undefined {
    const item = this.#item;
    const revision = item['revision'];
    if (!isCount(revision))
      this.#fail('REVISION_INVALID', 'revision must be the number of the revision that was changed');
    let content: CleanContent = {};
    let verdict: CleanEdit['verdict'];
    if (list === 'update') {
      content = {
        templateId: item['templateId'] === undefined ? undefined : this.#templateId(),
        shape: item['geometry'] === undefined ? undefined : this.#shape(),
        description: this.#description(),
        meta: this.#meta(),
        locked: this.#locked(),
        layerId: this.#layerId(),
      };
      if (this.#isFine && Object.values(content).every((value) => value === undefined)) {
        this.#fail(
          'PATCH_EMPTY',
          'nothing is to change: give templateId, geometry, description, meta, locked or layerId',
        );
      }
    }
    if (list === 'verify') {
      verdict = VERDICT_CHOICES.find((known) => known === item['verdict']);
      if (!verdict) this.#fail('VERDICT_INVALID', `verdict must be one of ${VERDICT_CHOICES.join(', ')}`);
    }
    if (!this.#isFine) return undefined;
    return {
      list,
      index: this.#index,
      uuid,
      revision: revision as number,
      ...content,
      ...(verdict ? { verdict } : {}),
    };
  }

  #templateId(): number | undefined {
    const value = this.#item['templateId'];
    if (isCount(value)) return value;
    this.#fail('TEMPLATE_INVALID', 'templateId must be the id of a template');
    return undefined;
  }

  #shape(): Shape | undefined {
    const check = checkGeometry(this.#item['geometry']);
    if (check.ok) return toShape(check.geometry);
    this.#fail(check.code, check.path === '' ? check.message : `${check.message} (at geometry${check.path})`);
    return undefined;
  }

  #description(): string | undefined {
    const value = this.#item['description'];
    if (value === undefined) return undefined;
    const problem = findDescriptionProblem(value);
    if (problem) this.#fail(problem.code, problem.message);
    return value as string;
  }

  #meta(): string | undefined {
    const value = this.#item['meta'];
    if (value === undefined) return undefined;
    const problem = findMetaProblem(value);
    if (problem) this.#fail(problem.code, problem.message);
    return problem ? undefined : JSON.stringify(value);
  }

  #locked(): boolean | undefined {
    const value = this.#item['locked'];
    if (value === undefined || typeof value === 'boolean') return value;
    this.#fail('LOCKED_INVALID', 'locked must be true or false');
    return undefined;
  }

  #layerId(): number | null | undefined {
    const value = this.#item['layerId'];
    if (value === undefined || value === null || isCount(value)) return value;
    this.#fail('LAYER_INVALID', 'layerId must be the id of a layer, or null for none');
    return undefined;
  }

  #fail(code: string, message: string): void {
    this.#isFine = false;
    const uuid = this.#item['uuid'];
    this.#problems.push({
      list: this.#list,
      index: this.#index,
      ...(typeof uuid === 'string' && UUID.test(uuid) ? { uuid } : {}),
      code,
      message,
    });
  }
}

export function toShape(geometry: Geometry): Shape {
  return {
    geometry,
    kind: GEOMETRY_KINDS.indexOf(geometry.kind),
    packed: encodeGeometry(geometry),
    bounds: bounds(geometry),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_INT;
}

function invalid(path: string, message: string) {
  return new InvalidRequestError({ fields: [{ path, message }] });
}

/** A polygon with 100,000 points takes a good part of a second: other requests get their turn in between. */
function createPause(everyMs = 8) {
  let since = performance.now();
  return {
    isDue: () => performance.now() - since > everyMs,
    async take() {
      await new Promise((resolve) => setImmediate(resolve));
      since = performance.now();
    },
  };
}
