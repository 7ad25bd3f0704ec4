import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { area, perimeter, type PolygonGeometry } from '../index.ts';
import { intersect, splitByLine, union } from './index.ts';
import { anyShape, anyShare, expectClean, OPS_RUN, square } from '../../test/shapes.ts';

const areas = (pieces: readonly PolygonGeometry[]): number[] => pieces.map((piece) => area(piece));

describe('splitByLine', () => {
  it('cuts into clean pieces that fit together without gap or sliver', () => {
    const place = anyShare(-1.2, 1.2);
    const shares = fc.array(fc.tuple(place, place), { minLength: 2, maxLength: 9 });
    let cuts = 0;
    fc.assert(
      fc.property(anyShape, shares, (shape, line) => {
        const reach = Math.max(...shape.polygons.flat(2).map(Math.abs));
        const pieces = splitByLine(
          shape,
          line.flat().map((value) => value * reach),
        );
        cuts += pieces.length > 1 ? 1 : 0;
        pieces.forEach(expectClean);
        const sum = areas(pieces).reduce((total, part) => total + part, 0);
        expect(Math.abs(sum - area(shape))).toBeLessThan(perimeter(shape) / 256);
        const whole = union(pieces)!;
        const slack = (perimeter(shape) * 2) / 256;
        expect(Math.abs(area(whole) - area(shape))).toBeLessThan(slack);
        expect(whole.polygons.flat().length).toBeLessThanOrEqual(shape.polygons.flat().length);
        for (let i = 1; i < pieces.length; i++) expect(intersect([pieces[0]!, pieces[i]!])).toBeUndefined();
      }),
      OPS_RUN,
    );
    expect(cuts).toBeGreaterThan(50);
  });

  it('gives the largest piece first', () => {
    expect(areas(splitByLine(square(0, 0, 10), [3, -1, 3, 11]))).toEqual([70, 30]);
    expect(areas(splitByLine(square(0, 0, 10), [3, -1, 3, 11, 5, 11, 5, -1]))).toEqual([50, 30, 20]);
  });

  it('cuts nothing where the line ends inside, runs along the border or misses', () => {
    for (const line of [[5, -1, 5, 9], [0, 0, 10, 0], [20, 0, 20, 9], [5, 5], [], [4, 4, 6, 6]]) {
      expect(splitByLine(square(0, 0, 10), line)).toEqual([square(0, 0, 10)]);
    }
  });

  it('cuts out the loop of a line that crosses itself inside', () => {
    const pieces = splitByLine(square(0, 0, 10), [2, 2, 8, 2, 8, 8, 4, 8, 4, 1]);
    expect(areas(pieces)).toEqual([76, 24]);
    expect(pieces[0]!.polygons[0]).toHaveLength(2);
  });

  it('cuts through a bay and a ring only where it passes', () => {
    const bay: PolygonGeometry = {
      kind: 'polygon',
      polygons: [[[0, 0, 30, 0, 30, 20, 20, 20, 20, 5, 10, 5, 10, 20, 0, 20]]],
    };
    expect(areas(splitByLine(bay, [15, 10, 40, 10]))).toEqual([350, 100]);
    const ring: PolygonGeometry = {
      kind: 'polygon',
      polygons: [
        [
          [0, 0, 30, 0, 30, 30, 0, 30],
          [10, 10, 10, 20, 20, 20, 20, 10],
        ],
      ],
    };
    expect(splitByLine(ring, [15, 15, 40, 15])).toEqual([ring]);
    expect(areas(splitByLine(ring, [-5, 15, 40, 15]))).toEqual([400, 400]);
  });

  it('keeps parts that it does not cut with the largest piece', () => {
    const two: PolygonGeometry = {
      kind: 'polygon',
      polygons: [...square(0, 0, 10).polygons, ...square(50, 0, 10).polygons],
    };
    const pieces = splitByLine(two, [3, -1, 3, 11]);
    expect(areas(pieces)).toEqual([170, 30]);
    expect(pieces[0]!.polygons).toHaveLength(2);
  });
});
