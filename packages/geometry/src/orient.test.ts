import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RUN } from '../test/arbitraries.ts';
import { orient, ringArea2 } from './orient.ts';

const step = fc.integer({ min: -(2 ** 29), max: 2 ** 29 });

describe('orient', () => {
  it('is positive on the side where y grows, for a line to the right', () => {
    expect(orient(0, 0, 10, 0, 5, 1)).toBeGreaterThan(0);
    expect(orient(0, 0, 10, 0, 5, -1)).toBeLessThan(0);
    expect(orient(0, 0, 10, 0, 50, 0)).toBe(0);
  });

  it('has the exact sign, also a few steps beside a long line', () => {
    const tiny = fc.integer({ min: -2, max: 2 });
    fc.assert(
      fc.property(
        step,
        step,
        step,
        step,
        fc.double({ min: 0, max: 1, noNaN: true }),
        tiny,
        tiny,
        (ax, ay, bx, by, t, u, v) => {
          const cx = Math.round(ax + t * (bx - ax)) + u;
          const cy = Math.round(ay + t * (by - ay)) + v;
          const [a, b, c, d, e, f] = [ax, ay, bx, by, cx, cy].map(BigInt) as [
            bigint,
            bigint,
            bigint,
            bigint,
            bigint,
            bigint,
          ];
          const exact = (c - a) * (f - b) - (d - b) * (e - a);
          expect(Math.sign(orient(ax, ay, bx, by, cx, cy)) + 0).toBe(exact > 0n ? 1 : exact < 0n ? -1 : 0);
        },
      ),
      { ...RUN, numRuns: 3000 },
    );
  });
});

describe('ringArea2', () => {
  it('is positive for a ring that runs clockwise on the screen', () => {
    expect(ringArea2([0, 0, 10, 0, 10, 10, 0, 10])).toBe(200);
    expect(ringArea2([0, 10, 10, 10, 10, 0, 0, 0])).toBe(-200);
  });

  it('has the right sign for slivers of 2^29 steps', () => {
    const far = 2 ** 29;
    expect(ringArea2([-far, -far, far - 1, far, far, far])).toBeLessThan(0);
    expect(ringArea2([-far, -far, far - 1, far - 1, far, far])).toBe(0);
    expect(ringArea2([-far, -far, far, far, far - 1, far])).toBeGreaterThan(0);
  });
});
