import { expect, it } from 'vitest';
import { createVoteSender, type Outgoing, type VoteSenderOptions } from './vote-sender.ts';

const vote = (n: number): Outgoing => ({
  imageId: 1,
  draft: { voteId: `v${n}`, annotation: 'a', revision: 1, verdict: 'accept', activeMs: 1 },
});
const refusal = new Error('refused');

function stage(answers: (n: string) => Error | undefined, kept: Record<string, string> = {}) {
  const events: string[] = [];
  const waiting: { run: () => void; ms: number }[] = [];
  const options: VoteSenderOptions = {
    storage: {
      getItem: (key) => kept[key] ?? null,
      setItem: (key, value) => void (kept[key] = value),
      removeItem: (key) => void delete kept[key],
    },
    key: 'k',
    async send({ draft }) {
      const error = answers(draft.voteId);
      events.push(`${draft.voteId} ${error ? 'fails' : 'arrives'}`);
      if (error) throw error;
    },
    isRefusal: (error) => error === refusal,
    onRefused: ({ draft }) => events.push(`${draft.voteId} refused`),
    wait(run, ms) {
      waiting.push({ run, ms });
      return () => undefined;
    },
  };
  return { options, events, waiting, kept };
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('sends votes in the order in which they were given, and forgets them only then', async () => {
  const { options, events, kept } = stage(() => undefined);
  const sender = createVoteSender(options);
  for (const n of [1, 2, 3]) sender.push(vote(n));
  expect(JSON.parse(kept['k'] ?? '[]')).toHaveLength(3);
  await settled();
  expect(events).toEqual(['v1 arrives', 'v2 arrives', 'v3 arrives']);
  expect([kept['k'], sender.unsent.value]).toEqual([undefined, 0]);
});

it('waits longer and longer while the server is away, keeps all, and goes on in order', async () => {
  let isAway = true;
  const { options, events, waiting, kept } = stage(() => (isAway ? new Error('offline') : undefined));
  const sender = createVoteSender(options);
  sender.push(vote(1));
  await settled();
  sender.push(vote(2));
  for (let i = 0; i < 8; i++) {
    waiting.at(-1)?.run();
    await settled();
  }
  expect(waiting.map(({ ms }) => ms)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  expect([sender.unsent.value, sender.isAway.value]).toEqual([2, true]);
  isAway = false;
  sender.retry();
  await settled();
  expect(events.slice(-2)).toEqual(['v1 arrives', 'v2 arrives']);
  expect([kept['k'], sender.isAway.value]).toEqual([undefined, false]);
});

it('tells of a refused vote once, and lets it not hold up the others', async () => {
  const { options, events } = stage((id) => (id === 'v1' ? refusal : undefined));
  const sender = createVoteSender(options);
  sender.push(vote(1));
  sender.push(vote(2));
  await settled();
  expect(events).toEqual(['v1 fails', 'v1 refused', 'v2 arrives']);
});

it('sends what an earlier page has left, and begins anew where that cannot be read', async () => {
  const { options, events } = stage(() => undefined, { k: JSON.stringify([vote(7)]) });
  createVoteSender(options);
  await settled();
  expect(events).toEqual(['v7 arrives']);
  expect(createVoteSender(stage(() => undefined, { k: '{broken' }).options).unsent.value).toBe(0);
});

it('tells when an object has no vote on its way, also while others come and go', async () => {
  let isAway = true;
  const { options, events } = stage((n) => (isAway ? new Error('offline') : n === 'v2' ? refusal : undefined));
  const sender = createVoteSender(options);
  await sender.whenSent('a'); // nothing waits
  for (const n of [1, 2]) sender.push(vote(n));
  void sender.whenSent('a').then(() => events.push('a is sent'));
  await settled();
  expect(events).toEqual(['v1 fails']);
  isAway = false;
  sender.retry();
  const other = vote(3);
  sender.push({ ...other, draft: { ...other.draft, annotation: 'b' } });
  await settled();
  expect(events.filter((event) => event !== 'v1 fails')).toEqual([
    'v1 arrives',
    'v2 fails',
    'v2 refused',
    'v3 arrives',
    'a is sent', // told behind what is done at once
  ]);
});
