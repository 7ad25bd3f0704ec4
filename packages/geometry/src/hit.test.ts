import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { area, bounds, centroid, containsPoint, distanceToOutline, intersectsBox, outline, rotate } from './index.ts';
import type { Geometry } from './index.ts';
import { anyBox, anyEllipse, anyGeometry, convexRing, pointsOf, RUN, starRing } from '../test/arbitraries.ts';

const ring: Geometry = {
  kind: 'polygon',
  polygons: [
    [
      [0, 0, 10, 0, 10, 10, 0, 10],
      [2, 2, 2, 8, 8, 8, 8, 2],
    ],
  ],
};
const anyShape = fc.oneof(
  anyBox,
  anyEllipse,
  starRing.map((r): Geometry => ({ kind: 'polygon', polygons: [[r]] })),
);

describe('containsPoint', () => {
  it.each<[Geometry, number, number, boolean]>([
    [ring, 1, 5, true],
    [ring, 5, 5, false],
    [ring, 11, 5, false],
    [ring, 10, 5, true],
    [ring, 5, 2, true],
    [ring, 0, 0, true],
    [ring, -1, 0, false],
    [{ kind: 'box', x: 0, y: 0, width: 10, height: 2, angle: Math.PI / 2 }, 5, 5, true],
    [{ kind: 'box', x: 0, y: 0, width: 10, height: 2, angle: Math.PI / 2 }, 1, 1, false],
    [{ kind: 'ellipse', cx: 0, cy: 0, rx: 4, ry: 2, angle: Math.PI / 2 }, 0, 3.9, true],
    [{ kind: 'ellipse', cx: 0, cy: 0, rx: 4, ry: 2, angle: Math.PI / 2 }, 3.9, 0, false],
    [{ kind: 'line', points: [0, 0, 10, 10] }, 5, 5, true],
    [{ kind: 'line', points: [0, 0, 10, 10] }, 5, 6, false],
    [{ kind: 'point', x: 1, y: 1 }, 1, 1, true],
    [{ kind: 'image' }, 1e6, 5, true],
  ])('%j at (%d, %d): %s', (geometry, x, y, expected) => {
    expect(containsPoint(geometry, x, y)).toBe(expected);
  });

  it('is true for the centroid of convex polygons, boxes and ellipses', () => {
    const convex = convexRing.map((r): Geometry => ({ kind: 'polygon', polygons: [[r]] }));
    fc.assert(
      fc.property(fc.oneof(convex, anyBox, anyEllipse), (geometry) => {
        const { x, y } = centroid(geometry);
        expect(containsPoint(geometry, x, y)).toBe(true);
      }),
      RUN,
    );
  });

  it('is true for as many points of a raster as the area says', () => {
    for (const geometry of [ring, rotate({ kind: 'box', x: 0, y: 0, width: 9, height: 5 }, 0.5, 4, 2)]) {
      let hits = 0;
      for (let y = -9.95; y < 20; y += 0.1)
        for (let x = -9.95; x < 20; x += 0.1) if (containsPoint(geometry, x, y)) hits++;
      expect(hits / 100).toBeCloseTo(area(geometry), 0);
    }
  });
});

