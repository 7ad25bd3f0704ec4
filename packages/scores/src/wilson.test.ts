import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wilson } from './wilson.ts';

describe('the interval of a share', () => {
  // Newcombe 1998, Stat Med 17:857–872, table I, method 3: Wilson's score without correction.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %i in %i is the one that Newcombe printed', (count, total, low, high) => {
    const interval = wilson(count, total);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it('holds the share, stays inside 0…1, mirrors, and narrows with more cells', () => {
    const share = fc.integer({ min: 1, max: 100_000 }).chain((total) => fc.tuple(fc.nat(total), fc.constant(total)));
    fc.assert(
      fc.property(share, ([count, total]) => {
        const { low, high } = wilson(count, total);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(count / total);
        expect(high).toBeGreaterThanOrEqual(count / total);
        const other = wilson(total - count, total);
        expect(other.low).toBeCloseTo(1 - high, 9);
        expect(other.high).toBeCloseTo(1 - low, 9);
        const more = wilson(10 * count, 10 * total);
        expect(more.high - more.low).toBeLessThan(high - low);
      }),
    );
  });

  it('solves the equation that defines it: both ends lie z standard errors from the share', () => {
    for (const [count, total] of [
      [3, 40],
      [20, 40],
      [39, 40],
    ] as const) {
      const { low, high } = wilson(count, total, 2);
      for (const end of [low, high])
        expect(Math.abs(count / total - end) / Math.sqrt((end * (1 - end)) / total)).toBeCloseTo(2, 9);
    }
  });

  it.each([
    [1, 0],
    [5, 4],
    [-1, 4],
    [1.5, 4],
    [Number.NaN, 4],
  ])('refuses %d of %d', (count, total) => {
    expect(() => wilson(count, total)).toThrow(RangeError);
  });
});
