import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { area, containsPoint, distanceToOutline, perimeter, type Geometry, type PolygonGeometry } from '../index.ts';
import * as ops from './index.ts';
import { anyShape, anyShare, expectClean, OPS_RUN, ringOf, square } from '../../test/shapes.ts';

const { fillHoles, offset, removeSmall, simplify, smooth, strokeOutline, toPolygon } = ops;

function code(expected: string): unknown {
  return expect.objectContaining({ name: 'GeometryError', code: expected });
}

const withHoles: PolygonGeometry = {
  kind: 'polygon',
  polygons: [
    [
      [0, 0, 100, 0, 100, 100, 0, 100],
      [10, 10, 10, 12, 12, 12, 12, 10],
      [30, 30, 30, 60, 60, 60, 60, 30],
    ],
    [[40, 40, 45, 40, 45, 45, 40, 45]],
  ],
};

describe('strokeOutline', () => {
  it('covers what is within the radius of the path, and nothing else', () => {
    const path = fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 2, maxLength: 40 });
    const places = fc.array(fc.tuple(fc.integer({ min: -20, max: 220 }), fc.integer({ min: -20, max: 220 })), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(path, anyShare(0.5, 30), places, (numbers, radius, points) => {
        const line = numbers.slice(0, numbers.length & ~1);
        const stroke = strokeOutline(line, radius);
        expectClean(stroke);
        const middle: Geometry = { kind: 'line', points: line.length === 2 ? [...line, ...line] : line };
        for (const [x, y] of points) {
          const distance = distanceToOutline(middle, x, y);
          if (Math.abs(distance - radius) < 0.3) continue; // the tolerance of the arcs
          expect(containsPoint(stroke, x, y)).toBe(distance < radius);
        }
      }),
      OPS_RUN,
    );
  });

  it('refuses what is no brush', () => {
    expect(() => strokeOutline([0, 0], 0)).toThrow(code('GEOMETRY_NUMBER'));
    expect(() => strokeOutline([0, 0], 5, NaN)).toThrow(code('GEOMETRY_NUMBER'));
    expect(() => strokeOutline([], 5)).toThrow(code('GEOMETRY_TOO_FEW_POINTS'));
    expect(() => strokeOutline([0, 0, NaN, 4], 5)).toThrow(code('GEOMETRY_NUMBER'));
    expect(() => strokeOutline([0, 0], 1 / 4096)).toThrow(code('GEOMETRY_EMPTY'));
    expect(() => strokeOutline([2 ** 21, 0], 5)).toThrow(code('GEOMETRY_OUT_OF_RANGE'));
  });
});

describe('offset', () => {
  it('moves the outline out and in, until nothing is left', () => {
    expect(area(offset(square(0, 0, 10), 1)!)).toBeCloseTo(100 + 40 + Math.PI, 1);
    expect(offset(square(0, 0, 10), -1)).toEqual(expect.objectContaining({ kind: 'polygon' }));
    expect(area(offset(square(0, 0, 10), -1)!)).toBe(64);
    expect(offset(square(0, 0, 10), -5)).toBeUndefined();
    expect(area(offset(withHoles, 2)!)).toBeLessThan(104 * 104);
    expect(() => offset(withHoles, Infinity)).toThrow(code('GEOMETRY_NUMBER'));
    fc.assert(
      fc.property(anyShape, anyShare(-0.3, 0.6), (shape, share) => {
        const distance = share * Math.sqrt(area(shape));
        const moved = offset(shape, distance);
        expectClean(moved);
        const grown = (moved ? area(moved) : 0) - area(shape);
        if (Math.abs(distance) > 0.1) expect(Math.sign(grown)).toBe(Math.sign(distance));
      }),
      OPS_RUN,
    );
  });
});

describe('fillHoles and removeSmall', () => {
  it('fill holes up to an area and take in the islands there', () => {
    expect(area(fillHoles(withHoles))).toBe(10_000);
    expect(fillHoles(withHoles).polygons).toHaveLength(1);
    expect(area(fillHoles(withHoles, 4))).toBe(10_000 - 900 + 25);
    expect(fillHoles(withHoles, 3)).toBe(withHoles);
    expect(() => fillHoles(withHoles, -1)).toThrow(code('GEOMETRY_NUMBER'));
  });

  it('remove parts and holes below an area', () => {
    expect(area(removeSmall(withHoles, 5)!)).toBe(10_000 - 900 + 25);
    expect(removeSmall(withHoles, 26)!.polygons).toHaveLength(1);
    expect(removeSmall(withHoles, 0)).toEqual(withHoles);
    expect(removeSmall(withHoles, 1e6)).toBeUndefined();
    expect(() => removeSmall(withHoles, NaN)).toThrow(code('GEOMETRY_NUMBER'));
  });
});

