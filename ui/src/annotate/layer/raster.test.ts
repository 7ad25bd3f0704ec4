import type { Geometry } from '@exact/geometry';
import { describe, expect, it } from 'vitest';
import { createShapeRaster } from './raster.ts';
import { Scene } from './scene.ts';
import { IDENTITY } from './transform.ts';

function draw(geometry: Geometry): string[] {
  const scene = new Scene();
  scene.apply({ add: [{ id: 'a', templateId: 1, geometry }] });
  const pixels = new Uint32Array(12 * 12);
  createShapeRaster(scene.store, pixels, 12, 12, IDENTITY).outline(0, 2, 1, 12);
  return Array.from({ length: 12 }, (_, y) =>
    Array.from(pixels.subarray(y * 12, y * 12 + 12), (p) => '.+#'.charAt(p)).join(''),
  );
}

describe('createShapeRaster', () => {
  it('fills a polygon and leaves its hole open', () => {
    const rows = draw({
      kind: 'polygon',
      polygons: [
        [
          [1, 1, 10, 1, 10, 10, 1, 10],
          [4, 4, 4, 7, 7, 7, 7, 4],
        ],
      ],
    });
    expect(rows[5]).toBe('.#++#..#++#.');
    expect(rows[2]).toBe('.#++++++++#.');
  });

  it('does not fill an open line', () => {
    const rows = draw({ kind: 'line', points: [1, 1, 10, 1, 10, 10] });
    expect(rows.join('')).not.toContain('+');
    expect(rows[1]).toMatch(/^\.#{9}/);
  });

  it('cuts off what lies beyond the picture', () => {
    const rows = draw({ kind: 'box', x: -5, y: 3, width: 10, height: 40 });
    expect(rows[3]?.slice(0, 5)).toBe('#####');
    expect(rows[8]).toBe('+++++#......');
  });
});
