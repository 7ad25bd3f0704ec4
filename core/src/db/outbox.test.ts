import type { LiveEvent, ProjectChanged } from '@exact/sdk/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestServices, quietLog, type TestServices } from '../test-support.ts';
import { createOutbox, type EventOutbox } from './outbox.ts';
import { sqlOn } from './sql.ts';

let services: TestServices;
let outboxes: EventOutbox[];
beforeEach(async () => {
  services = await createTestServices();
  outboxes = [];
});
afterEach(async () => {
  for (const outbox of outboxes) await outbox.stop();
  await services.close();
});

function openOutbox(): EventOutbox {
  const outbox = createOutbox(services.database, quietLog);
  outboxes.push(outbox);
  return outbox;
}
const event = (projectId: number, what: ProjectChanged['what'] = 'project'): LiveEvent => ({
  topic: 'project.changed',
  projectId,
  what,
});
const emit = async (outbox: EventOutbox, ...projects: number[]): Promise<void> => {
  for (const id of projects) await outbox.append(services.database.sql, event(id));
  outbox.wake();
};
/** Collects the projects of the events that a listener is told. */
function listen(outbox: EventOutbox): number[] {
  const seen: number[] = [];
  outbox.subscribe((events) => seen.push(...events.map((item) => item.event.projectId)));
  return seen;
}
const WAIT = { timeout: 10_000, interval: 10 };

describe('the order of events', () => {
  it('is that of the ids, and a transaction that ends late comes late instead of being missed', async () => {
    const outbox = openOutbox();
    const seen = listen(outbox);
    outbox.start();
    const late = await services.database.pool.connect();
    await late.query('begin');
    await outbox.append(sqlOn(late), event(1));
    await emit(outbox, 2, 3);
    await vi.waitFor(() => expect(seen).toEqual([2, 3]), WAIT);
    const cursor = await outbox.current();
    await late.query('commit');
    late.release();
    outbox.wake();
    await vi.waitFor(() => expect(seen).toEqual([2, 3, 1]), WAIT);
    expect((await outbox.after(cursor, [1, 2, 3], 10))?.map((item) => item.event.projectId)).toEqual([1]);
  });

  it('is the same in two processes, whichever of them writes, and one numbers after the other has gone', async () => {
    const [first, second] = [openOutbox(), openOutbox()];
    const [a, b] = [listen(first), listen(second)];
    first.start();
    await emit(first, 1);
    await vi.waitFor(() => expect(a).toEqual([1]), WAIT);
    second.start();
    await second.current();
    await emit(second, 2);
    await emit(first, 3);
    await vi.waitFor(
      () =>
        expect([a, b]).toEqual([
          [1, 2, 3],
          [2, 3],
        ]),
      WAIT,
    );
    await first.stop();
    await emit(second, 4, 5);
    await vi.waitFor(() => expect(b).toEqual([2, 3, 4, 5]), WAIT);
  });

  it('holds for thousands of events from many transactions at once', async () => {
    const outbox = openOutbox();
    const seen = listen(outbox);
    outbox.start();
    const all = Array.from({ length: 2000 }, (_, i) => i + 1);
    await Promise.all(
      Array.from({ length: 10 }, async (_, worker) => {
        for (let i = worker; i < all.length; i += 10) await emit(outbox, all[i]!);
      }),
    );
    await vi.waitFor(() => expect(seen).toHaveLength(all.length), WAIT);
    expect(seen.toSorted((x, y) => x - y)).toEqual(all);
    const replayed = await outbox.after('0', all.slice(0, 1000), 5000);
    expect(replayed?.map((item) => item.event.projectId)).toEqual(seen.filter((id) => id <= 1000));
  });

  it('goes on after all connections were cut, and gives what was committed meanwhile', async () => {
    const outbox = openOutbox();
    const seen = listen(outbox);
    outbox.start();
    await emit(outbox, 1);
    await vi.waitFor(() => expect(seen).toEqual([1]), WAIT);
    await services.database.sql.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await emit(outbox, 2);
    await vi.waitFor(() => expect(seen).toEqual([1, 2]), WAIT);
  });
});

