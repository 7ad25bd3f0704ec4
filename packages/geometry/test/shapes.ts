import fc from 'fast-check';
import { expect } from 'vitest';
import { checkGeometry, snap, type PolygonGeometry } from '../src/index.ts';

/** Shapes for the tests of the operations; not exported from the package. */

export const OPS_RUN = { numRuns: 150 };

export function square(x: number, y: number, size: number): PolygonGeometry {
  return { kind: 'polygon', polygons: [[[x, y, x + size, y, x + size, y + size, x, y + size]]] };
}

/** A wavy ring around (x, y), the same each time. */
export function ringOf(x: number, y: number, radius: number, count: number, waves = 0.3): PolygonGeometry {
  const ring = Array.from({ length: count }, (_, i) => {
    const turn = (2 * Math.PI * i) / count;
    const r = radius * (1 + waves * Math.sin(5 * turn) * Math.cos(11 * turn));
    return [x + r * Math.cos(turn), y + r * Math.sin(turn)];
  }).flat();
  return snap({ kind: 'polygon', polygons: [[ring]] }) as PolygonGeometry;
}

/** Numbers spread evenly; `fc.double` likes the extremes, which are no places for shapes to meet. */
export const anyShare = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: Math.round(min * 1000), max: Math.round(max * 1000) }).map((value) => value / 1000);

const star = (radius: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 10, max: 100 }), { minLength: 5, maxLength: 60 }).map((parts) =>
    parts.flatMap((part, i) => {
      const turn = (2 * Math.PI * i) / parts.length;
      return [radius * (part / 100) * Math.cos(turn), radius * (part / 100) * Math.sin(turn)];
    }),
  );

/** Clean polygons around (0, 0): spiky stars with and without a hole, tiny ones where rounding bites, and two parts. */
export const anyShape: fc.Arbitrary<PolygonGeometry> = fc
  .record({
    size: fc.constantFrom(0.06, 1, 40, 250),
    outline: star(1),
    hole: fc.option(star(0.09), { nil: undefined }),
    second: fc.option(star(0.5), { nil: undefined }),
  })
  .map(({ size, outline, hole, second }) => {
    const scaled = (ring: number[], shift: number): number[] =>
      ring.map((value, i) => value * size + (i % 2 === 0 ? shift : 0));
    const polygons = [hole ? [scaled(outline, 0), scaled(hole, 0)] : [scaled(outline, 0)]];
    if (second) polygons.push([scaled(second, 1.7 * size)]);
    return checkGeometry({ kind: 'polygon', polygons });
  })
  .filter((check) => check.ok)
  .map(({ geometry }) => geometry as PolygonGeometry);

/** Two clean polygons near each other. */
export const closeShapes = fc
  .tuple(anyShape, anyShape, anyShare(-1, 1), anyShare(-1, 1))
  .map(([a, b, dx, dy]): [PolygonGeometry, PolygonGeometry] => {
    const reach = Math.max(...a.polygons.flat(2).map(Math.abs));
    const polygons = b.polygons.map((rings) =>
      rings.map((ring) => ring.map((value, i) => value + reach * (i % 2 === 0 ? dx : dy))),
    );
    return [a, snap({ kind: 'polygon', polygons }) as PolygonGeometry];
  })
  .filter(([, b]) => checkGeometry(b).ok);

/** Asserts that a result is what `checkGeometry` would make of it; nothing at all is fine, too. */
export function expectClean(result: PolygonGeometry | undefined): void {
  if (!result) return;
  expect(checkGeometry(result)).toEqual({ ok: true, geometry: result });
}
