import { FRAME_FLAGS, FrameBuilder } from '@exact/geometry';
import { type Annotation, type AnnotationRevision, InvalidRequestError, NotFoundError } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { AnnotationFilter } from '@exact/sdk/server';
import { type BinaryRow, copyRows } from '../db/copy-rows.ts';
import type { EventOutbox } from '../db/outbox.ts';
import type { Services } from '../services.ts';
import { type AnnotationRow, COLUMNS, type RevisionRow, toAnnotation, toRevision } from './rows.ts';
import { visibleWhere } from './visibility.ts';

export interface Page {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Reads annotations as the viewer of `context` may see them. `context.projectId` must be the project of what is read. */
export interface AnnotationReader {
  /** Oldest first. The cursor is the UUID of the last one: internal ids would tell how much others have drawn. */
  list(filter: AnnotationFilter, context: HookContext, page?: Page): Promise<{ items: Annotation[]; next?: string }>;
  /** Deleted ones included. @throws NotFoundError also for what the viewer may not see */
  get(uuid: string, context: HookContext): Promise<Annotation>;
  /** Newest first. @throws NotFoundError as {@link get} */
  history(uuid: string, context: HookContext): Promise<AnnotationRevision[]>;
  count(
    filter: AnnotationFilter,
    by: 'template' | 'image' | 'author',
    context: HookContext,
  ): Promise<{ id: number; count: number }[]>;
  /**
   * All annotations that match, in the packed form of `@exact/geometry` frames, oldest first.
   *
   * `cursor` was taken before the first row was read: a client that watches the live channel from there misses nothing.
   */
  frame(filter: AnnotationFilter, context: HookContext): Promise<{ bytes: Uint8Array; cursor: string }>;
  /** Which of these annotations the viewer may see, deleted ones included. */
  visibleUuids(imageId: number, uuids: readonly string[], context: HookContext): Promise<Set<string>>;
}

const DEFAULT_LIMIT = 100;
const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export function createAnnotationReader(
  { database, hooks }: Services,
  outbox: Pick<EventOutbox, 'current'>,
): AnnotationReader {
  const { sql, pool } = database;
  const where = (filter: AnnotationFilter, context: HookContext) => visibleWhere(filter, { hooks, context });

  async function find(uuid: string, context: HookContext): Promise<AnnotationRow> {
    const { text, values } = await where({ uuids: [uuid], deleted: 'all' }, context);
    const [row] = await sql.query<AnnotationRow>(`select ${COLUMNS} from core.annotation a where ${text}`, values);
    if (!row) throw new NotFoundError({ what: 'annotation', id: uuid });
    return row;
  }

  /** Internal id behind a cursor. */
  async function startOf(cursor: string | undefined): Promise<string> {
    if (cursor === undefined) return '0';
    const [row] = UUID.test(cursor)
      ? await sql.query<{ id: string }>('select id from core.annotation where uuid = $1', [cursor])
      : [];
    if (row) return row.id;
    throw new InvalidRequestError({
      fields: [{ path: 'cursor', message: 'is not the cursor of a page; start without one' }],
    });
  }

  return {
    async list(filter, context, { cursor, limit = DEFAULT_LIMIT } = {}) {
      const { text, values } = await where(filter, context);
      const after = await startOf(cursor);
      const rows = await sql.query<AnnotationRow>(
        `select ${COLUMNS} from core.annotation a where ${text} and a.id > $${values.length + 1}::bigint
         order by a.id limit $${values.length + 2}::int`,
        [...values, after, limit + 1],
      );
      const items = rows.slice(0, limit).map(toAnnotation);
      const last = items.at(-1);
      return rows.length > limit && last ? { items, next: last.uuid } : { items };
    },

    get: async (uuid, context) => toAnnotation(await find(uuid, context)),

    async history(uuid, context) {
      const { id } = await find(uuid, context);
      const rows = await sql.query<RevisionRow>(
        `select revision, change, user_id, at, template_id, deleted, geometry, description, meta
         from core.annotation_revision where annotation_id = $1 order by revision desc`,
        [id],
      );
      return rows.map(toRevision);
    },

    async count(filter, by, context) {
      const { text, values } = await where(filter, context);
      const column = { template: 'a.template_id', image: 'a.image_id', author: 'a.author_id' }[by];
      return sql.query<{ id: number; count: number }>(
        `select ${column} as id, count(*)::int as count from core.annotation a where ${text} group by 1 order by 1`,
        values,
      );
    },

    async frame(filter, context) {
      const cursor = await outbox.current();
      const { text, values } = await where(filter, context);
      const frame = new FrameBuilder({ cursor: Number(cursor) });
      const query = `select ${FRAME_COLUMNS} from core.annotation a where ${text} order by a.id`;
      await copyRows(pool, query, values, 8, (row) => appendRow(frame, row), context.signal);
      return { bytes: frame.finish(), cursor };
    },

    async visibleUuids(imageId, uuids, context) {
      if (uuids.length === 0) return new Set();
      const { text, values } = await where({ imageId, uuids, deleted: 'all' }, context);
      const rows = await sql.query<{ uuid: string }>(`select a.uuid from core.annotation a where ${text}`, values);
      return new Set(rows.map((row) => row.uuid));
    },
  };
}

const FRAME_COLUMNS =
  'a.uuid, a.template_id, a.author_id, a.revision, a.verdict, a.deleted_at is not null, a.box, a.geometry';

/** Copies one row of {@link FRAME_COLUMNS} into a frame, in one pass and without unpacking its geometry. */
function appendRow(frame: FrameBuilder, { bytes, starts, lengths }: BinaryRow): void {
  // Eight fields, see FRAME_COLUMNS: these indices exist.
  const at = (field: number): number => starts[field]!;
  const isAccepted = lengths[4]! > 0 && bytes.readInt16BE(at(4)) === 1;
  const isDeleted = bytes[at(5)] === 1;
  const box = at(6); // the upper right corner comes first
  frame.append({
    uuid: bytes.subarray(at(0), at(0) + 16),
    templateId: bytes.readInt32BE(at(1)),
    authorId: bytes.readInt32BE(at(2)),
    revision: bytes.readInt32BE(at(3)),
    flags: (isAccepted ? FRAME_FLAGS.verified : 0) | (isDeleted ? FRAME_FLAGS.deleted : 0),
    bounds: {
      maxX: bytes.readDoubleBE(box),
      maxY: bytes.readDoubleBE(box + 8),
      minX: bytes.readDoubleBE(box + 16),
      minY: bytes.readDoubleBE(box + 24),
    },
    geometry: bytes.subarray(at(7), at(7) + lengths[7]!),
  });
}
