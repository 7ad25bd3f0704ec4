import { describe, expect, it } from 'vitest';
import { checkMpp, mppFromLine } from './calibration.ts';

const line = (dx: number, dy: number) =>
  [
    { x: 10, y: 20 },
    { x: 10 + dx, y: 20 + dy },
  ] as const;

describe('the scale from a line of known length', () => {
  it.each([
    [line(1000, 0), 250, 'µm', 0.25],
    [line(300, 400), 1, 'mm', 2],
    [line(-3, 0), 1, 'µm', 0.333333],
  ] as const)('of %j, %d %s, is %d µm for a pixel', (drawn, length, unit, mpp) => {
    expect(mppFromLine(drawn, length, unit)).toBe(mpp);
  });

  it.each([
    [line(0, 0), 10],
    [line(10, 0), 0],
    [line(10, 0), -5],
    [line(10, 0), NaN],
    [line(1, 0), 20_000],
  ])('is none for %j and %d µm', (drawn, length) => {
    expect(mppFromLine(drawn, length, 'µm')).toBeUndefined();
  });

  it.each([0, -1, NaN, Infinity, 10_001])('is none where %d is typed', (mpp) => {
    expect(checkMpp(mpp)).toBeUndefined();
  });
});
