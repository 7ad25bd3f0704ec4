import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { area, bounds, checkGeometry, checkInsideImage, decodeGeometry, encodeGeometry, snap } from './index.ts';
import type { Geometry } from './index.ts';
import { anyGeometry, RUN, starRing } from '../test/arbitraries.ts';
import { ringArea2 } from './orient.ts';

function codeOf(value: unknown): string {
  const result = checkGeometry(value);
  return result.ok ? 'ok' : `${result.code} ${result.path}`;
}

function cleanRings(...rings: number[][]): readonly (readonly number[])[] {
  const result = checkGeometry({ kind: 'polygon', polygons: [rings] });
  if (!result.ok || result.geometry.kind !== 'polygon') throw new Error(JSON.stringify(result));
  return result.geometry.polygons[0]!;
}

const square = [0, 0, 10, 0, 10, 10, 0, 10];

describe('checkGeometry', () => {
  it.each([
    [undefined, 'GEOMETRY_KIND '],
    [null, 'GEOMETRY_KIND '],
    ['box', 'GEOMETRY_KIND '],
    [[1, 2], 'GEOMETRY_KIND '],
    [{}, 'GEOMETRY_KIND /kind'],
    [{ kind: 'circle' }, 'GEOMETRY_KIND /kind'],
    [{ kind: 'toString' }, 'GEOMETRY_KIND /kind'],
    [{ kind: 'point', x: 1 }, 'GEOMETRY_NUMBER /y'],
    [{ kind: 'point', x: '1', y: 1 }, 'GEOMETRY_NUMBER /x'],
    [{ kind: 'point', x: NaN, y: 1 }, 'GEOMETRY_NUMBER /x'],
    [{ kind: 'point', x: 1, y: -Infinity }, 'GEOMETRY_NUMBER /y'],
    [{ kind: 'point', x: 1e308, y: 1 }, 'GEOMETRY_OUT_OF_RANGE /x'],
    [{ kind: 'point', x: 2 ** 21, y: -(2 ** 21) }, 'ok'],
    [{ kind: 'point', x: 2 ** 21 + 1, y: 0 }, 'GEOMETRY_OUT_OF_RANGE /x'],
    [{ kind: 'box', x: 0, y: 0, width: 0, height: 5 }, 'GEOMETRY_EMPTY /width'],
    [{ kind: 'box', x: 0, y: 0, width: 5, height: -5 }, 'GEOMETRY_EMPTY /height'],
    [{ kind: 'box', x: 0, y: 0, width: 0.001, height: 5 }, 'GEOMETRY_EMPTY /width'],
    [{ kind: 'box', x: 2_000_000, y: 0, width: 200_000, height: 5 }, 'GEOMETRY_OUT_OF_RANGE /width'],
    [{ kind: 'box', x: 0, y: 0, width: 5, height: 5, angle: null }, 'GEOMETRY_NUMBER /angle'],
    [{ kind: 'ellipse', cx: 0, cy: 0, rx: 1, ry: 0 }, 'GEOMETRY_EMPTY /ry'],
    [{ kind: 'ellipse', cx: 0, cy: 0, rx: 1, ry: 1e7 }, 'GEOMETRY_OUT_OF_RANGE /ry'],
    [{ kind: 'line' }, 'GEOMETRY_KIND /points'],
    [{ kind: 'line', points: [] }, 'GEOMETRY_TOO_FEW_POINTS /points'],
    [{ kind: 'line', points: [1, 2, 1, 2] }, 'GEOMETRY_TOO_FEW_POINTS /points'],
    [{ kind: 'line', points: [1, 2, 3] }, 'GEOMETRY_NUMBER /points'],
    [
      {
        kind: 'line',
        points: [
          [1, 2],
          [3, 4],
        ],
      },
      'GEOMETRY_NUMBER /points/0',
    ],
    [{ kind: 'line', points: [1, 2, 3, 1e9] }, 'GEOMETRY_OUT_OF_RANGE /points/3'],
    [{ kind: 'line', points: new Array(200_002).fill(0) }, 'GEOMETRY_TOO_LARGE /points'],
    [{ kind: 'polygon', polygons: [] }, 'GEOMETRY_EMPTY /polygons'],
    [{ kind: 'polygon', polygons: [[square], []] }, 'GEOMETRY_EMPTY /polygons/1'],
    [{ kind: 'polygon', polygons: [square] }, 'GEOMETRY_KIND /polygons/0/0'],
    [{ kind: 'polygon', polygons: [[[0, 0, 5, 5, 0, 0]]] }, 'GEOMETRY_TOO_FEW_POINTS /polygons/0/0'],
    [{ kind: 'polygon', polygons: [[[0, 0, 5, 5, 9, 9]]] }, 'GEOMETRY_ZERO_AREA /polygons/0/0'],
    [{ kind: 'polygon', polygons: [[[0, 0, 10, 10, 10, 0, 0, 10]]] }, 'GEOMETRY_SELF_CROSSING /polygons/0/0'],
    [{ kind: 'polygon', polygons: [[square, [5, 5, 20, 6, 6, 6]]] }, 'GEOMETRY_SELF_CROSSING /polygons/0/1'],
    [{ kind: 'polygon', polygons: [[square, [20, 0, 30, 0, 30, 10]]] }, 'GEOMETRY_HOLE_OUTSIDE /polygons/0/1'],
    [{ kind: 'polygon', polygons: [[square, new Array(200_000).fill(0)]] }, 'GEOMETRY_TOO_LARGE /polygons/0/1'],
    [{ kind: 'polygon', polygons: [[square], new Array(10_000).fill(square)] }, 'GEOMETRY_TOO_LARGE /polygons/1'],
    [{ kind: 'polygon', polygons: [[square], [square]] }, 'ok'],
    [{ kind: 'image', x: 'what is not known is dropped' }, 'ok'],
  ])('judges %j', (value, expected) => {
    expect(codeOf(value)).toBe(expected);
  });

  it('says what is wrong with which value and what to do', () => {
    expect(checkGeometry({ kind: 'polygon', polygons: [[[0, 0, 10, 10, 10, 0, 0, 10]]] })).toMatchObject({
      message:
        'The outline crosses or overlaps itself near (5, 5). Move the points there so that its edges no longer meet, or split the shape.',
    });
    expect(checkGeometry({ kind: 'circle' })).toMatchObject({
      message: 'There is no geometry of kind "circle". Known kinds: point, box, ellipse, line, polygon, image.',
    });
  });

  it('drops points that repeat the one before and the closing point', () => {
    expect(cleanRings([0, 0, 0, 0, 10, 0, 10, 0.001, 10, 10, 0, 10, 0, 0])).toEqual([square]);
  });

  it('turns outlines clockwise on the screen and holes the other way, keeping the first point', () => {
    const outline = [0, 0, 0, 10, 10, 10, 10, 0];
    const hole = [2, 2, 4, 2, 4, 4];
    expect(cleanRings(outline, hole)).toEqual([square, [2, 2, 4, 4, 4, 2]]);
  });

  it('drops what it does not know', () => {
    expect(checkGeometry({ kind: 'point', x: 1, y: 2, id: 7 })).toEqual({
      ok: true,
      geometry: { kind: 'point', x: 1, y: 2 },
    });
  });

  it('accepts stars, snaps them and gives the same when asked again', () => {
    fc.assert(
      fc.property(starRing, (ring) => {
        const [clean] = cleanRings(ring);
        expect(ringArea2(clean!.map((v) => v * 256))).toBeGreaterThan(0);
        expect(cleanRings([...clean!])).toEqual([clean]);
        const before = area({ kind: 'polygon', polygons: [[ring]] });
        // Each point moves by at most 1/362 px, so the area by less than that times the perimeter.
        expect(Math.abs(area({ kind: 'polygon', polygons: [[clean!]] }) - before)).toBeLessThan(
          ring.length * 1000 * 0.003,
        );
      }),
      RUN,
    );
  });

  it('gives only what the packed format carries without loss', () => {
    fc.assert(
      fc.property(anyGeometry, (geometry) => {
        const result = checkGeometry(structuredClone(geometry));
        if (!result.ok) return;
        expect(snap(result.geometry)).toEqual(result.geometry);
        expect(decodeGeometry(encodeGeometry(result.geometry))).toEqual(result.geometry);
      }),
      RUN,
    );
  });

  it('never throws, whatever it is given', () => {
    const number = fc.oneof(fc.double(), fc.anything());
    const list = fc.oneof(
      fc.array(number),
      fc.array(fc.array(fc.oneof(fc.array(number), fc.anything()))),
      fc.anything(),
    );
    const kind = fc.constantFrom('point', 'box', 'ellipse', 'line', 'polygon', 'image', 1);
    const keys = ['x', 'y', 'width', 'height', 'angle', 'cx', 'cy', 'rx', 'ry'];
    const fields = fc.dictionary(fc.constantFrom(...keys), number);
    const value = fc.oneof(
      fc.anything(),
      fc.tuple(kind, fields, list).map(([k, more, l]) => ({ ...more, kind: k, points: l, polygons: l })),
    );
    fc.assert(
      fc.property(value, (v) => typeof checkGeometry(v).ok === 'boolean'),
      { ...RUN, numRuns: 2000 },
    );
  });

  it('answers the worst shapes of 100,000 points without trying all pairs', () => {
    // Diagonal teeth: each pair of bounding boxes overlaps, five thousand million pairs in all.
    const teeth = Array.from({ length: 50_000 }, (_, i) => [
      i,
      i + 1_000_000,
      i + 1_000_000,
      i,
      i + 1_000_000.25,
      i + 0.25,
      i + 0.5,
      i + 1_000_000.5,
    ]);
    const ring = [...teeth.slice(0, 24_990).flat(), 1_900_000, 1_900_000, -10, 1_900_000];
    const start = process.cpuUsage(); // not the clock: other tests run beside this one
    expect(codeOf({ kind: 'polygon', polygons: [[ring]] })).toBe('ok');
    // About 0.3 s; all pairs would take half a minute.
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(5000);
  });
});

