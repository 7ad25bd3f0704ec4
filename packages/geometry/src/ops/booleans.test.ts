import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { area, containsPoint, distanceToOutline, perimeter, type PolygonGeometry } from '../index.ts';
import { intersect, repair, subtract, union } from './index.ts';
import { anyShape, anyShare, closeShapes, expectClean, OPS_RUN, ringOf, square } from '../../test/shapes.ts';

/** Rounding moves an outline by at most a grid step or two. */
const slack = (...shapes: PolygonGeometry[]): number =>
  shapes.reduce((sum, shape) => sum + perimeter(shape), 0) * (2 / 256);
const areaOf = (shape: PolygonGeometry | undefined): number => (shape ? area(shape) : 0);

describe('union, subtract and intersect', () => {
  it('give clean polygons whose areas add up', () => {
    fc.assert(
      fc.property(closeShapes, ([a, b]) => {
        const both = union([a, b]);
        const common = intersect([a, b]);
        const [left, right] = [subtract(a, [b]), subtract(b, [a])];
        for (const result of [both, common, left, right]) expectClean(result);
        const allowed = slack(a, b);
        expect(Math.abs(areaOf(both) + areaOf(common) - area(a) - area(b))).toBeLessThan(allowed);
        expect(Math.abs(areaOf(left) + areaOf(common) - area(a))).toBeLessThan(allowed);
        expect(Math.abs(areaOf(left) + areaOf(common) + areaOf(right) - areaOf(both))).toBeLessThan(allowed);
      }),
      OPS_RUN,
    );
  });

  it('cover the points that their definition says', () => {
    const share = anyShare(-0.2, 1.2);
    fc.assert(
      fc.property(closeShapes, fc.array(fc.tuple(share, share), { minLength: 20, maxLength: 20 }), ([a, b], places) => {
        const results = { union: union([a, b]), intersect: intersect([a, b]), subtract: subtract(a, [b]) };
        const [x0, y0] = a.polygons[0]![0]! as [number, number];
        for (const [sx, sy] of places) {
          const [x, y] = [x0 - 300 + 600 * sx, y0 - 300 + 600 * sy];
          if (Math.min(distanceToOutline(a, x, y), distanceToOutline(b, x, y)) < 0.02) continue; // the grid decides there
          const [inA, inB] = [containsPoint(a, x, y), containsPoint(b, x, y)];
          const isIn = (shape: PolygonGeometry | undefined): boolean =>
            shape !== undefined && containsPoint(shape, x, y);
          expect(isIn(results.union)).toBe(inA || inB);
          expect(isIn(results.intersect)).toBe(inA && inB);
          expect(isIn(results.subtract)).toBe(inA && !inB);
        }
      }),
      OPS_RUN,
    );
  });

  it('give the same wherever on the slide the shapes lie', () => {
    const at = (x: number, y: number): PolygonGeometry => ringOf(x, y, 40, 30);
    const near = union([at(0, 0), at(25, 11)])!;
    const far = union([at(1_500_000, -900_000), at(1_500_025, -899_989)])!;
    const back = far.polygons[0]![0]!.map((value, i) => value - (i % 2 === 0 ? 1_500_000 : -900_000));
    expect(back).toEqual(near.polygons[0]![0]);
  });

  it('leave one ring where neighbours share their border, whatever corners it has', () => {
    const left: PolygonGeometry = { kind: 'polygon', polygons: [[[0, 0, 10, 0, 11.5, 3, 9, 5, 10, 10, 0, 10]]] };
    const right: PolygonGeometry = { kind: 'polygon', polygons: [[[10, 0, 20, 0, 20, 10, 10, 10, 9, 5, 11.5, 3]]] };
    const both = union([left, right])!;
    expect(both.polygons).toHaveLength(1);
    expect(both.polygons[0]).toHaveLength(1);
    expect(area(both)).toBe(200);
    expect(intersect([left, right])).toBeUndefined();
  });

  it('take the holes of all parts into account', () => {
    const ring: PolygonGeometry = {
      kind: 'polygon',
      polygons: [
        [
          [0, 0, 30, 0, 30, 30, 0, 30],
          [10, 10, 10, 20, 20, 20, 20, 10],
        ],
      ],
    };
    expect(subtract(square(0, 0, 30), [square(10, 10, 10)])).toMatchObject({ polygons: [[{}, {}]] });
    expect(areaOf(union([ring, square(10, 10, 10)]))).toBe(900);
    expect(union([ring, square(10, 10, 10)])!.polygons[0]).toHaveLength(1);
    expect(union([ring, square(12, 12, 2)])!.polygons).toHaveLength(2);
    expect(areaOf(intersect([ring, square(5, 5, 10)]))).toBe(75);
  });

  it('know the degenerate cases: identical, apart, touching in a corner, along an edge, nothing', () => {
    const one = square(0, 0, 10);
    expect(areaOf(union([one, one]))).toBe(100);
    expect(subtract(one, [one])).toBeUndefined();
    expect(areaOf(intersect([one, one]))).toBe(100);
    expect(intersect([one, square(50, 0, 10)])).toBeUndefined();
    const corner = union([one, square(10, 10, 10)]);
    expectClean(corner);
    expect(areaOf(corner)).toBe(200);
    expect(intersect([one, square(10, 0, 10)])).toBeUndefined();
    expect(union([])).toBeUndefined();
    expect(subtract(one, [])).toEqual(union([one]));
    expect(areaOf(intersect([one, square(5, 0, 10), square(0, 5, 10)]))).toBe(25);
  });

  it('do outlines of 20,000 points', () => {
    const a = ringOf(0, 0, 3000, 20_000, 0.2);
    const b = ringOf(2000, 500, 3000, 20_000, 0.2);
    const both = union([a, b])!;
    expectClean(both);
    expect(Math.abs(area(both) + areaOf(intersect([a, b])) - area(a) - area(b))).toBeLessThan(slack(a, b));
  });

  it('refuse what is no number, too far out, or too large as a result', () => {
    const broken = (points: number[]): PolygonGeometry => ({ kind: 'polygon', polygons: [[points]] });
    const code = (wanted: string, path?: string): unknown =>
      expect.objectContaining(path === undefined ? { code: wanted } : { code: wanted, path });
    expect(() => union([broken([0, 0, NaN, 0, 5, 5])])).toThrow(code('GEOMETRY_NUMBER', '/polygons/0/0/2'));
    expect(() => union([broken([0, 0, 5, 0, 5])])).toThrow(code('GEOMETRY_NUMBER'));
    expect(() => union([broken([0, 0, 5, 0, 5, 1e9])])).toThrow(code('GEOMETRY_OUT_OF_RANGE'));
    const zigzag = (x: number): PolygonGeometry => {
      const ring = ringOf(x, 0, 9000, 60_000, 0).polygons[0]![0]!;
      return broken(ring.map((value, i) => value + (i % 4 < 2 ? 0 : 1)));
    };
    const [a, b] = [zigzag(0), zigzag(30_000)];
    expect(() => union([a, b])).toThrow(code('GEOMETRY_TOO_LARGE'));
  });
});

describe('repair', () => {
  it('makes clean polygons of whatever a hand draws', () => {
    const scribble = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 6, maxLength: 60 });
    fc.assert(
      fc.property(scribble, anyShape, (numbers, shape) => {
        expectClean(repair({ kind: 'polygon', polygons: [[numbers.slice(0, numbers.length & ~1)]] }));
        expect(Math.abs(areaOf(repair(shape)) - areaOf(union([shape])))).toBe(0);
      }),
      OPS_RUN,
    );
    expect(areaOf(repair({ kind: 'polygon', polygons: [[[0, 0, 10, 10, 10, 0, 0, 10]]] }))).toBe(50);
    expect(repair({ kind: 'polygon', polygons: [[[0, 0, 10, 10, 5, 5]]] })).toBeUndefined();
  });
});
