import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { area, bounds, centroid, outline, perimeter, translate, type Geometry } from './index.ts';
import { anyGeometry, pointsOf, RUN, starRing } from '../test/arbitraries.ts';

const square: Geometry = {
  kind: 'polygon',
  polygons: [
    [
      [0, 0, 10, 0, 10, 10, 0, 10],
      [2, 2, 2, 4, 4, 4, 4, 2],
    ],
  ],
};
const round: Geometry = { kind: 'ellipse', cx: 3, cy: 4, rx: 20, ry: 10, angle: 0.7 };
const image = { width: 30, height: 20 };

describe('bounds', () => {
  it('contain everything that is drawn', () => {
    fc.assert(
      fc.property(anyGeometry, (geometry) => {
        const { minX, minY, maxX, maxY } = bounds(geometry);
        for (const [x, y] of pointsOf(outline(geometry, 0.5))) {
          expect(x).toBeGreaterThanOrEqual(minX - 1e-6);
          expect(x).toBeLessThanOrEqual(maxX + 1e-6);
          expect(y).toBeGreaterThanOrEqual(minY - 1e-6);
          expect(y).toBeLessThanOrEqual(maxY + 1e-6);
        }
      }),
      RUN,
    );
  });

  it('touch the shape on all four sides', () => {
    const drawn = pointsOf(outline(round, 1e-5));
    const { minX, minY, maxX, maxY } = bounds(round);
    expect(Math.min(...drawn.map(([x]) => x))).toBeCloseTo(minX, 4);
    expect(Math.max(...drawn.map(([x]) => x))).toBeCloseTo(maxX, 4);
    expect(Math.min(...drawn.map(([, y]) => y))).toBeCloseTo(minY, 4);
    expect(Math.max(...drawn.map(([, y]) => y))).toBeCloseTo(maxY, 4);
  });

  it('are the image for the whole image, and all coordinates when its size is unknown', () => {
    expect(bounds({ kind: 'image' }, image)).toEqual({ minX: 0, minY: 0, maxX: 30, maxY: 20 });
    expect(bounds({ kind: 'image' }).maxX).toBe(2 ** 21);
  });
});

describe('area', () => {
  it.each<[Geometry, number]>([
    [{ kind: 'point', x: 1, y: 2 }, 0],
    [{ kind: 'line', points: [0, 0, 5, 5] }, 0],
    [{ kind: 'box', x: 0, y: 0, width: 4, height: 3, angle: 1 }, 12],
    [{ kind: 'ellipse', cx: 0, cy: 0, rx: 4, ry: 3 }, 37.699112],
    [square, 96],
    [{ kind: 'image' }, 600],
  ])('of %j is %d px²', (geometry, expected) => {
    expect(area(geometry, { image })).toBeCloseTo(expected, 6);
    expect(area(geometry, { image, mpp: { x: 0.25, y: 0.5 } })).toBeCloseTo(expected / 8, 6);
  });

  it('stays the same wherever a polygon lies and whichever way it runs', () => {
    fc.assert(
      fc.property(starRing, fc.integer({ min: -1e6, max: 1e6 }), (ring, by) => {
        const polygon: Geometry = { kind: 'polygon', polygons: [[ring]] };
        const reversed = pointsOf([ring]).reverse().flat();
        const expected = area(polygon);
        // Moving rounds each coordinate to about 2e-10 px.
        expect(Math.abs(area(translate(polygon, by, -by)) - expected)).toBeLessThan(expected * 1e-6);
        expect(area({ kind: 'polygon', polygons: [[reversed]] })).toBeCloseTo(expected, 4);
      }),
      RUN,
    );
  });

  it('needs the size for the whole image', () => {
    expect(() => area({ kind: 'image' })).toThrow(expect.objectContaining({ code: 'GEOMETRY_KIND' }));
    expect(() => perimeter({ kind: 'image' })).toThrow(expect.objectContaining({ code: 'GEOMETRY_KIND' }));
  });
});

describe('perimeter', () => {
  it.each<[Geometry, number]>([
    [{ kind: 'point', x: 1, y: 2 }, 0],
    [{ kind: 'line', points: [0, 0, 3, 4, 3, 10] }, 11],
    [{ kind: 'box', x: 0, y: 0, width: 4, height: 3, angle: 1 }, 14],
    [square, 48],
    [{ kind: 'ellipse', cx: 0, cy: 0, rx: 5, ry: 5 }, 31.4159265],
    // Complete elliptic integral: 4 · 10 · E(m = 0.75), with E = 1.2110560 (Abramowitz and Stegun, table 17.1).
    [{ kind: 'ellipse', cx: 0, cy: 0, rx: 5, ry: 10, angle: 2 }, 48.4422411],
    [{ kind: 'image' }, 100],
  ])('of %j is %d px', (geometry, expected) => {
    expect(perimeter(geometry, { image })).toBeCloseTo(expected, 6);
    expect(perimeter(geometry, { image, mpp: { x: 0.5, y: 0.5 } })).toBeCloseTo(expected / 2, 6);
  });

  it('of an ellipse in µm is that of its outline, also where x and y differ', () => {
    const mpp = { x: 0.25, y: 0.6 };
    const [line] = outline(round, 1e-5) as [number[]];
    expect(perimeter(round, { mpp })).toBeCloseTo(perimeter({ kind: 'line', points: line }, { mpp }), 3);
  });
});

describe('centroid', () => {
  it.each<[Geometry, number, number]>([
    [{ kind: 'point', x: 1, y: 2 }, 1, 2],
    [{ kind: 'box', x: 10, y: 20, width: 4, height: 8, angle: 1 }, 12, 24],
    [round, 3, 4],
    [{ kind: 'line', points: [0, 0, 10, 0, 10, 10] }, 7.5, 2.5],
    [{ kind: 'line', points: [3, 3, 3, 3] }, 3, 3],
    [square, (500 - 12) / 96, (500 - 12) / 96],
    [{ kind: 'polygon', polygons: [[[0, 0, 2, 0, 2, 2, 0, 2]], [[10, 0, 10, 2, 12, 2, 12, 0]]] }, 6, 1],
    [{ kind: 'image' }, 15, 10],
  ])('of %j is (%d, %d)', (geometry, x, y) => {
    expect(centroid(geometry, image).x).toBeCloseTo(x, 9);
    expect(centroid(geometry, image).y).toBeCloseTo(y, 9);
  });
});
