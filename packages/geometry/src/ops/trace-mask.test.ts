import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { area, containsPoint } from '../index.ts';
import { traceMask } from './index.ts';
import { expectClean, OPS_RUN } from '../../test/shapes.ts';

describe('traceMask', () => {
  const mask = fc.tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 24 })).chain(([width, height]) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      bits: fc.array(fc.constantFrom(0, 1), { minLength: width * height, maxLength: width * height }),
    }),
  );

  it('covers exactly the pixels that are set', () => {
    fc.assert(
      fc.property(mask, ({ width, height, bits }) => {
        const traced = traceMask(bits, width, height);
        expectClean(traced);
        expect(traced ? area(traced) : 0).toBe(bits.reduce((sum: number, bit) => sum + bit, 0));
        bits.forEach((bit, i) => {
          const [x, y] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
          expect(traced !== undefined && containsPoint(traced, x, y)).toBe(bit === 1);
        });
      }),
      OPS_RUN,
    );
  });

  const rows = (...lines: string[]): number[] =>
    lines.flatMap((line) => [...line].map((char) => (char === '#' ? 1 : 0)));

  it('keeps only the part with a pixel, without what touches it in a corner', () => {
    const bits = rows('##..', '##..', '..##', '..##');
    expect(traceMask(bits, 4, 4)!.polygons).toHaveLength(2);
    expect(traceMask(bits, 4, 4, { at: { x: 3, y: 2 } })).toEqual({
      kind: 'polygon',
      polygons: [[[2, 2, 4, 2, 4, 4, 2, 4]]],
    });
    expect(traceMask(bits, 4, 4, { at: { x: 3, y: 0 } })).toBeUndefined();
    expect(traceMask(bits, 4, 4, { at: { x: 9, y: 0 } })).toBeUndefined();
  });

  it('gives holes and leaves small ones out', () => {
    const bits = rows('#####.', '#.#.#.', '#.####', '#####.');
    expect(traceMask(bits, 6, 4)!.polygons.map((rings) => rings.length)).toEqual([3]);
    expect(traceMask(bits, 6, 4, { minPixels: 2 })!.polygons.map((rings) => rings.length)).toEqual([2]);
    expect(traceMask(bits, 6, 4, { minPixels: 99 })).toBeUndefined();
  });

  it('places the mask on the slide', () => {
    expect(traceMask([1], 1, 1, { x: 100, y: 50.5, scale: 4 })!.polygons).toEqual([
      [[100, 50.5, 104, 50.5, 104, 54.5, 100, 54.5]],
    ]);
  });

  it('refuses sizes that do not fit and noise that is too much', () => {
    const code = (expected: string): unknown => expect.objectContaining({ code: expected });
    expect(() => traceMask([1, 0], 1, 1)).toThrow(code('GEOMETRY_NUMBER'));
    expect(() => traceMask([1], 1, 1, { scale: 0 })).toThrow(code('GEOMETRY_NUMBER'));
    expect(() => traceMask([1], 1, 1, { x: NaN })).toThrow(code('GEOMETRY_NUMBER'));
    const noise = Uint8Array.from({ length: 400 * 400 }, (_, i) => ((i % 400) % 2) & (Math.floor(i / 400) % 2));
    expect(() => traceMask(noise, 400, 400)).toThrow(code('GEOMETRY_TOO_LARGE'));
  });
});
