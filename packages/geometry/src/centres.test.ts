import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RUN } from '../test/arbitraries.ts';
import { type Centre, CentresBuilder, decodeCentres, FRAME_FLAGS, GeometryError } from './index.ts';

const centre: fc.Arbitrary<Centre> = fc.record({
  x: fc.double({ min: -(2 ** 21), max: 2 ** 21, noNaN: true }),
  y: fc.double({ min: -(2 ** 21), max: 2 ** 21, noNaN: true }),
  size: fc.oneof(fc.double({ min: 0, max: 300, noNaN: true }), fc.nat(200_000)),
  templateId: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.nat(2 ** 31 - 1)),
  flags: fc.nat(255),
});

function encode(centres: readonly Centre[], cursor = 0): Uint8Array<ArrayBuffer> {
  const builder = new CentresBuilder(cursor);
  for (const one of centres) builder.append(one);
  return builder.finish();
}

describe('centres', () => {
  it('give back what was put in, in whole pixels', () => {
    fc.assert(
      fc.property(fc.array(centre, { maxLength: 60 }), fc.maxSafeNat(), (put, cursor) => {
        const got = decodeCentres(encode(put, cursor));
        expect([got.count, got.cursor]).toEqual([put.length, cursor]);
        put.forEach((one, i) => {
          expect([got.x[i], got.y[i]]).toEqual([Math.floor(one.x) + 0, Math.floor(one.y) + 0]);
          expect(got.size[i]).toBe(Math.min(Math.ceil(one.size), 65_535));
          expect(got.templateIds[got.templateIndex[i]!]).toBe(one.templateId);
          expect(got.flags[i]).toBe(one.flags);
        });
        expect(new Set(got.templateIds).size).toBe(got.templateIds.length);
      }),
      RUN,
    );
  });

  it('grow beyond their first room, at 13 bytes each', () => {
    const put = Array.from({ length: 5000 }, (_, i): Centre => ({
      x: i,
      y: -i,
      size: i,
      templateId: i % 7,
      flags: i % 2 ? FRAME_FLAGS.rejected : 0,
    }));
    const bytes = encode(put);
    expect(bytes.length).toBe(32 + 7 * 4 + 13 * 5000);
    const got = decodeCentres(bytes);
    expect([got.x[4999], got.y[4999], got.size[4999], got.flags[4999]]).toEqual([4999, -4999, 4999, 16]);
  });

  it('bring UUIDs along where they were put in, and nothing more than before where not', () => {
    const uuidOf = (i: number): Uint8Array => Uint8Array.from({ length: 16 }, (_, k) => (i * 7 + k) % 256);
    const builder = new CentresBuilder(5, { withUuids: true });
    for (let i = 0; i < 3000; i++) builder.append({ x: i, y: 0, size: 1, templateId: i % 3, flags: 0 }, uuidOf(i));
    const bytes = builder.finish();
    expect(bytes.length).toBe(32 + 3 * 4 + (13 + 16) * 3000);
    const { uuids, count, cursor } = decodeCentres(bytes);
    expect([count, cursor, uuids?.length]).toEqual([3000, 5, 48_000]);
    for (const i of [0, 1023, 1024, 2999]) expect(uuids?.slice(16 * i, 16 * i + 16)).toEqual(uuidOf(i));
    expect(decodeCentres(encode([])).uuids).toBeUndefined();
    const dot = { x: 0, y: 0, size: 0, templateId: 1, flags: 0 };
    expect(() => builder.append(dot)).toThrow('without the 16 bytes of its UUID');
    expect(() => builder.append(dot, new Uint8Array(4))).toThrow(GeometryError);
    for (let length = 0; length < 100; length++)
      expect(() => decodeCentres(bytes.slice(0, bytes.length - 1 - length))).toThrow(GeometryError);
  });

  it('are views on the bytes they came in, copied only from an odd place', () => {
    const bytes = encode([{ x: 1, y: 2, size: 3, templateId: 4, flags: 1 }]);
    const got = decodeCentres(bytes);
    for (const view of [got.x, got.y, got.size, got.templateIds, got.templateIndex, got.flags])
      expect(view.buffer).toBe(bytes.buffer);
    const odd = Buffer.concat([Buffer.from('x'), bytes]).subarray(1);
    expect([...decodeCentres(odd).x]).toEqual([1]);
  });

  it('refuse a broken cursor and more templates than an index can name', () => {
    expect(() => new CentresBuilder(-1)).toThrow(expect.objectContaining({ code: 'GEOMETRY_CENTRES' }));
    const builder = new CentresBuilder();
    for (let templateId = 0; templateId < 2 ** 16; templateId++)
      builder.append({ x: 0, y: 0, size: 0, templateId, flags: 0 });
    expect(() => builder.append({ x: 0, y: 0, size: 0, templateId: -1, flags: 0 })).toThrow(/at most 65536 templates/);
    expect(builder.count).toBe(2 ** 16);
  });

  it('refuse to be opened when cut or damaged, and never fail in another way', () => {
    const good = encode([
      { x: 1, y: 2, size: 3, templateId: 4, flags: 1 },
      { x: 5, y: 6, size: 7, templateId: 8, flags: 0 },
      { x: 5, y: 6, size: 7, templateId: 8, flags: 0 },
    ]);
    for (let length = 0; length < good.length; length++)
      expect(() => decodeCentres(good.slice(0, length))).toThrow(expect.objectContaining({ code: 'GEOMETRY_CENTRES' }));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (changes) => {
          const bytes = good.slice();
          for (const [at, value] of changes) bytes[at] = value;
          try {
            const got = decodeCentres(bytes);
            for (const index of got.templateIndex) expect(index).toBeLessThan(got.templateIds.length);
          } catch (error) {
            expect(error).toBeInstanceOf(GeometryError);
          }
        },
      ),
      { ...RUN, numRuns: 5000 },
    );
  });
});
