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
/** Lets events have been written and numbered eight days earlier. */
const age = (where: string, ...values: unknown[]): Promise<unknown> =>
  services.database.sql.query(
    `update core.outbox set at = now() - interval '8 days', position = position - 8 * 86400000000 where ${where}`,
    values,
  );
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
    const cursor = String(await outbox.last());
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
    const cursor = String(await outbox.last());
    await age('position <= $1', cursor);
    await emit(outbox, 1);
    await vi.waitFor(() => expect(seen).toHaveLength(4), WAIT);
    expect(await outbox.after('0', [1], 10)).toHaveLength(4);
    expect(await outbox.sweep()).toBe(3);
    expect(await outbox.after('0', [1], 10)).toBeUndefined();
    expect(await outbox.after(cursor, [1], 10)).toHaveLength(1);
    for (const wrong of ['8888888888888888', '9999999999999999', '-1', 'x', '', '1; drop table', '9'.repeat(40)]) {
      expect(await outbox.after(wrong, [1], 10)).toBeUndefined();
    }
  });
});

describe('places in the order', () => {
  const positions = async (): Promise<number[]> =>
    (await services.database.sql.query<{ position: string }>('select position from core.outbox order by id')).map(
      ({ position }) => Number(position),
    );
  const nowUs = async (): Promise<number> => {
    const [row] = await services.database.sql.query<{ us: string }>(
      'select (extract(epoch from clock_timestamp()) * 1000000)::bigint as us',
    );
    return Number(row?.us);
  };

  it('are the time by the clock of the database, each later than the one before, and so is each cursor', async () => {
    const outbox = openOutbox();
    const seen = listen(outbox);
    const from = await nowUs();
    for (let i = 0; i < 1200; i++) await outbox.append(services.database.sql, event(1));
    outbox.start();
    await vi.waitFor(() => expect(seen).toHaveLength(1200), WAIT);
    const all = await positions();
    expect(all[0]).toBeGreaterThanOrEqual(from);
    expect(all.at(-1)).toBeLessThanOrEqual((await nowUs()) + 1200);
    expect(all.every((position, i) => i === 0 || position > (all[i - 1] ?? 0))).toBe(true);
    // Numbered in three batches: what comes later is not just the next number.
    expect((all.at(-1) ?? 0) - (all[0] ?? 0)).toBeGreaterThan(1199);
  });

  it('go on behind the last one when the clock was set back, and behind every cursor that was told', async () => {
    const { sql } = services.database;
    const ahead = (await nowUs()) + 3_600_000_000;
    const outbox = openOutbox();
    const seen = listen(outbox);
    await sql.query(
      `insert into core.outbox (position, topic, project_id, event) values ($1, 'project.changed', 1, $2)`,
      [ahead, JSON.stringify(event(1))],
    );
    outbox.start();
    await emit(outbox, 2);
    await vi.waitFor(() => expect(seen).toEqual([2]), WAIT);
    expect(await positions()).toEqual([ahead, ahead + 1]);
    const told = ahead + 1_000_000;
    await sql.query(`update core.instance_value set value = to_jsonb($1::bigint) where key = 'outbox.tick'`, [told]);
    await emit(outbox, 3);
    await vi.waitFor(() => expect(seen).toEqual([2, 3]), WAIT);
    expect((await positions()).at(-1)).toBe(told + 1);
    expect((await outbox.after(String(told), [3], 10))?.map((item) => item.event.projectId)).toEqual([3]);
  });

  it('go on from the small numbers of older programs, whose cursors stay good', async () => {
    const { sql } = services.database;
    for (const position of [1, 2, 3])
      await sql.query(`insert into core.outbox (position, topic, project_id, event) values ($1, 'x', $2, $3)`, [
        position,
        position,
        JSON.stringify(event(position)),
      ]);
    const outbox = openOutbox();
    const seen = listen(outbox);
    outbox.start();
    await outbox.last();
    await emit(outbox, 4);
    await vi.waitFor(() => expect(seen).toEqual([4]), WAIT);
    expect((await outbox.after('2', [1, 2, 3, 4], 10))?.map((item) => item.event.projectId)).toEqual([3, 4]);
  });

  it('tell nothing of what others do: the current cursor is a full second, whatever happens', async () => {
    const outbox = openOutbox();
    const seen = listen(outbox);
    outbox.start();
    const cursors = new Set<number>();
    for (let i = 1; i <= 30; i++) {
      await emit(outbox, i);
      await vi.waitFor(() => expect(seen).toHaveLength(i), WAIT);
      cursors.add(Number(await outbox.current()));
    }
    expect([...cursors].filter((cursor) => cursor % 1_000_000 !== 0)).toEqual([]);
    expect(Math.max(...cursors)).toBeGreaterThan((await nowUs()) - 30_000_000);
    const last = await outbox.last();
    // Nor does a guessed one: before and after the last event it is answered alike.
    for (const guess of [last - 1, last, last + 1, await nowUs()])
      expect(await outbox.after(String(guess), [99], 10)).toEqual([]);
    expect(await outbox.after(String((await nowUs()) + 60_000_000), [99], 10)).toBeUndefined();
  });

  it('miss nothing that is written after a cursor was asked for', async () => {
    const outbox = openOutbox();
    outbox.start();
    const [seen, written]: [number[], number[]] = [listen(outbox), []];
    for (let i = 1; i <= 40; i++) {
      const cursor = await outbox.current();
      await emit(outbox, i);
      written.push(i);
      await vi.waitFor(() => expect(seen).toHaveLength(i), WAIT);
      expect((await outbox.after(cursor, written, 1000))?.at(-1)?.event.projectId).toBe(i);
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
    const [first] = await services.database.sql.query<{ position: string }>(
      'select min(position) as position from core.outbox',
    );
    await age('true');
    await services.database.sql.query('update core.event_cursor set position = $1::bigint - 8 * 86400000000', [
      first?.position,
    ]);
    expect(await outbox.sweep()).toBe(1);
    await outbox.forget('slow');
    expect(await outbox.sweep()).toBe(2);
  });
});
