import type { FilterPrimitive } from '@exact/sdk/ui';
import type { FilterSettings } from './settings.ts';

/** Rec. ITU-R BT.709-6, table 3: how much red, green and blue add to brightness. */
const LUMA = [0.2126, 0.7152, 0.0722] as const;

/**
 * The SVG filter of the settings, each part only where it does something; empty when nothing is set. In this order:
 *
 * 1. grey (or threshold): the channels that are on, weighted by {@link LUMA} so that together they keep their brightness
 * 2. contrast about mid-grey, then brightness
 * 3. gamma
 * 4. threshold: white from the grey value on, black below
 * 5. invert
 * 6. channels that are off become black; with grey they are out of the sum already
 *
 * The viewer's filter works on the values as the image file has them (sRGB), not on SVG's default, linear light: middle grey then
 * stays where people expect it.
 */
export function filterPrimitives(settings: FilterSettings): readonly FilterPrimitive[] {
  const { brightness, contrast, gamma, invert, threshold } = settings;
  const on = [settings.red, settings.green, settings.blue];
  const isGrey = settings.grey || threshold !== null;
  const slope = 4 ** contrast;
  return [
    ...(isGrey ? [greyOf(on)] : []),
    ...(contrast !== 0 || brightness !== 0
      ? [onEach({ type: 'linear', slope, intercept: 0.5 - 0.5 * slope + brightness })]
      : []),
    ...(gamma !== 1 ? [onEach({ type: 'gamma', amplitude: 1, exponent: 1 / gamma, offset: 0 })] : []),
    ...(threshold !== null ? [onEach({ type: 'discrete', tableValues: stepAt(threshold) })] : []),
    ...(invert ? [onEach({ type: 'linear', slope: -1, intercept: 1 })] : []),
    ...(!isGrey && on.includes(false)
      ? [matrix(on.map((isOn, row) => [0, 1, 2].map((column) => (isOn && row === column ? 1 : 0))))]
      : []),
  ];
}

/** The same function on red, green and blue. */
function onEach(attributes: FilterPrimitive['attributes']): FilterPrimitive {
  const children = (['feFuncR', 'feFuncG', 'feFuncB'] as const).map((element) => ({ element, attributes }));
  return { element: 'feComponentTransfer', attributes: {}, children };
}

/** Rows of red, green and blue out of red, green and blue; alpha stays. */
function matrix(rows: readonly (readonly number[])[]): FilterPrimitive {
  const values = [...rows.map((row) => [...row, 0, 0]), [0, 0, 0, 1, 0]];
  return { element: 'feColorMatrix', attributes: { type: 'matrix', values: values.flat().join(' ') } };
}

function greyOf(on: readonly boolean[]): FilterPrimitive {
  const sum = LUMA.reduce((total, weight, channel) => total + (on[channel] ? weight : 0), 0);
  const row = LUMA.map((weight, channel) => (on[channel] ? weight / sum : 0));
  return matrix([row, row, row]);
}

/**
 * Table with one entry for each 8-bit value. SVG takes entry ⌊value × 256⌋ of 256, which for v / 255 is v exactly
 * (Filter Effects Level 1, `discrete`).
 */
const stepAt = (threshold: number): string =>
  Array.from({ length: 256 }, (_, value) => (value >= threshold ? 1 : 0)).join(' ');
