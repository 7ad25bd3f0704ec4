import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findHotSpot, findInside, type HotSpotInput, placesOf, type TissueBits } from './hot-spot.ts';

/** The rule, word by word: each place, each point, each cell of the mask. */
function byHand({ points, image, window, stepsPerWindow = 16, tissue, minimumTissue = 0 }: HotSpotInput) {
  const found = placesOf(image.height, window.height, stepsPerWindow).flatMap((y) =>
    placesOf(image.width, window.width, stepsPerWindow).map((x) => {
      let count = 0;
      for (let i = 0; i < points.x.length; i++)
        if (isBetween(points.x[i], x, window.width) && isBetween(points.y[i], y, window.height)) count++;
      const share = tissue ? shareByHand(tissue, image, { x, y, ...window }) : 0;
      return { x, y, count, share };
    }),
  );
  return found
    .filter(({ share }) => !tissue || share >= minimumTissue - 1e-9)
    .sort((a, b) => b.count - a.count || nearly(b.share - a.share) || a.y - b.y || a.x - b.x)[0];
}
const isBetween = (value = NaN, from: number, length: number): boolean =>
  Math.floor(value) + 0.5 >= from && Math.floor(value) + 0.5 < from + length;
const nearly = (difference: number): number => (Math.abs(difference) < 1e-9 ? 0 : difference);

function shareByHand(
  mask: TissueBits,
  image: { width: number; height: number },
  box: { x: number; y: number; width: number; height: number },
) {
  const [cellWidth, cellHeight] = [image.width / mask.width, image.height / mask.height];
  let area = 0;
  for (let row = 0; row < mask.height; row++)
    for (let column = 0; column < mask.width; column++) {
      if (!mask.bits[row * mask.width + column]) continue;
      const across = Math.min(box.x + box.width, (column + 1) * cellWidth) - Math.max(box.x, column * cellWidth);
      const down = Math.min(box.y + box.height, (row + 1) * cellHeight) - Math.max(box.y, row * cellHeight);
      area += Math.max(0, across) * Math.max(0, down);
    }
  return area / (box.width * box.height);
}

const side = fc.integer({ min: 20, max: 400 });
// quarters of whole numbers put lines onto the middles of pixels
const part = fc.oneof(fc.double({ min: 0.15, max: 1, noNaN: true }), fc.constantFrom(0.25, 0.5, 0.75, 1));
const scene = fc
  .record({ width: side, height: side, across: part, down: part, steps: fc.integer({ min: 16, max: 21 }) })
  .chain(({ width, height, across, down, steps }) => {
    // on whole pixels and in clumps, so that points lie on the lines of windows and places are equally good
    const point = fc.record({
      x: fc.integer({ min: -5, max: width + 5 }),
      y: fc.integer({ min: -5, max: height + 5 }),
    });
    return fc.record({
      image: fc.constant({ width, height }),
      window: fc.constant({ width: width * across, height: height * down }),
      stepsPerWindow: fc.constant(steps),
      all: fc.array(point, { maxLength: 40 }),
      mask: fc.option(
        fc.record({ width: fc.integer({ min: 1, max: 12 }), height: fc.integer({ min: 1, max: 12 }) }).chain((size) =>
          fc.record({
            width: fc.constant(size.width),
            height: fc.constant(size.height),
            bits: fc.uint8Array({ max: 1, minLength: size.width * size.height, maxLength: size.width * size.height }),
          }),
        ),
        { nil: undefined },
      ),
      minimumTissue: fc.constantFrom(0, 0.2, 0.5, 0.9),
    });
  });

describe('the hot spot', () => {
  it('is the one that trying every place by hand gives', () => {
    fc.assert(
      fc.property(scene, ({ all, mask, ...rest }) => {
        const input = {
          ...rest,
          points: { x: all.map(({ x }) => x), y: all.map(({ y }) => y) },
          ...(mask ? { tissue: mask } : {}),
        };
        const [found, own] = [findHotSpot(input), byHand(input)];
        expect(found && [found.count, found.x, found.y]).toEqual(own && [own.count, own.x, own.y]);
        if (found && mask) expect(found.tissueShare).toBeCloseTo(own?.share ?? NaN, 9);
        if (found) expect(findInside(input.points, found)).toHaveLength(found.count);
      }),
      { numRuns: 300 },
    );
  });

  const image = { width: 1000, height: 800 };
  const window = { width: 160, height: 120 };

  it('is found where the points are close together', () => {
    const points = { x: [100, 110, 120, 900], y: [100, 100, 110, 700] };
    const found = findHotSpot({ points, image, window });
    expect(found?.count).toBe(3);
    expect(findInside(points, found ?? { x: 0, y: 0, ...window })).toEqual([0, 1, 2]);
  });

  it('lies at the top left where nothing tells places apart', () => {
    expect(findHotSpot({ points: { x: [], y: [] }, image, window })).toEqual({ x: 0, y: 0, ...window, count: 0 });
  });

  it('takes the place with most tissue of those with the same count, then the upper one', () => {
    const tissue = { width: 2, height: 2, bits: Uint8Array.of(0, 1, 0, 1) };
    const found = findHotSpot({ points: { x: [], y: [] }, image, window, tissue });
    expect(found).toMatchObject({ y: 0, count: 0, tissueShare: 1 });
    expect(found?.x).toBeGreaterThanOrEqual(500);
    expect(found?.x).toBeLessThan(511);
  });

  it('leaves out places with too little tissue, though they hold more', () => {
    const points = { x: [50, 60, 70, 800], y: [50, 50, 50, 400] };
    const tissue = { width: 2, height: 1, bits: Uint8Array.of(0, 1) };
    expect(findHotSpot({ points, image, window, tissue, minimumTissue: 0.5 })?.count).toBe(1);
    expect(findHotSpot({ points, image, window, tissue, minimumTissue: 0 })?.count).toBe(3);
  });

  it('is nowhere on an image without tissue', () => {
    const tissue = { width: 3, height: 3, bits: new Uint8Array(9) };
    expect(findHotSpot({ points: { x: [5], y: [5] }, image, window, tissue, minimumTissue: 0.1 })).toBeUndefined();
  });

  it('has one place where the window is as large as the image', () => {
    expect(findHotSpot({ points: { x: [5], y: [5] }, image, window: image })).toEqual({
      x: 0,
      y: 0,
      ...image,
      count: 1,
    });
  });

  it.each([
    [{ width: 1001, height: 10 }, undefined],
    [{ width: 0, height: 10 }, undefined],
    [{ width: Number.NaN, height: 10 }, undefined],
    [window, 15],
    [window, Number.NaN],
  ])('is refused for a window of %o at %s steps', (wrong, stepsPerWindow) => {
    const input = { points: { x: [], y: [] }, image, window: wrong };
    expect(() => findHotSpot(stepsPerWindow === undefined ? input : { ...input, stepsPerWindow })).toThrow(RangeError);
  });
});

describe('the places of a window', () => {
  it('begin and end at the borders and lie no further apart than a step', () => {
    fc.assert(
      fc.property(side, part, fc.integer({ min: 16, max: 40 }), (length, share, steps) => {
        const window = length * share;
        const places = placesOf(length, window, steps);
        expect(places[0]).toBe(0);
        expect(places.at(-1)).toBe(length - window);
        for (let i = 1; i < places.length; i++)
          expect((places[i] ?? 0) - (places[i - 1] ?? 0)).toBeLessThanOrEqual(window / steps + 1e-9);
      }),
    );
  });
});
