import { totalmem } from 'node:os';
import { type Annotation, type AnnotationRevision, InvalidRequestError, NotFoundError } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { AnnotationCentres, AnnotationFilter } from '@exact/sdk/server';
import type { SeeingServices } from '../auth/seeing.ts';
import type { EventOutbox } from '../db/outbox.ts';
import { type AskedOptions, createAnswer, type PackedAnswer } from './reading/answers.ts';
import { readCentreColumns } from './reading/centre-columns.ts';
import { createHot, type Hot, type HotOptions } from './reading/hot.ts';
import { findNext } from './reading/next.ts';
import { readCentres, readFrame } from './reading/packed.ts';
import { createReady } from './reading/ready.ts';
import { createRevisions, type Revisions } from './reading/revisions.ts';
import { createTally } from './reading/tally.ts';
import { type AnnotationRow, COLUMNS, type RevisionRow, toAnnotation, toRevision } from './rows.ts';
import { toPredicate, visibleFilters, visibleWhere } from './visibility.ts';

export interface Page {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** A filter of annotations of one image. */
export type ImageFilter = AnnotationFilter & { readonly imageId: number };

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
   * The next annotation that matches in the order in which they were made, or the previous one.
   *
   * @throws NotFoundError when the viewer sees no annotation `after`, deleted ones included, on the image
   */
  next(
    filter: ImageFilter,
    context: HookContext,
    from?: { readonly after?: string | undefined; readonly direction?: 'next' | 'previous' | undefined },
  ): Promise<Annotation | undefined>;
  /**
   * All annotations that match, in the packed form of `@exact/geometry` frames, oldest first.
   *
   * @throws TooManyAnnotationsError
   */
  frame(filter: ImageFilter, context: HookContext, options?: AskedOptions): Promise<PackedAnswer>;
  /** The same as dots. @throws TooManyAnnotationsError */
  centres(
    filter: ImageFilter,
    context: HookContext,
    options?: AskedOptions & { readonly withUuids?: boolean },
  ): Promise<PackedAnswer>;
  /** In columns, over any number of images. @throws TooManyAnnotationsError */
  columns(filter: AnnotationFilter, context: HookContext, metaNumber?: string): Promise<AnnotationCentres>;
  /** Exact counts per template and cell of the image's grid, whatever their number. */
  overview(filter: ImageFilter, context: HookContext, options?: AskedOptions): Promise<PackedAnswer>;
  /** Which of these annotations the viewer may see, deleted ones included. */
  visibleUuids(imageId: number, uuids: readonly string[], context: HookContext): Promise<Set<string>>;
}

const DEFAULT_LIMIT = 100;
const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** Memory for overviews that are held ready; one of a million annotations in ten classes has some 200 kB. */
const READY_BYTES = 64 * 1024 * 1024;
/** A million polygons of 30 points take 130 MB. */
const HOT: HotOptions = {
  maxBytes: Math.min(256 * 1024 * 1024, totalmem() / 16),
  minRows: 5000,
  asks: 3,
  restMs: 60_000,
};
const NEVER = new AbortController().signal;

