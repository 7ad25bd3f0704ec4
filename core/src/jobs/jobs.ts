import { randomUUID } from 'node:crypto';
import { ConflictError, defineError, ExactError, type Job, NotFoundError } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { JobDraft, JobWork, Sql } from '@exact/sdk/server';
import type { Services } from '../services.ts';
import { TaskFailedError } from './child.ts';
import { JOB_COLUMNS, type JobRow, toJob } from './job-rows.ts';
import { type Queue, startQueue } from './queue.ts';
import { type JobRunner, runJob, type RunnerReason } from './run-job.ts';

export const JobTimedOutError = defineError<{ limitS: number }>({
  code: 'JOB_TIMED_OUT',
  status: 422,
  message: (d) => `It took longer than ${d.limitS} seconds and was stopped.`,
});

export interface WorkOptions {
  /** Jobs of this kind at a time in this process (default 1). */
  readonly concurrency?: number;
  /** Time for one job in seconds (default 3600). */
  readonly timeoutS?: number;
}

export interface JobProgress {
  readonly id: string;
  readonly projectId: number | undefined;
  readonly imageId: number | undefined;
  readonly createdBy: number | undefined;
  readonly progress: number;
  readonly step: string;
}

export type SettleHandler = (job: Job, sql: Sql) => Promise<void>;

export interface Jobs {
  /** Takes up work on a kind. Undo: running ones are stopped and wait for another worker. */
  work(kind: string, run: JobWork, options?: WorkOptions): () => void;
  /** Queues a job; with `sql` in the transaction of the data: call {@link wake} after its commit to have it start at once. */
  enqueue(draft: JobDraft, sql?: Sql): Promise<Job>;
  /** Makes sure that a kind has its queue; before a transaction that enqueues (it would wait for itself). */
  prepare(kind: string): Promise<void>;
  wake(kind: string): void;
  get(id: string): Promise<Job | undefined>;
  /** @throws ConflictError when it has ended already */
  cancel(id: string): Promise<Job>;
  /** Runs inside the transaction that ends a job: what follows from it is stored with it, or not at all. */
  onSettled(handle: SettleHandler): () => void;
  /** Stops work; what runs is taken up again by the next process. */
  stop(): Promise<void>;
}

export interface JobsOptions {
  /** At most four times a second for each job; for the live channel. */
  readonly onProgress?: (progress: JobProgress) => void;
}

/**
 * Starts the jobs: rows in core.job that people see, a queue (pg-boss, same database) that says who works on what.
 *
 * A job whose code fails has failed for good, with the reason; a job whose worker dies is given to another, up to twice.
 * Work has to be safe to run twice.
 */
