import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findHotSpot } from './hot-spot.ts';
import {
  fieldArea,
  MITOTIC_CUT_OFFS,
  mitoticCount,
  type MitoticInput,
  STANDARD_AREA_MM2,
  windowSize,
} from './mitotic.ts';

const scale = { mppX: 0.25, mppY: 0.25 };
const image = { width: 20_000, height: 16_000 };
const none = { x: [], y: [] };
const compute = (input: Partial<MitoticInput>) => {
  const result = mitoticCount.compute({ figures: none, image, scale, ...input });
  if (!result.available) throw new Error(`Not available: ${result.reason}.`);
  return result;
};

describe('the field of a microscope', () => {
  it('of field number 22 at 40× has 0.2376 mm², of which ten are taken as 2.37 mm²', () => {
    expect(fieldArea(22, 40)).toBeCloseTo(0.2376, 4);
    expect(10 * fieldArea(22, 40)).toBeCloseTo(STANDARD_AREA_MM2, 1);
  });

  it.each([
    [0, 40],
    [22, 0],
    [Number.NaN, 40],
    [22, Number.POSITIVE_INFINITY],
  ])('of field number %d at %d× is refused', (fieldNumber, objective) => {
    expect(() => fieldArea(fieldNumber, objective)).toThrow(RangeError);
  });
});

describe('the window', () => {
  it('has the area and the shape that are wanted, whatever the scale', () => {
    const positive = fc.double({ min: 0.05, max: 20, noNaN: true });
    fc.assert(
      fc.property(
        positive,
        positive,
        positive,
        fc.double({ min: 0.2, max: 5, noNaN: true }),
        (area, mppX, mppY, aspect) => {
          const { width, height } = windowSize(area, { mppX, mppY }, aspect);
          expect((width * mppX * height * mppY) / 1e6).toBeCloseTo(area, 9);
          expect((width * mppX) / (height * mppY)).toBeCloseTo(aspect, 9);
        },
      ),
    );
  });

  it('is refused without a scale that is one', () => {
    for (const mppX of [0, -1, Number.NaN]) expect(() => windowSize(2.37, { mppX, mppY: 0.25 })).toThrow(/scale/);
    expect(() => compute({ scale: { mppX: 0.25, mppY: 0 } })).toThrow(/scale/);
  });
});

describe('the mitotic count', () => {
  const figure = fc.record({ x: fc.nat(image.width), y: fc.nat(image.height) });

  it('is what the hot spot of the window holds, and no place by hand holds more than it, up to a step', () => {
    fc.assert(
      fc.property(fc.array(figure, { maxLength: 60 }), (all) => {
        const figures = { x: all.map(({ x }) => x), y: all.map(({ y }) => y) };
        const result = compute({ figures });
        const window = windowSize(STANDARD_AREA_MM2, scale);
        expect(result.count).toBe(findHotSpot({ points: figures, image, window })?.count);
        // the same place by hand is the same count
        const { x, y } = result.window;
        expect(compute({ figures, at: { x, y } })).toMatchObject({
          count: result.count,
          site: 'by-hand',
          isConverted: false,
        });
      }),
    );
  });

  it('moves a window that was put over the border onto the image', () => {
    expect(compute({ at: { x: -500, y: 99_999 } }).window).toMatchObject({
      x: 0,
      y: image.height - windowSize(2.37, scale).height,
    });
  });

  it('is converted from any other area, and not for a window on whole pixels', () => {
    const figures = { x: [10, 20, 30], y: [10, 20, 30] };
    const whole = compute({ figures, at: { x: 0, y: 0, width: 7111, height: 5333 } });
    expect(whole).toMatchObject({ count: 3, standardCount: 3, isConverted: false, warnings: [] });
    const half = compute({ figures, at: { x: 0, y: 0, width: 7110.56, height: 5332.92 / 2 } });
    expect(half).toMatchObject({ count: 3, isConverted: true, warnings: ['converted'] });
    expect(half.standardCount).toBeCloseTo(6, 4);
    expect(half.perMm2).toBeCloseTo(3 / 1.185, 4);
  });

  it('says that there is little tissue where a person has put the window, and counts there all the same', () => {
    const tissue = { width: 2, height: 1, bits: Uint8Array.of(0, 1) };
    const figures = { x: [10], y: [10] };
    expect(compute({ figures, tissue, at: { x: 0, y: 0 } })).toMatchObject({
      count: 1,
      tissueShare: 0,
      warnings: ['little-tissue'],
    });
    expect(compute({ figures, tissue, at: { x: 12_000, y: 0 } })).toMatchObject({
      count: 0,
      tissueShare: 1,
      warnings: [],
    });
  });

  it('is nothing without a scale, also where a person has put the window', () => {
    const input = { figures: none, image };
    expect(mitoticCount.compute(input)).toEqual({ available: false, reason: 'no-scale' });
    expect(mitoticCount.compute({ ...input, at: { x: 0, y: 0 } })).toEqual({ available: false, reason: 'no-scale' });
  });

  it('has no mean on an image without tissue', () => {
    const tissue = { width: 1, height: 1, bits: Uint8Array.of(0) };
    expect(compute({ tissue, minimumTissue: 0 })).not.toHaveProperty('mean');
  });

  it('is never called an index', () => {
    expect(JSON.stringify([mitoticCount.title, mitoticCount.rule, mitoticCount.id])).not.toMatch(/index/i);
  });

  it('has cut-offs with their sources only', () => {
    for (const { atLeast, source } of MITOTIC_CUT_OFFS) {
      expect(atLeast).toBeGreaterThan(0);
      expect(source.citation).toMatch(/\d{4}/);
    }
  });
});
