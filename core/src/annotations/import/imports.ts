import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AnnotationImport,
  AnnotationImportRefusedError,
  ConflictError,
  defineError,
  InvalidRequestError,
  NotFoundError,
  type ProjectRole,
} from '@exact/sdk/contract';
import type { JobContext, Principal, Sql } from '@exact/sdk/server';
import { demandPermission } from '../../auth/permissions.ts';
import { JOB_COLUMNS, type JobRow, toJob } from '../../jobs/job-rows.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Processes } from '../../jobs/processes.ts';
import type { SeeingServices } from '../../auth/seeing.ts';
import { asDiskError } from '../../storage/disk-errors.ts';
import type { FolderStorage } from '../../storage/folder-driver.ts';
import { type ImportRow, runImport } from './run-import.ts';

export const IMPORT_JOB = 'core:import-annotations';
const LIMIT_S = 4 * 3600;
const LOOK_MS = 100;

export const ImportNotStoredError = defineError<{ importId: string; reason: string }>({
  code: 'IMPORT_NOT_STORED',
  status: 409,
  message: (d) => `Import ${d.importId} was not stored: ${d.reason} Send it again.`,
});

export interface ImportParts {
  readonly jobs: Jobs;
  readonly processes: Processes;
  readonly storage: FolderStorage;
}

export interface ImportTarget {
  readonly projectId: number;
  readonly imageId: number;
  /** Made by the client to be able to ask again. */
  readonly importId?: string | undefined;
  /** Layer of the project that they go into. */
  readonly layerId?: number | undefined;
  /** Member of the project whose work they are, if not the one's who brings them. */
  readonly authorId?: number | undefined;
}

/** Layers and other people's names are for managers. @throws ForbiddenError */
export function demandImportRights(
  principal: Principal,
  role: ProjectRole | undefined,
  { layerId, authorId }: Pick<ImportTarget, 'layerId' | 'authorId'>,
): void {
  if (layerId !== undefined) demandPermission(principal, role, 'layers:write');
  if (authorId !== undefined) demandPermission(principal, role, 'annotations:attribute');
}

