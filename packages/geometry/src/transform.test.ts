import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { area, corners, outline, perimeter, rotate, scale, translate, type Geometry } from './index.ts';
import { anyGeometry, pointsOf, RUN } from '../test/arbitraries.ts';

const shift = fc.double({ min: -10_000, max: 10_000, noNaN: true });
const image = { width: 1, height: 1 };

/** Asserts that the outline of a changed geometry is its outline changed point by point. */
function expectMoved(before: Geometry, after: Geometry, move: (x: number, y: number) => [number, number]): void {
  if (before.kind === 'ellipse') return; // drawn from another start, judged by area and perimeter below
  const expected = pointsOf(outline(before, 1)).map(([x, y]) => move(x, y));
  pointsOf(outline(after, 1)).forEach(([x, y], i) => {
    expect(Math.hypot(x - expected[i]![0], y - expected[i]![1])).toBeLessThan(1e-6);
  });
}

describe('translate, scale and rotate', () => {
  it('move every point of the outline', () => {
    fc.assert(
      fc.property(anyGeometry, shift, shift, (geometry, x, y) => {
        expectMoved(geometry, translate(geometry, x, y), (px, py) => [px + x, py + y]);
        expectMoved(geometry, scale(geometry, 1.5, x, y), (px, py) => [x + (px - x) * 1.5, y + (py - y) * 1.5]);
        expectMoved(geometry, rotate(geometry, 0.3, x, y), (px, py) => [
          x + (px - x) * Math.cos(0.3) - (py - y) * Math.sin(0.3),
          y + (px - x) * Math.sin(0.3) + (py - y) * Math.cos(0.3),
        ]);
      }),
      RUN,
    );
  });

  it('keep or square the measures', () => {
    fc.assert(
      fc.property(anyGeometry, shift, (geometry, x) => {
        if (geometry.kind === 'image') return;
        const length = perimeter(geometry, { image });
        const tolerance = 1e-6 * (1 + length);
        expect(Math.abs(perimeter(rotate(geometry, 1, x, 5)) - length)).toBeLessThan(tolerance);
        expect(Math.abs(perimeter(scale(geometry, 3, x, 5)) - 3 * length)).toBeLessThan(3 * tolerance);
        if (geometry.kind === 'ellipse') expect(area(scale(geometry, 3, x, 5)) / area(geometry)).toBeCloseTo(9, 6);
      }),
      RUN,
    );
  });

  it('turn clockwise on the screen, where y runs down', () => {
    expect(rotate({ kind: 'point', x: 10, y: 0 }, Math.PI / 2, 0, 0)).toMatchObject({ y: 10 });
    const box = rotate({ kind: 'ellipse', cx: 10, cy: 0, rx: 2, ry: 1 }, Math.PI / 2, 0, 0);
    expect(box).toMatchObject({ cy: 10, rx: 2, ry: 1, angle: Math.PI / 2 });
  });

  it('leave the whole image alone and refuse to scale by nothing', () => {
    expect(scale({ kind: 'image' }, 2, 0, 0)).toEqual({ kind: 'image' });
    for (const factor of [0, -1, NaN, Infinity]) {
      expect(() => scale({ kind: 'point', x: 1, y: 1 }, factor, 0, 0)).toThrow(
        expect.objectContaining({ code: 'GEOMETRY_NUMBER' }),
      );
    }
  });
});

describe('corners', () => {
  it('run clockwise from the top left, turned about the centre', () => {
    expect(corners({ kind: 'box', x: 1, y: 2, width: 10, height: 4 })).toEqual([1, 2, 11, 2, 11, 6, 1, 6]);
    const turned = corners({ kind: 'box', x: 1, y: 2, width: 10, height: 4, angle: Math.PI / 2 });
    [8, -1, 8, 9, 4, 9, 4, -1].forEach((expected, i) => expect(turned[i]).toBeCloseTo(expected, 9));
  });
});

describe('outline', () => {
  it('closes what is closed and keeps lines open', () => {
    expect(outline({ kind: 'line', points: [0, 0, 1, 1] }, 1)).toEqual([[0, 0, 1, 1]]);
    expect(outline({ kind: 'polygon', polygons: [[[0, 0, 2, 0, 2, 2]]] }, 1)).toEqual([[0, 0, 2, 0, 2, 2, 0, 0]]);
    expect(outline({ kind: 'point', x: 1, y: 2 }, 1)).toEqual([[1, 2]]);
    expect(outline({ kind: 'image' }, 1)).toEqual([]);
  });

  it('draws an ellipse within the tolerance, with few points', () => {
    for (const tolerance of [0.01, 0.1, 1]) {
      const [line] = outline({ kind: 'ellipse', cx: 0, cy: 0, rx: 100, ry: 100 }, tolerance) as [number[]];
      const chordMiddle = Math.hypot((line[0]! + line[2]!) / 2, (line[1]! + line[3]!) / 2);
      expect(100 - chordMiddle).toBeLessThanOrEqual(tolerance);
      expect(100 - chordMiddle).toBeGreaterThan(tolerance / 2);
    }
  });

  it('refuses a tolerance of nothing', () => {
    expect(() => outline({ kind: 'image' }, 0)).toThrow(expect.objectContaining({ code: 'GEOMETRY_NUMBER' }));
  });
});
