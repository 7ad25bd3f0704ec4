import type { JobWork } from '@exact/sdk/server';
import type { Services } from '../services.ts';
import type { JobRow } from './job-rows.ts';
import type { JobProgress } from './jobs.ts';

/** Why a job was stopped from outside. */
export type RunnerReason = 'cancelled' | 'stopping' | 'late' | 'claimLost';

export type JobOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: RunnerReason | 'failed'; readonly error?: unknown };

export interface JobRunner {
  readonly kind: string;
  readonly outcome: Promise<JobOutcome>;
  stop(reason: RunnerReason): void;
}

export interface RunJobOptions {
  readonly work: JobWork;
  readonly timeoutS: number;
  /** Aborted when the queue has given the job to somebody else. */
  readonly claimLost: AbortSignal;
  readonly onProgress?: (progress: JobProgress) => void;
}

const PROGRESS_MS = 250;
/** Work that does not look at its signal is given up after this; whatever it still does counts for nothing. */
const GRACE_MS = 5000;
const CANCEL_LOOK_MS = 2000;

/** Runs one claimed job: signal, time limit, progress, and a look whether another process has cancelled it. */
export function runJob(
  services: Services,
  row: JobRow,
  { work, timeoutS, claimLost, onProgress }: RunJobOptions,
): JobRunner {
  const { log } = services;
  const abort = new AbortController();
  let stopped: RunnerReason | undefined;
  let giveUp: (outcome: JobOutcome) => void = () => undefined;
  const stop = (reason: RunnerReason): void => {
    if (stopped) return;
    stopped = reason;
    abort.abort(new Error(`The job was stopped: ${reason}.`));
    setTimeout(() => giveUp({ ok: false, reason }), GRACE_MS).unref();
  };

  const progress = createProgress(services, row, onProgress);
  const timer = setTimeout(() => stop('late'), timeoutS * 1000);
  const look = setInterval(() => {
    void services.database.sql
      .query<{ state: string }>('select state from core.job where id = $1', [row.id])
      .then(([found]) => {
        if (found?.state !== 'running') stop('cancelled');
      })
      .catch(() => undefined); // the database is away for a moment; the next look will tell
  }, CANCEL_LOOK_MS);
  const onLost = (): void => stop('claimLost');
  if (claimLost.aborted) onLost();
  claimLost.addEventListener('abort', onLost, { once: true });

  const run = async (): Promise<JobOutcome> => {
    try {
      const value = await work(row.input, {
        jobId: row.id,
        signal: abort.signal,
        log: log.child({ jobId: row.id, kind: row.kind }),
        progress: progress.set,
      });
      return stopped ? { ok: false, reason: stopped } : { ok: true, value };
    } catch (error) {
      return stopped ? { ok: false, reason: stopped } : { ok: false, reason: 'failed', error };
    }
  };
  const outcome = Promise.race([run(), new Promise<JobOutcome>((resolve) => (giveUp = resolve))]).finally(() => {
    clearTimeout(timer);
    clearInterval(look);
    progress.close();
    claimLost.removeEventListener('abort', onLost);
  });
  return { kind: row.kind, outcome, stop };
}

/** Passes progress on at most four times a second, the last value always. */
function createProgress({ database, log }: Services, row: JobRow, onProgress: RunJobOptions['onProgress']) {
  let wanted: { fraction: number; step: string } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    timer = undefined;
    if (!wanted) return;
    const { fraction, step } = wanted;
    wanted = undefined;
    timer = setTimeout(flush, PROGRESS_MS);
    onProgress?.({
      id: row.id,
      projectId: row.project_id ?? undefined,
      imageId: row.image_id ?? undefined,
      createdBy: row.created_by ?? undefined,
      progress: fraction,
      step,
    });
    void database.sql
      .query(`update core.job set progress = $2, step = $3 where id = $1 and state = 'running'`, [
        row.id,
        fraction,
        step,
      ])
      .catch((error: Error) => log.warn({ jobId: row.id, err: error.message }, 'progress was not stored'));
  };
  return {
    set(fraction: number, step: string) {
      wanted = {
        fraction: Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0)),
        step: step.slice(0, 100),
      };
      if (!timer) flush();
    },
    close() {
      clearTimeout(timer);
      wanted = undefined;
    },
  };
}
