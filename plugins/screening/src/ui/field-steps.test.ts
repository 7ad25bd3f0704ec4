import { describe, expect, it } from 'vitest';
import { fieldAt, fieldTowards, nextFitting } from './field-steps.ts';

/** 4 × 3 fields of 100 × 80 px, 15 % overlap; the last column and row are moved in. */
const XS = [0, 85, 170, 240];
const YS = [0, 68, 120];
const FIELDS = YS.flatMap((y) => XS.map((x) => ({ x, y, width: 100, height: 80 })));
const without = (...gone: number[]) => FIELDS.filter((_, index) => !gone.includes(index));

describe('steps between fields', () => {
  it('go to the neighbour in each direction, and nowhere at the edge', () => {
    const go = (from: number) =>
      (['left', 'right', 'up', 'down'] as const).map((direction) => fieldTowards(FIELDS, from, direction));
    expect(go(5)).toEqual([4, 6, 1, 9]);
    expect(go(0)).toEqual([undefined, 1, undefined, 4]);
    expect(go(11)).toEqual([10, undefined, 7, undefined]);
  });

  it('pass over gaps without tissue in the row, and do not slip into another row', () => {
    const fields = without(5, 6, 11);
    expect(fields[fieldTowards(fields, 4, 'right') ?? -1]).toEqual(FIELDS[7]);
    expect(fieldTowards(fields, 8, 'right')).toBeUndefined();
  });

  it('pass over fields that are somebody else’s', () => {
    expect(fieldTowards(FIELDS, 4, 'right', (index) => index === 7)).toBe(7);
    expect(fieldTowards(FIELDS, 4, 'right', () => false)).toBeUndefined();
  });

  it('find the field of a point by the nearest middle where fields overlap, and none beside them', () => {
    expect([fieldAt(FIELDS, 91, 20), fieldAt(FIELDS, 95, 20)]).toEqual([0, 1]);
    expect(fieldAt(FIELDS, 341, 20)).toBeUndefined();
    expect(fieldAt([], 1, 1)).toBeUndefined();
  });

  it('look for the next that fits from the beginning again, and for the same one last', () => {
    const seen = new Set([0, 1, 3]);
    const next = (from: number) => nextFitting(4, from, (index) => !seen.has(index));
    expect([next(0), next(2), next(3), next(-1)]).toEqual([2, 2, 2, 2]);
    seen.add(2);
    expect(next(0)).toBeUndefined();
    expect(nextFitting(0, -1, () => true)).toBeUndefined();
  });
});
