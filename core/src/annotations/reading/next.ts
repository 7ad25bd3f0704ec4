import type { AnnotationFilter, Sql } from '@exact/sdk/server';
import { type AnnotationRow, COLUMNS } from '../rows.ts';
import { toPredicate } from '../visibility.ts';

export interface NextQuery {
  /** Internal id of the annotation to start at, not included; without one, at the end. */
  readonly from: string | undefined;
  readonly direction: 'next' | 'previous';
}

/** So many annotations in a box are looked through; where there are more, the next one cannot be far. */
const FEW = 20_000;
/**
 * Finds the next annotation of an image in the order in which they were made, among a million as among ten: the index
 * `annotation_order` (`annotation_judged` for verdicts) is asked for the first one of each template. In a box with few
 * annotations, these are looked through instead, since along the index the next one in the box may be far. What no index knows
 * (an author, a text, nobody's verdict) is looked for along the order: half a second when there is none among a million.
 */
export async function findNext(
  sql: Sql,
  imageId: number,
  filters: readonly AnnotationFilter[],
  query: NextQuery,
): Promise<AnnotationRow | undefined> {
  const isInBox = filters.some(({ box }) => box !== undefined);
  const id = (isInBox && (await firstOfFew(sql, filters, query))) || (await firstByIndex(sql, imageId, filters, query));
  if (id === 'none' || id === undefined) return undefined;
  // What is visible may have changed between the statements.
  const { text, values } = toPredicate(filters);
  const [row] = await sql.query<AnnotationRow>(
    `select ${COLUMNS} from core.annotation a where ${text} and a.id = $${values.length + 1}::bigint`,
    [...values, id],
  );
  return row;
}

const order = ({ direction }: NextQuery): { ahead: string; first: string; sorted: string } =>
  direction === 'next' ? { ahead: '>', first: 'min', sorted: 'asc' } : { ahead: '<', first: 'max', sorted: 'desc' };

const START = { next: '0', previous: '9223372036854775807' } as const;

/** @returns an id, `none`, or nothing when there are more than a few to look through */
async function firstOfFew(
  sql: Sql,
  filters: readonly AnnotationFilter[],
  query: NextQuery,
): Promise<string | 'none' | undefined> {
  const { ahead, first } = order(query);
  const { text, values } = toPredicate(filters);
  const [row] = await sql.query<{ isFew: boolean; id: string | null }>(
    `with few as materialized (select a.id from core.annotation a where ${text} limit ${FEW + 1})
     select count(*) <= ${FEW} as "isFew", ${first}(id) filter (where id ${ahead} $${values.length + 1}::bigint) as id from few`,
    [...values, query.from ?? START[query.direction]],
  );
  return row?.isFew ? (row.id ?? 'none') : undefined;
}

async function firstByIndex(
  sql: Sql,
  imageId: number,
  filters: readonly AnnotationFilter[],
  query: NextQuery,
): Promise<string | undefined> {
  const { ahead, first, sorted } = order(query);
  const { text, values } = toPredicate(filters);
  const n = values.length;
  const templates = filters.flatMap(({ templateIds }) => (templateIds ? [templateIds] : []))[0];
  // The kept counts know which templates the image has, but nothing of deleted annotations.
  const candidates = templates
    ? `unnest($${n + 3}::int[])`
    : filters.every(({ deleted = 'no' }) => deleted === 'no')
      ? `(select distinct template_id from core.annotation_tally where image_id = $${n + 1})`
      : '(select id from core.template)';
  const [row] = await sql.query<{ id: string | null }>(
    `select ${first}(found.id) as id
     from ${candidates} as t(id), lateral (
       select a.id from core.annotation a
       where a.template_id = t.id and a.image_id = $${n + 1} and a.id ${ahead} $${n + 2}::bigint and ${text}
       order by a.template_id ${sorted}, a.image_id ${sorted}, a.id ${sorted} limit 1
     ) found`,
    [...values, imageId, query.from ?? START[query.direction], ...(templates ? [[...templates]] : [])],
  );
  return row?.id ?? undefined;
}