describe('simplify', () => {
  it('stays clean and within the tolerance, with all parts and holes', () => {
    fc.assert(
      fc.property(anyShape, anyShare(0, 0.6), (shape, share) => {
        const tolerance = share * Math.sqrt(area(shape));
        const simple = simplify(shape, tolerance);
        expectClean(simple);
        expect(simple.polygons.map((rings) => rings.length)).toEqual(shape.polygons.map((rings) => rings.length));
        expect(simple.polygons.flat(2).length).toBeLessThanOrEqual(shape.polygons.flat(2).length);
        shape.polygons.forEach((rings, p) => {
          rings.forEach((ring, r) => {
            const left: PolygonGeometry = { kind: 'polygon', polygons: [[simple.polygons[p]![r]!]] };
            if (left.polygons[0]![0]!.length <= 6) return; // a triangle stays, whatever the tolerance
            for (let i = 0; i < ring.length; i += 2) {
              expect(distanceToOutline(left, ring[i]!, ring[i + 1]!)).toBeLessThanOrEqual(tolerance + 1e-9);
            }
          });
        });
      }),
      OPS_RUN,
    );
  });

  it('puts points back where thinning would make the outline cross a hole or itself', () => {
    // A thin ring: its outline bulges out where the hole does.
    const bulge: PolygonGeometry = {
      kind: 'polygon',
      polygons: [
        [
          [0, 0, 40, 0, 50, -12, 60, 0, 100, 0, 100, 50, 0, 50],
          [5, 10, 5, 45, 95, 45, 95, 10, 52, 10, 50, -8, 48, 10],
        ],
      ],
    };
    const simple = simplify(bulge, 15);
    expectClean(simple);
    expect(simple.polygons[0]![0]).toContain(-12);
    expect(simple.polygons[0]![0]!.length).toBeLessThan(bulge.polygons[0]![0]!.length);
  });

  it('thins 20,000 points', () => {
    const simple = simplify(ringOf(0, 0, 3000, 20_000), 1);
    expectClean(simple);
    expect(simple.polygons[0]![0]!.length).toBeLessThan(2000);
    expect(() => simplify(simple, -1)).toThrow(code('GEOMETRY_NUMBER'));
  });
});

describe('smooth', () => {
  it('stays clean, keeps parts, holes and area', () => {
    fc.assert(
      fc.property(anyShape, anyShare(0.001, 0.5), (shape, share) => {
        const rounded = smooth(shape, share * Math.sqrt(area(shape)));
        expectClean(rounded);
        expect(rounded.polygons.map((rings) => rings.length)).toEqual(shape.polygons.map((rings) => rings.length));
        expect(Math.abs(area(rounded) / area(shape) - 1)).toBeLessThan(perimeter(shape) / area(shape) / 50 + 0.05);
      }),
      OPS_RUN,
    );
  });

  it('takes wobbles away and leaves the large form', () => {
    const wobbly = ringOf(0, 0, 500, 2000, 0).polygons[0]![0]!.map((value, i) => value + ((i >> 1) % 2 === 0 ? 3 : -3));
    const rounded = smooth({ kind: 'polygon', polygons: [[wobbly]] }, 10);
    expect(perimeter(rounded)).toBeLessThan(2 * Math.PI * 500 * 1.005);
    expect(area(rounded) / area({ kind: 'polygon', polygons: [[wobbly]] })).toBeCloseTo(1, 2);
    expect(() => smooth(rounded, 0)).toThrow(code('GEOMETRY_NUMBER'));
  });
});

describe('toPolygon', () => {
  it('gives boxes and ellipses as clean polygons', () => {
    expect(toPolygon({ kind: 'box', x: 1, y: 2, width: 3, height: 4 }).polygons).toEqual([[[1, 2, 4, 2, 4, 6, 1, 6]]]);
    const turned = toPolygon({ kind: 'box', x: 0, y: 0, width: 30, height: 40, angle: 0.5 });
    expect(area(turned)).toBeCloseTo(1200, 0);
    const ellipse = toPolygon({ kind: 'ellipse', cx: 50, cy: 50, rx: 40, ry: 20, angle: 1 }, 0.1);
    expectClean(ellipse);
    expect(Math.abs(area(ellipse) - Math.PI * 800)).toBeLessThan(20);
    expect(toPolygon(ellipse)).toBe(ellipse);
  });

  it('refuses what has no outline, or none on the grid', () => {
    expect(() => toPolygon({ kind: 'line', points: [0, 0, 1, 1] })).toThrow(code('GEOMETRY_KIND'));
    expect(() => toPolygon({ kind: 'image' })).toThrow(code('GEOMETRY_KIND'));
    expect(() => toPolygon({ kind: 'ellipse', cx: 0, cy: 0, rx: 1, ry: 1 }, 0)).toThrow(code('GEOMETRY_NUMBER'));
  });
});
