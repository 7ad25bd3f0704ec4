import { expect, it } from 'vitest';
import { createReady } from './ready.ts';

function reader() {
  const read: string[] = [];
  return {
    read,
    of:
      (name: string, length = 10) =>
      async () => {
        read.push(name);
        return new Uint8Array(length);
      },
  };
}

it('reads an answer once for all who ask at the same time, and not again for the same revision', async () => {
  const ready = createReady(100);
  const { read, of } = reader();
  await Promise.all([ready.get('1', 'a', of('1a')), ready.get('1', 'a', of('1a')), ready.get('2', 'a', of('2a'))]);
  await ready.get('1', 'a', of('1a again'));
  await ready.get('1', 'b', of('1b'));
  await ready.get('1', 'b', of('1b again'));
  expect(read).toEqual(['1a', '2a', '1b']);
});

it('tells a failure to all who wait, and tries again for the next', async () => {
  const ready = createReady(100);
  const fail = () => Promise.reject(new Error('away'));
  const outcomes = await Promise.allSettled([ready.get('1', 'a', fail), ready.get('1', 'a', fail)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await ready.get('1', 'a', reader().of('1a'))).toHaveLength(10);
});

it('keeps what was asked for last, as much as fits', async () => {
  const ready = createReady(25);
  const { read, of } = reader();
  for (const question of ['1', '2', '1', '3', '1', '2']) await ready.get(question, 'a', of(question));
  expect(read).toEqual(['1', '2', '3', '2']);
  await ready.get('4', 'a', of('4', 26)); // too large to be kept, and nothing goes for it
  await ready.get('1', 'a', of('1 again'));
  expect(read.slice(4)).toEqual(['4']);
});
