import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDraw, createXoshiro, orderFor } from './order.ts';
import { sha256 } from './sha256.ts';

const whose = { phase: 'phase-1', task: 'cells', reader: 'ada' };
const label = fc.record({ phase: fc.string(), task: fc.string(), reader: fc.string() });
const seed = fc.nat(4_294_967_295);

describe('the order of a task', () => {
  it('is that of the documented vectors, computed by another program', () => {
    // Python 3, hashlib and whole numbers, written from the docstring of orderFor.
    expect(orderFor([...'abcdefgh'], { by: 'shuffle', seed: 7 }, whose).join('')).toBe('egfbhdca');
    const numbers = Array.from({ length: 20 }, (_, i) => i + 1);
    expect(
      orderFor(numbers, { by: 'shuffle', seed: 4_294_967_295 }, { phase: 'blind', task: 'task-ä', reader: 'Müller' }),
    ).toEqual([19, 14, 9, 12, 20, 5, 3, 6, 8, 13, 1, 15, 11, 4, 10, 18, 7, 17, 16, 2]);
  });

  it('gives each reader each image once, and the same order for the same seed', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { maxLength: 60 }), seed, label, (items, value, of) => {
        const order = { by: 'shuffle', seed: value } as const;
        const shuffled = orderFor(items, order, of);
        expect([...shuffled].sort()).toEqual([...items].sort());
        expect(orderFor(items, order, of)).toEqual(shuffled);
        expect(orderFor(items, { by: 'given' }, of)).toEqual(items);
      }),
    );
  });

  it('differs between readers, tasks, phases and seeds', () => {
    const items = Array.from({ length: 30 }, (_, i) => i);
    const orders = [
      orderFor(items, { by: 'shuffle', seed: 1 }, whose),
      orderFor(items, { by: 'shuffle', seed: 2 }, whose),
      orderFor(items, { by: 'shuffle', seed: 1 }, { ...whose, reader: 'ben' }),
      orderFor(items, { by: 'shuffle', seed: 1 }, { ...whose, task: 'mitoses' }),
      orderFor(items, { by: 'shuffle', seed: 1 }, { ...whose, phase: 'phase-2' }),
    ];
    expect(new Set(orders.map(String)).size).toBe(orders.length);
  });

  it('puts no item more often in one place than in another', () => {
    const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    for (let value = 0; value < 4000; value++)
      orderFor([0, 1, 2, 3], { by: 'shuffle', seed: value }, whose).forEach(
        (item, place) => (counts[item]![place]! += 1),
      );
    // 1000 expected in each of 16 cells; chi square with 9 degrees of freedom is below 27.9 in 999 of 1000 fair shuffles.
    const chi = counts.flat().reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chi).toBeLessThan(27.9);
  });
});

it('draws with xoshiro128** as its authors do', () => {
  // State 1, 2, 3, 4 of the reference implementation in C.
  expect(Array.from({ length: 8 }, createXoshiro([1, 2, 3, 4]))).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849,
  ]);
});

it('draws whole numbers below the given one', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 2 ** 31 }), (text, n) => {
      const value = createDraw(text)(n);
      expect(Number.isInteger(value) && value >= 0 && value < n).toBe(true);
    }),
  );
});

it('computes SHA-256 as Node does, of texts of any length', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'));
    }),
  );
  for (let length = 50; length < 130; length++)
    expect(sha256('x'.repeat(length))).toBe(createHash('sha256').update('x'.repeat(length)).digest('hex'));
});
