import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shortWay, type Spot } from './short-way.ts';

const spot = fc.record({ x: fc.integer({ min: -1000, max: 1000 }), y: fc.integer({ min: -1000, max: 1000 }) });
const length = (way: readonly Spot[]): number =>
  way.reduce((sum, to, i) => {
    const from = way[i - 1] ?? to;
    return sum + Math.hypot(to.x - from.x, to.y - from.y);
  }, 0);

it('keeps every place once, whatever they are', () => {
  fc.assert(
    fc.property(fc.array(spot), (spots) => {
      expect(new Set(shortWay(spots, (one) => one))).toEqual(new Set(spots));
    }),
    { seed: 20_240_607 },
  );
  expect(shortWay([], (one: Spot) => one)).toEqual([]);
});

it('walks along a grid without jumps', () => {
  const grid = Array.from({ length: 256 }, (_, i) => ({ x: i % 16, y: Math.floor(i / 16) }));
  const shuffled = [...grid].sort((a, b) => ((a.x * 7 + a.y * 13) % 31) - ((b.x * 7 + b.y * 13) % 31));
  expect(length(shortWay(shuffled, (one) => one))).toBeLessThan(255 * 1.4);
});
