import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrap } from './bootstrap.ts';
import { cohen, confusion } from './cohen.ts';
import { fleiss } from './fleiss.ts';
import { krippendorff } from './krippendorff.ts';

const A = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4];
const B = [0, 1, 1, 1, 2, 3, 3, 3, 4, 3];
// Fleiss 1971 as given by Wikipedia ("Fleiss' kappa"): 10 subjects, 14 raters.
const FLEISS = '0,0,0,0,14 0,2,6,4,2 0,0,3,5,6 0,3,9,2,0 2,2,8,1,1 7,7,0,0,0 3,2,6,3,0 2,5,3,2,2 6,5,2,1,0 0,2,2,3,7'
  .split(' ')
  .map((row) => row.split(',').map(Number));
// Krippendorff 2011: 4 readers, 12 units.
const READERS = [
  '1 2 3 3 2 1 4 1 2 . . .',
  '1 2 3 3 2 2 4 1 2 5 . 3',
  '. 3 3 3 2 3 4 2 2 5 1 .',
  '1 2 3 3 2 4 4 1 2 5 1 .',
].map((row) => row.split(' '));
const UNITS = Array.from({ length: 12 }, (_, unit) =>
  READERS.flatMap((row) => (row[unit] === '.' ? [] : [Number(row[unit])])),
);

describe("Cohen's kappa", () => {
  it.each([
    ['none', 0.625],
    ['linear', 0.8],
    ['quadratic', 0.9143],
  ] as const)('with weights "%s" is that of the published vector', (weighting, value) => {
    expect(cohen(A, B, 5, weighting).value).toBeCloseTo(value, 4);
  });

  it('is not defined where both say one thing only, and tells the raw agreement', () => {
    expect(cohen([1, 1, 1], [1, 1, 1], 2)).toEqual({ value: undefined, reason: 'one-category', raw: 1, units: 3 });
    expect(cohen([], [], 2)).toMatchObject({ value: undefined, reason: 'no-units' });
  });

  it('refuses lists of different lengths and unknown categories', () => {
    expect(() => cohen([0], [0, 1], 2)).toThrow('1 and 2 units');
    expect(() => confusion([0, 5], [0, 0], 2)).toThrow('Unit 1 is rated 5 and 0');
  });

  it('is 1 for the same ratings, never above, and the same with the readers exchanged', () => {
    const ratings = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 2 });
    fc.assert(
      fc.property(ratings, fc.constantFrom('none', 'linear', 'quadratic'), (units, weighting) => {
        const [a, b] = [units.map(([first]) => first), units.map(([, second]) => second)];
        const [one, other] = [cohen(a, b, 4, weighting), cohen(b, a, 4, weighting)];
        expect(one.value === undefined).toBe(other.value === undefined);
        if (one.value !== undefined && other.value !== undefined) {
          expect(one.value).toBeCloseTo(other.value, 9);
          expect(one.value).toBeLessThanOrEqual(1 + 1e-9);
        }
        if (new Set(a).size > 1) expect(cohen(a, a, 4, weighting).value).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe("Fleiss' kappa", () => {
  it('is that of the published vector', () => {
    expect(fleiss(FLEISS).value).toBeCloseTo(0.2099, 4);
  });
  it('needs as many ratings of each unit, two at least, and two categories', () => {
    expect(
      fleiss([
        [2, 0],
        [1, 2],
      ]),
    ).toMatchObject({ reason: 'unequal-ratings' });
    expect(fleiss([[1, 0]])).toMatchObject({ reason: 'no-units' });
    expect(
      fleiss([
        [3, 0],
        [3, 0],
      ]),
    ).toMatchObject({ reason: 'one-category', raw: 1 });
  });
});

describe("Krippendorff's alpha", () => {
  it.each([
    ['nominal', 0.7434],
    ['ordinal', 0.8154],
    ['interval', 0.8491],
    ['ratio', 0.7974],
  ] as const)('of level %s is that of the published vector', (level, value) => {
    expect(krippendorff(UNITS, level).value).toBeCloseTo(value, 4);
  });

  it('leaves out units that one reader rated alone, and is not defined without others or without variance', () => {
    expect(krippendorff([...UNITS, [7], []]).value).toBeCloseTo(0.7434, 4);
    expect(krippendorff([[1], [2]])).toMatchObject({ reason: 'no-units', units: 0 });
    expect(
      krippendorff([
        [1, 1],
        [1, 1],
      ]),
    ).toEqual({ value: undefined, reason: 'one-category', raw: 1, units: 2 });
  });
});

describe('the bootstrap interval', () => {
  it('holds the value, follows from its seed, and becomes narrow with many units', () => {
    const of = (units: readonly (readonly number[])[]) => krippendorff(units);
    const interval = bootstrap(UNITS, of, { seed: 1 });
    expect(bootstrap(UNITS, of, { seed: 1 })).toEqual(interval);
    expect(bootstrap(UNITS, of, { seed: 2 })).not.toEqual(interval);
    const value = krippendorff(UNITS).value ?? NaN;
    expect(interval?.low).toBeLessThan(value);
    expect(interval?.high).toBeGreaterThan(value);
    const many = bootstrap(Array.from({ length: 40 }, () => UNITS).flat(), of, { seed: 1, samples: 200 });
    const width = (i: typeof interval): number => (i?.high ?? NaN) - (i?.low ?? NaN);
    expect(width(many)).toBeLessThan(width(interval) / 3);
  });

  it('is not given where most samples have no value', () => {
    expect(
      bootstrap(
        [
          [1, 1],
          [1, 1],
        ],
        (units) => krippendorff(units),
        { seed: 1 },
      ),
    ).toBeUndefined();
    expect(bootstrap([], () => krippendorff([]), { seed: 1 })).toBeUndefined();
  });
});
