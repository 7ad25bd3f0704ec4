import fc from 'fast-check';
import { expect, it } from 'vitest';
import { consensus } from './consensus.ts';
import { route, type Routed } from './route.ts';
import { uncertaintyOf } from './uncertainty.ts';

const item = (id: string, state: Routed['state'], uncertainty?: number): Routed => ({
  id,
  state,
  ...(uncertainty === undefined ? {} : { uncertainty }),
});
const ids = (list: readonly Routed[]): string => list.map(({ id }) => id).join(' ');

it('puts disputed ones first, then the most uncertain, and leaves settled ones out', () => {
  const objects = [
    item('a', 'open', 0.1),
    item('b', 'open', 0.9),
    item('c', 'disputed', 0.2),
    item('d', 'disputed', 0.8),
    item('e', 'agreed', 1),
    item('f', 'rejected', 1),
    item('g', 'adjudicated', 1),
    item('h', 'open'),
  ];
  expect(ids(route(objects, { controlShare: 0, seed: 1 }))).toBe('d c b a h');
  expect(
    ids(route(objects, { controlShare: 1, seed: 1 }))
      .split(' ')
      .slice(5)
      .sort(),
  ).toEqual(['e', 'f']);
});

it('draws the control sample by seed: the same ones whatever else there is, others for another seed, about as many as asked', () => {
  const objects = Array.from({ length: 2000 }, (_, i) => item(`id-${i}`, 'agreed'));
  const draw = (list: readonly Routed[], seed: number) =>
    new Set(route(list, { controlShare: 0.1, seed }).map((o) => o.id));
  const first = draw(objects, 7);
  expect(first.size).toBeGreaterThan(150);
  expect(first.size).toBeLessThan(250);
  expect(draw([...objects].reverse(), 7)).toEqual(first);
  const half = draw(objects.slice(0, 1000), 7);
  expect([...half].every((id) => first.has(id))).toBe(true);
  expect(draw(objects, 8)).not.toEqual(first);
});

it('gives each object at most once', () => {
  const objects = fc.uniqueArray(
    fc.record({
      id: fc.uuid(),
      state: fc.constantFrom<Routed['state']>('open', 'agreed', 'disputed', 'adjudicated', 'rejected'),
      uncertainty: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { selector: ({ id }) => id },
  );
  fc.assert(
    fc.property(objects, fc.double({ min: 0, max: 1, noNaN: true }), (list, controlShare) => {
      const found = route(list, { controlShare, seed: 3 });
      expect(new Set(found).size).toBe(found.length);
      expect(list.filter(({ state }) => state === 'open' || state === 'disputed').every((o) => found.includes(o))).toBe(
        true,
      );
    }),
    { seed: 20_240_607 },
  );
});

it.each([
  [{}, undefined],
  [{ score: 'high', confidence: 7, probabilities: [1] }, undefined],
  [{ score: 1.5 }, 1],
  [{ score: 1 }, 0],
  [{ score: 1.4 }, 0.8],
  [{ score: 4 }, 0],
  [{ confidence: 0.5 }, 1],
  [{ confidence: 0.98 }, 0.04],
  [{ probabilities: [0.5, 0.5] }, 1],
  [{ probabilities: [1, 0, 0] }, 0],
  [{ probabilities: [0.5, 0.5, 0, 0] }, 0.5],
])('reads from %j that a program was unsure by %s', (meta, value) => {
  const found = uncertaintyOf(meta);
  if (value === undefined) expect(found).toBeUndefined();
  else expect(found).toBeCloseTo(value, 9);
});

it('finds the shape in the middle of points and lines by distance, and refuses an empty list', () => {
  const point = (x: number) => ({ kind: 'point', x, y: 0 }) as const;
  expect(consensus([point(0), point(40), point(50)])).toEqual({ member: 1, isShared: true });
  expect(consensus([point(3)])).toEqual({ member: 0, isShared: true });
  expect(() => consensus([])).toThrow(RangeError);
});
