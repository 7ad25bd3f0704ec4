import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FormatId, BoxForm } from '@exact/annotation-formats';
import { ConflictError, InvalidRequestError, NotFoundError } from '@exact/sdk/contract';
import type { JobContext, PluginContext, Principal } from '@exact/sdk/server';
import { type ImportFile, type Inventory, MAX_KEPT } from '../shared/file.ts';
import type { ScanInput } from './scan-task.ts';

export const SCAN_JOB = 'annotation-import:read';

const SCAN = new URL(import.meta.url.endsWith('.ts') ? './scan-task.ts' : './scan-task.js', import.meta.url);
const SCAN_LIMITS = { timeoutMs: 900_000, memoryMb: 1024 };
/** Without a job after this time, the process died between storing and queueing. */
const LOST_MS = 60_000;
/** Longer than any file is on its way. */
const ORPHAN_MS = 24 * 3_600_000;

interface Row {
  readonly id: string;
  readonly name: string;
  readonly size_bytes: string;
  readonly sha256: string;
  readonly format: FormatId | null;
  readonly box_form: BoxForm | null;
  readonly inventory: Inventory | null;
  readonly created_at: Date;
  readonly state: string | null;
  readonly progress: number | null;
  readonly problem: string | null;
}

type Context = Pick<PluginContext, 'db' | 'jobs' | 'storage'>;

/** Files that people have given. Everybody has their own; those of others are not there. */
export interface Files {
  /** Keeps a file and queues reading it. */
  add(principal: Principal, projectId: number, name: string, body: AsyncIterable<Uint8Array>): Promise<ImportFile>;
  list(principal: Principal, projectId: number): Promise<ImportFile[]>;
  /** @throws NotFoundError also for files of other people and projects */
  get(principal: Principal, projectId: number, id: string): Promise<ImportFile>;
  /** The same with what was found in it. @throws ConflictError while it is not read */
  ready(principal: Principal, projectId: number, id: string): Promise<ImportFile & { readonly inventory: Inventory }>;
  reread(
    principal: Principal,
    projectId: number,
    id: string,
    as: { format?: FormatId | undefined; boxForm?: BoxForm | undefined },
  ): Promise<ImportFile>;
  remove(principal: Principal, projectId: number, id: string): Promise<void>;
  /** The job: reads a file in a process of its own. */
  read(input: Readonly<Record<string, unknown>>, job: JobContext): Promise<void>;
}

export const sourceKey = (id: string): string => `${id}/source`;
export const itemsKey = (id: string): string => `${id}/items`;

const columns = (inventory: string): string =>
  `f.id, f.name, f.size_bytes, f.sha256, f.format, f.box_form, ${inventory} as inventory, f.created_at, j.state, j.progress,
   j.problem_message as problem from file f left join core.job j on j.id = f.job_id`;

