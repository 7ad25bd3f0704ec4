import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activeTime, coverageOf, createCoverage, type FieldState, makeMask, planFields, shareOut } from './index.ts';

const plans = fc
  .record({
    width: fc.integer({ min: 1, max: 60 }),
    height: fc.integer({ min: 1, max: 60 }),
    fieldWidth: fc.integer({ min: 5, max: 40 }),
    fieldHeight: fc.integer({ min: 5, max: 40 }),
    overlap: fc.constantFrom(0, 0.15, 0.33, 0.5),
    order: fc.constantFrom('serpentine' as const, 'rows' as const),
  })
  .map(({ width, height, ...rest }) =>
    planFields({ region: { minX: 3, minY: 4, maxX: 3 + width, maxY: 4 + height }, ...rest }),
  );
const states = fc.array(fc.constantFrom<FieldState>('unseen', 'partial', 'seen', 'revisited'), {
  minLength: 300,
  maxLength: 300,
});

describe('coverage', () => {
  it('is what counting pixel by pixel gives, however fields overlap', () => {
    const bits = Uint8Array.from({ length: 64 * 64 }, (_, i) => ((i * 2654435761) >>> 13) & 1);
    // one pixel of the mask is one of the image
    const mask = makeMask(bits, 64, 64, { width: 64, height: 64 });
    fc.assert(
      fc.property(plans, states, fc.integer({ min: 1, max: 5 }), (plan, all, every) => {
        const skipped = new Set(plan.fields.filter(({ index }) => index % every === 1).map(({ index }) => index));
        const of = all.slice(0, plan.fields.length);
        const counter = createCoverage(plan, { mask, skipped });
        const found = counter.of(of);
        let [seenArea, tissueSeen, tissue, inSkipped] = [0, 0, 0, 0];
        for (let y = plan.region.minY; y < plan.region.maxY; y++)
          for (let x = plan.region.minX; x < plan.region.maxX; x++) {
            const bit = bits[y * 64 + x] ?? 0;
            const holding = plan.fields.filter((f) => x >= f.minX && x < f.maxX && y >= f.minY && y < f.maxY);
            const isSeen = holding.some(({ index }) => of[index] === 'seen' || of[index] === 'revisited');
            tissue += bit;
            seenArea += isSeen ? 1 : 0;
            tissueSeen += isSeen ? bit : 0;
            if (!isSeen && holding.every(({ index }) => skipped.has(index))) inSkipped += bit;
          }
        expect(found.seenArea).toBe(seenArea);
        expect(counter.tissueArea).toBeCloseTo(tissue, 6);
        expect(found.tissueSeen).toBeCloseTo(tissueSeen, 6);
        expect(found.tissueMissed).toBeCloseTo(tissue - tissueSeen, 6);
        expect(found.tissueSkipped).toBeCloseTo(inSkipped, 6);
        const counted = Object.values(found.fields).reduce((sum, n) => sum + n, 0);
        expect(counted).toBe(plan.fields.length - skipped.size);
      }),
      { numRuns: 60 },
    );
  });

  it('of a plan that was seen all over is the whole region', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const counter = createCoverage(plan);
        expect(counter.of(plan.fields.map(() => 'seen')).seenArea).toBe(counter.regionArea);
      }),
    );
  });

  it('says nothing of tissue without a mask, nor of a share of none', () => {
    const plan = planFields({
      region: { minX: 0, minY: 0, maxX: 10, maxY: 10 },
      ...{ fieldWidth: 10, fieldHeight: 10, overlap: 0, order: 'rows' },
    });
    expect(coverageOf(plan, { dwellMs: 0, downsample: 1 }, [])).toMatchObject({
      ...{ tissueSeen: undefined, tissueMissed: undefined, tissueShare: undefined, seenArea: 0 },
    });
    const empty = makeMask(new Uint8Array(4), 2, 2, { width: 10, height: 10 });
    expect(coverageOf(plan, { dwellMs: 0, downsample: 1 }, [], { mask: empty })).toMatchObject({
      ...{ tissueSeen: 0, tissueMissed: 0, tissueShare: undefined },
    });
  });
});

it('counts time once in which several fields were on screen', () => {
  const visit = (enteredAt: number, leftAt: number) => ({ enteredAt, leftAt });
  expect(activeTime([])).toBe(0);
  expect(activeTime([visit(10, 20), visit(0, 15), visit(30, 35), visit(12, 13)])).toBe(25);
});

it('shares each field out to one reader, nobody getting two more than another', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 999 }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom('blocks' as const, 'alternating' as const),
      (fields, readers, way) => {
        const shares = shareOut(fields, readers, way);
        expect(shares).toHaveLength(readers);
        expect(shares.flat().sort((a, b) => a - b)).toEqual([...fields].sort((a, b) => a - b));
        const sizes = shares.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        if (way === 'blocks') expect(shares.flat()).toEqual(fields);
      },
    ),
  );
});
