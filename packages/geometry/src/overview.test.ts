import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RUN } from '../test/arbitraries.ts';
import {
  decodeOverview,
  encodeOverview,
  GeometryError,
  overviewCell,
  overviewGrid,
  type OverviewSource,
} from './index.ts';

const count = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.nat(255), fc.nat(65_535), fc.nat(2 ** 32 - 1));
const source: fc.Arbitrary<OverviewSource> = fc
  .tuple(fc.integer({ min: 1, max: 128 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 4, max: 16 }))
  .chain(([columns, rows, power]) =>
    fc.record({
      cellSize: fc.constant(2 ** power),
      columns: fc.constant(columns),
      rows: fc.constant(rows),
      large: fc.nat(),
      cursor: fc.maxSafeNat(),
      templates: fc.array(
        fc.record({
          templateId: fc.nat(2 ** 31 - 1),
          total: fc.nat(2 ** 31 - 1),
          counts: fc
            .array(count, { minLength: columns * rows, maxLength: columns * rows })
            .map((counts) => Uint32Array.from(counts)),
        }),
        { maxLength: 4 },
      ),
    }),
  );
const sample: OverviewSource = {
  ...overviewGrid(4000, 3000),
  large: 2,
  cursor: 2 ** 40,
  templates: [
    { templateId: 3, total: 5, counts: new Uint32Array(125 * 94).fill(5, 7, 8) },
    { templateId: 9, total: 70_000, counts: new Uint32Array(125 * 94).map((_, i) => i * 7) },
    { templateId: 4, total: 0, counts: new Uint32Array(125 * 94) },
  ],
};

describe('the grid of an overview', () => {
  it.each([
    [0, 0, 16, 0, 0],
    [1, 1, 16, 1, 1],
    [2048, 2048, 16, 128, 128],
    [2049, 10, 32, 65, 1],
    [100_000, 80_000, 1024, 98, 79],
    [131_072, 1, 1024, 128, 1],
    [131_073, 1, 2048, 65, 1],
  ])('of %i × %i px has cells of %i px in %i columns and %i rows', (width, height, cellSize, columns, rows) => {
    expect(overviewGrid(width, height)).toEqual({ cellSize, columns, rows });
  });

  it('has at most 128 cells a side, and not half of them where cells could be smaller', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 21 }), fc.integer({ min: 1, max: 2 ** 21 }), (width, height) => {
        const { cellSize, columns, rows } = overviewGrid(width, height);
        expect(Math.max(columns, rows)).toBeLessThanOrEqual(128);
        if (cellSize > 16) expect(Math.max(columns, rows)).toBeGreaterThan(64);
      }),
      RUN,
    );
  });

  it('counts a shape in the cell of the middle of its box, outside the image in the nearest one', () => {
    const grid = overviewGrid(4000, 3000); // 125 × 94 cells of 32 px
    expect(overviewCell(grid, { minX: 0, minY: 0, maxX: 63, maxY: 10 })).toBe(0);
    expect(overviewCell(grid, { minX: 0, minY: 0, maxX: 64, maxY: 64 })).toBe(126);
    expect(overviewCell(grid, { minX: -900, minY: -900, maxX: -100, maxY: 10 })).toBe(0);
    expect(overviewCell(grid, { minX: 3999, minY: 2999, maxX: 9000, maxY: 9000 })).toBe(125 * 94 - 1);
    expect(overviewCell(overviewGrid(0, 0), { minX: 0, minY: 0, maxX: 0, maxY: 0 })).toBe(-1);
  });
});

describe('overviews', () => {
  it('give back what was put in', () => {
    fc.assert(
      fc.property(source, (put) => {
        const got = decodeOverview(encodeOverview(put));
        expect([got.cellSize, got.columns, got.rows, got.large, got.cursor]).toEqual([
          put.cellSize,
          put.columns,
          put.rows,
          put.large,
          put.cursor,
        ]);
        expect([...got.templateIds]).toEqual(put.templates.map(({ templateId }) => templateId));
        expect([...got.totals]).toEqual(put.templates.map(({ total }) => total));
        expect(got.total).toBe(put.templates.reduce((sum, { total }) => sum + total, 0));
        put.templates.forEach(({ counts }, i) => expect(got.countsOf(i)).toEqual(counts));
      }),
      { ...RUN, numRuns: 100 },
    );
  });

  it('hold an image without pixels, and none at all', () => {
    const empty = decodeOverview(
      encodeOverview({
        ...overviewGrid(0, 0),
        large: 0,
        templates: [{ templateId: 1, total: 3, counts: new Uint32Array() }],
      }),
    );
    expect([empty.total, empty.columns, empty.countsOf(0).length, empty.cursor]).toEqual([3, 0, 0, 0]);
  });

  it('take few bytes for few cells, and one byte a count for small counts', () => {
    const bytes = encodeOverview(sample);
    // header, table, one pair of cell and count, 16-bit counts would not hold 82,243: 4 bytes each
    expect(bytes.length).toBe(40 + 3 * 16 + 8 + 4 * 125 * 94);
    const counts = new Uint32Array(125 * 94).fill(255);
    expect(encodeOverview({ ...sample, templates: [{ templateId: 1, total: 1, counts }] }).length).toBe(
      40 + 16 + Math.ceil((125 * 94) / 4) * 4,
    );
  });

  it('can be read from an odd place in a Node buffer', () => {
    const bytes = encodeOverview(sample);
    const odd = Buffer.concat([Buffer.from('x'), bytes]).subarray(1);
    expect(decodeOverview(odd).countsOf(1)).toEqual(sample.templates[1]!.counts);
  });

  it('refuse counts that do not fit the grid, and templates that they do not have', () => {
    expect(() => encodeOverview({ ...sample, columns: 124 })).toThrow(/Template 3 has counts of 11750 cells/);
    const overview = decodeOverview(encodeOverview(sample));
    for (const index of [3, -1, 0.5])
      expect(() => overview.countsOf(index)).toThrow(expect.objectContaining({ code: 'GEOMETRY_OVERVIEW' }));
  });

  it('refuse to be opened when cut or damaged, and never fail in another way', () => {
    const good = encodeOverview({
      ...overviewGrid(64, 48),
      large: 0,
      templates: [
        { templateId: 1, total: 9, counts: Uint32Array.from([0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0]) },
        { templateId: 2, total: 9, counts: Uint32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) },
      ],
    });
    for (let length = 0; length < good.length; length++)
      expect(() => decodeOverview(good.slice(0, length))).toThrow(
        expect.objectContaining({ code: 'GEOMETRY_OVERVIEW' }),
      );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (changes) => {
          const bytes = good.slice();
          for (const [at, value] of changes) bytes[at] = value;
          try {
            const overview = decodeOverview(bytes);
            for (let i = 0; i < overview.templateIds.length; i++)
              expect(overview.countsOf(i)).toHaveLength(overview.columns * overview.rows);
          } catch (error) {
            expect(error).toBeInstanceOf(GeometryError);
          }
        },
      ),
      { ...RUN, numRuns: 5000 },
    );
  });
});
