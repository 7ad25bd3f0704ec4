import { decodeGeometry } from '@exact/geometry';
import { type Annotation, type AnnotationRevision, VERDICTS } from '@exact/sdk/contract';

/** Columns of `core.annotation a` that an {@link Annotation} is made from. */
export const COLUMNS = `a.id, a.uuid, a.image_id, a.template_id, a.author_id, a.editor_id, a.created_at, a.updated_at,
  a.deleted_at is not null as deleted, a.locked, a.revision, a.verdict, a.verdict_by, a.verdict_at, a.geometry, a.description, a.meta,
  a.layer_id`;

/** One row of {@link COLUMNS}. `id` is a bigint as text: it never leaves the server. */
export interface AnnotationRow {
  readonly id: string;
  readonly uuid: string;
  readonly image_id: number;
  readonly template_id: number;
  readonly author_id: number;
  readonly editor_id: number;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly deleted: boolean;
  readonly locked: boolean;
  readonly revision: number;
  readonly verdict: number | null;
  readonly verdict_by: number | null;
  readonly verdict_at: Date | null;
  readonly geometry: Uint8Array;
  readonly description: string | null;
  readonly meta: Annotation['meta'] | null;
  readonly layer_id: number | null;
}

export function toAnnotation(row: AnnotationRow): Annotation {
  const verdict = row.verdict === null ? undefined : VERDICTS[row.verdict - 1];
  return {
    uuid: row.uuid,
    imageId: row.image_id,
    templateId: row.template_id,
    ...(row.layer_id === null ? {} : { layerId: row.layer_id }),
    geometry: decodeGeometry(row.geometry),
    description: row.description ?? '',
    meta: row.meta ?? {},
    authorId: row.author_id,
    editorId: row.editor_id,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    revision: row.revision,
    deleted: row.deleted,
    locked: row.locked,
    ...(verdict && row.verdict_by !== null && row.verdict_at !== null
      ? { verification: { verdict, userId: row.verdict_by, at: row.verdict_at.toISOString() } }
      : {}),
  };
}

/** Names of changes; the number in the revision log is the index plus one. */
export const REVISION_CHANGES = ['create', 'update', 'delete', 'restore', 'verify'] as const;
export type RevisionChange = (typeof REVISION_CHANGES)[number];

export const changeNumber = (change: RevisionChange): number => REVISION_CHANGES.indexOf(change) + 1;

export interface RevisionRow {
  readonly revision: number;
  readonly change: number;
  readonly user_id: number;
  readonly at: Date;
  readonly template_id: number;
  readonly deleted: boolean;
  readonly locked: boolean;
  readonly verdict: number | null;
  readonly geometry: Uint8Array;
  readonly description: string | null;
  readonly meta: Annotation['meta'] | null;
  readonly layer_id: number | null;
}

export function toRevision(row: RevisionRow): AnnotationRevision {
  const change = REVISION_CHANGES[row.change - 1];
  if (!change) throw new Error(`The revision log holds the unknown change ${row.change}.`);
  const verdict = row.verdict === null ? undefined : VERDICTS[row.verdict - 1];
  return {
    revision: row.revision,
    change,
    userId: row.user_id,
    at: row.at.toISOString(),
    templateId: row.template_id,
    ...(row.layer_id === null ? {} : { layerId: row.layer_id }),
    geometry: decodeGeometry(row.geometry),
    description: row.description ?? '',
    meta: row.meta ?? {},
    deleted: row.deleted,
    locked: row.locked,
    ...(verdict ? { verdict } : {}),
  };
}
