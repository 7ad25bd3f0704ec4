import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeMask } from './closing.ts';
import { otsu } from './grey.ts';
import { DEFAULT_TISSUE, makeMask, packMask, type Picture, tissueMask, tissueShare, unpackMask } from './index.ts';
import { outlineOf } from './outline.ts';
import { dropSmallParts } from './parts.ts';

/** A picture from letters: `#` tissue, `.` background. */
function picture(rows: readonly string[], of: Readonly<Record<string, number>> = { '#': 120, '.': 240 }): Picture {
  const values = rows.join('').split('');
  return {
    width: rows[0]?.length ?? 0,
    height: rows.length,
    data: Uint8Array.from(values.flatMap((letter) => [of[letter] ?? 0, of[letter] ?? 0, of[letter] ?? 0])),
  };
}
const rowsOf = (bits: ArrayLike<number>, width: number): string[] =>
  Array.from({ length: bits.length / width }, (_, y) =>
    Array.from({ length: width }, (_x, x) => (bits[y * width + x] ? '#' : '.')).join(''),
  );
const bitsOf = (rows: readonly string[]): Uint8Array =>
  Uint8Array.from(rows.join('').split(''), (letter) => (letter === '#' ? 1 : 0));
const asIs = { ...DEFAULT_TISSUE, closing: 1, minPart: 0 };

const raster = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })).chain(([width, height]) =>
  fc.record({
    width: fc.constant(width),
    height: fc.constant(height),
    bits: fc.uint8Array({ minLength: width * height, maxLength: width * height, max: 1 }),
  }),
);

describe('tissue', () => {
  const spot = ['........', '..####..', '..####..', '..####..', '........'];

  it('is what is darker than a light border, and brighter than a dark one', () => {
    const size = { width: 80, height: 50 };
    const light = tissueMask(picture(spot), size, asIs);
    expect([light.background, rowsOf(light.mask.bits, 8)]).toEqual(['light', spot]);
    const dark = tissueMask(picture(spot, { '#': 200, '.': 10 }), size, asIs);
    expect([dark.background, rowsOf(dark.mask.bits, 8)]).toEqual(['dark', spot]);
    const forced = tissueMask(picture(spot), size, { ...asIs, background: 'dark' });
    expect(rowsOf(forced.mask.bits, 8)[1]).toBe('##....##');
  });

  it('is told by colour, too: pale pink on white, blue on black', () => {
    const rgb = (letters: string, of: Readonly<Record<string, readonly number[]>>): Picture => ({
      ...{ width: 8, height: 5, data: Uint8Array.from(letters.split('').flatMap((letter) => of[letter] ?? [])) },
    });
    const [pink, blue] = [
      rgb(spot.join(''), { '#': [240, 200, 220], '.': [245, 244, 245] }),
      rgb(spot.join(''), { '#': [0, 0, 90], '.': [4, 4, 6] }),
    ];
    for (const [picture, background] of [
      [pink, 'light'],
      [blue, 'dark'],
    ] as const) {
      const found = tissueMask(picture, { width: 8, height: 5 }, asIs);
      expect([found.background, rowsOf(found.mask.bits, 8)]).toEqual([background, spot]);
    }
  });

  it('is not there in an even picture, nor in its noise', () => {
    for (const noise of [0, 3, 8]) {
      const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => 235 + ((i * 7919) % (2 * noise + 1)) - noise);
      const { mask } = tissueMask({ width: 64, height: 64, data }, { width: 6400, height: 6400 });
      expect(mask.area({ minX: 0, minY: 0, maxX: 6400, maxY: 6400 })).toBe(0);
      expect(outlineOf(mask)).toEqual([]);
    }
  });

  it('follows a fixed threshold wherever it lies', () => {
    const steps = picture(['abcd'], { a: 79, b: 80, c: 127, d: 200 });
    const found = [80, 127, 200, 0, 255].map((threshold) =>
      rowsOf(
        tissueMask(steps, { width: 4, height: 1 }, { ...asIs, method: 'fixed', threshold, background: 'light' }).mask
          .bits,
        4,
      ).join(),
    );
    expect(found).toEqual(['#...', '##..', '###.', '....', '####']);
  });

  it.each([
    ['a threshold beyond grey values', { threshold: 256 }, 'TISSUE_PARAMETER'],
    ['a threshold that is no number', { threshold: NaN }, 'TISSUE_PARAMETER'],
    ['a square without a middle', { closing: 4 }, 'TISSUE_PARAMETER'],
    ['a square of no size', { closing: 0 }, 'TISSUE_PARAMETER'],
  ])('is refused of %s', (_, wrong, code) => {
    const ask = () => tissueMask(picture(spot), { width: 8, height: 5 }, { ...asIs, ...wrong });
    expect(ask).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('is refused of a picture that does not fit its size', () => {
    for (const wrong of [
      { width: 2, height: 2, data: new Uint8Array(11) },
      { width: 0, height: 0, data: new Uint8Array(0) },
    ])
      expect(() => tissueMask(wrong, { width: 8, height: 5 })).toThrow(
        expect.objectContaining({ code: 'MASK_SIZE' }) as Error,
      );
  });
});

describe("Otsu's threshold", () => {
  it('parts two heaps between them, and gives their means', () => {
    const histogram = new Array<number>(256).fill(0);
    [histogram[40], histogram[60], histogram[200], histogram[210]] = [10, 10, 40, 40];
    const { threshold, low, high } = otsu(histogram);
    expect([low, high]).toEqual([50, 205]);
    expect(threshold).toBe(131); // middle of the empty stretch from 61 to 200
  });

  it('is the best of all thresholds, as trying each tells', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 256, maxLength: 256 }), (histogram) => {
        const between = (threshold: number): number => {
          const side = (from: number, to: number): [number, number] => {
            let [n, sum] = [0, 0];
            for (let v = from; v < to; v++) [n, sum] = [n + (histogram[v] ?? 0), sum + v * (histogram[v] ?? 0)];
            return [n, n > 0 ? sum / n : 0];
          };
          const [[a, low], [b, high]] = [side(0, threshold), side(threshold, 256)];
          return a * b * (high - low) ** 2;
        };
        const best = Math.max(...Array.from({ length: 257 }, (_, t) => between(t)));
        expect(between(otsu(histogram).threshold)).toBeCloseTo(best, -Math.log10(best + 1) + 9);
      }),
      { numRuns: 50 },
    );
  });
});

