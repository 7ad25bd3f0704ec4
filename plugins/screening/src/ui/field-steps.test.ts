import { planFields } from '@exact/screening';
import { describe, expect, it } from 'vitest';
import { DIRECTIONS, fieldTowards, nextFitting } from './field-steps.ts';

/** 4 columns and 3 rows, every second row backwards: 0 1 2 3 / 7 6 5 4 / 8 9 10 11. */
const PLAN = planFields({
  region: { minX: 0, minY: 0, maxX: 340, maxY: 200 },
  ...{ fieldWidth: 100, fieldHeight: 80, overlap: 0.15, order: 'serpentine' },
});
const all = (): boolean => true;

describe('steps between fields', () => {
  it('go to the neighbour in each direction, whatever the order, and nowhere at the edge', () => {
    const go = (from: number) => DIRECTIONS.map((direction) => fieldTowards(PLAN, from, direction, all));
    expect(PLAN.fields).toHaveLength(12);
    expect(go(6)).toEqual([7, 5, 1, 9]);
    expect(go(0)).toEqual([undefined, 1, undefined, 7]);
    expect(go(11)).toEqual([10, undefined, 4, undefined]);
  });

  it('pass over gaps without tissue in the row, and do not slip into another row', () => {
    expect(fieldTowards(PLAN, 7, 'right', (index) => ![6, 5].includes(index))).toBe(4);
    expect(fieldTowards(PLAN, 7, 'right', (index) => index > 7)).toBeUndefined();
    expect(fieldTowards(PLAN, 99, 'right', all)).toBeUndefined();
  });

  it('look for the next that fits from the other end again, and for the same one last', () => {
    const seen = new Set([0, 1, 3]);
    const next = (from: number, by?: 1 | -1) => nextFitting(4, from, (index) => !seen.has(index), by);
    expect([next(0), next(2), next(3), next(-1), next(0, -1)]).toEqual([2, 2, 2, 2, 2]);
    seen.add(2);
    expect(next(0)).toBeUndefined();
    expect(nextFitting(0, -1, () => true)).toBeUndefined();
  });
});
