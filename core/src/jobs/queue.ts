import type { Logger, Sql } from '@exact/sdk/server';
import type pg from 'pg';
import { PgBoss } from 'pg-boss';

/** Must be 10 at least (pg-boss). A worker that has been silent for so long is dead and its job is taken up again. */
const HEARTBEAT_S = 10;
const RETRIES = 2;
const DEAD = 'dead';

/** The queue behind the jobs: who gets which id next, and which worker still lives. What people see is core.job. */
export interface Queue {
  /** Puts an id into the queue of a kind, with `sql` in the transaction of the data. */
  send(kind: string, id: string, sql: Sql): Promise<void>;
  /** Makes the queue of a kind; before the transaction that sends to it. */
  ensure(kind: string): Promise<void>;
  cancel(kind: string, id: string): Promise<void>;
  /** Throw from `handle` to have the id given to another worker; otherwise it counts as dealt with. */
  work(
    kind: string,
    concurrency: number,
    handle: (id: string, signal: AbortSignal) => Promise<void>,
  ): Promise<() => Promise<void>>;
  /** Wakes the workers of a kind in this process instead of letting them wait for the next look. */
  wake(kind: string): void;
  stop(): Promise<void>;
}

/**
 * Starts pg-boss in the schema `jobs` of the same database, over the same pool.
 *
 * @param onDead - told of ids whose workers died too often
 */
export async function startQueue(pool: pg.Pool, log: Logger, onDead: (id: string) => Promise<void>): Promise<Queue> {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => pool.query(text, values) },
    schema: 'jobs',
    schedule: false,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    reindex: false,
    monitorVacuum: false,
  });
  boss.on('error', (error) => log.warn({ err: error.message }, 'the job queue has trouble'));
  await boss.start();
  await boss.createQueue(DEAD, { retryLimit: 5 });

  const queues = new Map<string, Promise<void>>();
  const workers = new Map<string, string>();
  const ensure = (kind: string): Promise<void> => {
    let made = queues.get(kind);
    if (!made) {
      made = boss.createQueue(nameOf(kind), {
        retryLimit: RETRIES,
        retryDelay: 0,
        heartbeatSeconds: HEARTBEAT_S,
        expireInSeconds: 24 * 3600 - 1, // time limits are ours; this is only for jobs whose worker lives and forgot them
        retentionSeconds: 14 * 24 * 3600,
        deleteAfterSeconds: 3600,
        deadLetter: DEAD,
      });
      queues.set(kind, made);
      made.catch(() => queues.delete(kind));
    }
    return made;
  };

  await boss.work<{ id: string }>(DEAD, { pollingIntervalSeconds: 5 }, async (dead) => {
    for (const { data } of dead) await onDead(data.id);
  });

  return {
    ensure,
    async send(kind, id, sql) {
      await boss.send(
        nameOf(kind),
        { id },
        { id, db: { executeSql: async (text, values = []) => ({ rows: await sql.query(text, values) }) } },
      );
    },
    async cancel(kind, id) {
      await boss.cancel(nameOf(kind), id);
    },
    async work(kind, concurrency, handle) {
      await ensure(kind);
      const workerId = await boss.work<{ id: string }>(
        nameOf(kind),
        { pollingIntervalSeconds: 1, localConcurrency: concurrency, batchSize: 1 },
        async ([job]) => {
          if (job) await handle(job.data.id, job.signal);
        },
      );
      workers.set(kind, workerId);
      return async () => {
        workers.delete(kind);
        await boss.offWork(nameOf(kind), { id: workerId, wait: false });
      };
    },
    wake(kind) {
      const id = workers.get(kind);
      if (id !== undefined) boss.notifyWorker(id);
    },
    async stop() {
      await boss.stop({ graceful: true, close: false, timeout: 5000 });
    },
  };
}

/** pg-boss allows no colon in names. */
function nameOf(kind: string): string {
  return kind.replace(':', '/');
}
