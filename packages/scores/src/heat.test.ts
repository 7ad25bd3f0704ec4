import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heatMap } from './heat.ts';

const pointsOf = (list: readonly (readonly [number, number, number])[]) => ({
  count: list.length,
  x: list.map(([x]) => x),
  y: list.map(([, y]) => y),
  category: list.map(([, , grade]) => grade),
});

describe('a heat map', () => {
  it('has in each window the cells that lie in it, and their mean grade', () => {
    const cell = fc.tuple(fc.nat(999), fc.nat(499), fc.integer({ min: -1, max: 4 }));
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 200 }), fc.constantFrom(0.25, 0.5, 1.1), (list, mppX) => {
        const options = { width: 1000, height: 500, mppX, mppY: 0.5, windowUm: 60 };
        const map = heatMap(pointsOf(list), options);
        for (let row = 0; row < map.rows; row++)
          for (let column = 0; column < map.columns; column++) {
            const inside = list.filter(
              ([x, y, grade]) =>
                grade >= 0 &&
                x >= (column - 1) * map.stepX &&
                x < (column + 1) * map.stepX &&
                y >= (row - 1) * map.stepY &&
                y < (row + 1) * map.stepY,
            );
            expect(map.cells[row * map.columns + column]).toBe(inside.length);
            const mean = inside.reduce((sum, [, , grade]) => sum + grade, 0) / Math.max(1, inside.length);
            expect(map.meanGrade[row * map.columns + column]).toBeCloseTo(mean, 5);
          }
      }),
      { numRuns: 30 },
    );
  });

  it('has windows as wide in micrometres whatever the pixels are', () => {
    const map = heatMap(pointsOf([]), { width: 1000, height: 1000, mppX: 0.25, mppY: 0.5, windowUm: 100 });
    expect([2 * map.stepX * 0.25, 2 * map.stepY * 0.5]).toEqual([100, 100]);
  });

  it('refuses a missing scale, and windows too small to be told apart', () => {
    const options = { width: 100_000, height: 100_000, mppX: 0.25, mppY: 0.25, windowUm: 100 };
    expect(() => heatMap(pointsOf([]), { ...options, mppX: NaN })).toThrow('mppX is NaN');
    expect(() => heatMap(pointsOf([]), { ...options, windowUm: 1 })).toThrow('1 µm are too small');
  });
});
