import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { area, intersectsBox, type PolygonGeometry } from '../index.ts';
import { intersect, snapToBorders, union } from './index.ts';
import { closeShapes, anyShare, expectClean, OPS_RUN, ringOf, square } from '../../test/shapes.ts';

const box = (x: number, y: number, width: number, height: number): PolygonGeometry => ({
  kind: 'polygon',
  polygons: [[[x, y, x + width, y, x + width, y + height, x, y + height]]],
});
const corners = (shape: PolygonGeometry): string[] => {
  const ring = shape.polygons[0]![0]!;
  return Array.from({ length: ring.length / 2 }, (_, i) => `${ring[2 * i]} ${ring[2 * i + 1]}`).sort();
};

describe('snapToBorders', () => {
  it('stays clean for any two shapes', () => {
    fc.assert(
      fc.property(closeShapes, anyShare(0.01, 0.5), ([a, b], share) => {
        expectClean(snapToBorders(a, [b], share * Math.sqrt(area(a))));
      }),
      OPS_RUN,
    );
  });

  it('closes gaps and overlaps up to the tolerance, and keeps what is farther away', () => {
    expect(corners(snapToBorders(box(10.5, 2, 5, 5), [square(0, 0, 10)], 1))).toEqual(corners(box(10, 2, 5.5, 5)));
    expect(corners(snapToBorders(box(9.5, 2, 5, 5), [square(0, 0, 10)], 1))).toEqual(corners(box(10, 2, 4.5, 5)));
    const far = box(12, 2, 5, 5);
    expect(snapToBorders(far, [square(0, 0, 10)], 1)).toBe(far);
    const deep = box(5, 2, 20, 5);
    expect(snapToBorders(deep, [square(0, 0, 10)], 1)).toBe(deep);
    expect(snapToBorders(far, [], 1)).toBe(far);
  });

  it('takes over the points of the neighbour along the stretch', () => {
    const jagged: PolygonGeometry = {
      kind: 'polygon',
      polygons: [[[0, 0, 10, 0, 10.5, 3, 9.5, 5, 10.25, 7, 10, 10, 0, 10]]],
    };
    const drawn = box(10.2, 0.1, 10, 9.8);
    const snapped = snapToBorders(drawn, [jagged], 1);
    expect(corners(snapped)).toEqual(
      ['10 0', '10 10', '10.25 7', '10.5 3', '20.2 0.1015625', '20.2 9.8984375', '9.5 5']
        .map((text) => text.replaceAll('20.2 ', '20.19921875 '))
        .sort(),
    );
    expect(intersect([snapped, jagged])).toBeUndefined();
    expect(union([snapped, jagged])!.polygons).toHaveLength(1);
    expect(union([snapped, jagged])!.polygons[0]).toHaveLength(1);
  });

  it('follows a finely curved border, drawn by a trembling hand, to the point', () => {
    const cell = ringOf(0, 0, 200, 600, 0.1);
    const ring = cell.polygons[0]![0]!;
    // The right half of the border, 200 px away on the other side, and a hand that is up to 2 px off.
    const hand: number[] = [];
    for (let i = 0; i < 150; i += 3) hand.push(ring[2 * i]! + Math.sin(i) * 2, ring[2 * i + 1]! + Math.cos(2 * i) * 2);
    const drawn = { kind: 'polygon', polygons: [[[...hand, -50, 450, 450, 450, 450, 0]]] } as const;
    const snapped = snapToBorders(drawn, [cell], 3);
    expectClean(snapped);
    const overlap = intersect([snapped, cell]);
    expect(overlap ? area(overlap) : 0).toBeLessThan(20); // at the two ends only
    const own = new Set(corners(snapped));
    const taken = Array.from({ length: 140 }, (_, i) => `${ring[2 * (i + 4)]} ${ring[2 * (i + 4) + 1]}`);
    expect(taken.filter((corner) => !own.has(corner))).toEqual([]);
  });

  it('snaps to several neighbours, and all round', () => {
    const between = snapToBorders(box(10.4, 0.3, 9.3, 9.4), [square(0, 0, 10), square(20, 0, 10)], 1);
    expect(area(between)).toBe(10 * 10 - 10 * (10 - 10));
    const round = snapToBorders(box(-0.5, -0.3, 11, 10.6), [square(0, 0, 10)], 1);
    expect(corners(round)).toEqual(corners(square(0, 0, 10)));
    const hole: PolygonGeometry = {
      kind: 'polygon',
      polygons: [
        [
          [-20, -20, 30, -20, 30, 30, -20, 30],
          [0, 0, 0, 10, 10, 10, 10, 0],
        ],
      ],
    };
    expect(area(snapToBorders(box(0.4, 0.2, 9, 9.5), [hole], 1))).toBe(100);
  });

  it('leaves a shape that would vanish in a border as it was, and refuses a tolerance of nothing', () => {
    const speck = box(9.9, 5, 0.3, 0.3);
    expect(snapToBorders(speck, [square(0, 0, 10)], 1)).toEqual(speck);
    expect(intersectsBox(speck, { minX: 0, minY: 0, maxX: 20, maxY: 20 })).toBe(true);
    expect(() => snapToBorders(speck, [], 0)).toThrow(expect.objectContaining({ code: 'GEOMETRY_NUMBER' }));
  });
});
