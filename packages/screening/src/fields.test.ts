import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldAround, fieldAt, fieldsHolding, MAX_FIELDS, planFields, positions } from './index.ts';

const overlaps = fc.double({ min: 0, max: 0.5, noNaN: true });
const request = fc
  .record({
    x: fc.integer({ min: 0, max: 5000 }),
    y: fc.integer({ min: 0, max: 5000 }),
    width: fc.integer({ min: 1, max: 4000 }),
    height: fc.integer({ min: 1, max: 4000 }),
    fieldWidth: fc.integer({ min: 100, max: 5000 }),
    fieldHeight: fc.integer({ min: 100, max: 5000 }),
    overlap: overlaps,
    order: fc.constantFrom('serpentine' as const, 'rows' as const),
  })
  .map(({ x, y, width, height, ...rest }) => ({
    region: { minX: x, minY: y, maxX: x + width, maxY: y + height },
    ...rest,
  }));

describe('positions', () => {
  it.each([
    // the vectors of D4
    [10_000, 2000, 0.15, [0, 1700, 3400, 5100, 6800, 8000]],
    [2100, 2000, 0.15, [0, 100]],
    [2000, 2000, 0.15, [0]],
    // shorter than a field, and one pixel
    [1, 2000, 0.15, [0]],
    [1, 1, 0, [0]],
    // exact quotients are not rounded up to one more
    [7100, 2000, 0.15, [0, 1700, 3400, 5100]],
    [7101, 2000, 0.15, [0, 1700, 3400, 5100, 5101]],
    [10, 2, 0, [0, 2, 4, 6, 8]],
  ])('of %i px in pieces of %i px with an overlap of %d', (length, size, overlap, expected) => {
    expect(positions(length, size, overlap)).toEqual(expected);
  });

  it('cover each length without a gap, leave it nowhere, and share no less than the overlap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 20, max: 5000 }),
        overlaps,
        (length, size, overlap) => {
          const starts = positions(length, size, overlap);
          const piece = Math.min(size, length);
          expect(starts[0]).toBe(0);
          expect((starts.at(-1) ?? -1) + piece).toBe(length);
          for (const [i, start] of starts.slice(1).entries()) {
            const before = starts[i] ?? 0;
            expect(start).toBeGreaterThan(before);
            // half a pixel each way: starts are whole
            expect(before + piece - start).toBeGreaterThanOrEqual(size * overlap - 1);
          }
          // and no more of them than needed
          if (starts.length > 1) expect(size + (starts.length - 2) * size * (1 - overlap)).toBeLessThan(length + 1e-6);
        },
      ),
    );
  });

  it.each([
    ['no length', 0, 10, 0.1, 'REGION_EMPTY'],
    ['half a pixel', 0.5, 10, 0.1, 'REGION_EMPTY'],
    ['a length that is no number', NaN, 10, 0.1, 'REGION_EMPTY'],
    ['fields of no size', 10, 0, 0.1, 'FIELD_SIZE'],
    ['fields that overlap all over', 10, 5, 1, 'OVERLAP'],
    ['an overlap that is no number', 10, 5, NaN, 'OVERLAP'],
    ['gaps between fields', 10, 5, -0.1, 'OVERLAP'],
  ])('refuse %s in words', (_, length, size, overlap, code) => {
    expect(() => positions(length, size, overlap)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe('a plan', () => {
  it('covers the region, numbers fields in their order, and finds them again by column and row', () => {
    fc.assert(
      fc.property(request, (wanted) => {
        const plan = planFields(wanted);
        const { region } = wanted;
        for (const [i, field] of plan.fields.entries()) {
          expect(field.index).toBe(i);
          expect(fieldAt(plan, field.column, field.row)).toBe(i);
          expect(field.minX).toBeGreaterThanOrEqual(region.minX);
          expect(field.maxX).toBeLessThanOrEqual(region.maxX);
          expect(field.minY).toBeGreaterThanOrEqual(region.minY);
          expect(field.maxY).toBeLessThanOrEqual(region.maxY);
        }
        expect(plan.fields).toHaveLength(plan.xs.length * plan.ys.length);
        expect(fieldAt(plan, plan.xs.length, 0)).toBeUndefined();
        expect(fieldAt(plan, -1, 0)).toBeUndefined();
      }),
    );
  });

  it('in serpentines never goes further than to the neighbour', () => {
    fc.assert(
      fc.property(request, (wanted) => {
        const { fields } = planFields({ ...wanted, order: 'serpentine' });
        for (const [i, field] of fields.slice(1).entries()) {
          const before = fields[i];
          expect(Math.abs(field.column - (before?.column ?? 0)) + Math.abs(field.row - (before?.row ?? 0))).toBe(1);
        }
      }),
    );
  });

  it('knows which fields hold a point, as asking each of them does', () => {
    fc.assert(
      fc.property(request, fc.integer({ min: -10, max: 9999 }), fc.integer({ min: -10, max: 9999 }), (wanted, x, y) => {
        const plan = planFields(wanted);
        const holding = plan.fields.filter((f) => x >= f.minX && x < f.maxX && y >= f.minY && y < f.maxY);
        const indices = holding.map(({ index }) => index);
        expect(fieldsHolding(plan, x, y).sort((a, b) => a - b)).toEqual(indices);
        const around = fieldAround(plan, x, y);
        if (around) expect(indices).toContain(around.index);
        else expect(indices).toEqual([]);
      }),
    );
  });

  it('of an image smaller than a field is one field, as large as the image', () => {
    const region = { minX: 0, minY: 0, maxX: 30, maxY: 40 };
    const { fields } = planFields({ region, fieldWidth: 2000, fieldHeight: 1500, overlap: 0.15, order: 'serpentine' });
    expect(fields).toEqual([{ index: 0, column: 0, row: 0, ...region }]);
  });

  it('of too many fields is refused before any is made', () => {
    const region = { minX: 0, minY: 0, maxX: 2_000_000, maxY: 2_000_000 };
    const ask = () => planFields({ region, fieldWidth: 20, fieldHeight: 20, overlap: 0.5, order: 'rows' });
    expect(ask).toThrow(`at most ${MAX_FIELDS}`);
    expect(ask).toThrow(expect.objectContaining({ code: 'TOO_MANY_FIELDS' }) as Error);
  });

  it.each([
    ['turned round', { minX: 10, minY: 0, maxX: 0, maxY: 10 }],
    ['of no area', { minX: 10, minY: 0, maxX: 10, maxY: 10 }],
    ['of parts of pixels', { minX: 0.5, minY: 0, maxX: 10, maxY: 10 }],
    ['of no numbers', { minX: NaN, minY: 0, maxX: 10, maxY: 10 }],
  ])('of a region %s is refused', (_, region) => {
    const ask = () => planFields({ region, fieldWidth: 5, fieldHeight: 5, overlap: 0, order: 'rows' });
    expect(ask).toThrow(expect.objectContaining({ code: 'REGION_EMPTY' }) as Error);
  });
});