/** @param services - of the process; the outbox tells what others have changed */
export function createAnnotationReader(
  { database, hooks, log, seeing }: SeeingServices,
  outbox: Pick<EventOutbox, 'current' | 'last' | 'subscribe'>,
  hotOptions: Partial<HotOptions> = {},
): AnnotationReader & { readonly revisions: Revisions; readonly hot: Hot } {
  const { sql, pool } = database;
  const where = (filter: AnnotationFilter, context: HookContext) => visibleWhere(filter, { hooks, seeing, context });
  const revisions = createRevisions(outbox);
  const tally = createTally(database, log);
  const ready = createReady(READY_BYTES);
  revisions.onChange(tally.noteChange);
  const answer = createAnswer({ hooks, seeing }, revisions);
  const hot = createHot(database, revisions, log, { ...HOT, ...hotOptions });

  async function find(uuid: string, context: HookContext, imageId?: number): Promise<AnnotationRow> {
    const on = imageId === undefined ? {} : { imageId };
    const { text, values } = await where({ ...on, uuids: [uuid], deleted: 'all' }, context);
    const [row] = await sql.query<AnnotationRow>(`select ${COLUMNS} from core.annotation a where ${text}`, values);
    if (!row) throw new NotFoundError({ what: 'annotation', id: uuid });
    return row;
  }

  /** Internal id behind a cursor: of an annotation that the viewer sees, or they could look for others'. */
  async function startOf(cursor: string | undefined, filter: AnnotationFilter, context: HookContext): Promise<string> {
    if (cursor === undefined) return '0';
    if (UUID.test(cursor)) {
      const PLACE = ['imageId', 'imageSetId', 'projectId'];
      const place = Object.fromEntries(Object.entries(filter).filter(([field]) => PLACE.includes(field)));
      const { text, values } = await where({ ...place, uuids: [cursor], deleted: 'all' }, context);
      const [row] = await sql.query<{ id: string }>(`select a.id from core.annotation a where ${text}`, values);
      if (row) return row.id;
    }
    throw new InvalidRequestError({
      fields: [{ path: 'cursor', message: 'is not the cursor of a page; start without one' }],
    });
  }

  return {
    revisions,
    hot,

    async list(filter, context, { cursor, limit = DEFAULT_LIMIT } = {}) {
      const { text, values } = await where(filter, context);
      const after = await startOf(cursor, filter, context);
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
        `select revision, change, user_id, at, template_id, deleted, locked, verdict, geometry, description, meta,
           layer_id
         from core.annotation_history where annotation_id = $1 order by revision desc`,
        [id],
      );
      return rows.map(toRevision);
    },

    async count(filter, by, context) {
      return tally.count((await visibleFilters(filter, { hooks, seeing, context })).filters, by);
    },

    async next(filter, context, { after, direction = 'next' } = {}) {
      const from = after === undefined ? undefined : (await find(after, context, filter.imageId)).id;
      const { filters } = await visibleFilters(filter, { hooks, seeing, context });
      const row = await findNext(sql, filter.imageId, filters, { from, direction });
      return row && toAnnotation(row);
    },

    frame: (filter, context, asked = {}) =>
      answer(
        'frame-2',
        filter,
        context,
        asked,
        async (filters, { room, ...reading }) =>
          hot.frame({ imageId: filter.imageId, filters, ...reading }, room) ??
          readFrame(pool, toPredicate(filters), reading),
      ),

    centres: (filter, context, { withUuids = false, ...asked } = {}) =>
      answer(
        withUuids ? 'centres-uuids' : 'centres',
        filter,
        context,
        asked,
        async (filters, reading) =>
          (withUuids ? undefined : hot.centres({ imageId: filter.imageId, filters, ...reading })) ??
          readCentres(pool, toPredicate(filters), { ...reading, withUuids }),
      ),

    columns: async (filter, context, metaNumber) =>
      readCentreColumns(pool, await where(filter, context), { metaNumber, signal: context.signal }),

    overview: (filter, context, asked = {}) =>
      answer('overview', filter, context, asked, (filters, { label, cursor, signal }) => {
        const read = (until: AbortSignal) => tally.overview(filter.imageId, filters, { cursor, signal: until });
        const isPlain = Object.keys(filter).length === 1;
        // Others may wait for the same reading: one of them who goes away must not end it.
        // Those who may not know the cursor get another answer than those who may.
        const question = JSON.stringify([cursor > 0, filters]);
        return isPlain ? ready.get(question, label, () => read(NEVER)) : read(signal);
      }),

    async visibleUuids(imageId, uuids, context) {
      if (uuids.length === 0) return new Set();
      const { text, values } = await where({ imageId, uuids, deleted: 'all' }, context);
      const rows = await sql.query<{ uuid: string }>(`select a.uuid from core.annotation a where ${text}`, values);
      return new Set(rows.map((row) => row.uuid));
    },
  };
}