describe('checkInsideImage', () => {
  const isInside = (geometry: Geometry): boolean => checkInsideImage(geometry, 100, 50).ok;

  it('asks for a part inside, and the border counts', () => {
    expect(isInside({ kind: 'point', x: 100, y: 50 })).toBe(true);
    expect(isInside({ kind: 'point', x: 100.1, y: 50 })).toBe(false);
    expect(isInside({ kind: 'box', x: -20, y: -20, width: 300, height: 300 })).toBe(true);
    expect(isInside({ kind: 'line', points: [-10, 10, 10, -20] })).toBe(false);
    expect(isInside({ kind: 'image' })).toBe(true);
  });

  it('refuses an image that lies in a hole', () => {
    const polygons = [
      [
        [-100, -100, 300, -100, 300, 300, -100, 300],
        [-10, -10, -10, 200, 200, 200, 200, -10],
      ],
    ];
    expect(isInside({ kind: 'polygon', polygons })).toBe(false);
  });

  it('tells code and size of the image', () => {
    expect(checkInsideImage({ kind: 'point', x: -1, y: 5 }, 100, 50)).toMatchObject({
      ok: false,
      code: 'GEOMETRY_OUTSIDE_IMAGE',
      message: expect.stringContaining('100 × 50 px'),
    });
  });

  it('agrees with the bounds where these are enough to know', () => {
    fc.assert(
      fc.property(starRing, (ring) => {
        const polygon: Geometry = { kind: 'polygon', polygons: [[ring]] };
        const { minX, minY, maxX, maxY } = bounds(polygon);
        if (maxX < 0 || maxY < 0 || minX > 1000 || minY > 1000)
          expect(checkInsideImage(polygon, 1000, 1000).ok).toBe(false);
        if (ring.some((x, i) => i % 2 === 0 && x >= 0 && x <= 1000 && ring[i + 1]! >= 0 && ring[i + 1]! <= 1000)) {
          expect(checkInsideImage(polygon, 1000, 1000).ok).toBe(true);
        }
      }),
      RUN,
    );
  });
});
