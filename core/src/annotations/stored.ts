import { type Annotation, AnnotationConflictError, ConflictError } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { Sql } from '@exact/sdk/server';
import type { Seeing } from '../auth/seeing.ts';
import type { HookCallers } from '../kernel/hook-caller.ts';
import { type AnnotationRow, COLUMNS, toAnnotation } from './rows.ts';
import type { CleanDraft, CleanEdit } from './validate.ts';
import { visibleWhere } from './visibility.ts';

export type Conflict = ConstructorParameters<typeof AnnotationConflictError>[0]['conflicts'][number];

/**
 * Locks the rows of edits until the transaction ends, in the order of their UUIDs so that two requests cannot wait for each
 * other, and checks that each edit was made on the current revision.
 *
 * What is not there, lies on another image, or may not be seen conflicts without content: all three look the same.
 *
 * @returns the locked rows by UUID
 * @throws AnnotationConflictError with the current state of what was changed meanwhile
 */
export async function lockRows(
  sql: Sql,
  { hooks, seeing }: { readonly hooks: HookCallers; readonly seeing: Seeing },
  context: HookContext,
  imageId: number,
  edits: readonly CleanEdit[],
): Promise<Map<string, AnnotationRow>> {
  const uuids = edits.map((edit) => edit.uuid);
  const { text, values } = await visibleWhere({ imageId, uuids, deleted: 'all' }, { hooks, seeing, context });
  const rows = await sql.query<AnnotationRow>(
    `select ${COLUMNS} from core.annotation a where ${text} order by a.uuid for update of a`,
    values,
  );
  const byUuid = new Map(rows.map((row) => [row.uuid, row]));
  const conflicts: Conflict[] = [];
  for (const { uuid, revision } of edits) {
    const row = byUuid.get(uuid);
    if (!row) conflicts.push({ uuid });
    else if (row.revision !== revision) conflicts.push({ uuid, current: toAnnotation(row) });
  }
  if (conflicts.length > 0) throw new AnnotationConflictError({ conflicts });
  return byUuid;
}

/**
 * Finds those drafts that the same person has stored on this image before with equal content: a client that lost the
 * answer and its change id sends them once more.
 *
 * @returns their current states by UUID
 * @throws AnnotationConflictError for UUIDs that stand for anything else; other people's without content
 */
export async function findStored(
  sql: Sql,
  imageId: number,
  userId: number,
  drafts: readonly CleanDraft[],
): Promise<Map<string, Annotation>> {
  const rows = await sql.query<AnnotationRow & { first: FirstContent }>(
    `select ${COLUMNS}, jsonb_build_object('templateId', r.template_id, 'geometry', encode(r.geometry, 'base64'),
       'description', coalesce(r.description, ''), 'meta', coalesce(r.meta, '{}')) as first
     from core.annotation a join core.annotation_history r on r.annotation_id = a.id and r.revision = 1
     where a.uuid = any($1::uuid[])`,
    [drafts.map((draft) => draft.uuid)],
  );
  const draftOf = new Map(drafts.map((draft) => [draft.uuid, draft]));
  const stored = new Map<string, Annotation>();
  const conflicts: Conflict[] = [];
  for (const row of rows) {
    const draft = draftOf.get(row.uuid);
    const isOwn = row.author_id === userId && row.image_id === imageId;
    if (!isOwn) conflicts.push({ uuid: row.uuid });
    else if (!draft || !isSame(draft, row.first)) conflicts.push({ uuid: row.uuid, current: toAnnotation(row) });
    else stored.set(row.uuid, toAnnotation(row));
  }
  if (conflicts.length > 0) throw new AnnotationConflictError({ conflicts });
  return stored;
}

interface FirstContent {
  readonly templateId: number;
  readonly geometry: string;
  readonly description: string;
  readonly meta: unknown;
}

function isSame(draft: CleanDraft, first: FirstContent): boolean {
  return (
    draft.templateId === first.templateId &&
    Buffer.compare(draft.shape.packed, Buffer.from(first.geometry, 'base64')) === 0 &&
    (draft.description ?? '') === first.description &&
    sortedJson(JSON.parse(draft.meta ?? '{}')) === sortedJson(first.meta)
  );
}

/** JSON text that does not depend on the order of keys: PostgreSQL keeps another order than people write. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/**
 * Rebuilds the answer to a change that was stored before, from the revision log: the state after that change, whatever came
 * later.
 *
 * @throws ConflictError when the change is another person's or on another image; it says nothing about it
 */
export async function replay(sql: Sql, changeId: string, userId: number, imageId: number): Promise<Annotation[]> {
  const rows = await sql.query<AnnotationRow & { isOwn: boolean }>(
    `select a.id, a.uuid, a.image_id, r.template_id, a.author_id, coalesce(e.user_id, a.author_id) as editor_id,
       a.created_at, r.at as updated_at, r.deleted, r.locked, r.revision, r.verdict, v.user_id as verdict_by, v.at as verdict_at,
       r.geometry, r.description, r.meta, r.layer_id
     from core.annotation_change c
     cross join unnest(c.uuids) with ordinality as item(uuid, n)
     join core.annotation a on a.uuid = item.uuid
     cross join lateral (
       select * from core.annotation_history r where r.annotation_id = a.id and r.at <= c.at order by revision desc limit 1
     ) r
     left join lateral (
       select user_id, at from core.annotation_history v
       where v.annotation_id = a.id and v.revision <= r.revision and v.change = 5 order by revision desc limit 1
     ) v on r.verdict is not null
     left join lateral (
       select user_id from core.annotation_history e
       where e.annotation_id = a.id and e.revision <= r.revision and e.change <> 5 order by revision desc limit 1
     ) e on true
     where c.change_id = $1 and c.user_id = $2 and c.image_id = $3
     order by item.n`,
    [changeId, userId, imageId],
  );
  return rows.map(toAnnotation);
}

export function demandSameImage(earlier: { readonly imageId: number }, changeId: string, imageId: number): void {
  if (earlier.imageId === imageId) return;
  throw new ConflictError({
    what: `Change ${changeId}`,
    reason: 'this id is in use. Make a new changeId and send the request again.',
  });
}
