import type { FilterPrimitive } from '@exact/sdk/ui';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterPrimitives } from './filter-primitives.ts';
import { type FilterSettings, isNeutral, neutralSettings } from './settings.ts';

type Pixel = readonly [number, number, number];
const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** What the settings mean, pixel by pixel, written without SVG. Values 0…1. */
function reference(pixel: Pixel, settings: FilterSettings): Pixel {
  const on = [settings.red, settings.green, settings.blue];
  const isGrey = settings.grey || settings.threshold !== null;
  let values: number[] = [...pixel];
  if (isGrey) {
    let sum = 0;
    let weights = 0;
    [0.2126, 0.7152, 0.0722].forEach((weight, channel) => {
      if (!on[channel]) return;
      sum += weight * (pixel[channel] ?? 0);
      weights += weight;
    });
    const grey = weights === 0 ? 0 : sum / weights;
    values = [grey, grey, grey];
  }
  values = values.map((value) => clamp((value - 0.5) * Math.pow(4, settings.contrast) + 0.5 + settings.brightness));
  values = values.map((value) => Math.pow(value, 1 / settings.gamma));
  const { threshold } = settings;
  if (threshold !== null) values = values.map((value) => (Math.min(255, Math.floor(value * 256)) >= threshold ? 1 : 0));
  if (settings.invert) values = values.map((value) => 1 - value);
  if (!isGrey) values = values.map((value, channel) => (on[channel] ? value : 0));
  return values as unknown as Pixel;
}

/** Runs primitives as the specification says: W3C Filter Effects Module Level 1, feColorMatrix and feComponentTransfer. */
function runSvg(pixel: Pixel, primitives: readonly FilterPrimitive[]): Pixel {
  let values: number[] = [...pixel];
  for (const { element, attributes, children = [] } of primitives) {
    if (element === 'feColorMatrix') {
      const m = String(attributes['values']).split(' ').map(Number);
      expect(m).toHaveLength(20);
      const input = [...values, 1, 1];
      values = [0, 1, 2].map((row) =>
        clamp(input.reduce((sum, value, column) => sum + value * (m[row * 5 + column] ?? NaN), 0)),
      );
    } else {
      expect(element).toBe('feComponentTransfer');
      values = values.map((value, channel) =>
        clamp(
          transfer(
            value,
            children.find((child) => child.element === `feFunc${'RGB'[channel]}`),
          ),
        ),
      );
    }
  }
  return values as unknown as Pixel;
}

function transfer(value: number, func: FilterPrimitive | undefined): number {
  const a = func?.attributes ?? {};
  switch (a['type']) {
    case 'linear':
      return value * Number(a['slope']) + Number(a['intercept']);
    case 'gamma':
      return Number(a['amplitude']) * Math.pow(value, Number(a['exponent'])) + Number(a['offset']);
    case 'discrete': {
      const table = String(a['tableValues']).split(' ').map(Number);
      return table[value === 1 ? table.length - 1 : Math.floor(value * table.length)] ?? NaN;
    }
    default:
      return value;
  }
}

const channel = fc.integer({ min: 0, max: 255 }).map((value) => value / 255);
const pixels = fc.tuple(channel, channel, channel);
const settings: fc.Arbitrary<FilterSettings> = fc.record({
  brightness: fc.double({ min: -1, max: 1, noNaN: true }),
  contrast: fc.double({ min: -1, max: 1, noNaN: true }),
  gamma: fc.double({ min: 0.2, max: 5, noNaN: true }),
  invert: fc.boolean(),
  grey: fc.boolean(),
  threshold: fc.constant(null),
  red: fc.boolean(),
  green: fc.boolean(),
  blue: fc.boolean(),
});

describe('the filter of the settings', () => {
  it('is nothing at all when nothing is set', () => {
    expect(filterPrimitives(neutralSettings())).toEqual([]);
    expect(isNeutral(neutralSettings())).toBe(true);
  });

  it('has as many parts as settings that do something, and is not empty for any change', () => {
    fc.assert(
      fc.property(settings, (given) => {
        expect(filterPrimitives(given).length === 0).toBe(isNeutral(given));
      }),
    );
    expect(filterPrimitives({ ...neutralSettings(), gamma: 2 })).toHaveLength(1);
  });

  it('does to each pixel what the settings say', () => {
    fc.assert(
      fc.property(pixels, settings, (pixel, given) => {
        const shown = runSvg(pixel, filterPrimitives(given));
        reference(pixel, given).forEach((value, index) => expect(shown[index]).toBeCloseTo(value, 9));
      }),
      { numRuns: 1000 },
    );
  });

  it('cuts grey pictures at exactly the threshold, for each of the 256 values', () => {
    for (let threshold = 0; threshold <= 255; threshold++) {
      const primitives = filterPrimitives({ ...neutralSettings(), threshold });
      const table = primitives.at(-1);
      for (const value of [0, threshold - 1, threshold, 255]) {
        if (value < 0) continue;
        expect(transfer(value / 255, table?.children?.[0]), `${value} at ${threshold}`).toBe(
          value >= threshold ? 1 : 0,
        );
      }
    }
  });

  it('agrees with the reference at every threshold', () => {
    fc.assert(
      fc.property(pixels, settings, fc.integer({ min: 0, max: 255 }), (pixel, given, threshold) => {
        const all = { ...given, threshold };
        const before = reference(pixel, { ...all, threshold: null, grey: true, invert: false })[0] * 256;
        fc.pre(Math.abs(before - Math.round(before)) > 1e-6); // on the edge itself rounding decides
        expect(runSvg(pixel, filterPrimitives(all))).toEqual(reference(pixel, all));
      }),
    );
  });

  it.each<[string, Partial<FilterSettings>, Pixel, Pixel]>([
    ['inverts', { invert: true }, [0, 0.25, 1], [1, 0.75, 0]],
    ['takes a channel away', { red: false }, [1, 0.5, 0.25], [0, 0.5, 0.25]],
    ['keeps a channel that is off black when inverted', { red: false, invert: true }, [1, 0.5, 0.25], [0, 0.5, 0.75]],
    ['shows one channel as grey', { grey: true, green: false, blue: false }, [0.8, 0.1, 0.2], [0.8, 0.8, 0.8]],
    ['leaves white white in grey', { grey: true }, [1, 1, 1], [1, 1, 1]],
    ['leaves mid-grey alone under contrast', { contrast: 0.7 }, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]],
    ['makes all of it black', { brightness: -1 }, [1, 1, 1], [0, 0, 0]],
    ['shows black with every channel off', { grey: true, red: false, green: false, blue: false }, [1, 1, 1], [0, 0, 0]],
  ])('%s', (_, change, pixel, shown) => {
    runSvg(pixel, filterPrimitives({ ...neutralSettings(), ...change })).forEach((value, index) =>
      expect(value).toBeCloseTo(shown[index] ?? NaN, 9),
    );
  });
});
