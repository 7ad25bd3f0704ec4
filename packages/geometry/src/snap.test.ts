import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyGeometry, RUN } from '../test/arbitraries.ts';
import { snap } from './snap.ts';

describe('snap', () => {
  it('moves numbers to the nearest 1/256 px and angles to the nearest 1e-6 rad', () => {
    expect(snap({ kind: 'box', x: 1.003, y: -0.001, width: 10.5, height: 2, angle: 0.12345678 })).toEqual({
      kind: 'box',
      x: 257 / 256,
      y: 0,
      width: 10.5,
      height: 2,
      angle: 0.123457,
    });
  });

  it('brings angles into half a turn and leaves out an angle of 0', () => {
    const ellipse = { kind: 'ellipse', cx: 0, cy: 0, rx: 2, ry: 1 } as const;
    expect(snap({ ...ellipse, angle: 3 * Math.PI })).toEqual({ ...ellipse, angle: 3.141593 });
    expect(snap({ ...ellipse, angle: 2 * Math.PI })).toEqual(ellipse);
    expect(snap({ ...ellipse, angle: 4 })).toEqual({ ...ellipse, angle: -2.283185 });
  });

  it('keeps the angle within half a turn, however large it was', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (angle) => {
        const box = snap({ kind: 'box', x: 0, y: 0, width: 1, height: 1, angle });
        expect(Math.abs((box.kind === 'box' && box.angle) || 0)).toBeLessThanOrEqual(3.141593);
      }),
      RUN,
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(anyGeometry, (geometry) => {
        const once = snap(geometry);
        expect(snap(once)).toEqual(once);
      }),
      RUN,
    );
  });
});