describe('closing', () => {
  it('fills gaps as narrow as the square, and leaves wider ones', () => {
    expect(rowsOf(closeMask(bitsOf(['##.##...##']), 10, 1, 3), 10)).toEqual(['#####...##']);
    expect(rowsOf(closeMask(bitsOf(['##.##...##']), 10, 1, 5), 10)).toEqual(['##########']);
  });

  it('is the same as looking into the square about each pixel, keeps what is set, and done twice changes nothing', () => {
    fc.assert(
      fc.property(raster, fc.constantFrom(1, 3, 5, 7), ({ bits, width, height }, side) => {
        const reach = side >> 1;
        const around = (from: Uint8Array, value: number) => (_: number, i: number) => {
          const [x, y] = [i % width, Math.floor(i / width)];
          for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++)
            for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++)
              if (from[v * width + u] === value) return value;
          return 1 - value;
        };
        const wide = Uint8Array.from(bits, around(bits, 1));
        const naive = Uint8Array.from(wide, around(wide, 0));
        const closed = closeMask(bits, width, height, side);
        expect(closed).toEqual(naive);
        expect(bits.every((bit, i) => !bit || closed[i] === 1)).toBe(true);
        expect(closeMask(closed, width, height, side)).toEqual(closed);
      }),
    );
  });
});

it('drops parts that are smaller than asked, and no others', () => {
  const bits = bitsOf(['##...#', '##..#.', '......', '#.####']);
  dropSmallParts(bits, 6, 4, 4);
  expect(rowsOf(bits, 6)).toEqual(['##....', '##....', '......', '..####']);
});

describe('a mask', () => {
  it('gives the tissue in any box exactly, and in a whole as much as in its parts', () => {
    fc.assert(
      fc.property(
        raster,
        fc.array(fc.double({ min: -20, max: 140, noNaN: true }), { minLength: 5, maxLength: 5 }),
        ({ bits, width, height }, [a = 0, b = 0, c = 0, d = 0, cut = 0]) => {
          const mask = makeMask(bits, width, height, { width: 100, height: 120 });
          const [perX, perY] = [100 / width, 120 / height];
          const box = { minX: Math.min(a, b), maxX: Math.max(a, b), minY: Math.min(c, d), maxY: Math.max(c, d) };
          let expected = 0;
          for (const [i, bit] of bits.entries()) {
            const [x, y] = [(i % width) * perX, Math.floor(i / width) * perY];
            const across = Math.max(0, Math.min(box.maxX, x + perX) - Math.max(box.minX, x));
            expected += bit * across * Math.max(0, Math.min(box.maxY, y + perY) - Math.max(box.minY, y));
          }
          expect(mask.area(box)).toBeCloseTo(expected, 6);
          const at = Math.max(box.minX, Math.min(box.maxX, cut));
          expect(mask.area({ ...box, maxX: at }) + mask.area({ ...box, minX: at })).toBeCloseTo(expected, 6);
          expect(tissueShare(mask, box)).toBeGreaterThanOrEqual(0);
          expect(tissueShare(mask, box)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('comes back from its packed form, and is refused when bytes are missing', () => {
    fc.assert(
      fc.property(raster, ({ bits, width, height }) => {
        const packed = packMask(bits);
        expect(unpackMask(packed, width, height)).toEqual(bits);
        expect(() => unpackMask(packed.subarray(1), width, height)).toThrow(
          expect.objectContaining({ code: 'MASK_SIZE' }) as Error,
        );
      }),
    );
  });

  it('has an outline in level-0 pixels, with holes', () => {
    const rows = ['.......', '.#####.', '.#...#.', '.#...#.', '.#####.', '.......'];
    const rings = outlineOf(makeMask(bitsOf(rows), 7, 6, { width: 70, height: 120 }));
    expect(rings).toHaveLength(2);
    const [outer = [], hole = []] = rings;
    expect([Math.min(...outer), Math.max(...outer)]).toEqual([10, 100]);
    expect([Math.min(...hole), Math.max(...hole)]).toEqual([20, 80]);
  });

  it('of noise has an outline all the same', () => {
    const side = 400;
    const bits = Uint8Array.from({ length: side * side }, (_, i) => ((i % side) + Math.floor(i / side)) % 2);
    bits.fill(1, 0, side * 20);
    const rings = outlineOf(makeMask(bits, side, side, { width: side, height: side }));
    expect(rings.length).toBeGreaterThan(0);
    expect(rings.length).toBeLessThanOrEqual(10_000);
  });
});