/** Imports of annotations from files. Rights are checked by the caller. */
export interface AnnotationImports {
  /**
   * Takes a file in and queues the work on it. With an `importId` that was used before it reads nothing and answers with what
   * became of that; one that failed or was cancelled is begun anew.
   *
   * @throws ConflictError for an id that the same person has used on another image; DiskFullError
   */
  start(principal: Principal, target: ImportTarget, body: AsyncIterable<Uint8Array>): Promise<AnnotationImport>;
  /**
   * As {@link start}, and waits until it is stored.
   *
   * @throws AnnotationImportRefusedError with the first wrong lines; ImportNotStoredError with the reason of the job
   */
  complete(
    principal: Principal,
    target: ImportTarget,
    body: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<{ readonly created: number; readonly known: number }>;
  /** @throws NotFoundError also for imports of other people */
  get(principal: Principal, imageId: number, importId: string): Promise<AnnotationImport>;
  close(): void;
}

interface ImportView extends JobRow {
  readonly import_id: string;
  readonly import_image_id: number;
  readonly size_bytes: string;
  readonly lines: number | null;
  readonly created: number | null;
  readonly known: number | null;
  readonly problem_count: number;
  readonly problems: AnnotationImport['problems'];
}

const VIEW = `select ${JOB_COLUMNS}, x.import_id, x.image_id as import_image_id, x.size_bytes, x.lines, x.created, x.known,
  x.problem_count, x.problems from core.annotation_import x join core.job j on j.id = x.job_id`;

export function createImports(services: SeeingServices, { jobs, processes, storage }: ImportParts): AnnotationImports {
  const { database, outbox } = services;

  async function find({ userId }: Principal, importId: string): Promise<ImportView | undefined> {
    const [row] = await database.sql.query<ImportView>(`${VIEW} where x.user_id = $1 and x.import_id = $2`, [
      userId,
      importId,
    ]);
    return row;
  }

  /** For administrators: whoever started it. */
  async function findAny(imageId: number, importId: string): Promise<ImportView | undefined> {
    const [row] = await database.sql.query<ImportView>(
      `${VIEW} where x.image_id = $1 and x.import_id = $2 order by x.created_at limit 1`,
      [imageId, importId],
    );
    return row;
  }

  /** What a request with a known id is answered with; nothing when the import has to be begun anew. */
  async function earlier(
    principal: Principal,
    imageId: number,
    importId: string,
  ): Promise<AnnotationImport | undefined> {
    const row = await find(principal, importId);
    if (!row) return undefined;
    if (row.import_image_id !== imageId) throw inUse(importId);
    return row.state === 'failed' || row.state === 'cancelled' ? undefined : toImport(row);
  }

  /** Managers name layers and authors: what they name has to be of the project. */
  async function demandTarget({ projectId, layerId, authorId }: ImportTarget): Promise<void> {
    if (layerId === undefined && authorId === undefined) return;
    const [found] = await database.sql.query<{ layer: boolean; author: boolean }>(
      `select exists (select from core.annotation_layer where id = $2 and project_id = $1) as layer,
         exists (select from core.project_member where user_id = $3 and project_id = $1) as author`,
      [projectId, layerId ?? null, authorId ?? null],
    );
    const fields = [
      ...(layerId === undefined || found?.layer
        ? []
        : [{ path: 'query.layerId', message: `the project has no layer ${layerId}` }]),
      ...(authorId === undefined || found?.author
        ? []
        : [{ path: 'query.authorId', message: `user ${authorId} is not in the project; add them to it first` }]),
    ];
    if (fields.length > 0) throw new InvalidRequestError({ fields });
  }

  /** Keeps the body as a file that is on the disk when this returns: the answer promises that it will be worked on. */
  async function keep(body: AsyncIterable<Uint8Array>): Promise<{ path: string; sizeBytes: number }> {
    const path = await storage.scratch('.ndjson');
    let sizeBytes = 0;
    try {
      const file = await open(path, 'wx');
      try {
        for await (const piece of body) {
          await file.writeFile(piece);
          sizeBytes += piece.length;
        }
        await file.datasync();
      } finally {
        await file.close();
      }
      if (sizeBytes > 0) return { path, sizeBytes };
      throw new InvalidRequestError({ fields: [{ path: 'body', message: 'is empty; send one annotation a line' }] });
    } catch (error) {
      await rm(path, { force: true });
      throw asDiskError(error);
    }
  }

  async function enqueue(
    principal: Principal,
    { projectId, imageId, layerId, authorId }: ImportTarget,
    importId: string,
    file: { path: string; sizeBytes: number },
  ): Promise<boolean> {
    await jobs.prepare(IMPORT_JOB);
    const isOurs = await database.transaction(async ({ sql }) => {
      // Two requests with one id: the second waits here, and finds that the first has begun.
      await sql.query(`select pg_advisory_xact_lock(hashtextextended('import ' || $1::int || ' ' || $2::text, 0))`, [
        principal.userId,
        importId,
      ]);
      const [former] = await sql.query<ImportView>(`${VIEW} where x.user_id = $1 and x.import_id = $2`, [
        principal.userId,
        importId,
      ]);
      if (former && former.state !== 'failed' && former.state !== 'cancelled') return false;
      const [image] = await sql.query<{ name: string }>('select public_name as name from core.image where id = $1', [
        imageId,
      ]);
      if (!image) throw new NotFoundError({ what: 'image', id: imageId });
      const job = await jobs.enqueue(
        {
          kind: IMPORT_JOB,
          title: `Import annotations on ${image.name}`, // all members read it: never a private name
          projectId,
          imageId,
          createdBy: principal.userId,
          input: { importId },
        },
        sql,
      );
      await sql.query(
        `insert into core.annotation_import (import_id, image_id, user_id, job_id, path, size_bytes, layer_id, author_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (user_id, import_id) do update set job_id = excluded.job_id, path = excluded.path, size_bytes = excluded.size_bytes,
           layer_id = excluded.layer_id, author_id = excluded.author_id, lines = null, problem_count = 0, problems = '[]', created_at = now()`,
        [importId, imageId, principal.userId, job.id, file.path, file.sizeBytes, layerId ?? null, authorId ?? null],
      );
      return true;
    });
    if (isOurs) {
      outbox.wake();
      jobs.wake(IMPORT_JOB);
    }
    return isOurs;
  }

  async function work(input: JobContext & { readonly importId: string }): Promise<Record<string, unknown>> {
    const [row] = await database.sql.query<Omit<ImportRow, 'principal' | 'layerId'> & WorkRow>(
      `select x.import_id as "importId", x.job_id as "jobId", s.project_id as "projectId", x.image_id as "imageId", x.path,
         x.layer_id as "layerId", coalesce(x.author_id, u.id) as "authorId", u.id as "userId", u.username, u.is_admin as "isAdmin"
       from core.annotation_import x join core.image i on i.id = x.image_id join core.image_set s on s.id = i.image_set_id
       join core.app_user u on u.id = x.user_id where x.job_id = $1`,
      [input.jobId],
    );
    if (!row) throw new NotFoundError({ what: 'import', id: input.importId });
    const { userId, username, isAdmin, layerId, ...rest } = row;
    const principal: Principal = { userId, username, isAdmin, via: 'system' };
    return runImport(services, processes, { ...rest, layerId: layerId ?? undefined, principal }, input);
  }

  const undoSettled = jobs.onSettled(async (job, sql: Sql) => {
    if (job.kind !== IMPORT_JOB) return;
    const [row] = await sql.query<{ path: string }>('select path from core.annotation_import where job_id = $1', [
      job.id,
    ]);
    if (row) await rm(row.path, { force: true });
  });
  const undoWork = jobs.work(
    IMPORT_JOB,
    async ({ importId }, context) => work({ ...context, importId: String(importId) }),
    { timeoutS: LIMIT_S },
  );

  async function start(
    principal: Principal,
    target: ImportTarget,
    body: AsyncIterable<Uint8Array>,
  ): Promise<AnnotationImport> {
    const importId = target.importId?.toLowerCase() ?? randomUUID();
    const former = await earlier(principal, target.imageId, importId);
    if (former) return former;
    await demandTarget(target);
    const file = await keep(body);
    const isOurs = await enqueue(principal, target, importId, file).catch(async (error: unknown) => {
      await rm(file.path, { force: true });
      throw error;
    });
    if (!isOurs) await rm(file.path, { force: true });
    const now = await find(principal, importId);
    if (!now) throw new NotFoundError({ what: 'import', id: importId });
    if (now.import_image_id !== target.imageId) throw inUse(importId);
    return toImport(now);
  }

  return {
    start,
    async complete(principal, target, body, signal) {
      let now = await start(principal, target, body);
      const { importId } = now;
      // Asked again and again: another process may be at work on it.
      while (now.job.state === 'waiting' || now.job.state === 'running') {
        await delay(LOOK_MS, undefined, { signal });
        const row = await find(principal, importId);
        if (!row) throw new NotFoundError({ what: 'import', id: importId });
        now = toImport(row);
      }
      const { job, created = 0, known = 0, lines, problemCount, problems } = now;
      if (job.state === 'done') return { created, known };
      if (problemCount > 0)
        throw new AnnotationImportRefusedError({ count: problemCount, lines: lines ?? problemCount, problems });
      throw new ImportNotStoredError({ importId, reason: job.problem?.message ?? `its job is ${job.state}` });
    },
    async get(principal, imageId, importId) {
      const own = await find(principal, importId.toLowerCase());
      const row = own?.import_image_id === imageId || !principal.isAdmin ? own : await findAny(imageId, importId);
      if (row?.import_image_id !== imageId) throw new NotFoundError({ what: 'import', id: importId });
      return toImport(row);
    },
    close() {
      undoSettled();
      undoWork();
    },
  };
}

interface WorkRow {
  readonly userId: number;
  readonly username: string;
  readonly isAdmin: boolean;
  readonly layerId: number | null;
}

function inUse(importId: string): Error {
  return new ConflictError({
    what: `Import ${importId}`,
    reason: 'this id is in use. Make a new importId and send the file again.',
  });
}

function toImport(row: ImportView): AnnotationImport {
  return {
    importId: row.import_id,
    imageId: row.import_image_id,
    sizeBytes: Number(row.size_bytes),
    job: toJob(row),
    ...(row.lines === null ? {} : { lines: row.lines }),
    ...(row.created === null ? {} : { created: row.created }),
    ...(row.known === null ? {} : { known: row.known }),
    problemCount: row.problem_count,
    problems: row.problems,
  };
}
