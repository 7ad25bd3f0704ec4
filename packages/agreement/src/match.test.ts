import type { Geometry } from '@exact/geometry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign } from './assignment.ts';
import { match, overlap } from './match.ts';

const box = (x: number, y: number, width = 10, height = 10): Geometry => ({ kind: 'box', x, y, width, height });
const point = (x: number, y: number): Geometry => ({ kind: 'point', x, y });

describe('the overlap of two shapes', () => {
  it('is the shared area over the area of both together', () => {
    expect(overlap(box(0, 0), box(5, 0))).toBeCloseTo(1 / 3, 9);
    expect(overlap(box(0, 0), box(20, 0))).toBe(0);
    const diamond: Geometry = { kind: 'polygon', polygons: [[[5, 0, 10, 5, 5, 10, 0, 5]]] };
    expect(overlap(diamond, box(0, 0))).toBeCloseTo(0.5, 3);
    expect(overlap({ kind: 'ellipse', cx: 50, cy: 50, rx: 40, ry: 40 }, box(10, 10, 80, 80))).toBeCloseTo(
      Math.PI / 4,
      2,
    );
  });
});

describe('matching', () => {
  it('takes the pairs that fit best together, not the first that fit', () => {
    // The first of a fits both of b, the second only the first of b.
    const { pairs, onlyA, onlyB } = match([point(0, 0), point(-4, 0)], [point(1, 0), point(4, 0)], {
      by: 'distance',
      atMost: 5,
    });
    expect(pairs.map(({ a, b }) => [a, b])).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect([onlyA, onlyB]).toEqual([[], []]);
  });

  it('leaves alone what has no partner, and what cannot be compared', () => {
    const a = [box(0, 0), { kind: 'image' } as Geometry, point(5, 5)];
    const b = [box(1, 0), box(500, 500), { kind: 'image' } as Geometry];
    expect(match(a, b, { by: 'iou', atLeast: 0.5 })).toMatchObject({
      pairs: [{ a: 0, b: 0 }],
      onlyA: [1, 2],
      onlyB: [1, 2],
    });
    expect(match([], b, { by: 'iou', atLeast: 0.5 })).toEqual({ pairs: [], onlyA: [], onlyB: [0, 1, 2] });
  });

  it('pairs 20,000 cells of a slide with their moved copies', () => {
    const cells = Array.from({ length: 20_000 }, (_, i) => box((i % 200) * 40, Math.floor(i / 200) * 40, 20, 20));
    const moved = cells.map((cell) => ({ ...cell, x: (cell as { x: number }).x + 3 }) as Geometry).reverse();
    const { pairs, onlyA } = match(cells, moved, { by: 'iou', atLeast: 0.5 });
    expect([pairs.length, onlyA.length]).toEqual([20_000, 0]);
    expect(pairs.every(({ a, b }) => a === 19_999 - b)).toBe(true);
  });

  it('finds the greatest sum of all assignments', () => {
    const table = fc.array(
      fc.array(fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }), { minLength: 4, maxLength: 4 }),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(table, (gains) => {
        const best = (row: number, used: number): number => {
          if (row === gains.length) return 0;
          let most = best(row + 1, used);
          gains[row]?.forEach((gain, column) => {
            if (gain !== undefined && !(used & (1 << column)))
              most = Math.max(most, gain + best(row + 1, used | (1 << column)));
          });
          return most;
        };
        const columnOf = assign(gains.length, 4, (row, column) => gains[row]?.[column]);
        const taken = [...columnOf].filter((column) => column >= 0);
        expect(new Set(taken).size).toBe(taken.length);
        const sum = columnOf.reduce(
          (total, column, row) => total + (column < 0 ? 0 : (gains[row]?.[column] ?? NaN)),
          0,
        );
        expect(sum).toBe(best(0, 0));
      }),
    );
  });
});
