import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyGeometry, RUN } from '../test/arbitraries.ts';
import {
  corners,
  countVertices,
  decodeGeometry,
  encodeGeometry,
  GeometryError,
  parseUuid,
  readRings,
  readUuid,
  RingList,
  type Geometry,
} from './index.ts';

/** What is to be read: the numbers of each ring, and whether it is a hole. */
function ringsOf(geometry: Geometry): (readonly [readonly number[], boolean])[] {
  if (geometry.kind === 'point') return [[[geometry.x, geometry.y], false]];
  if (geometry.kind === 'line') return [[geometry.points, false]];
  if (geometry.kind === 'polygon')
    return geometry.polygons.flatMap((rings) => rings.map((ring, i) => [ring, i > 0] as const));
  return geometry.kind === 'box' && geometry.angle === undefined ? [[corners(geometry), false]] : [];
}

const ringsIn = (rings: RingList): (readonly [readonly number[], boolean])[] =>
  Array.from({ length: rings.count }, (_, i) => [
    [...rings.xy.subarray(i === 0 ? 0 : rings.ends[i - 1], rings.ends[i])],
    rings.holes[i] === 1,
  ]);

describe('rings of packed geometry', () => {
  it('are those of the geometry, one after the other in the same list', () => {
    const rings = new RingList();
    fc.assert(
      fc.property(fc.array(anyGeometry, { maxLength: 6 }), (geometries) => {
        const all = geometries.map((geometry) => encodeGeometry(geometry));
        const bytes = new Uint8Array(all.flatMap((one) => [...one]));
        let start = 0;
        for (const one of all) {
          const expected = ringsOf(decodeGeometry(one));
          expect(readRings(bytes, start, start + one.length, rings)).toBe(expected.length > 0);
          expect(ringsIn(rings)).toEqual(expected);
          const vertices = expected.reduce((sum, [ring]) => sum + ring.length / 2, 0);
          expect(countVertices(bytes, start, start + one.length)).toBe(vertices);
          start += one.length;
        }
      }),
      { ...RUN, numRuns: 500 },
    );
  });

  it('are refused when their bytes are cut, also where others follow', () => {
    const bytes = encodeGeometry({ kind: 'polygon', polygons: [[[0, 0, 400, 0, 400, 400]], [[9, 9, 12, 9, 9, 12]]] });
    const twice = new Uint8Array([...bytes, ...bytes]);
    for (let end = 0; end < bytes.length; end++)
      expect(() => readRings(twice, 0, end, new RingList()), `${end}`).toThrow(
        expect.objectContaining({ code: 'GEOMETRY_PACKED' }),
      );
  });

  it('never fail in another way, whatever the bytes', () => {
    const rings = new RingList();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        for (const read of [
          () => readRings(bytes, 0, bytes.length, rings),
          () => countVertices(bytes, 0, bytes.length),
        ])
          try {
            read();
          } catch (error) {
            expect(error).toBeInstanceOf(GeometryError);
          }
      }),
      { ...RUN, numRuns: 3000 },
    );
  });
});

describe('a UUID as text', () => {
  it('goes to bytes and back', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.nat(8), (uuid, at) => {
        const bytes = new Uint8Array(24);
        expect(parseUuid(uuid, bytes, at)).toBe(true);
        expect(readUuid(bytes, at)).toBe(uuid);
      }),
      RUN,
    );
  });

  it.each([
    '',
    'box',
    '00112233-4455-6677-8899-AABBCCDDEEFF',
    '00112233-4455-6677-8899-aabbccddeefg',
    '00112233-4455-6677-8899-aabbccddee-f',
    '001122334455-6677-8899-aabbccddeeff00',
    '00112233-4455-6677-8899-aabbccddeeff ',
    '00112233-4455-6677-8899-aabbccddeeé0',
  ])('is told from other text: %j', (text) => {
    expect(parseUuid(text, new Uint8Array(16), 0)).toBe(false);
  });
});
