import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enlarged, fitting, within } from './picture-zoom.ts';

const size = fc.record({ width: fc.integer({ min: 1, max: 9000 }), height: fc.integer({ min: 1, max: 9000 }) });

describe('a picture in its frame', () => {
  it('is shown as a whole, and a small one no larger than it is', () => {
    expect(fitting({ width: 2000, height: 1000 }, { width: 500, height: 500 })).toEqual({ scale: 0.25, x: 0, y: 0 });
    expect(fitting({ width: 20, height: 10 }, { width: 500, height: 500 }).scale).toBe(1);
  });

  it('keeps what is under the pointer in its place when it is enlarged', () => {
    const [picture, frame] = [
      { width: 4000, height: 3000 },
      { width: 400, height: 300 },
    ];
    const at = { x: 60, y: -20 };
    const before = fitting(picture, frame);
    const after = enlarged(before, 4, at, picture, frame);
    expect((at.x - after.x) / after.scale).toBeCloseTo((at.x - before.x) / before.scale);
    expect((at.y - after.y) / after.scale).toBeCloseTo((at.y - before.y) / before.scale);
  });

  it('never leaves the frame, whatever is done to it', () => {
    fc.assert(
      fc.property(
        size,
        size,
        fc.array(fc.tuple(fc.double({ min: 0.2, max: 5, noNaN: true }), fc.integer({ min: -900, max: 900 })), {
          maxLength: 8,
        }),
        (picture, frame, steps) => {
          let place = fitting(picture, frame);
          for (const [factor, by] of steps) {
            place = enlarged(place, factor, { x: by, y: -by }, picture, frame);
            place = within({ ...place, x: place.x + by, y: place.y + by }, picture, frame);
            const reach = Math.max(0, (picture.width * place.scale - frame.width) / 2);
            expect(Math.abs(place.x)).toBeLessThanOrEqual(reach + 1e-6);
            expect(Number.isFinite(place.scale) && place.scale > 0).toBe(true);
          }
        },
      ),
    );
  });
});
