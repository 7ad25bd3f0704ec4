import { describe, expect, it } from 'vitest';
import { fieldSizeOf } from './index.ts';

const view = { width: 1200, height: 800 };
const scale = { mppX: 0.25, mppY: 0.25 };

describe('the size of fields', () => {
  it('by magnification is what the view shows at it: 40× is 0.25 µm a pixel', () => {
    expect(fieldSizeOf({ by: 'magnification', magnification: 40 }, view, scale)).toEqual({ ...view, downsample: 1 });
    expect(fieldSizeOf({ by: 'magnification', magnification: 10 }, view, scale)).toEqual({
      ...{ width: 4800, height: 3200, downsample: 4 },
    });
  });

  it('by micrometres follows the scale of each axis, and is looked at as large as fits into the view', () => {
    const size = fieldSizeOf({ by: 'um', width: 600, height: 300 }, view, { mppX: 0.25, mppY: 0.5 });
    expect(size).toEqual({ width: 2400, height: 600, downsample: 2 });
  });

  it('by pixels needs no scale, and never asks to enlarge pixels', () => {
    expect(fieldSizeOf({ by: 'px', width: 600, height: 400 }, view, {})).toEqual({
      ...{ width: 600, height: 400, downsample: 1 },
    });
  });

  it.each([{ by: 'magnification', magnification: 20 } as const, { by: 'um', width: 500, height: 500 } as const])(
    'by $by is refused where the image has no scale, with the way out',
    (choice) => {
      for (const unknown of [{}, { mppX: 0.25 }, { mppX: 0, mppY: 0 }, { mppX: NaN, mppY: 0.25 }]) {
        const ask = () => fieldSizeOf(choice, view, unknown);
        expect(ask).toThrow(expect.objectContaining({ code: 'SCALE_UNKNOWN' }) as Error);
        expect(ask).toThrow(/Calibrate the image, or give the size of fields in pixels/);
      }
    },
  );

  it.each([
    ['no magnification', { by: 'magnification', magnification: 0 } as const, view],
    ['no width', { by: 'px', width: 0, height: 10 } as const, view],
    ['no number', { by: 'um', width: NaN, height: 10 } as const, view],
    ['a view of no size', { by: 'px', width: 10, height: 10 } as const, { width: 0, height: 10 }],
  ])('is refused of %s', (_, choice, window) => {
    expect(() => fieldSizeOf(choice, window, scale)).toThrow(expect.objectContaining({ code: 'FIELD_SIZE' }) as Error);
  });
});
