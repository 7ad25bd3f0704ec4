import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PackedTree } from './packed-tree.ts';

describe('PackedTree', () => {
  const number = fc.oneof(
    fc.integer({ min: -50, max: 50 }),
    fc.double({ min: -3e6, max: 3e6, noNaN: true }),
    fc.constant(1_000_000 + 1 / 256),
  );
  const box = fc
    .tuple(number, number, fc.nat(60), fc.nat(60))
    .map(([x, y, width, height]) => [x, y, x + width, y + height] as const);

  it('finds what a plain loop finds, on borders too, of those that it was given and that are wanted', () => {
    fc.assert(
      fc.property(
        fc.array(box, { maxLength: 700, size: 'max' }),
        fc.array(box, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 4 }),
        (boxes, asked, part) => {
          const flat = Float64Array.from(boxes.flat());
          const given = boxes.map((_, i) => i).filter((i) => i % part === 0);
          const tree = new PackedTree(flat, Uint32Array.from(given));
          for (const [minX, minY, maxX, maxY] of [...asked, [-1e7, -1e7, 1e7, 1e7] as const]) {
            const found: number[] = [];
            tree.search(flat, { minX, minY, maxX, maxY }, found, (item) => item % 5 !== 0);
            const expected = given.filter((i) => {
              const [x0, y0, x1, y1] = boxes[i]!;
              return i % 5 !== 0 && x0 <= maxX && y0 <= maxY && x1 >= minX && y1 >= minY;
            });
            expect(found.sort((a, b) => a - b)).toEqual(expected);
          }
        },
      ),
      { seed: 27 },
    );
  });

  it('looks at few boxes for a small part of many', () => {
    const side = 300;
    const boxes = Float64Array.from({ length: side * side * 4 }, (_, k) => {
      const i = k >> 2;
      return (k & 1 ? Math.floor(i / side) : i % side) * 10 + (k & 2 ? 4 : 0);
    });
    let looks = 0;
    const counted = new Proxy(boxes, {
      get: (target, key) => {
        looks += 1;
        return Reflect.get(target, key) as unknown;
      },
    });
    const tree = new PackedTree(
      boxes,
      Uint32Array.from({ length: side * side }, (_, i) => i),
    );
    const found: number[] = [];
    tree.search(counted, { minX: 1000, minY: 1000, maxX: 1095, maxY: 1095 }, found, () => true);
    expect(found).toHaveLength(100);
    expect(looks).toBeLessThan(100 * 4 * 6);
  });
});
