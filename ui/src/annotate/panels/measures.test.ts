import { describe, expect, it } from 'vitest';
import { formatArea, measuresOf, totalArea } from './measures.ts';

const image = { width: 1000, height: 500 };
const calibrated = { ...image, mppX: 0.5, mppY: 0.25 };
const format = (value: number): string => String(value);
const box = { kind: 'box', x: 10, y: 20, width: 100, height: 40 } as const;
const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);

describe('measures of a shape', () => {
  it('are told in pixels only where nobody knows how large those are', () => {
    const measures = measuresOf(box, image, format);
    expect(measures.every((measure) => measure.real === undefined)).toBe(true);
    expect(measures).toContainEqual({ name: 'perimeter', text: '280 px' });
    expect(measures).toContainEqual({ name: 'area', text: '4000 px²' });
  });

  it('follow pixels that are not square', () => {
    expect(measuresOf(box, calibrated, format)).toEqual([
      { name: 'position', text: '10, 20 px', real: '5, 5 µm' },
      { name: 'size', text: '100 × 40 px', real: '50 × 10 µm' },
      { name: 'perimeter', text: '280 px', real: '120 µm' },
      { name: 'area', text: '4000 px²', real: '500 µm²' },
    ]);
  });

  it('are times and frequencies where the axes are', () => {
    const axes = {
      x: { unit: 's', perPixel: 0.01, origin: 0 },
      y: { unit: 'Hz', perPixel: -20, origin: 10_000 },
    } as const;
    const measures = measuresOf(box, { ...image, axes }, format);
    expect(measures.slice(0, 2)).toEqual([
      { name: 'position', text: '10, 20 px', real: '100 ms – 1.1 s, 8.8 kHz – 9.6 kHz' },
      { name: 'size', text: '100 × 40 px', real: '1 s, 800 Hz' },
    ]);
    expect(measures.slice(2).every(({ real }) => real === undefined)).toBe(true);
    const [place] = measuresOf({ kind: 'point', x: 100, y: 200 }, { ...image, axes }, format);
    expect(place?.real).toBe('1 s, 6 kHz');
  });

  it('are those that its kind has', () => {
    expect(names(measuresOf({ kind: 'point', x: 1, y: 2 }, image, format))).toEqual(['position']);
    expect(names(measuresOf({ kind: 'line', points: [0, 0, 3, 4] }, image, format))).toEqual([
      'position',
      'size',
      'length',
      'vertices',
    ]);
    expect(names(measuresOf({ kind: 'image' }, image, format))).toEqual(['position', 'size', 'area']);
  });
});

describe('the area of several shapes', () => {
  it('is their sum, and unknown in µm² without calibration', () => {
    const shapes = [box, { kind: 'point', x: 1, y: 2 } as const, box];
    expect(totalArea(shapes, image)).toEqual({ px: 8000, um: undefined });
    expect(totalArea(shapes, calibrated)).toEqual({ px: 8000, um: 1000 });
  });

  it('is told in mm² where it is large', () => {
    expect(formatArea(99_999.4, format)).toBe('99999 µm²');
    expect(formatArea(1_234_567, format)).toBe('1.23 mm²');
  });
});
