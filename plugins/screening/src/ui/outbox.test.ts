import { expect, it } from 'vitest';
import { ABANDONED_AFTER_MS, createOutbox, type OutboxOptions } from './outbox.ts';

interface Visit {
  readonly n: number;
}
const refusal = new Error('refused');

function stage(
  answer: (records: readonly Visit[]) => Error | undefined = () => undefined,
  kept = new Map<string, string>(),
) {
  const events: string[] = [];
  const waiting: { run: () => void; ms: number }[] = [];
  let clock = 100_000;
  const options: OutboxOptions<Visit> = {
    storage: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
      key: (index) => [...kept.keys()][index] ?? null,
      get length() {
        return kept.size;
      },
    },
    prefix: 'p:',
    batchSize: 3,
    async send(group, records, isLast) {
      const error = answer(records);
      events.push(
        `${group} ${records.map(({ n }) => n).join('+')}${isLast ? ' last' : ''} ${error ? 'fails' : 'arrives'}`,
      );
      if (error) throw error;
    },
    // of a batch that is refused, the first record is the culprit
    refusedOf: (error, records) => (error === refusal ? records.slice(0, 1) : []),
    onRefused: (group, records) => events.push(`${group} ${records.map(({ n }) => n).join('+')} refused`),
    now: () => clock,
    wait(run, ms) {
      waiting.push({ run, ms });
      return () => undefined;
    },
  };
  return { options, events, waiting, kept, tick: (ms: number) => (clock += ms) };
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('sends what gathers meanwhile in one batch of a plan, in order, and forgets it only when it has arrived', async () => {
  const { options, events, kept } = stage();
  const outbox = createOutbox(options);
  for (const n of [1, 2, 3]) outbox.finish('a', `v${n}`, { n });
  outbox.finish('b', 'v4', { n: 4 });
  for (const n of [5, 6]) outbox.finish('a', `v${n}`, { n });
  expect([kept.size, outbox.unsent.value]).toEqual([6, 6]);
  await outbox.whenSent();
  expect(events).toEqual(['a 1 arrives', 'a 2+3+5 arrives', 'b 4 arrives', 'a 6 arrives']);
  expect([kept.size, outbox.unsent.value]).toEqual([0, 0]);
});

it('waits longer and longer while the server is away, keeps all, and goes on in order', async () => {
  let isAway = true;
  const { options, events, waiting, kept } = stage(() => (isAway ? new Error('offline') : undefined));
  const outbox = createOutbox(options);
  outbox.finish('a', 'v1', { n: 1 });
  await settled();
  outbox.finish('a', 'v2', { n: 2 });
  for (let i = 0; i < 8; i++) {
    waiting.at(-1)?.run();
    await settled();
  }
  expect(waiting.map(({ ms }) => ms)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  expect([outbox.unsent.value, outbox.isAway.value, kept.size]).toEqual([2, true, 2]);
  isAway = false;
  outbox.retry();
  await settled();
  expect(events.at(-1)).toBe('a 1+2 arrives');
  expect([kept.size, outbox.isAway.value]).toEqual([0, false]);
});

it('tells of a refused record once, and sends those again that were refused with it', async () => {
  const { options, events, kept } = stage((records) => (records[0]?.n === 2 ? refusal : undefined));
  const outbox = createOutbox(options);
  for (const n of [1, 2, 3]) outbox.finish('a', `v${n}`, { n });
  await outbox.whenSent();
  expect(events).toEqual(['a 1 arrives', 'a 2+3 fails', 'a 2 refused', 'a 3 arrives']);
  expect(kept.size).toBe(0);
});

it('sends only the newest of records with one id, also when it comes while an older one is on its way', async () => {
  const { options, events, kept } = stage();
  const outbox = createOutbox(options);
  for (const n of [1, 2, 3]) outbox.finish('position', 'p', { n });
  await outbox.whenSent();
  expect(events).toEqual(['position 1 arrives', 'position 3 arrives']);
  expect(kept.size).toBe(0);
});

it('sends what a page that died has left open, and leaves alone what another tab is at', async () => {
  const first = stage();
  createOutbox(first.options).keepOpen('a', 'v1', { n: 1 });
  const second = stage(() => undefined, first.kept);
  const outbox = createOutbox(second.options);
  await settled();
  expect([second.events, outbox.unsent.value]).toEqual([[], 0]);
  expect(second.waiting.map(({ ms }) => ms)).toEqual([ABANDONED_AFTER_MS]);
  second.tick(ABANDONED_AFTER_MS);
  second.waiting[0]?.run();
  await settled();
  expect([second.events, second.kept.size]).toEqual([['a 1 arrives'], 0]);
});

it('sends everything once more when the page closes, and keeps it until the answer is here', async () => {
  const { options, events, kept } = stage((records) => (records.length > 0 ? new Error('offline') : undefined));
  const outbox = createOutbox(options);
  for (const n of [1, 2, 3, 4]) outbox.finish('a', `v${n}`, { n });
  await settled();
  outbox.flushLast();
  await settled();
  expect(events.slice(-2)).toEqual(['a 1+2+3 last fails', 'a 4 last fails']);
  expect(kept.size).toBe(4);
  const next = stage(() => undefined, kept);
  const again = createOutbox(next.options);
  await again.whenSent();
  expect([next.events, kept.size]).toEqual([['a 1+2+3 arrives', 'a 4 arrives'], 0]);
});

it('sends all that is there when it is let go of, and does not try again what fails then', async () => {
  const { options, events, waiting, kept } = stage((records) =>
    records[0]?.n === 2 ? new Error('offline') : undefined,
  );
  const outbox = createOutbox(options);
  for (const n of [1, 2]) outbox.finish(`group ${n}`, `v${n}`, { n });
  outbox.dispose();
  await settled();
  expect(events).toEqual(['group 1 1 arrives', 'group 2 2 fails']);
  expect([waiting, [...kept.keys()]]).toEqual([[], ['p:v2']]);
});

it('forgets an open record that came to nothing, and what cannot be read', async () => {
  const { options, events, kept } = stage(
    () => undefined,
    new Map([
      ['p:x', '{broken'],
      ['p:y', '{}'],
      ['q:z', '{}'],
    ]),
  );
  const outbox = createOutbox(options);
  outbox.keepOpen('a', 'v1', { n: 1 });
  outbox.finish('a', 'v1', undefined);
  await settled();
  expect([events, [...kept.keys()]]).toEqual([[], ['q:z']]);
});
