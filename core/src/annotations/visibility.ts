import { LARGE_PX } from '@exact/geometry';
import { ATTRIBUTES_KEY } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { AnnotationFilter } from '@exact/sdk/server';
import type { Sight } from '../auth/blinding.ts';
import type { Seeing } from '../auth/seeing.ts';
import type { HookCallers } from '../kernel/hook-caller.ts';

/** Who reads, and in which project: `context.projectId` must be set, since plugins are on or off by project. */
export interface Viewer {
  readonly hooks: HookCallers;
  readonly seeing: Seeing;
  readonly context: HookContext;
}

/** A condition on `core.annotation a`, with its values as $1, $2, … */
export interface Predicate {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Gives the condition under which a viewer sees annotations. Every door that reads them passes here: lists, frames, counts,
 * single reads, histories, live events, conflicts.
 *
 * Three parts are joined by AND: what was asked; what the project's mode leaves to its readers ({@link sealOf}) and the images that are
 * there for them; and what plugins return.
 *
 * Plugins narrow the filter in `annotations.visible`. What each returns is joined by AND to what was asked and to what those before it
 * have left, so whatever they return, nobody ever sees more than was asked for.
 *
 * @throws what the hook refuses with; nothing is shown then
 */
export async function visibleWhere(filter: AnnotationFilter, viewer: Viewer): Promise<Predicate> {
  return toPredicate((await visibleFilters(filter, viewer)).filters);
}

/** What a viewer sees: all of these filters must hold. */
export interface Visible {
  readonly filters: readonly AnnotationFilter[];
  /** Nobody and nothing narrows: everybody who may read sees the same, and may know how much happens there. */
  readonly isForAll: boolean;
}

/** Gives the filters behind {@link visibleWhere}, for readers that do not read rows. */
export async function visibleFilters(filter: AnnotationFilter, { hooks, seeing, context }: Viewer): Promise<Visible> {
  const { projectId, principal } = context;
  if (projectId === undefined) throw new Error('Annotations were asked for without their project.');
  const seal = sealOf(await seeing.blinding.of(principal, projectId), principal?.userId);
  const images = withinImages(filter, await seeing.visibleImages.of(principal, projectId, context));
  const sealed = [filter, ...(seal ? [seal] : []), ...(images ? [images] : [])];
  const hook = hooks.annotations.visible;
  if (!hook.isUsed(projectId)) return { filters: sealed, isForAll: sealed.length === 1 };
  const narrowed = await hook.call(filter, context);
  return { filters: narrowed === undefined ? sealed : [...sealed, narrowed], isForAll: false };
}

/**
 * What readers who work blind see: what they have drawn themselves, and layers that are shown to them. Deleted or not is a
 * matter of what was asked.
 *
 * @returns nothing for those who see everything
 */
export function sealOf({ isBlinded, shownLayerIds }: Sight, userId: number | undefined): AnnotationFilter | undefined {
  if (!isBlinded) return undefined;
  const own: AnnotationFilter = { authorIds: userId === undefined ? [] : [userId], layers: [null] };
  return { anyOf: [own, { layers: shownLayerIds }], deleted: 'all' };
}

/** Keeps a reading to the images that are there for the person; of one image that is, there is nothing to say. */
export function withinImages(
  { imageId }: AnnotationFilter,
  there: ReadonlySet<number> | undefined,
): AnnotationFilter | undefined {
  if (!there || (imageId !== undefined && there.has(imageId))) return undefined;
  return { imageIds: imageId === undefined ? [...there] : [], deleted: 'all' };
}

/** Condition of the index `annotation_large`: the planner knows the index by this text. */
const IS_LARGE = `a.kind <> 5 and greatest(width(a.box), height(a.box)) >= ${LARGE_PX}`;

/**
 * Turns filters into one condition: all fields of all filters must hold. A field that says the same in two filters is
 * written once, so that a narrowed filter costs no more than its own part. An empty list matches nothing.
 *
 * @param fields - only these, where the others are known to say nothing
 */
export function toPredicate(
  filters: readonly AnnotationFilter[],
  fields: readonly (keyof AnnotationFilter)[] = FIELDS,
): Predicate {
  const values: unknown[] = [];
  const asked = filters.map((filter) => ({ ...filter, deleted: filter.deleted ?? 'no' }));
  return { text: conditionOf(asked, fields, (value) => `$${values.push(value)}`), values };
}

function conditionOf(
  filters: readonly AnnotationFilter[],
  fields: readonly (keyof AnnotationFilter)[],
  bind: Bind,
): string {
  const texts = new Map<string, string>();
  for (const filter of filters) {
    for (const field of fields) {
      const value = filter[field];
      const key = `${field} ${JSON.stringify(value)}`;
      if (value === undefined || texts.has(key)) continue;
      texts.set(key, (CONDITIONS[field] as Condition)(value as never, bind));
    }
  }
  return [...texts.values()].join(' and ') || 'true';
}

/** Takes a value and gives its placeholder. */
type Bind = (value: unknown) => string;
/** Writes the condition of one field. */
type Condition<V = never> = (value: V, bind: Bind) => string;
type Conditions = { readonly [F in keyof AnnotationFilter]-?: Condition<NonNullable<AnnotationFilter[F]>> };

const CONDITIONS: Conditions = {
  imageId: (id, bind) => `a.image_id = ${bind(id)}::int`,
  imageIds: (ids, bind) => `a.image_id = any(${bind(ids)}::int[])`,
  imageSetId: (id, bind) => `a.image_id in (select id from core.image where image_set_id = ${bind(id)}::int)`,
  projectId: (id, bind) =>
    `a.image_id in (select i.id from core.image i join core.image_set s on s.id = i.image_set_id
                    where s.project_id = ${bind(id)}::int)`,
  templateIds: (ids, bind) => `a.template_id = any(${bind(ids)}::int[])`,
  authorIds: (ids, bind) => `a.author_id = any(${bind(ids)}::int[])`,
  layers: (layers, bind) => {
    const ids = layers.filter((id) => id !== null);
    return either([
      ...(layers.includes(null) ? ['a.layer_id is null'] : []),
      ...(ids.length > 0 ? [`a.layer_id = any(${bind(ids)}::int[])`] : []),
    ]);
  },
  uuids: (uuids, bind) => `a.uuid = any(${bind(uuids)}::uuid[])`,
  box: ({ minX, minY, maxX, maxY }, bind) =>
    `a.box && box(point(${bind(minX)}::float8, ${bind(minY)}::float8), point(${bind(maxX)}::float8, ${bind(maxY)}::float8))`,
  verified: (verdict) => (verdict === 'none' ? 'a.verdict is null' : `a.verdict = ${verdict === 'accepted' ? 1 : 2}`),
  large: (which) => (which === 'all' ? 'true' : which === 'only' ? `(${IS_LARGE})` : `not (${IS_LARGE})`),
  createdAfter: (time, bind) => `a.created_at > ${bind(time)}::timestamptz`,
  createdBefore: (time, bind) => `a.created_at < ${bind(time)}::timestamptz`,
  updatedAfter: (time, bind) => `a.updated_at > ${bind(time)}::timestamptz`,
  updatedBefore: (time, bind) => `a.updated_at < ${bind(time)}::timestamptz`,
  deleted: (which) =>
    which === 'all' ? 'true' : which === 'only' ? 'a.deleted_at is not null' : 'a.deleted_at is null',
  text: (text, bind) => {
    const pattern = bind(`%${text.replaceAll(/[\\%_]/g, '\\$&')}%`);
    return `(a.description ilike ${pattern}::text or a.meta::text ilike ${pattern}::text)`;
  },
  meta: (meta, bind) => {
    const conditions = Object.entries(meta).map(([key, values]) => {
      const found = values.flatMap((value) => [{ [key]: value }, { [key]: [value] }]);
      const documents = [...found, ...found.map((document) => ({ [ATTRIBUTES_KEY]: document }))];
      return `a.meta @> any(${bind(documents.map((document) => JSON.stringify(document)))}::jsonb[])`;
    });
    return conditions.length === 0 ? 'true' : `(${conditions.join(' and ')})`;
  },
  allOf: (filters, bind) => `(${conditionOf(filters, FIELDS, bind)})`,
  anyOf: (filters, bind) => either(filters.map((filter) => `(${conditionOf([filter], FIELDS, bind)})`)),
};

/** At least one holds; of none, none does. */
const either = (conditions: readonly string[]): string =>
  conditions.length === 0 ? 'false' : `(${conditions.join(' or ')})`;

const FIELDS = Object.keys(CONDITIONS) as (keyof AnnotationFilter)[];
