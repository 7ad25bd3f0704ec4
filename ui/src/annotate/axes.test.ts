import type { Axis } from '@exact/sdk/contract';
import { describe, expect, it } from 'vitest';
import { amountText, coordinateOf, placeText, rangeText, roundAmount, spanText, ticksAlong, valueAt } from './axes.ts';

const TIME: Axis = { unit: 's', perPixel: 0.01, origin: 0 };
const PITCH: Axis = { unit: 'Hz', perPixel: -20, origin: 24_000 };

describe('amountText', () => {
  it.each([
    [0.25, 's', 0.001, '250 ms'],
    [1.25, 's', 0.01, '1.25 s'],
    [0, 's', 0.01, '0 ms'],
    [0, 's', 1, '0 s'],
    [-0.0001, 's', 0.01, '0 ms'],
    [59.999, 's', 0.01, '1:00.00 min'],
    [205.4, 's', 0.1, '3:25.4 min'],
    [65, 's', 1, '1:05 min'],
    [3723.5, 's', 1, '1:02:04 h'],
    [-90, 's', 1, '−1:30 min'],
    [440, 'Hz', 1, '440 Hz'],
    [999.9, 'Hz', 0.1, '999.9 Hz'],
    [3200, 'Hz', 20, '3.2 kHz'],
    [12_345, 'Hz', 1, '12.345 kHz'],
  ] as const)('writes %d %s, told apart at %d, as %s', (value, unit, resolution, text) => {
    expect(amountText(value, unit, resolution)).toBe(text);
  });
});

describe('places and spans', () => {
  it('follow the axis, also where values fall', () => {
    expect([valueAt(TIME, 250), valueAt(PITCH, 100)]).toEqual([2.5, 22_000]);
    expect(coordinateOf(PITCH, 22_000)).toBe(100);
    expect([placeText(TIME, 12.5), placeText(PITCH, 1190)]).toEqual(['125 ms', '200 Hz']);
  });
  it('say how long and how wide, and from where to where with the lower one first', () => {
    expect(spanText({ x: TIME, y: PITCH }, -125, 60)).toBe('1.25 s, 1.2 kHz');
    expect(rangeText(PITCH, 0, 100)).toBe('22 kHz – 24 kHz');
    expect(rangeText(TIME, 100, 200)).toBe('1 s – 2 s');
  });
});

it.each([
  [0.7, 's', 0.5],
  [1, 's', 1],
  [0.0201, 's', 0.02],
  [55, 's', 20],
  [59, 's', 20],
  [119, 's', 60],
  [5000, 's', 3600],
  [1e6, 's', 86_400],
  [7000, 'Hz', 5000],
  [60, 'Hz', 50],
] as const)('the roundest amount up to %d %s is %d', (most, unit, amount) => {
  expect(roundAmount(most, unit)).toBeCloseTo(amount, 9);
});

describe('ticks along an edge', () => {
  const edge = { from: 0, to: 1000, lengthPx: 1000, size: 1000, gapPx: 80 };
  it('stand at round values, not nearer than asked', () => {
    expect(ticksAlong(TIME, edge).map(({ at, text }) => [Math.round(at), text])).toEqual([
      [0, '0 s'],
      [200, '2 s'],
      [400, '4 s'],
      [600, '6 s'],
      [800, '8 s'],
      [1000, '10 s'],
    ]);
    for (const to of [3, 17, 333, 5000, 1e6])
      for (const axis of [TIME, PITCH]) {
        const places = ticksAlong(axis, { ...edge, to, size: 1e7 })
          .map(({ at }) => at)
          .sort((a, b) => a - b);
        places.slice(1).forEach((at, i) => expect(at - (places[i] ?? 0)).toBeGreaterThanOrEqual(79.9));
      }
  });
  it('run backwards where values fall or the image is flipped, and end with the image', () => {
    const down = ticksAlong(PITCH, { ...edge, from: 0, to: 1200, lengthPx: 600, size: 1200 });
    expect(down.at(-1)).toEqual({ at: 100, text: '20 kHz' });
    expect(down[0]).toEqual({ at: 600, text: '0 Hz' });
    const flipped = ticksAlong(TIME, { ...edge, from: 1000, to: 0 });
    expect(flipped[0]).toEqual({ at: 1000, text: '0 s' });
    const beyond = ticksAlong(TIME, { ...edge, from: -500, to: 2500 });
    expect(beyond.map(({ text }) => text)).toEqual(['0 s', '5 s', '10 s']);
  });
  it('are none of an edge without length', () => {
    expect(ticksAlong(TIME, { ...edge, to: 0 })).toEqual([]);
    expect(ticksAlong(TIME, { ...edge, lengthPx: 0 })).toEqual([]);
  });
});