describe('cursors', () => {
  it('that are too old, from the future, or none at all give nothing', async () => {
    const outbox = openOutbox();
    const seen = listen(outbox);
    outbox.start();
    await emit(outbox, 1, 1, 1);
    await vi.waitFor(() => expect(seen).toHaveLength(3), WAIT);
    const cursor = await outbox.current();
    await services.database.sql.query(`update core.outbox set at = now() - interval '8 days' where position <= $1`, [
      cursor,
    ]);
    await emit(outbox, 1);
    await vi.waitFor(() => expect(seen).toHaveLength(4), WAIT);
    expect(await outbox.after('0', [1], 10)).toHaveLength(4);
    expect(await outbox.sweep()).toBe(3);
    expect(await outbox.after('0', [1], 10)).toBeUndefined();
    expect(await outbox.after(cursor, [1], 10)).toHaveLength(1);
    for (const wrong of ['999999', '-1', 'x', '', '1; drop table', '9'.repeat(40)]) {
      expect(await outbox.after(wrong, [1], 10)).toBeUndefined();
    }
  });
});

describe('delivery to plugins', () => {
  it('goes on where it stopped, in order, with what came while the plugin was away', async () => {
    const outbox = openOutbox();
    const seen: number[] = [];
    const handle = async (item: LiveEvent): Promise<void> => void seen.push(item.projectId);
    const all = listen(outbox);
    const off = outbox.on('toy', 'project.changed', handle);
    outbox.start();
    await emit(outbox, 1);
    await vi.waitFor(() => expect(all).toEqual([1]), WAIT);
    await emit(outbox, 2);
    await vi.waitFor(() => expect(seen.at(-1)).toBe(2), WAIT);
    off();
    await emit(outbox, 3, 4);
    await vi.waitFor(() => expect(all).toHaveLength(4), WAIT);
    outbox.on('toy', 'project.changed', handle);
    await vi.waitFor(() => expect(seen.slice(-3)).toEqual([2, 3, 4]), WAIT);
  });

  it('repeats an event whose handler failed before it goes to the next, and other plugins do not wait', async () => {
    const outbox = openOutbox();
    const [bad, good]: [number[], number[]] = [[], []];
    outbox.start();
    const all = listen(outbox);
    await emit(outbox, 9);
    await vi.waitFor(() => expect(all).toEqual([9]), WAIT);
    outbox.on('bad', 'project.changed', async ({ projectId }) => {
      bad.push(projectId);
      if (bad.length < 3) throw new Error('not yet');
    });
    outbox.on('good', 'project.changed', async ({ projectId }) => void good.push(projectId));
    await emit(outbox, 1, 2);
    await vi.waitFor(
      () =>
        expect([bad, good]).toEqual([
          [1, 1, 1, 2],
          [1, 2],
        ]),
      WAIT,
    );
  });

  it('happens in one of two processes', async () => {
    const [first, second] = [openOutbox(), openOutbox()];
    const all = listen(second);
    const seen: number[] = [];
    for (const outbox of [first, second]) {
      outbox.on('toy', 'project.changed', async ({ projectId }) => void seen.push(projectId));
      outbox.start();
    }
    await vi.waitFor(
      async () => expect(await services.database.sql.query('select from core.event_cursor')).toHaveLength(1),
      WAIT,
    );
    // A process hears what comes after its start: both have to be there before it counts.
    await vi.waitFor(async () => {
      await emit(second, 1000);
      expect(all).toContain(1000);
    }, WAIT);
    const counted = (ids: readonly number[]): number[] => ids.filter((id) => id < 1000);
    for (let id = 1; id <= 50; id++) await emit(id % 2 ? first : second, id);
    await vi.waitFor(() => expect([counted(all).length, counted(seen).length]).toEqual([50, 50]), WAIT);
    expect(counted(seen)).toEqual(counted(all));
  });

  it('keeps events that a plugin has yet to handle', async () => {
    const outbox = openOutbox();
    const all = listen(outbox);
    await services.database.sql.query(`insert into core.event_cursor values ('slow', 'project.changed', 1)`);
    outbox.start();
    await emit(outbox, 1, 2, 3);
    await vi.waitFor(() => expect(all).toHaveLength(3), WAIT);
    await services.database.sql.query(`update core.outbox set at = now() - interval '8 days'`);
    expect(await outbox.sweep()).toBe(1);
    await outbox.forget('slow');
    expect(await outbox.sweep()).toBe(2);
  });
});
