import { expect, it } from 'vitest';
import { createColourRegion, labOf } from './colour-region.ts';

it.each([
  // after Lindbloom, sRGB with D65
  ['white', [255, 255, 255], [100, 0, 0]],
  ['black', [0, 0, 0], [0, 0, 0]],
  ['red', [255, 0, 0], [53.24, 80.09, 67.2]],
  ['green', [0, 255, 0], [87.73, -86.18, 83.18]],
  ['blue', [0, 0, 255], [32.3, 79.19, -107.86]],
] as const)('knows the CIELAB values of %s', (_name, [red, green, blue], expected) => {
  labOf(red, green, blue).forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 1));
});

it('goes on over connected pixels only, and never beyond the image', () => {
  // a dark row of three, a pale pixel, a dark one; the last column is not on the image
  const row = [20, 20, 20, 240, 20].flatMap((value) => [value, value, value, 255]).concat([20, 20, 20, 0]);
  const region = createColourRegion({ width: 6, height: 1, data: Uint8ClampedArray.from(row) }, 0.5, 0.5);
  expect([...(region?.(5) ?? [])]).toEqual([1, 1, 1, 0, 0, 0]);
  expect([...(region?.(100) ?? [])]).toEqual([1, 1, 1, 1, 1, 0]);
  expect([...(region?.(5) ?? [])]).toEqual([1, 1, 1, 0, 0, 0]);
  expect(createColourRegion({ width: 6, height: 1, data: Uint8ClampedArray.from(row) }, 5.5, 0.5)).toBeUndefined();
  expect(createColourRegion({ width: 6, height: 1, data: Uint8ClampedArray.from(row) }, -1, 0.5)).toBeUndefined();
});
