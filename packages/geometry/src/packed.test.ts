import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeRing } from '../bench/measure.ts';
import { anyGeometry, RUN } from '../test/arbitraries.ts';
import {
  GeometryError,
  decodeGeometry,
  encodeGeometry,
  packedKind,
  skipGeometry,
  snap,
  type Geometry,
} from './index.ts';

const hex = (geometry: Geometry): string => Buffer.from(encodeGeometry(geometry)).toString('hex');

describe('packed geometry', () => {
  it('comes back as it was, snapped', () => {
    fc.assert(
      fc.property(anyGeometry, (geometry) => {
        const bytes = encodeGeometry(geometry);
        expect(decodeGeometry(bytes)).toEqual(snap(geometry));
        expect(encodeGeometry(decodeGeometry(bytes))).toEqual(bytes);
        expect(packedKind(bytes)).toBe(geometry.kind);
      }),
      { ...RUN, numRuns: 1000 },
    );
  });

  it('tells its own length, so that many can stand in a row', () => {
    fc.assert(
      fc.property(fc.array(anyGeometry, { maxLength: 8 }), (geometries) => {
        const bytes = new Uint8Array(geometries.flatMap((geometry) => [...encodeGeometry(geometry)]));
        let offset = 0;
        for (const geometry of geometries) {
          expect(decodeGeometry(bytes, offset)).toEqual(snap(geometry));
          offset = skipGeometry(bytes, offset);
        }
        expect(offset).toBe(bytes.length);
      }),
      RUN,
    );
  });

  // These bytes stand in databases. A change here makes them unreadable.
  it.each<[Geometry, string]>([
    [{ kind: 'point', x: 3, y: -2 }, '400603'],
    [{ kind: 'point', x: 0.5, y: 100 }, '3802 9003'],
    [{ kind: 'point', x: 1 / 256, y: 0 }, '000200'],
    [{ kind: 'box', x: 10, y: 20, width: 300, height: 5 }, '411428ac0205'],
    [{ kind: 'box', x: 10, y: 20, width: 300, height: 5, angle: -0.000001 }, 'c11428ac020501'],
    [{ kind: 'ellipse', cx: 1, cy: 1, rx: 2, ry: 3 }, '4202020203'],
    [{ kind: 'line', points: [1, 1, 2, 0] }, '430202020201'],
    [{ kind: 'polygon', polygons: [[[0, 0, 4, 0, 4, 4]]] }, 'c403000008000008'],
    [
      {
        kind: 'polygon',
        polygons: [
          [
            [0, 0, 9, 0, 9, 9],
            [5, 2, 6, 3, 6, 2],
          ],
        ],
      },
      '44010203000012000012 03070d 0202 0001',
    ],
    [{ kind: 'image' }, '05'],
  ])('%j is %s', (geometry, expected) => {
    expect(hex(geometry)).toBe(expected.replaceAll(' ', ''));
  });

  it('takes at most 70 bytes for the outline of a cell of 30 points', () => {
    for (let i = 0; i < 100; i++) {
      expect(encodeGeometry({ kind: 'polygon', polygons: [[makeRing(i, 30)]] }).length).toBeLessThanOrEqual(70);
    }
  });

  it('keeps the largest numbers', () => {
    const far = 2 ** 21;
    const geometry: Geometry = { kind: 'line', points: [-far, far, far, -far, far - 1 / 256, far, -far, -far] };
    expect(decodeGeometry(encodeGeometry(geometry))).toEqual(geometry);
    const box: Geometry = { kind: 'box', x: -far, y: -far, width: 2 * far, height: 2 * far - 1 / 256 };
    expect(decodeGeometry(encodeGeometry(box))).toEqual(box);
  });

  it.each([2 ** 21 + 1, NaN, Infinity])('refuses to pack the coordinate %d', (x) => {
    expect(() => encodeGeometry({ kind: 'point', x, y: 0 })).toThrow(
      expect.objectContaining({ code: 'GEOMETRY_OUT_OF_RANGE' }),
    );
    expect(() => encodeGeometry({ kind: 'line', points: [0, 0, x, 0] })).toThrow(GeometryError);
  });

  it.each([
    ['nothing', ''],
    ['an unknown kind', '46'],
    ['a shift beyond 8', '4a00'],
    ['a cut number', '4080'],
    ['a number above 32 bits', '40ffffffff1f00'],
    ['an endless number', '40ffffffffffffffff'],
    ['a line of one point', '43010000'],
    ['more points than bytes', '43ffff0500000000'],
    ['a polygon without rings', '440100000000000000000000'],
    ['four thousand million polygons', '44ffffffff0f'],
  ])('refuses %s', (_, text) => {
    const bytes = Uint8Array.from(Buffer.from(text, 'hex'));
    expect(() => decodeGeometry(bytes)).toThrow(expect.objectContaining({ code: 'GEOMETRY_PACKED' }));
  });

  it('refuses an offset outside of the data', () => {
    expect(() => decodeGeometry(encodeGeometry({ kind: 'image' }), 1)).toThrow(/no packed geometry at byte 1/);
    expect(() => skipGeometry(new Uint8Array(4), -1)).toThrow(GeometryError);
  });

  it('answers any bytes with a geometry of no more numbers than bytes, or a GeometryError', () => {
    const header = fc.constantFrom(0x40, 0x41, 0xc1, 0x42, 0x43, 0x44, 0xc4, 0x04);
    const noise = fc.uint8Array({ maxLength: 400 });
    const small = fc.array(fc.nat(9), { maxLength: 60 }).map((list) => Uint8Array.from(list));
    const bytes = fc.oneof(
      noise,
      fc.tuple(header, fc.oneof(noise, small)).map(([first, rest]) => Uint8Array.of(first, ...rest)),
    );
    let decoded = 0;
    fc.assert(
      fc.property(bytes, (data) => {
        try {
          const geometry = decodeGeometry(data);
          decoded++;
          expect(JSON.stringify(geometry).split(',').length).toBeLessThanOrEqual(data.length + 8);
          expect(skipGeometry(data)).toBeLessThanOrEqual(data.length);
        } catch (error) {
          expect(error).toBeInstanceOf(GeometryError);
        }
      }),
      { ...RUN, numRuns: 10_000 },
    );
    expect(decoded).toBeGreaterThan(1000);
  });
});
