import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RUN, starRing } from '../test/arbitraries.ts';
import { ringArea2 } from './orient.ts';
import { findRingConflict } from './ring-conflict.ts';
import { sweepRings } from './ring-sweep.ts';
import { isInRings } from './segments.ts';

type Ring = readonly number[];

/**
 * The same question answered the slow and plain way: all pairs of edges with BigInt, and in each shared point the angles
 * of the arms, by atan2 (safe for the small coordinates of these tests).
 */
function isConflictByBruteForce(rings: readonly Ring[]): boolean {
  const edges = rings.flatMap((ring) =>
    Array.from({ length: ring.length / 2 }, (_, i) => {
      const j = (2 * i + 2) % ring.length;
      return [ring[2 * i]!, ring[2 * i + 1]!, ring[j]!, ring[j + 1]!] as const;
    }),
  );
  const side = (e: readonly number[], x: number, y: number): bigint => {
    const [ax, ay, bx, by] = e.map(BigInt) as [bigint, bigint, bigint, bigint];
    return (bx - ax) * (BigInt(y) - ay) - (by - ay) * (BigInt(x) - ax);
  };
  const isBetween = (e: readonly number[], x: number, y: number): boolean =>
    side(e, x, y) === 0n &&
    (x - e[0]!) * (x - e[2]!) <= 0 &&
    (y - e[1]!) * (y - e[3]!) <= 0 &&
    !(x === e[0] && y === e[1]) &&
    !(x === e[2] && y === e[3]);
  for (let i = 0; i < edges.length; i++) {
    for (let j = i + 1; j < edges.length; j++) {
      const a = edges[i]!;
      const b = edges[j]!;
      const s = [side(a, b[0], b[1]), side(a, b[2], b[3]), side(b, a[0], a[1]), side(b, a[2], a[3])] as const;
      if (s[0] * s[1] < 0n && s[2] * s[3] < 0n) return true;
      if (s.every((v) => v === 0n)) {
        // On one line: they overlap when an end lies within the other, or both have the same ends.
        if (
          isBetween(a, b[0], b[1]) ||
          isBetween(a, b[2], b[3]) ||
          isBetween(b, a[0], a[1]) ||
          isBetween(b, a[2], a[3])
        )
          return true;
        const isSame = (p: number, q: number, r: number, t: number): boolean =>
          a[0] === p && a[1] === q && a[2] === r && a[3] === t;
        if (isSame(b[0], b[1], b[2], b[3]) || isSame(b[2], b[3], b[0], b[1])) return true;
      }
    }
  }
  const points = new Map(edges.map((e) => [`${e[0]},${e[1]}`, e] as const));
  for (const [x, y] of points.values()) {
    const ways: [number, number][] = [];
    const angleTo = (px: number, py: number): number => Math.atan2(py - y, px - x);
    for (const ring of rings) {
      const n = ring.length;
      for (let v = 0; v < n; v += 2) {
        if (ring[v] !== x || ring[v + 1] !== y) continue;
        const p = (v + n - 2) % n;
        const q = (v + 2) % n;
        ways.push([angleTo(ring[p]!, ring[p + 1]!), angleTo(ring[q]!, ring[q + 1]!)]);
      }
    }
    for (const e of edges) if (isBetween(e, x, y)) ways.push([angleTo(e[0], e[1]), angleTo(e[2], e[3])]);
    for (const [a, b] of ways) {
      const [low, high] = a < b ? [a, b] : [b, a];
      const isInside = (t: number): boolean => t > low && t < high;
      if (ways.some(([c, d]) => !(c === a && d === b) && isInside(c) !== isInside(d))) return true;
    }
  }
  return false;
}

/** For rings that do not cross: each hole is smaller than the outline, inside of it, and in no other hole. */
function areHolesInside([outline, ...holes]: readonly Ring[]): boolean {
  return holes.every((hole) => {
    const [x, y] = innerPoint(hole);
    const isInside = isInRings([outline!], x, y) && Math.abs(ringArea2(hole)) < Math.abs(ringArea2(outline!));
    return isInside && holes.every((other) => other === hole || !isInRings([other], x, y));
  });
}