describe('distanceToOutline', () => {
  it.each<[Geometry, number, number, number]>([
    [ring, 1, 5, 1],
    [ring, 5, 5, 3],
    [ring, 13, 14, 5],
    [{ kind: 'point', x: 0, y: 0 }, 3, 4, 5],
    [{ kind: 'line', points: [0, 0, 10, 0] }, 5, 2, 2],
    [{ kind: 'line', points: [0, 0, 10, 0] }, -3, 4, 5],
    [{ kind: 'box', x: 0, y: 0, width: 10, height: 2, angle: Math.PI / 2 }, 5, 1, 1],
    [{ kind: 'ellipse', cx: 1, cy: 1, rx: 4, ry: 2 }, 1, 1, 2],
    [{ kind: 'ellipse', cx: 0, cy: 0, rx: 2, ry: 4 }, 0, 0, 2],
    [{ kind: 'ellipse', cx: 0, cy: 0, rx: 4, ry: 4 }, 0, 0, 4],
    [{ kind: 'ellipse', cx: 0, cy: 0, rx: 4, ry: 2 }, 9, 0, 5],
    [{ kind: 'ellipse', cx: 0, cy: 0, rx: 4, ry: 2 }, 0, -9, 7],
    [{ kind: 'image' }, 0, 0, Infinity],
  ])('%j at (%d, %d): %d', (geometry, x, y, expected) => {
    expect(distanceToOutline(geometry, x, y)).toBeCloseTo(expected, 9);
  });

  it('of an ellipse is that of its drawn outline within the tolerance', () => {
    const place = fc.tuple(fc.double({ min: -3, max: 3, noNaN: true }), fc.double({ min: -3, max: 3, noNaN: true }));
    fc.assert(
      fc.property(anyEllipse, place, (ellipse, [u, v]) => {
        const x = ellipse.cx + u * ellipse.rx;
        const y = ellipse.cy + v * ellipse.ry;
        const drawn: Geometry = { kind: 'line', points: outline(ellipse, 0.01)[0]! };
        expect(Math.abs(distanceToOutline(ellipse, x, y) - distanceToOutline(drawn, x, y))).toBeLessThan(0.0101);
      }),
      RUN,
    );
  });
});

describe('intersectsBox', () => {
  const box = (minX: number, minY: number, maxX: number, maxY: number) => ({ minX, minY, maxX, maxY });

  it.each<[Geometry, ReturnType<typeof box>, boolean]>([
    [ring, box(4, 4, 6, 6), false],
    [ring, box(1, 4, 6, 6), true],
    [ring, box(0.5, 0.5, 1, 1), true],
    [ring, box(-5, -5, 50, 50), true],
    [ring, box(10, 10, 50, 50), true],
    [ring, box(10.1, 10, 50, 50), false],
    [{ kind: 'ellipse', cx: 0, cy: 0, rx: 10, ry: 10 }, box(8, 8, 20, 20), false],
    [{ kind: 'ellipse', cx: 0, cy: 0, rx: 10, ry: 10 }, box(7, 7, 20, 20), true],
    [{ kind: 'ellipse', cx: 0, cy: 0, rx: 10, ry: 10 }, box(-1, -1, 1, 1), true],
    [{ kind: 'box', x: -5, y: -5, width: 10, height: 10, angle: Math.PI / 4 }, box(4.5, 4.5, 9, 9), false],
    [{ kind: 'box', x: -5, y: -5, width: 10, height: 10, angle: Math.PI / 4 }, box(3.4, 3.4, 9, 9), true],
    [{ kind: 'line', points: [0, 0, 10, 10] }, box(6, 0, 10, 4), false],
    [{ kind: 'line', points: [0, 0, 10, 10] }, box(4, 0, 10, 4), true],
    [{ kind: 'point', x: 5, y: 5 }, box(5, 5, 6, 6), true],
    [{ kind: 'image' }, box(1, 2, 3, 4), true],
  ])('%j and %j: %s', (geometry, where, expected) => {
    expect(intersectsBox(geometry, where)).toBe(expected);
  });

  it('is true around each point of an outline, and false beyond the distance to it outside', () => {
    fc.assert(
      fc.property(
        anyShape,
        fc.double({ min: -2, max: 3, noNaN: true }),
        fc.double({ min: -2, max: 3, noNaN: true }),
        (geometry, u, v) => {
          for (const [x, y] of pointsOf(outline(geometry, 0.1)).slice(0, 20)) {
            expect(intersectsBox(geometry, box(x - 0.2, y - 0.2, x + 0.2, y + 0.2))).toBe(true);
          }
          const { minX, minY, maxX, maxY } = bounds(geometry);
          const x = minX + u * (maxX - minX);
          const y = minY + v * (maxY - minY);
          const reach = (distanceToOutline(geometry, x, y) / Math.SQRT2) * 0.999 - 1e-6;
          if (reach <= 0) return;
          expect(intersectsBox(geometry, box(x - reach, y - reach, x + reach, y + reach))).toBe(
            containsPoint(geometry, x, y),
          );
        },
      ),
      RUN,
    );
  });

  it('is true for the bounds of a geometry itself', () => {
    fc.assert(
      fc.property(anyGeometry, (geometry) => intersectsBox(geometry, bounds(geometry))),
      RUN,
    );
  });
});
