import { describe, expect, it } from 'vitest';
import {
  axisAcross,
  downsampleOf,
  magnificationOf,
  readPlace,
  scaleBarAlong,
  scaleBarOf,
  turn,
  writePlace,
} from './view-math.ts';

describe('permalinks', () => {
  it('come back as they were written', () => {
    const place = { x: 1200, y: 3400, downsample: 2.5, rotation: 90 };
    const annotation = '0190a5c0-0000-7000-8000-000000000001';
    expect(readPlace(writePlace(place, annotation))).toEqual({ ...place, annotation });
    expect(readPlace(writePlace({ ...place, rotation: 0 }, undefined))).toEqual({ x: 1200, y: 3400, downsample: 2.5 });
  });
  it('ignore what makes no sense', () => {
    expect(readPlace({ x: '1', zoom: '-3', rotation: 'north', annotation: '<b>' })).toEqual({});
    expect(readPlace({ x: ['1'], y: '2', zoom: '', rotation: '-90' })).toEqual({ rotation: 270 });
  });
});

describe('magnification', () => {
  it('is 20 where a screen pixel shows 0.5 µm', () => {
    expect(magnificationOf(1, 0.5)).toBe(20);
    expect(magnificationOf(4, 0.25)).toBe(10);
    expect(downsampleOf(20, 0.25)).toBe(2);
  });
});

describe('scaleBarOf', () => {
  it.each([
    [1, 0.5, 120, { lengthPx: 100, value: 50, unit: 'µm' }],
    [16, 0.5, 130, { lengthPx: 125, value: 1, unit: 'mm' }],
    [1 / 64, 0.25, 100, { lengthPx: 51.2, value: 200, unit: 'nm' }],
    [4, undefined, 130, { lengthPx: 125, value: 500, unit: 'px' }],
  ])('at downsample %d and %s µm/px', (downsample, mpp, max, bar) => {
    expect(scaleBarOf(downsample, mpp, max)).toEqual(bar);
  });
});

describe('the scale bar of an image whose axes are no lengths', () => {
  const time = { unit: 's', perPixel: 0.01, origin: 0 } as const;
  const pitch = { unit: 'Hz', perPixel: -20, origin: 24_000 } as const;
  it.each([
    [time, 1, { lengthPx: 100, text: '1 s' }],
    [time, 0.05, { lengthPx: 100, text: '50 ms' }],
    [time, 60, { lengthPx: 100, text: '1:00 min' }],
    [pitch, 1, { lengthPx: 100, text: '2 kHz' }],
  ])('reads %j at downsample %d', (axis, downsample, bar) => {
    const { lengthPx, text } = scaleBarAlong(axis, downsample, 150);
    expect({ lengthPx: Math.round(lengthPx), text }).toEqual(bar);
  });
  it('is of the axis that runs across the screen', () => {
    expect([0, 90, 180, 270, 360, -90].map(axisAcross)).toEqual(['x', 'y', 'x', 'y', 'x', 'y']);
    expect([45, 15, 1].map(axisAcross)).toEqual([undefined, undefined, undefined]);
  });
});

it('turns angles into one round', () => {
  expect([turn(-15), turn(360), turn(725)]).toEqual([345, 0, 5]);
});
