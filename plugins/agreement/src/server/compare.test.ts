import type { Geometry } from '@exact/geometry';
import { expect, it } from 'vitest';
import { compare, type ImageReadings, type Reading } from './compare.ts';
import { toCsv } from './csv.ts';
import { unitsOf } from './units.ts';

const [CELL, VESSEL] = [3, 7];
const box = (x: number): Geometry => ({ kind: 'box', x, y: 0, width: 10, height: 10 });
const read = (reader: number, templateId: number, geometry: Geometry): Reading => ({ reader, templateId, geometry });
const image = (...readings: Reading[]): ImageReadings => ({ readings, rule: { by: 'iou', atLeast: 0.5 } });
async function* each(images: readonly ImageReadings[]): AsyncGenerator<ImageReadings> {
  yield* images;
}

it('tells apart whether readers find the same objects and whether they call them the same', async () => {
  const result = await compare(
    [1, 2, 3],
    each([
      image(
        ...[read(1, CELL, box(0)), read(2, CELL, box(1)), read(3, VESSEL, box(0))],
        ...[read(1, VESSEL, box(100)), read(2, VESSEL, box(101))],
        read(3, CELL, box(300)),
      ),
    ]),
    1,
  );
  expect(result.objects).toEqual([
    { reader: 1, count: 2 },
    { reader: 2, count: 2 },
    { reader: 3, count: 2 },
  ]);
  expect(result.templates).toEqual([CELL, VESSEL]);
  const [first, second] = result.pairs;
  expect(first).toMatchObject({ a: 1, b: 2, both: 2, onlyA: 0, onlyB: 0, f1: 1, labels: { value: 1, raw: 1 } });
  expect(first?.meanScore).toBeCloseTo(9 / 11, 9);
  expect(second).toMatchObject({ a: 1, b: 3, both: 1, onlyA: 1, onlyB: 1, f1: 0.5, labels: { raw: 0 } });
  // Rows are what reader 1 said, columns what reader 3 said: cell, vessel, no such object.
  expect(second?.confusion).toEqual([
    [0, 1, 0],
    [0, 0, 1],
    [1, 0, 0],
  ]);
  expect(result.byTemplate).toEqual([
    { templateId: CELL, count: 6, same: 1, f1: 1 / 3 },
    { templateId: VESSEL, count: 6, same: 1, f1: 1 / 3 },
  ]);
  expect(result.labels.units).toBe(2);
  expect(result.presence.units).toBe(3);
  expect(result.imageLabels).toEqual({ reason: 'no-units', units: 0 });
  const csv = toCsv({ result });
  expect(csv).toContain('pair,1,2,,,f1,1,,,');
  expect(csv).toContain(`confusion,1,3,${CELL},${VESSEL},count,1`);
});

it('gives the same numbers for the same seed, and labels of whole images a coefficient of their own', async () => {
  const whole: Geometry = { kind: 'image' };
  const images = [1, 2, 1, 1, 2].map((label, i) =>
    image(read(1, label, whole), read(2, i === 4 ? 1 : label, whole), read(1, CELL, box(i)), read(2, CELL, box(i))),
  );
  const [a, b] = [await compare([1, 2], each(images), 5), await compare([1, 2], each(images), 5)];
  expect(a).toEqual(b);
  expect(a.imageLabels).toMatchObject({ raw: 0.8, units: 5 });
  expect(a.imageLabels.value).toBeCloseTo(0.571, 3); // 1 − 9 · 2 / (2 · 4 · 6), nominal: totals 6 and 4 of 10, one pair unequal
  expect(a.pairs[0]?.labels).toMatchObject({ reason: 'one-category', raw: 1 });
});

it('joins at most one object of each reader to a unit, those that fit best first', () => {
  const located = [read(1, 1, box(0)), read(2, 2, box(1)), read(2, 3, box(2)), read(3, 4, box(3))];
  const units = unitsOf(
    located,
    [
      { a: 0, b: 1, score: 0.9 },
      { a: 0, b: 3, score: 0.6 },
      { a: 2, b: 3, score: 0.8 },
    ],
    [1, 2, 3],
  );
  expect(units).toEqual([
    [1, 2, undefined],
    [undefined, 3, 4],
  ]);
});
