import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CELL_CLASSES, type CellCounts, differential, findAbove, NO_CELLS, REFERENCE_VALUES } from './differential.ts';

const anyCounts = fc.record({
  macrophage: fc.nat(5000),
  lymphocyte: fc.nat(5000),
  neutrophil: fc.nat(5000),
  mastCell: fc.nat(500),
  eosinophil: fc.nat(500),
});

describe('the differential cell count', () => {
  it('gives shares of all five classes that add up to one hundred', () => {
    fc.assert(
      fc.property(anyCounts, (counts) => {
        const result = differential.compute({ counts });
        const cells = Object.values(counts).reduce((sum, count) => sum + count, 0);
        expect(result.cells).toBe(cells);
        expect(result.available).toBe(cells > 0);
        if (!result.available) return;
        expect(CELL_CLASSES.reduce((sum, name) => sum + result.classes[name].share, 0)).toBeCloseTo(100, 9);
        for (const name of CELL_CLASSES) {
          const { count, share, low, high } = result.classes[name];
          expect(count).toBe(counts[name]);
          expect(low).toBeLessThanOrEqual(share + 1e-9);
          expect(high).toBeGreaterThanOrEqual(share - 1e-9);
        }
      }),
    );
  });

  it('counts lymphocytes into the denominator: more of them lower every other share', () => {
    const counts = { ...NO_CELLS, neutrophil: 20, macrophage: 80 };
    const more = differential.compute({ counts: { ...counts, lymphocyte: 100 } });
    expect(more.available && more.classes.neutrophil.share).toBe(10);
  });

  it('warns of fewer cells than a laboratory wants, and only of fewer', () => {
    const warningsOf = (cells: number, minimumCells?: number): unknown => {
      const result = differential.compute({
        counts: { ...NO_CELLS, macrophage: cells },
        ...(minimumCells === undefined ? {} : { minimumCells }),
      });
      return result.available && result.warnings;
    };
    expect(warningsOf(399)).toEqual(['few-cells']);
    expect(warningsOf(400)).toEqual([]);
    expect(warningsOf(199, 200)).toEqual(['few-cells']);
    expect(warningsOf(1, 0)).toEqual([]);
  });

  it.each([-1, 0.5, Number.NaN])('refuses a count of %d and names its class', (count) => {
    expect(() => differential.compute({ counts: { ...NO_CELLS, mastCell: count } })).toThrow(/mastCell/);
  });
});

describe('reference values', () => {
  const of = (counts: Partial<CellCounts>, id: string) => {
    const reference = REFERENCE_VALUES.find((one) => one.id === id) ?? REFERENCE_VALUES[0];
    return findAbove(differential.compute({ counts: { ...NO_CELLS, ...counts } }), reference);
  };

  it('note a share above the limit, and not one that meets it', () => {
    expect(of({ macrophage: 90, neutrophil: 10 }, 'one-lung')).toEqual([]);
    expect(of({ macrophage: 89, neutrophil: 11 }, 'one-lung')).toEqual(['neutrophil']);
    expect(of({ macrophage: 89, neutrophil: 11 }, 'severe')).toEqual([]);
    expect(of({ macrophage: 92, mastCell: 4, eosinophil: 4 }, 'one-lung')).toEqual([]);
    expect(of({ macrophage: 92, mastCell: 4, eosinophil: 4 }, 'pooled')).toEqual(['mastCell', 'eosinophil']);
  });

  it('say nothing without cells', () => {
    expect(of({}, 'one-lung')).toEqual([]);
  });

  it('name a source each', () => {
    for (const { source } of REFERENCE_VALUES) expect(source.citation).toMatch(/\d{4}/);
  });
});