/** A point inside a ring of small whole numbers, on a line that meets none of them. */
function innerPoint(ring: Ring): readonly [x: number, y: number] {
  for (let y = 0.515625; ; y++) {
    const xs: number[] = [];
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const [ax, ay, bx, by] = [ring[j]!, ring[j + 1]!, ring[i]!, ring[i + 1]!];
      if (ay > y !== by > y) xs.push(ax + ((y - ay) / (by - ay)) * (bx - ax));
    }
    xs.sort((a, b) => a - b);
    if (xs.length > 1) return [(xs[0]! + xs[1]!) / 2, y];
  }
}

/** Rings on a tiny board, where points fall on points and edges all the time. */
const boardRing = (board: number, maxLength: number): fc.Arbitrary<number[]> =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: board }), fc.integer({ min: 0, max: board })), {
      minLength: 3,
      maxLength,
    })
    .map((points) =>
      points.filter((p, i) => {
        const before = points[(i + points.length - 1) % points.length]!;
        return p[0] !== before[0] || p[1] !== before[1];
      }),
    )
    .filter((points) => points.length >= 3)
    .map((points) => points.flat())
    .filter((ring) => ring[0] !== ring.at(-2) || ring[1] !== ring.at(-1));

describe('findRingConflict', () => {
  it.each([
    ['a square', [[0, 0, 10, 0, 10, 10, 0, 10]], undefined],
    ['a bow tie', [[0, 0, 10, 10, 10, 0, 0, 10]], 'crossing'],
    ['a bow tie with a point in its knot', [[0, 0, 5, 5, 10, 10, 10, 0, 5, 5, 0, 10]], 'crossing'],
    ['two triangles that touch in a point', [[0, 0, 5, 5, 10, 0, 10, 10, 5, 5, 0, 10]], undefined],
    ['a point that touches an edge from inside', [[0, 0, 10, 0, 10, 10, 5, 0, 0, 10]], undefined],
    ['a point that goes through an edge', [[0, 0, 10, 0, 10, 10, 5, 0, 4, -5, 0, 10]], 'crossing'],
    ['a spike', [[0, 0, 10, 0, 15, 0, 10, 0, 10, 10, 0, 10]], 'crossing'],
    [
      'a hole',
      [
        [0, 0, 10, 0, 10, 10, 0, 10],
        [2, 2, 2, 4, 4, 4],
      ],
      undefined,
    ],
    [
      'a hole that touches the outline with a corner',
      [
        [0, 0, 10, 0, 10, 10, 0, 10],
        [0, 5, 4, 4, 4, 6],
      ],
      undefined,
    ],
    [
      'a hole that touches a corner of the outline',
      [
        [0, 0, 10, 0, 10, 10, 0, 10],
        [0, 0, 4, 2, 2, 4],
      ],
      undefined,
    ],
    [
      'a hole with a common edge',
      [
        [0, 0, 10, 0, 10, 10, 0, 10],
        [0, 4, 0, 6, 4, 5],
      ],
      'crossing',
    ],
    [
      'a hole across the outline',
      [
        [0, 0, 10, 0, 10, 10, 0, 10],
        [5, 5, 15, 4, 15, 6],
      ],
      'crossing',
    ],
    [
      'a hole beside the outline',
      [
        [0, 0, 10, 0, 10, 10, 0, 10],
        [20, 5, 25, 4, 25, 6],
      ],
      'hole outside',
    ],
    [
      'a hole left of the outline',
      [
        [0, 0, 10, 0, 10, 10, 0, 10],
        [-20, 5, -15, 4, -15, 6],
      ],
      'hole outside',
    ],
    [
      'a hole that touches the outline from outside',
      [
        [0, 0, 10, 0, 10, 10, 0, 10],
        [10, 5, 15, 4, 15, 6],
      ],
      'hole outside',
    ],
    [
      'a hole in a hole',
      [
        [0, 0, 20, 0, 20, 20, 0, 20],
        [2, 2, 18, 2, 18, 18, 2, 18],
        [5, 5, 9, 5, 9, 9],
      ],
      'hole outside',
    ],
    [
      'a hole around the outline',
      [
        [5, 5, 9, 5, 9, 9],
        [0, 0, 20, 0, 20, 20, 0, 20],
      ],
      'hole outside',
    ],
    [
      'a hole that is the outline',
      [
        [0, 0, 10, 0, 10, 10],
        [0, 0, 10, 0, 10, 10],
      ],
      'crossing',
    ],
  ])('judges %s', (_, rings, problem) => {
    expect(findRingConflict(rings)?.problem).toBe(problem);
  });

  it('agrees with a comparison of all pairs on small boards', () => {
    let good = 0;
    fc.assert(
      fc.property(fc.oneof(boardRing(4, 7), boardRing(8, 10), boardRing(60, 14)), (ring) => {
        const expected = isConflictByBruteForce([ring]);
        if (!expected) good++;
        expect(findRingConflict([ring]) !== undefined).toBe(expected);
        expect(sweepRings([ring]) !== undefined).toBe(expected);
      }),
      { ...RUN, numRuns: 6000 },
    );
    expect(good).toBeGreaterThan(500);
  });

  it('agrees with a comparison of all pairs on an outline with holes', () => {
    const seen = { crossing: 0, 'hole outside': 0, none: 0 };
    const hole = fc
      .tuple(boardRing(4, 4), fc.nat(8), fc.nat(8))
      .map(([ring, x, y]) => ring.map((v, i) => v + (i % 2 ? y : x)));
    fc.assert(
      fc.property(boardRing(12, 5), fc.array(hole, { minLength: 1, maxLength: 2 }), (outline, holes) => {
        const rings = [outline, ...holes];
        const found = findRingConflict(rings)?.problem;
        seen[found ?? 'none']++;
        // A hole outside may be found before a crossing further right, so only these two directions hold.
        if (isConflictByBruteForce(rings)) expect(found).toBeDefined();
        else expect(found).toBe(areHolesInside(rings) ? undefined : 'hole outside');
      }),
      { ...RUN, numRuns: 6000 },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(50);
  });

  it('accepts stars and holes made of them, wherever they lie', () => {
    fc.assert(
      fc.property(starRing, (ring) => {
        const grid = ring.map((v) => Math.round(v * 256));
        const [x, y] = [0, 1].map((k) => grid.filter((_, i) => i % 2 === k).reduce((a, b) => a + b, 0)) as [
          number,
          number,
        ];
        const n = grid.length / 2;
        const frame = [-1, -1, 1, -1, 1, 1, -1, 1].map((v, i) => Math.round((i % 2 ? y : x) / n) + v * 2 ** 18);
        expect(sweepRings([frame, grid])).toEqual(findRingConflict([grid]));
        expect(sweepRings([grid, frame])?.problem).toBe(sweepRings([grid]) ? 'crossing' : 'hole outside');
      }),
      RUN,
    );
  });

  it('decides by the last bit where floating point cannot', () => {
    // A map of determinant 1 changes nothing about who crosses whom, but lays all points nearly on one line, 2^29 long.
    const [p, q, r] = [39_088_169, 24_157_817, 14_930_352]; // Fibonacci: p · r - q² = -1
    fc.assert(
      fc.property(fc.oneof(boardRing(4, 7), boardRing(8, 10)), (ring) => {
        const thin = ring.map((v, i) => (i % 2 ? r * v + q * ring[i - 1]! : p * v + q * ring[i + 1]!));
        expect(sweepRings([thin]) !== undefined).toBe(isConflictByBruteForce([ring]));
        expect(findRingConflict([thin])).toEqual(sweepRings([thin]));
      }),
      { ...RUN, numRuns: 1500 },
    );
  });
});
