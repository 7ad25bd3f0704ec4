import fc from 'fast-check';
import type { Geometry } from '../src/index.ts';

/** Arbitraries for the tests of this package; not exported from it. */

/** The seed is set for the whole repository; a failure prints it. */
export const RUN = { numRuns: 300 };

const LIMIT = 2 ** 21;
/** Coordinates as tools draw them: near, far, whole and fractional. */
const coordinate = fc.oneof(
  fc.integer({ min: -50, max: 50 }),
  fc.integer({ min: -LIMIT, max: LIMIT }),
  fc.double({ min: -100, max: 100_000, noNaN: true }),
);
const size = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0.01, max: 300, noNaN: true }));
const angle = fc.oneof(fc.constant({}), fc.record({ angle: fc.double({ min: -10, max: 10, noNaN: true }) }));
const near = fc.double({ min: -100_000, max: 100_000, noNaN: true });
const path = (min: number): fc.Arbitrary<number[]> =>
  fc.array(fc.tuple(coordinate, coordinate), { minLength: min, maxLength: 40 }).map((points) => points.flat());

export const anyPoint = fc.record({ kind: fc.constant('point' as const), x: coordinate, y: coordinate });
export const anyBox = fc
  .tuple(fc.record({ x: near, y: near, width: size, height: size }), angle)
  .map(([box, turn]) => ({ kind: 'box' as const, ...box, ...turn }));
export const anyEllipse = fc
  .tuple(fc.record({ cx: near, cy: near, rx: size, ry: size }), angle)
  .map(([ellipse, turn]) => ({ kind: 'ellipse' as const, ...ellipse, ...turn }));
export const anyLine = path(2).map((points) => ({ kind: 'line' as const, points }));
/** Polygons of any form, most of which cross themselves. */
export const anyPolygon = fc
  .array(fc.array(path(3), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
  .map((polygons) => ({ kind: 'polygon' as const, polygons }));
/** Rings around (x, y) whose points go once round: never crossing, often concave. */
export const starRing = fc
  .tuple(near, near, fc.array(fc.double({ min: 5, max: 500, noNaN: true }), { minLength: 5, maxLength: 60 }))
  .map(([x, y, radii]) =>
    radii.flatMap((radius, i) => {
      const turn = (2 * Math.PI * i) / radii.length;
      return [x + radius * Math.cos(turn), y + radius * Math.sin(turn)];
    }),
  );
/** Convex rings: points on an ellipse, clockwise. */
export const convexRing = fc
  .tuple(near, near, size, size, fc.integer({ min: 3, max: 40 }))
  .map(([x, y, rx, ry, n]) =>
    Array.from({ length: n }, (_, i) => (2 * Math.PI * i) / n).flatMap((t) => [
      x + (rx + 1) * Math.cos(t),
      y + (ry + 1) * Math.sin(t),
    ]),
  );
export const anyGeometry: fc.Arbitrary<Geometry> = fc.oneof(
  anyPoint,
  anyBox,
  anyEllipse,
  anyLine,
  anyPolygon,
  fc.constant({ kind: 'image' as const }),
);

/** Gives the points that draw a geometry, close enough for tests. */
export function pointsOf(lines: readonly (readonly number[])[]): [x: number, y: number][] {
  return lines.flatMap((line) =>
    Array.from({ length: line.length / 2 }, (_, i): [number, number] => [line[2 * i]!, line[2 * i + 1]!]),
  );
}