export async function createJobs(services: Services, options: JobsOptions = {}): Promise<Jobs> {
  const { database, hooks, log, outbox } = services;
  const running = new Map<string, JobRunner>();
  const settlers = new Set<SettleHandler>();
  const queue: Queue = await startQueue(database.pool, log, async (id) => {
    await settle(id, 'failed', {
      code: 'WORKER_DIED',
      message: 'The program that worked on it stopped several times. The input is probably damaged or too large.',
    });
  });

  async function find(id: string): Promise<JobRow | undefined> {
    const [row] = await database.sql.query<JobRow>(`select ${JOB_COLUMNS} from core.job j where j.id = $1`, [id]);
    return row;
  }

  async function tell(sql: Sql, row: JobRow): Promise<void> {
    if (row.project_id !== null)
      await outbox.append(sql, { topic: 'jobs.changed', projectId: row.project_id, jobIds: [row.id] });
  }

  /** Ends a job that has not ended, with all that follows from it. */
  async function settle(
    id: string,
    state: 'done' | 'failed' | 'cancelled',
    problem?: { code: string; message: string },
    result?: unknown,
  ): Promise<Job | undefined> {
    const row = await database.transaction(async ({ sql }) => {
      const [ended] = await sql.query<JobRow>(
        `update core.job j set state = $2, problem_code = $3, problem_message = $4, result = $5, ended_at = now(),
                progress = case when $2 = 'done' then 1 else progress end
          where j.id = $1 and j.state in ('waiting', 'running') returning ${JOB_COLUMNS}`,
        [
          id,
          state,
          problem?.code ?? null,
          problem?.message ?? null,
          result === undefined ? null : JSON.stringify(result),
        ],
      );
      if (!ended) return undefined;
      for (const handle of settlers) await handle(toJob(ended), sql);
      await tell(sql, ended);
      return ended;
    });
    if (!row) return undefined;
    outbox.wake();
    const job = toJob(row);
    await hooks.jobs.settled.call(job, contextOf(services, row));
    return job;
  }

  async function claim(id: string): Promise<JobRow | undefined> {
    const row = await database.transaction(async ({ sql }) => {
      const [claimed] = await sql.query<JobRow>(
        `update core.job j set state = 'running', started_at = coalesce(started_at, now()), progress = 0, step = ''
          where j.id = $1 and j.state in ('waiting', 'running') returning ${JOB_COLUMNS}`,
        [id],
      );
      if (claimed) await tell(sql, claimed);
      return claimed;
    });
    if (row) outbox.wake();
    return row;
  }

  /** Gives a job back: it waits again, and the queue hands it to the next worker. */
  async function giveBack(id: string): Promise<never> {
    await database.sql.query(
      `update core.job set state = 'waiting', progress = 0, step = '' where id = $1 and state = 'running'`,
      [id],
    );
    throw new Error('The worker stops; the job goes to another.');
  }

  async function handle(
    kind: string,
    work: JobWork,
    timeoutS: number,
    id: string,
    claimLost: AbortSignal,
  ): Promise<void> {
    const row = await claim(id);
    if (!row) return;
    const runner = runJob(services, row, { work, timeoutS, claimLost, ...options });
    running.set(id, runner);
    try {
      const outcome = await runner.outcome;
      if (outcome.ok) {
        await settle(id, 'done', undefined, outcome.value);
        return;
      }
      if (outcome.reason === 'stopping') return await giveBack(id);
      if (outcome.reason === 'cancelled' || outcome.reason === 'claimLost') return; // whoever did that has stored it
      const error = outcome.reason === 'late' ? new JobTimedOutError({ limitS: timeoutS }) : outcome.error;
      await settle(
        id,
        'failed',
        problemOf(error, (unknown) => log.error({ jobId: id, kind, err: unknown }, 'a job failed')),
      );
    } finally {
      running.delete(id);
    }
  }

  const undoWork = new Set<() => void>();
  return {
    work(kind, work, { concurrency = 1, timeoutS = 3600 } = {}) {
      const started = queue.work(kind, concurrency, (id, signal) => handle(kind, work, timeoutS, id, signal));
      started.catch((error: Error) => log.error({ kind, err: error.message }, 'work on a kind of job could not begin'));
      const undo = (): void => {
        if (!undoWork.delete(undo)) return;
        for (const runner of running.values()) if (runner.kind === kind) runner.stop('stopping');
        void started.then((off) => off()).catch(() => undefined);
      };
      undoWork.add(undo);
      return undo;
    },
    async enqueue(draft, sql) {
      await queue.ensure(draft.kind);
      const id = randomUUID();
      const insert = async (inside: Sql): Promise<Job> => {
        const final = await hooks.jobs.beforeEnqueue.call(draft, {
          ...systemContext(services, draft.projectId),
          sql: inside,
        });
        const wanted = final ?? draft;
        const [row] = await inside.query<JobRow>(
          `insert into core.job as j (id, kind, title, project_id, image_id, input, created_by)
           values ($1, $2, $3, $4, $5, $6, $7) returning ${JOB_COLUMNS}`,
          [
            id,
            wanted.kind,
            wanted.title,
            wanted.projectId ?? null,
            wanted.imageId ?? null,
            JSON.stringify(wanted.input),
            wanted.createdBy ?? null,
          ],
        );
        if (!row) throw new Error('insert returned no row');
        await queue.send(wanted.kind, id, inside);
        await tell(inside, row);
        return toJob(row);
      };
      if (sql) return insert(sql);
      const job = await database.transaction((unit) => insert(unit.sql));
      outbox.wake();
      queue.wake(draft.kind);
      return job;
    },
    prepare: (kind) => queue.ensure(kind),
    wake: (kind) => queue.wake(kind),
    async get(id) {
      const row = await find(id);
      return row && toJob(row);
    },
    async cancel(id) {
      const row = await find(id);
      if (!row) throw new NotFoundError({ what: 'job', id });
      const job = await settle(id, 'cancelled');
      if (!job) throw new ConflictError({ what: row.title, reason: 'it has ended already' });
      running.get(id)?.stop('cancelled');
      // Outside of the transaction: were it lost, the worker would find the row ended and do nothing.
      await queue
        .cancel(row.kind, id)
        .catch((error: Error) => log.warn({ jobId: id, err: error.message }, 'a cancelled job stays in the queue'));
      return job;
    },
    onSettled(handle) {
      settlers.add(handle);
      return () => settlers.delete(handle);
    },
    async stop() {
      for (const undo of undoWork) undo();
      for (const runner of running.values()) runner.stop('stopping');
      await queue.stop();
    },
  };
}

/** What people are told. Messages of unknown errors may hold paths and worse: they go to the log. */
function problemOf(error: unknown, logUnknown: (error: unknown) => void): { code: string; message: string } {
  const isTold =
    error instanceof TaskFailedError ? error.code !== 'TASK_FAILED' : error instanceof ExactError && error.status < 500;
  if (isTold || (error instanceof ExactError && error.status === 507))
    return { code: (error as ExactError).code, message: (error as Error).message };
  logUnknown(error instanceof Error ? (error.stack ?? error.message) : error);
  return {
    code: 'JOB_FAILED',
    message: 'It ended because of a fault in the program. The administrator finds the reason in the log.',
  };
}

function systemContext(services: Services, projectId: number | undefined): HookContext {
  return {
    requestId: randomUUID(),
    signal: AbortSignal.timeout(60_000),
    log: services.log,
    ...(projectId === undefined ? {} : { projectId }),
  };
}

function contextOf(services: Services, row: JobRow): HookContext {
  return systemContext(services, row.project_id ?? undefined);
}

export type { RunnerReason };