export function createFiles(ctx: Context): Files {
  const { db, jobs, storage } = ctx;

  async function find(principal: Principal, projectId: number, id: string): Promise<Row> {
    const [row] = await db.query<Row>(
      `select ${columns('f.inventory')} where f.project_id = $1 and f.user_id = $2 and f.id = $3`,
      [projectId, principal.userId, id],
    );
    if (!row) throw new NotFoundError({ what: 'file', id });
    return row;
  }

  async function queue(principal: Principal, projectId: number, id: string): Promise<void> {
    const job = await jobs.enqueue({
      kind: SCAN_JOB,
      title: 'Read a file of annotations', // other members may read it: never the name of the file
      projectId,
      createdBy: principal.userId,
      input: { fileId: id },
    });
    await db.query('update file set job_id = $2 where id = $1', [id, job.id]);
  }

  async function forget(ids: readonly string[]): Promise<void> {
    for (const id of ids) for await (const { key } of storage.list(`${id}/`)) await storage.delete(key);
  }

  /** What is left of files whose project was deleted, or whose sending was cut off by the end of the process. */
  async function forgetOrphans(): Promise<void> {
    const known = new Set((await db.query<{ id: string }>('select id from file')).map(({ id }) => id));
    for await (const { key, modifiedAt } of storage.list('')) {
      const [id = ''] = key.split('/');
      if (!known.has(id) && Date.now() - modifiedAt.getTime() > ORPHAN_MS) await storage.delete(key);
    }
  }

  const get: Files['get'] = async (principal, projectId, id) => toFile(await find(principal, projectId, id));

  return {
    get,
    async add(principal, projectId, name, body) {
      const id = randomUUID();
      const sum = createHash('sha256');
      async function* summed(): AsyncGenerator<Uint8Array> {
        for await (const piece of body) {
          sum.update(piece);
          yield piece;
        }
      }
      const { sizeBytes } = await storage.write(sourceKey(id), summed());
      if (sizeBytes === 0) {
        await storage.delete(sourceKey(id));
        throw new InvalidRequestError({
          fields: [{ path: 'body', message: 'is empty; choose a file of annotations' }],
        });
      }
      const surplus = await db.transaction(async (sql) => {
        await sql.query(
          'insert into file (id, project_id, user_id, name, size_bytes, sha256) values ($1, $2, $3, $4, $5, $6)',
          [id, projectId, principal.userId, name, sizeBytes, sum.digest('hex')],
        );
        return sql.query<{ id: string }>(
          `delete from file where project_id = $1 and user_id = $2 and id not in
             (select id from file where project_id = $1 and user_id = $2 order by created_at desc, id limit $3) returning id`,
          [projectId, principal.userId, MAX_KEPT],
        );
      });
      await forget(surplus.map((row) => row.id));
      await queue(principal, projectId, id);
      return get(principal, projectId, id);
    },
    async list(principal, projectId) {
      const rows = await db.query<Row>(
        `select ${columns('null')} where f.project_id = $1 and f.user_id = $2 order by f.created_at desc`,
        [projectId, principal.userId],
      );
      return rows.map(toFile);
    },
    async ready(principal, projectId, id) {
      const file = await get(principal, projectId, id);
      if (file.state === 'ready' && file.inventory) return { ...file, inventory: file.inventory };
      throw new ConflictError({
        what: `File "${file.name}"`,
        reason:
          file.state === 'failed'
            ? `it cannot be used: ${file.problem}`
            : 'it is still being read. Try again in a moment.',
      });
    },
    async reread(principal, projectId, id, { format, boxForm }) {
      const row = await find(principal, projectId, id);
      if (toFile(row).state === 'reading')
        throw new ConflictError({ what: `File "${row.name}"`, reason: 'it is being read. Try again in a moment.' });
      await db.transaction(async (sql) => {
        // Plans say what the former reading would have made.
        await sql.query('delete from plan where file_id = $1', [id]);
        await sql.query(
          'update file set format = $2, box_form = $3, inventory = null, job_id = null, created_at = now() where id = $1',
          [id, format ?? null, boxForm ?? null],
        );
      });
      await queue(principal, projectId, id);
      return get(principal, projectId, id);
    },
    async remove(principal, projectId, id) {
      await find(principal, projectId, id);
      await db.query('delete from file where id = $1', [id]);
      await forget([id]);
    },
    async read(input, job) {
      const id = String(input['fileId']);
      const [row] = await db.query<Pick<Row, 'size_bytes' | 'format' | 'box_form'>>(
        'select size_bytes, format, box_form from file where id = $1',
        [id],
      );
      if (!row) return; // forgotten meanwhile
      const inventory = await withScratch(async (folder) => {
        const task: ScanInput = {
          path: await localPath(ctx, sourceKey(id), folder),
          sizeBytes: Number(row.size_bytes),
          format: row.format ?? undefined,
          boxForm: row.box_form ?? undefined,
          output: join(folder, 'items'),
        };
        const found = await jobs.inProcess<Inventory>(SCAN, task, {
          ...SCAN_LIMITS,
          signal: job.signal,
          onProgress: (fraction, step) => job.progress(fraction * 0.95, step),
        });
        await storage.write(itemsKey(id), createReadStream(task.output), job.signal);
        return found;
      });
      const kept = await db.query('update file set inventory = $2 where id = $1 returning id', [
        id,
        JSON.stringify(inventory),
      ]);
      if (kept.length === 0) await forget([id]);
      await forgetOrphans();
    },
  };
}

function toFile(row: Row): ImportFile {
  const isLost = row.state === null && Date.now() - row.created_at.getTime() > LOST_MS;
  const isFailed = row.state === 'failed' || row.state === 'cancelled' || isLost;
  const state = row.inventory || row.state === 'done' ? 'ready' : isFailed ? 'failed' : 'reading';
  return {
    id: row.id,
    name: row.name,
    sizeBytes: Number(row.size_bytes),
    sha256: row.sha256,
    state,
    progress: state === 'ready' ? 1 : (row.progress ?? 0),
    problem:
      state === 'failed'
        ? (row.problem ?? 'Reading it was interrupted. Read it again, or give the file once more.')
        : null,
    createdAt: row.created_at.toISOString(),
    inventory: row.inventory,
  };
}

/** A folder of its own for the files of one task. */
export async function withScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'exact-import-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const PIECE = 4 * 1024 * 1024;

/** A stored object in pieces. */
export async function* readStored(
  { storage }: Pick<PluginContext, 'storage'>,
  key: string,
  offset = 0,
  length?: number,
): AsyncGenerator<Uint8Array> {
  const end = offset + (length ?? (await storage.size(key)) - offset);
  for (let at = offset; at < end;) {
    const piece = await storage.read(key, at, Math.min(PIECE, end - at));
    if (piece.length === 0) return;
    at += piece.length;
    yield piece;
  }
}

/** The path of a stored object; a copy where the storage has none. */
export async function localPath(ctx: Pick<PluginContext, 'storage'>, key: string, folder: string): Promise<string> {
  if (ctx.storage.path) return ctx.storage.path(key);
  const path = join(folder, 'copy');
  await writeFile(path, readStored(ctx, key));
  return path;
}
