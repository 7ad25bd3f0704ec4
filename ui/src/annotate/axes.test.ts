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
    expect(spanText({ x: TIME, y: PITCH }, { x: 200, y: 10 }, { x: 75, y: 70 })).toBe('1.25 s, 1.2 kHz');
    expect(rangeText(PITCH, 0, 100)).toBe('22 kHz – 24 kHz');
    expect(rangeText(TIME, 100, 200)).toBe('1 s – 2 s');
  });
});

describe('axes on which a pixel is not the same everywhere', () => {
  // 20 Hz at the lower border of 512 pixels, 20 kHz at the upper one
  const OCTAVES: Axis = { unit: 'Hz', perPixel: -Math.log(1000) / 512, origin: Math.log(20_000), scale: 'log' };
  const melOf = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
  const MEL: Axis = { unit: 'Hz', perPixel: -melOf(8000) / 400, origin: melOf(8000), scale: 'mel' };

  it('have their values where the scale puts them', () => {
    expect(valueAt(OCTAVES, 0)).toBeCloseTo(20_000, 6);
    expect(valueAt(OCTAVES, 512)).toBeCloseTo(20, 9);
    expect(valueAt(OCTAVES, 256)).toBeCloseTo(Math.sqrt(20 * 20_000), 6);
    expect(valueAt(MEL, 400)).toBeCloseTo(0, 9);
    expect(coordinateOf(MEL, 1000)).toBeCloseTo(400 * (1 - melOf(1000) / melOf(8000)), 9);
  });
  it('say how much lies between two places, and places to what can be told apart there', () => {
    const axes = { x: TIME, y: OCTAVES };
    expect(spanText(axes, { x: 0, y: 0 }, { x: 100, y: 256 })).toBe('1 s, 19.4 kHz');
    expect(placeText(OCTAVES, 512)).toBe('20 Hz');
    expect(rangeText(OCTAVES, 0, 256)).toBe('632 Hz – 20 kHz');
  });
  it('have their ticks at the roundest values that there is room for, as far as one looks in', () => {
    const whole = ticksAlong(OCTAVES, { from: 0, to: 512, lengthPx: 512, size: 512, gapPx: 48 });
    expect(whole.map(({ text }) => text)).toEqual([
      '20 kHz',
      '10 kHz',
      '5 kHz',
      '2 kHz',
      '1 kHz',
      '500 Hz',
      '200 Hz',
      '100 Hz',
      '50 Hz',
      '20 Hz',
    ]);
    const near = ticksAlong(OCTAVES, { from: 200, to: 212, lengthPx: 600, size: 512, gapPx: 48 });
    expect(near.length).toBeGreaterThan(5);
    for (const [axis, to, size] of [
      [OCTAVES, 512, 512],
      [OCTAVES, 3, 512],
      [MEL, 400, 400],
      [MEL, 40, 400],
    ] as const) {
      const ticks = ticksAlong(axis, { from: 0, to, lengthPx: 700, size, gapPx: 50 });
      expect(ticks.length).toBeGreaterThan(3);
      ticks.slice(1).forEach(({ at }, i) => expect(at - (ticks[i]?.at ?? 0)).toBeGreaterThanOrEqual(50));
    }
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
