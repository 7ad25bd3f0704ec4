import { LARGE_PX } from '@exact/geometry';
import { ATTRIBUTES_KEY } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { AnnotationFilter } from '@exact/sdk/server';
import type { HookCallers } from '../kernel/hook-caller.ts';

/** Who reads, and in which project: `context.projectId` must be set, since plugins are on or off by project. */
export interface Viewer {
  readonly hooks: HookCallers;
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
 * Plugins narrow the filter in `annotations.visible`. What they return is joined to what was asked by AND, so whatever
 * they return, nobody ever sees more than was asked for.
 *
 * @throws what the hook refuses with; nothing is shown then
 */
export async function visibleWhere(filter: AnnotationFilter, viewer: Viewer): Promise<Predicate> {
  return toPredicate((await visibleFilters(filter, viewer)).filters);
}

/** What a viewer sees: all of these filters must hold. */
export interface Visible {
  readonly filters: readonly AnnotationFilter[];
  /** No plugin has a say in the project: everybody who may read sees the same, and may know how much happens there. */
  readonly isForAll: boolean;
}

/** Gives the filters behind {@link visibleWhere}, for readers that do not read rows. */
export async function visibleFilters(filter: AnnotationFilter, { hooks, context }: Viewer): Promise<Visible> {
  const hook = hooks.annotations.visible;
  if (!hook.isUsed(context.projectId)) return { filters: [filter], isForAll: true };
  const narrowed = await hook.call(filter, context);
  return { filters: narrowed === undefined ? [filter] : [filter, narrowed], isForAll: false };
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
  const texts = new Map<string, string>();
  for (const filter of filters) {
    for (const field of fields) {
      const condition = CONDITIONS[field];
      const value = field === 'deleted' ? (filter.deleted ?? 'no') : filter[field];
      const key = `${field} ${JSON.stringify(value)}`;
      if (value === undefined || texts.has(key)) continue;
      texts.set(
        key,
        (condition as Condition)(value as never, (bound) => `$${values.push(bound)}`),
      );
    }
  }
  return { text: [...texts.values()].join(' and ') || 'true', values };
}

/** Writes the condition of one field; `bind` takes a value and gives its placeholder. */
type Condition<V = never> = (value: V, bind: (value: unknown) => string) => string;
type Conditions = { readonly [F in keyof AnnotationFilter]-?: Condition<NonNullable<AnnotationFilter[F]>> };

const CONDITIONS: Conditions = {
  imageId: (id, bind) => `a.image_id = ${bind(id)}::int`,
  imageSetId: (id, bind) => `a.image_id in (select id from core.image where image_set_id = ${bind(id)}::int)`,
  projectId: (id, bind) =>
    `a.image_id in (select i.id from core.image i join core.image_set s on s.id = i.image_set_id
                    where s.project_id = ${bind(id)}::int)`,
  templateIds: (ids, bind) => `a.template_id = any(${bind(ids)}::int[])`,
  authorIds: (ids, bind) => `a.author_id = any(${bind(ids)}::int[])`,
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
};

const FIELDS = Object.keys(CONDITIONS) as (keyof AnnotationFilter)[];
