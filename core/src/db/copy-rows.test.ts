import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createTestServices, type TestServices } from '../test-support.ts';
import { copyRows } from './copy-rows.ts';

let services: TestServices;
beforeAll(async () => {
  services = await createTestServices();
});
afterAll(() => services.close());

const running = async (): Promise<number> => {
  const [row] = await services.database.sql.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where query like 'copy (select pg_sleep%' and state = 'active'`,
  );
  return row?.count ?? 0;
};

it('ends the statement in the database when the reader goes away before the first row', async () => {
  const { pool } = services.database;
  const reader = new AbortController();
  const reading = copyRows(pool, 'select pg_sleep(60)', [], 1, () => undefined, reader.signal);
  const outcome = expect(reading).rejects.toThrow('gone');
  await vi.waitFor(async () => expect(await running()).toBe(1), { timeout: 10_000, interval: 10 });
  reader.abort(new Error('gone'));
  await outcome;
  await vi.waitFor(async () => expect(await running()).toBe(0), { timeout: 10_000, interval: 10 });
});

it('ends in the middle of rows, and the pool gives good connections afterwards', async () => {
  const { pool } = services.database;
  for (let round = 0; round < 5; round++) {
    const reader = new AbortController();
    let rows = 0;
    const reading = copyRows(
      pool,
      'select n from generate_series(1, 1000000) n',
      [],
      1,
      () => {
        if (++rows === 1000) reader.abort(new Error('enough'));
      },
      reader.signal,
    );
    await expect(reading).rejects.toThrow('enough');
    expect(rows).toBeLessThan(1_000_000);
    let counted = 0;
    await copyRows(pool, 'select n from generate_series(1, 50000) n', [], 1, () => counted++);
    expect(counted).toBe(50_000);
  }
  await expect(
    copyRows(pool, 'select 1', [], 1, () => undefined, AbortSignal.abort(new Error('before'))),
  ).rejects.toThrow('before');
});
