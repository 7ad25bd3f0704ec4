import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type AnnotationsChanged, type ImportProblem, MAX_IMPORT_PROBLEMS } from '@exact/sdk/contract';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { EVENT_COLUMNS, eventValues } from '../../db/outbox/store.ts';
import { COPY_COLUMNS } from './copy-file.ts';

export interface ImportNote {
  readonly importId: string;
  readonly jobId: string;
  readonly projectId: number;
  readonly imageId: number;
  /** Who brings it. */
  readonly userId: number;
  /** Whose work it is. */
  readonly authorId: number;
  readonly layerId: number | undefined;
}

export interface Stored {
  readonly created: number;
  /** Rows that were there already, equal, by the same person. */
  readonly known: number;
  readonly at: Date;
}

/** The import was stored before: by a worker that died before it could say so. */
export class AlreadyStored extends Error {}
/** The job was cancelled while its rows were written. */
export class NoLongerWanted extends Error {}
/** Rows whose UUID stands for something else; `line` is the number of the row. */
export class RowsRefused extends Error {
  readonly count: number;
  readonly problems: readonly ImportProblem[];
  constructor(count: number, problems: readonly ImportProblem[]) {
    super('Some rows cannot be stored.');
    this.count = count;
    this.problems = problems;
  }
}

/** Notes the import with its event. First: who comes second waits here for the first, and then finds it stored. */
export async function noteImport(client: pg.PoolClient, note: ImportNote): Promise<Date> {
  const event: AnnotationsChanged = {
    topic: 'annotations.changed',
    projectId: note.projectId,
    imageId: note.imageId,
    changeId: note.importId,
    userId: note.userId,
    created: [],
    updated: [],
    deleted: [],
    many: true,
  };
  const { rows } = await client.query<{ at: Date }>(
    `with told as (insert into core.outbox (${EVENT_COLUMNS}) values ($1, $2, $3) returning id)
     insert into core.annotation_change (change_id, user_id, image_id, uuids, outbox_id)
     select $4::uuid, $5::int, $6::int, '{}', id from told on conflict (user_id, change_id) do nothing returning at`,
    [...eventValues(event), note.importId, note.userId, note.imageId],
  );
  if (!rows[0]) throw new AlreadyStored();
  return rows[0].at;
}

/** Copies rows that nobody has stored before; a UUID that is taken ends the transaction with 23505. */
export function copyRowsIn(client: pg.PoolClient, rows: AsyncIterable<Buffer>, signal: AbortSignal): Promise<number> {
  return copyInto(client, 'core.annotation', rows, signal);
}

/**
 * Copies rows of which some may be stored: those that the same person has stored on this image with equal content are left out.
 *
 * @throws RowsRefused for UUIDs that stand for anything else, or stand twice in the file
 */
export async function mergeRowsIn(
  client: pg.PoolClient,
  note: ImportNote,
  rows: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<{ created: number; known: number }> {
  await client.query(
    `create temp table imported on commit drop as select ${COPY_COLUMNS} from core.annotation with no data;
     alter table imported add column line bigint generated always as identity`,
  );
  const all = await copyInto(client, 'imported', rows, signal);
  const refused = await client.query<{ line: string; code: string; count: string }>(
    `with twice as (
       select line, 'UUID_TWICE' as code from (select line, row_number() over (partition by uuid order by line) as n from imported) i
       where n > 1
     ), taken as (
       select i.line, 'UUID_TAKEN' as code from imported i
       join core.annotation a on a.uuid = i.uuid
       join core.annotation_history h on h.annotation_id = a.id and h.revision = 1
       where not (a.author_id = $1 and a.image_id = $2 and h.template_id = i.template_id and h.geometry = i.geometry
         and h.layer_id is not distinct from i.layer_id
         and h.description is not distinct from i.description and h.meta is not distinct from i.meta)
     )
     select line, code, count(*) over () as count from (select * from twice union all select * from taken) r
     order by line limit ${MAX_IMPORT_PROBLEMS}`,
    [note.authorId, note.imageId],
  );
  if (refused.rows.length > 0) {
    throw new RowsRefused(
      Number(refused.rows[0]?.count),
      refused.rows.map(({ line, code }) => ({ line: Number(line), code, message: MESSAGES[code] ?? code })),
    );
  }
  const inserted = await client.query(
    `insert into core.annotation (${COPY_COLUMNS})
     select ${COPY_COLUMNS} from imported i where not exists (select 1 from core.annotation a where a.uuid = i.uuid) order by line`,
  );
  const created = inserted.rowCount ?? 0;
  return { created, known: all - created };
}

const MESSAGES: Readonly<Record<string, string>> = {
  UUID_TWICE: 'the uuid stands in an earlier line, too',
  UUID_TAKEN: 'the uuid stands for another annotation; take a new one, or leave it out',
};

/**
 * The last look before the commit: is the job still wanted, and what its rows stand on still there?
 *
 * @returns templates that were taken out of use meanwhile
 */
export async function lookAgain(
  client: pg.PoolClient,
  { jobId, projectId }: ImportNote,
  templateIds: readonly number[],
): Promise<number[]> {
  const job = await client.query<{ state: string }>('select state from core.job where id = $1 for update', [jobId]);
  if (job.rows[0]?.state !== 'running') throw new NoLongerWanted();
  const { rows } = await client.query<{ id: number }>(
    `select id from unnest($1::int[]) as wanted(id) where not exists (
       select 1 from core.template t join core.project_product p on p.product_id = t.product_id
       where t.id = wanted.id and t.active and p.project_id = $2)`,
    [templateIds, projectId],
  );
  return rows.map(({ id }) => id);
}

async function copyInto(
  client: pg.PoolClient,
  table: string,
  rows: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<number> {
  const into = client.query(copyFrom(`copy ${table} (${COPY_COLUMNS}) from stdin (format binary)`));
  await pipeline(Readable.from(rows, { objectMode: false, highWaterMark: 1024 * 1024 }), into, { signal });
  return into.rowCount;
}
