import { describe, expect, it } from 'vitest';
import { bootstrapMedian, median } from './statistics.ts';

describe('statistics of a measurement', () => {
  it('takes the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('gives an interval around the median that narrows with more rounds', () => {
    const values = (count: number): number[] =>
      Array.from({ length: count }, (_, index) => 100 + ((index * 37) % 21) - 10);
    const few = bootstrapMedian(values(9));
    const many = bootstrapMedian(values(99));
    for (const { low, median: middle, high } of [few, many]) {
      expect(low).toBeLessThanOrEqual(middle);
      expect(high).toBeGreaterThanOrEqual(middle);
    }
    expect(many.high - many.low).toBeLessThan(few.high - few.low);
    expect(bootstrapMedian(values(9))).toEqual(few);
    expect(bootstrapMedian([5, 5, 5])).toEqual({ median: 5, low: 5, high: 5 });
  });
});
