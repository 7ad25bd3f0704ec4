import { rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { AnnotationImportRefusedError, defineError, NotFoundError } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { JobContext, Principal } from '@exact/sdk/server';
import { inTransaction, sqlOn } from '../../db/sql.ts';
import type { Processes } from '../../jobs/processes.ts';
import type { SeeingServices } from '../../auth/seeing.ts';
import { uuidMarkOf } from '../uuid-mark.ts';
import type { CheckInput, CheckResult } from './check-task.ts';
import { followFile } from './follow-file.ts';
import { completeRows, tellOfRows } from './hook-rows.ts';
import {
  AlreadyStored,
  copyRowsIn,
  type ImportNote,
  lookAgain,
  mergeRowsIn,
  noteImport,
  RowsRefused,
  type Stored,
} from './store-import.ts';

export const ImportFileGoneError = defineError<Record<never, never>>({
  code: 'IMPORT_FILE_GONE',
  status: 422,
  message: () => 'The file of this import is no longer there. Send it again.',
});

/** An import as its row says. */
export interface ImportRow {
  readonly importId: string;
  readonly jobId: string;
  readonly projectId: number;
  readonly imageId: number;
  readonly principal: Principal;
  /** Whose work it is: the principal's own, unless a manager says otherwise. */
  readonly authorId: number;
  readonly layerId: number | undefined;
  /** Of the file that was sent. */
  readonly path: string;
}

const CHECK_LIMIT_MS = 3_600_000;
const CHECK_MEMORY_MB = 512;
/** Of the progress; the rest is for what the database still has to take when the last line is checked. */
const CHECK_SHARE = 0.9;
const TRIES = 4;

/**
 * Checks a file and stores all of it, or nothing. Safe to run twice: the note of the import is stored with its rows.
 *
 * @throws AnnotationImportRefusedError with the first wrong lines; what a tap of `annotations.beforeCreate` refuses with
 */
export async function runImport(
  services: SeeingServices,
  processes: Processes,
  row: ImportRow,
  job: JobContext,
): Promise<Record<string, unknown>> {
  const { database, hooks, outbox } = services;
  const { projectId, imageId, principal } = row;
  const note: ImportNote = { ...row, userId: principal.userId };
  const context: HookContext = { principal, projectId, requestId: job.jobId, signal: job.signal, log: job.log };
  const copyPath = `${row.path}.copy`;
  const paths = [copyPath, `${copyPath}.completed`];
  const isHooked = hooks.annotations.beforeCreate.isUsed(projectId);

  /** One try; `isMerging`: some rows may be stored already. */
  async function store(isMerging: boolean): Promise<{ stored: Stored; rowsPath: string }> {
    const ending = new AbortController();
    const signal = AbortSignal.any([job.signal, ending.signal]);
    const checking = check(signal);
    checking.catch(() => undefined); // looked at below, possibly later
    try {
      await fileBegins(copyPath, checking, signal);
      if (isHooked) await checking; // taps get whole batches, on the connection that the rows go through
      return await inTransaction(database.pool, async (client) => {
        const at = await noteImport(client, note);
        const inside: HookContext = { ...context, sql: sqlOn(client) };
        const rowsPath = isHooked
          ? await completeRows(services, inside, imageId, (await checking).ground, copyPath, `${copyPath}.completed`)
          : copyPath;
        const rows = followFile(rowsPath, checking, signal);
        const counts = isMerging
          ? await mergeRowsIn(client, note, rows, signal)
          : { created: await copyRowsIn(client, rows, signal), known: 0 };
        const { templateIds, lines } = await checking;
        const retired = await lookAgain(client, note, templateIds);
        if (retired.length > 0) {
          throw new AnnotationImportRefusedError({
            count: lines,
            lines,
            problems: [
              {
                line: 1,
                code: 'TEMPLATE_INACTIVE',
                message: `template ${retired.join(', ')} was taken out of use meanwhile`,
              },
            ],
          });
        }
        await client.query('update core.annotation_import set created = $2, known = $3 where job_id = $1', [
          row.jobId,
          counts.created,
          counts.known,
        ]);
        return { stored: { ...counts, at }, rowsPath };
      });
    } catch (error) {
      ending.abort();
      await checking.catch(() => undefined);
      throw error instanceof RowsRefused ? await refuse(error.count, error.problems) : error;
    }
  }

  async function check(signal: AbortSignal): Promise<CheckResult & { readonly ground: CheckInput }> {
    const input = await checkInput(copyPath, row, services);
    const result = await processes.inProcess<CheckResult>(new URL('./check-task.ts', import.meta.url), input, {
      timeoutMs: CHECK_LIMIT_MS,
      memoryMb: CHECK_MEMORY_MB,
      signal,
      onProgress: (fraction) => job.progress(fraction * CHECK_SHARE, 'Checking and storing'),
    });
    await database.sql.query('update core.annotation_import set lines = $2 where job_id = $1', [
      row.jobId,
      result.lines,
    ]);
    if (result.problemCount > 0) throw await refuse(result.problemCount, result.problems, result.lines);
    job.progress(CHECK_SHARE, 'Storing');
    return { ...result, ground: input };
  }

  /** Notes what is wrong where it can be read in full, and gives the error of the job. */
  async function refuse(count: number, problems: CheckResult['problems'], lines?: number): Promise<Error> {
    const [known] = await database.sql.query<{ lines: number | null }>(
      'update core.annotation_import set problem_count = $2, problems = $3 where job_id = $1 returning lines',
      [row.jobId, count, JSON.stringify(problems)],
    );
    return new AnnotationImportRefusedError({ count, lines: lines ?? known?.lines ?? count, problems });
  }

  try {
    for (let tries = 1, isMerging = false; ; tries++) {
      try {
        const { stored, rowsPath } = await store(isMerging);
        outbox.wake();
        await tellOfRows(services, context, note, stored, rowsPath);
        return { created: stored.created, known: stored.known };
      } catch (error) {
        if (error instanceof AlreadyStored) return {};
        job.signal.throwIfAborted();
        const isTaken = isUniqueViolation(error);
        if (tries === TRIES || !(isTaken || isWorthAnotherTry(error))) throw error;
        isMerging ||= isTaken;
        await delay(isTaken ? 0 : 1000 * tries, undefined, { signal: job.signal });
      }
    }
  } finally {
    for (const path of paths) await rm(path, { force: true });
  }
}

async function checkInput(
  output: string,
  { path, importId, imageId, projectId, principal, authorId, layerId }: ImportRow,
  { database, seeing }: SeeingServices,
): Promise<CheckInput> {
  const sizeBytes = await stat(path).then(
    ({ size }) => size,
    () => {
      throw new ImportFileGoneError({});
    },
  );
  const [image] = await database.sql.query<{
    width: number;
    height: number;
    templates: CheckInput['templates'];
    hasLayer: boolean;
  }>(
    `select i.width, i.height,
       exists (select from core.annotation_layer l where l.id = $3 and l.project_id = s.project_id) as "hasLayer",
       (select coalesce(json_agg(json_build_array(t.id, t.kind, t.active, t.attribute_schema)), '[]') from core.template t
        join core.project_product p on p.product_id = t.product_id and p.project_id = s.project_id) as templates
     from core.image i join core.image_set s on s.id = i.image_set_id where i.id = $1 and s.project_id = $2`,
    [imageId, projectId, layerId ?? null],
  );
  if (!image) throw new NotFoundError({ what: 'image', id: imageId });
  if (layerId !== undefined && !image.hasLayer) throw new NotFoundError({ what: 'layer', id: layerId });
  const { width, height, templates } = image;
  const { isBlinded } = await seeing.blinding.of(principal, projectId);
  const uuidMark = isBlinded ? uuidMarkOf(principal.userId) : undefined;
  const origin = { imageId, userId: principal.userId, authorId, layerId };
  return { ...origin, path, sizeBytes, output, importId, uuidMark, image: { width, height }, templates };
}

const LOOK_MS = 20;

/** Waits until there is something to read, so that no connection is held for a check that waits for its turn. */
async function fileBegins(path: string, checking: Promise<unknown>, signal: AbortSignal): Promise<void> {
  let isOver = false;
  const over = checking.then(
    () => (isOver = true),
    (error: unknown) => {
      isOver = true;
      throw error;
    },
  );
  over.catch(() => undefined);
  while (!isOver) {
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (size > 0) return;
    await delay(LOOK_MS, undefined, { signal });
  }
  await over;
}

const isUniqueViolation = (error: unknown): boolean => (error as { code?: string }).code === '23505';

/**
 * 40P01: ended as one of two that waited for each other. 23503: image or template went meanwhile; the next look tells which.
 * 57P0x, 08xxx and errors of the connection: the database went away.
 */
function isWorthAnotherTry(error: unknown): boolean {
  const { code = '', severity, syscall } = error as { code?: string; severity?: string; syscall?: string };
  if (severity !== undefined) return ['40P01', '23503'].includes(code) || /^(57P|08)/.test(code);
  const isAway = code === 'ECONNRESET' || code === 'ECONNREFUSED' || code === 'EPIPE' || syscall === 'connect';
  return isAway || /Connection terminated/.test(String(error));
}
