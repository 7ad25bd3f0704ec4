import type { HookDefinition, HookKind } from '@exact/sdk/hooks';
import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { createBreaker } from './breaker.ts';
import { createHookSlot, type HookSlot } from './hook-slots.ts';
import { inProject } from './test-plugins.ts';

const breaker = createBreaker({ now: () => 0, onChange: () => undefined });
const open = { isOn: () => true, breaker: () => breaker, report: () => undefined };
const order = (plugin: string): number => plugin.charCodeAt(0);

const slotOf = (kind: HookKind, more: Partial<HookDefinition> = {}): HookSlot => {
  const definition: HookDefinition = {
    kind,
    policy: 'contain',
    budgetMs: 100,
    since: '1.0',
    about: '',
    inTransaction: false,
    targeted: false,
    ...more,
  };
  return createHookSlot('test.hook', definition, open, order);
};

describe('createHookSlot', () => {
  it('runs taps by stage, then by plugin order, then as they came', async () => {
    const words: string[] = [];
    const slot = slotOf('series');
    const say = (word: string) => () => void words.push(word);
    slot.tap('b', say('b1'));
    slot.tap('a', say('a last'), 'last');
    slot.tap('a', say('a1'));
    slot.tap('b', say('b first'), 'first');
    slot.tap('b', say('b2'));
    await slot.call(0, inProject(1));
    expect(words).toEqual(['b first', 'a1', 'b1', 'b2', 'a last']);
  });

  it.each<[HookKind, unknown, ((v: unknown) => unknown)[], unknown]>([
    ['series', 1, [() => 5, () => 6], undefined],
    ['parallel', 1, [() => 5, () => 6], undefined],
    ['waterfall', 1, [(v) => (v as number) + 1, () => undefined, (v) => (v as number) * 10], 20],
    ['bail', 1, [() => undefined, () => 'mine', () => 'never'], 'mine'],
  ])('answers a %s hook as its kind says', async (kind, value, fns, expected) => {
    const slot = slotOf(kind);
    for (const fn of fns) slot.tap('p', fn);
    expect(await slot.call(value, inProject(1))).toEqual(expected);
  });

  it('joins each answer of a narrowing waterfall with what was given, and passes over one that cannot be joined', async () => {
    const narrow = (given: unknown, answer: unknown): unknown => {
      if (answer === 13) throw new TypeError('answered 13');
      return Math.min(given as number, answer as number);
    };
    const slot = slotOf('waterfall', { narrow });
    const seen: unknown[] = [];
    for (const answer of [7, 9, undefined, 13, 3, 5])
      slot.tap('p', (value) => {
        seen.push(value);
        return answer;
      });
    expect(await slot.call(10, inProject(1))).toBe(3);
    expect(seen).toEqual([10, 7, 7, 7, 7, 3]);
  });

  it('takes an answer that came in time, while something else held the event loop', async () => {
    const slot = slotOf('waterfall', { budgetMs: 20 });
    const { port1, port2 } = new MessageChannel();
    slot.tap('p', async (value) => {
      const arrived = once(port1, 'message');
      port2.postMessage('of another thread'); // there at once, and seen when the loop looks for what has come
      await arrived;
      port1.close();
      return (value as number) + 1;
    });
    const answer = slot.call(1, inProject(1));
    for (const until = performance.now() + 60; performance.now() < until;);
    expect(await answer).toBe(2);
  });

  it('passes a waterfall value on untouched while nobody taps it', async () => {
    const value = { a: 1 };
    expect(await slotOf('waterfall').call(value, inProject(1))).toBe(value);
    expect(slotOf('syncWaterfall').callSync(value, inProject(1))).toBe(value);
  });

  it('forgets a tap at once, also the same function tapped twice', async () => {
    let count = 0;
    const slot = slotOf('series');
    const fn = (): void => void count++;
    const undo = slot.tap('p', fn);
    slot.tap('p', fn);
    await slot.call(0, inProject(1));
    undo();
    undo();
    await slot.call(0, inProject(1));
    expect(count).toBe(3);
    expect(slot.plugins()).toEqual(['p']);
  });

  it('does not grow over 20,000 rounds of tapping, calling and untapping', async () => {
    const slot = slotOf('series');
    globalThis.gc?.();
    for (let round = 0; round < 20_000; round++) {
      const undo = slot.tap('p', () => undefined);
      if (round % 100 === 0) await slot.call(0, inProject(1));
      undo();
    }
    expect(slot.plugins()).toEqual([]);
    expect(slot.isUsed()).toBe(false);
  });

  it('refuses to be called in the wrong way', async () => {
    const sync = slotOf('syncWaterfall');
    sync.tap('p', () => undefined);
    await expect(sync.call(1, inProject(1))).rejects.toThrow(/callSync/);
    const series = slotOf('series');
    series.tap('p', () => undefined);
    expect(() => series.callSync(1, inProject(1))).toThrow(/use call/);
  });
});
