import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountGrid, isInside, type Box } from './count-grid.ts';

const place = fc.double({ min: -50, max: 300, noNaN: true });
const points = fc.array(fc.record({ x: place, y: place, category: fc.integer({ min: -1, max: 4 }) }), {
  maxLength: 400,
});
const boxes = fc.tuple(place, place, place, place).map(([a, b, c, d]): Box => ({
  minX: Math.min(a, c),
  minY: Math.min(b, d),
  maxX: Math.max(a, c),
  maxY: Math.max(b, d),
}));

const columns = (list: readonly { x: number; y: number; category: number }[]) => ({
  count: list.length,
  x: Float64Array.from(list, ({ x }) => x),
  y: Float64Array.from(list, ({ y }) => y),
  category: Int8Array.from(list, ({ category }) => category),
});

describe('a count grid', () => {
  it('counts by category what looking at every point finds, and lists the same points', () => {
    fc.assert(
      fc.property(points, fc.array(boxes, { minLength: 1, maxLength: 10 }), (list, asked) => {
        const grid = new CountGrid(columns(list), 5);
        for (const box of asked) {
          const inside = list.flatMap(({ x, y, category }, i) =>
            category >= 0 && isInside(box, x, y) ? [[i, category]] : [],
          );
          const counts = [0, 0, 0, 0, 0];
          for (const [, category] of inside) counts[category!]! += 1;
          expect(grid.countIn(box)).toEqual(counts);
          const listed: number[][] = [];
          grid.forEachIn(box, (i, category) => listed.push([i, category]));
          expect(listed.sort((a, b) => a[0]! - b[0]!)).toEqual(inside);
        }
      }),
    );
  });

  it('counts each point once when boxes lie side by side', () => {
    fc.assert(
      fc.property(points, place, (list, cut) => {
        const grid = new CountGrid(columns(list), 5);
        const all = { minX: -1000, minY: -1000, maxX: 1000, maxY: 1000 };
        const [left, right] = [grid.countIn({ ...all, maxX: cut }), grid.countIn({ ...all, minX: cut })];
        expect(left.map((count, kind) => count + right[kind]!)).toEqual(grid.countIn(all));
      }),
    );
  });

  it('finds nothing in an empty box, in no points, and beside all of them', () => {
    const grid = new CountGrid(columns([{ x: 5, y: 5, category: 2 }]), 5);
    expect(grid.countIn({ minX: 5, minY: 0, maxX: 5, maxY: 9 })).toEqual([0, 0, 0, 0, 0]);
    expect(grid.countIn({ minX: 100, minY: 100, maxX: 200, maxY: 200 })).toEqual([0, 0, 0, 0, 0]);
    expect(new CountGrid(columns([]), 5).countIn({ minX: 0, minY: 0, maxX: 9, maxY: 9 })).toEqual([0, 0, 0, 0, 0]);
  });

  it('refuses a category that is not there and a place that is none', () => {
    expect(() => new CountGrid(columns([{ x: 1, y: 1, category: 5 }]), 5)).toThrow('Point 0 has category 5');
    expect(() => new CountGrid(columns([{ x: NaN, y: 1, category: 0 }]), 5)).toThrow('Point 0 lies at NaN');
  });
});
