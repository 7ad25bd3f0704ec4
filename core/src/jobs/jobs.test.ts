import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineError } from '@exact/sdk/contract';
import type { JobContext } from '@exact/sdk/server';
import { createTestServices, type TestServices } from '../test-support.ts';
import { createJobs, type Jobs, type JobProgress } from './jobs.ts';

const KIND = 'test:work';
const WrongInputError = defineError<{ what: string }>({
  code: 'WRONG_INPUT',
  status: 422,
  message: (d) => `The ${d.what} is wrong.`,
});

let services: TestServices;
let jobs: Jobs;
let progress: JobProgress[];
let projectId: number;
beforeEach(async () => {
  services = await createTestServices();
  const { sql } = services.database;
  await sql.query(`insert into core.team (name) values ('t')`);
  const [project] = await sql.query<{ id: number }>(
    `insert into core.project (team_id, name) select id, 'p' from core.team returning id`,
  );
  projectId = project?.id ?? 0;
  progress = [];
  jobs = await createJobs(services, { onProgress: (event) => progress.push(event) });
});
afterEach(async () => {
  await jobs.stop();
  await services.close();
});
const draft = (input: Record<string, unknown> = {}) => ({ kind: KIND, title: 'Work', projectId, input });
const stateOf = async (id: string) => (await jobs.get(id))?.state;
const until = (id: string, state: string) =>
  expect.poll(() => stateOf(id), { timeout: 10_000, interval: 50 }).toBe(state);

describe('jobs', { timeout: 60_000 }, () => {
  it('run, tell progress, and end with all that follows in one transaction', async () => {
    const settled: string[] = [];
    services.taps.set('jobs.settled', (job: { state: string }) => void settled.push(`hook ${job.state}`));
    jobs.onSettled(async (job, sql) => {
      const [row] = await sql.query<{ state: string }>('select state from core.job where id = $1', [job.id]);
      settled.push(`inside ${row?.state}`);
    });
    jobs.work(KIND, async (input, job) => {
      for (let i = 1; i <= 1000; i++) job.progress(i / 1000, 'counting');
      await Promise.resolve();
      return { doubled: Number(input['n']) * 2 };
    });
    const { id } = await jobs.enqueue(draft({ n: 21 }));
    await until(id, 'done');
    await expect.poll(() => settled).toEqual(['inside done', 'hook done']);
    expect(progress.length).toBeLessThanOrEqual(2); // not a thousand
    const [row] = await services.database.sql.query<{ result: unknown }>('select result from core.job where id = $1', [
      id,
    ]);
    expect(row?.result).toEqual({ doubled: 42 });
    expect(services.events.map(({ topic }) => topic)).toEqual(['jobs.changed', 'jobs.changed', 'jobs.changed']);
  });

  it('are queued with their data or not at all', async () => {
    jobs.work(KIND, () => Promise.resolve());
    await jobs.prepare(KIND);
    let id = '';
    const lost = services.database.transaction(async ({ sql }) => {
      id = (await jobs.enqueue(draft(), sql)).id;
      throw new Error('rolled back');
    });
    await expect(lost).rejects.toThrow('rolled back');
    expect(await jobs.get(id)).toBeUndefined();
    const kept = await services.database.transaction(({ sql }) => jobs.enqueue(draft(), sql));
    await until(kept.id, 'done');
  });

  it('that fail say why once, and are not tried again', async () => {
    let runs = 0;
    jobs.work(KIND, () => {
      runs += 1;
      throw new WrongInputError({ what: 'picture' });
    });
    const { id } = await jobs.enqueue(draft());
    await until(id, 'failed');
    expect((await jobs.get(id))?.problem).toEqual({ code: 'WRONG_INPUT', message: 'The picture is wrong.' });
    expect(runs).toBe(1);
  });

  it('keep the words of unknown errors from people', async () => {
    jobs.work(KIND, () => Promise.reject(new Error('secret path /etc')));
    const { id } = await jobs.enqueue(draft());
    await until(id, 'failed');
    expect((await jobs.get(id))?.problem?.code).toBe('JOB_FAILED');
    expect((await jobs.get(id))?.problem?.message).not.toContain('/etc');
  });

  it('stop when they are cancelled, waiting or running', async () => {
    const waiting = await jobs.enqueue(draft());
    expect((await jobs.cancel(waiting.id)).state).toBe('cancelled');
    await expect(jobs.cancel(waiting.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    const seen: string[] = [];
    jobs.work(KIND, untilAborted(seen));
    const running = await jobs.enqueue(draft());
    await until(running.id, 'running');
    await expect.poll(() => seen).toEqual(['start']);
    await jobs.cancel(running.id);
    await expect.poll(() => seen).toEqual(['start', 'aborted']);
    expect(await stateOf(running.id)).toBe('cancelled');
  });

  it('stop after their time', async () => {
    jobs.work(KIND, untilAborted([]), { timeoutS: 1 });
    const { id } = await jobs.enqueue(draft());
    await until(id, 'failed');
    expect((await jobs.get(id))?.problem?.code).toBe('JOB_TIMED_OUT');
  });

  it('go to the next worker when theirs stops', async () => {
    const seen: string[] = [];
    jobs.work(KIND, untilAborted(seen));
    const { id } = await jobs.enqueue(draft());
    await until(id, 'running');
    await jobs.stop();
    expect(await stateOf(id)).toBe('waiting');
    jobs = await createJobs(services);
    jobs.work(KIND, () => Promise.resolve());
    await until(id, 'done');
  });

  it('are taken up again after the worker died without a word', async () => {
    const { id } = await jobs.enqueue(draft());
    // What a killed server leaves: claimed, running, and no sign of life for longer than a heartbeat.
    await services.database.sql.query(
      `update jobs.job set state = 'active', started_on = now() - interval '1 minute', heartbeat_on = now() - interval '1 minute' where id = $1`,
      [id],
    );
    await services.database.sql.query(`update core.job set state = 'running', progress = 0.7 where id = $1`, [id]);
    jobs.work(KIND, () => Promise.resolve());
    await expect.poll(() => stateOf(id), { timeout: 30_000, interval: 200 }).toBe('done');
  });

  it('fail for good when worker after worker died of them', async () => {
    const { id } = await jobs.enqueue(draft());
    await services.database.sql.query(
      `update jobs.job set state = 'active', retry_count = 2, started_on = now() - interval '1 minute', heartbeat_on = now() - interval '1 minute' where id = $1`,
      [id],
    );
    await expect.poll(() => stateOf(id), { timeout: 40_000, interval: 200 }).toBe('failed');
    expect((await jobs.get(id))?.problem?.code).toBe('WORKER_DIED');
  });
});

function untilAborted(seen: string[]) {
  return (_input: unknown, { signal }: JobContext): Promise<void> => {
    seen.push('start');
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        seen.push('aborted');
        reject(signal.reason as Error);
      });
    });
  };
}
