import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyGeometry, RUN } from '../test/arbitraries.ts';
import {
  FRAME_FLAGS,
  FrameBuilder,
  FrameWriter,
  GEOMETRY_KINDS,
  GeometryError,
  bounds,
  decodeFrame,
  encodeFrame,
  encodeGeometry,
  frameBytes,
  snap,
} from './index.ts';
import type { FrameRow } from './index.ts';

const id = fc.integer({ min: -1, max: 2 ** 31 - 1 });
const row: fc.Arbitrary<FrameRow> = fc.record({
  uuid: fc.uuid(),
  templateId: id,
  authorId: id,
  revision: id,
  flags: fc.nat(255),
  geometry: anyGeometry,
});
const sample: FrameRow[] = [
  {
    uuid: '00112233-4455-6677-8899-aabbccddeeff',
    templateId: 7,
    authorId: 8,
    revision: 9,
    flags: FRAME_FLAGS.verified,
    geometry: { kind: 'box', x: 1, y: 2, width: 3, height: 4 },
  },
  {
    uuid: 'ffffffff-4455-6677-8899-aabbccddeeff',
    templateId: -1,
    authorId: 1,
    revision: 2,
    geometry: { kind: 'point', x: 100_000 + 1 / 256, y: 5 },
  },
];

describe('frames', () => {
  it('give back what was put in', () => {
    const cursor = fc.nat(2 ** 31 - 1).map((n) => n * 2 ** 22);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), fc.nat(3), cursor, (rows, level, at) => {
        const frame = decodeFrame(encodeFrame(rows, { level, cursor: at }));
        expect([frame.level, frame.cursor, frame.count]).toEqual([level, at, rows.length]);
        rows.forEach((r, i) => {
          expect(frame.uuidAt(i)).toBe(r.uuid);
          expect([frame.templateIds[i], frame.authorIds[i], frame.revisions[i], frame.flags[i]]).toEqual([
            r.templateId,
            r.authorId,
            r.revision,
            r.flags,
          ]);
          expect(GEOMETRY_KINDS[frame.kinds[i]!]).toBe(r.geometry.kind);
          expect(frame.geometryAt(i)).toEqual(snap(r.geometry));
          const inner = bounds(r.geometry);
          const outer = frame.boundsAt(i);
          expect(
            outer.minX <= inner.minX &&
              outer.minY <= inner.minY &&
              outer.maxX >= inner.maxX &&
              outer.maxY >= inner.maxY,
          ).toBe(true);
          expect(outer.minX >= inner.minX - 1 / 256 && outer.maxY <= inner.maxY + 1 / 256).toBe(true);
        });
      }),
      RUN,
    );
  });

  it('are the same whether made of objects or of what the database holds', () => {
    const builder = new FrameBuilder({ cursor: 5 });
    for (const { geometry, uuid, ...rest } of sample) {
      const bytes = Uint8Array.from(Buffer.from((uuid as string).replaceAll('-', ''), 'hex'));
      builder.append({ ...rest, uuid: bytes, bounds: bounds(geometry), geometry: encodeGeometry(geometry) });
    }
    expect(builder.count).toBe(2);
    expect(builder.finish()).toEqual(encodeFrame(sample, { cursor: 5 }));
    expect(builder.finish()).toEqual(builder.finish());
    expect(() => new FrameBuilder({ cursor: 0.5 })).toThrow(GeometryError);
  });

  it('keep any bounds and any bytes of geometry, also where no first point can be read', () => {
    const edge = fc.integer({ min: -(2 ** 30), max: 2 ** 30 });
    const made = fc.record({
      geometry: fc.uint8Array({ minLength: 1, maxLength: 12 }),
      edges: fc.array(edge, { minLength: 4, maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(made, { maxLength: 8 }), (rows) => {
        const builder = new FrameBuilder();
        for (const { geometry, edges } of rows) {
          const [minX, minY, maxX, maxY] = edges.map((n) => n / 256) as [number, number, number, number];
          builder.append({ ...sample[0]!, geometry, bounds: { minX, minY, maxX, maxY } });
        }
        const frame = decodeFrame(builder.finish());
        expect([...frame.bounds]).toEqual(rows.flatMap(({ edges }) => edges));
        rows.forEach(({ geometry }, i) =>
          expect(frame.geometry.subarray(frame.offsets[i], frame.offsets[i + 1])).toEqual(geometry),
        );
      }),
      RUN,
    );
  });

  it('are the same when written from columns in memory and rows between them, into room that was used before', () => {
    const used = new Uint8Array(200_000).fill(0xaa);
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 300 }), (rows) => {
        const whole = decodeFrame(encodeFrame(rows));
        const numbers = new Int32Array(8 * rows.length);
        rows.forEach((_, i) => {
          const ids = [whole.templateIds[i]!, whole.authorIds[i]!, whole.revisions[i]!];
          numbers.set([...ids, ...whole.bounds.subarray(4 * i, 4 * i + 4), whole.offsets[i + 1]!], 8 * i);
        });
        const columns = { uuids: new Int32Array(whole.uuids.slice().buffer), numbers, geometry: whole.geometry };
        const picked = rows.flatMap((one, i) => (i % 3 === 0 ? [{ ...one, i }] : []));
        const packed = picked.map((one) => ({
          ...one,
          bounds: bounds(one.geometry),
          geometry: encodeGeometry(one.geometry),
        }));
        const size = {
          count: picked.length,
          geometryBytes: packed.reduce((sum, { geometry }) => sum + geometry.length, 0),
        };
        const writer = new FrameWriter(size, { cursor: 3 }, () => used);
        for (const one of packed) {
          if (one.i % 2 === 0) writer.appendFrom(columns, one.i, whole.flags[one.i]!);
          else writer.append(one);
        }
        const frame = writer.finish();
        expect(frame.buffer).toBe(used.buffer);
        expect(frame).toEqual(encodeFrame(picked, { cursor: 3 }));
      }),
      { ...RUN, numRuns: 50 },
    );
  });

  it('are not written when more or less comes than was told', () => {
    const { geometry, ...rest } = sample[0]!;
    const packed = { ...rest, bounds: bounds(geometry), geometry: encodeGeometry(geometry) };
    const bytes = packed.geometry.length;
    expect(() => new FrameWriter({ count: 1, geometryBytes: bytes }).finish()).toThrow(/0 rows with 0 bytes came/);
    expect(() => new FrameWriter({ count: 0, geometryBytes: bytes }).append(packed)).toThrow(GeometryError);
    expect(() => new FrameWriter({ count: 1, geometryBytes: bytes - 1 }).append(packed)).toThrow(/does not fit/);
    const writer = new FrameWriter({ count: 1, geometryBytes: bytes + 1 });
    writer.append(packed);
    expect(() => writer.finish()).toThrow(GeometryError);
    expect(() => writer.append({ ...packed, geometry: new Uint8Array() })).toThrow(/no bytes/);
  });

  it('keep 1/256 px far from the corner, where 32-bit floats would lose it', () => {
    expect(decodeFrame(encodeFrame(sample)).boundsAt(1)).toEqual({
      minX: 100_000 + 1 / 256,
      minY: 5,
      maxX: 100_000 + 1 / 256,
      maxY: 5,
    });
  });

  it('grow beyond their first room', () => {
    const rows = Array.from({ length: 3000 }, (_, i): FrameRow => ({
      ...sample[0]!,
      revision: i,
      geometry: { kind: 'line', points: Array.from({ length: 200 }, (_, k) => i + k * (k % 7)) },
    }));
    const frame = decodeFrame(encodeFrame(rows));
    expect([...frame.revisions]).toEqual(rows.map((r) => r.revision));
    expect(frame.geometryAt(2999)).toEqual(rows[2999]!.geometry);
  });

  it('are views on the bytes they came in, in aligned sections', () => {
    const bytes = encodeFrame(sample);
    const frame = decodeFrame(bytes.buffer);
    expect(bytes.length % 4).toBe(0);
    for (const view of [
      frame.uuids,
      frame.templateIds,
      frame.authorIds,
      frame.revisions,
      frame.flags,
      frame.kinds,
      frame.geometry,
    ]) {
      expect(view.buffer).toBe(bytes.buffer);
      expect(view.byteOffset % 4).toBe(0);
    }
  });

  it('can be read one behind the other, and from an odd place in a Node buffer', () => {
    const one = encodeFrame(sample, { cursor: 1 });
    const two = encodeFrame([], { cursor: 2 });
    const both = Buffer.concat([Buffer.from('x'), one, two]);
    expect(frameBytes(both, 1)).toBe(one.length);
    expect(decodeFrame(both, 1).geometryAt(1)).toEqual(sample[1]!.geometry);
    expect(decodeFrame(both, 1 + one.length)).toMatchObject({ cursor: 2, count: 0 });
  });

  it('refuse to be made of a broken UUID, cursor or geometry, and stay as they were', () => {
    const builder = new FrameBuilder();
    const { minX, ...rest } = bounds(sample[0]!.geometry);
    const good = { ...sample[0]!, bounds: { minX, ...rest }, geometry: encodeGeometry(sample[0]!.geometry) };
    expect(() => builder.append({ ...good, uuid: '0011' })).toThrow(/"0011" is no UUID/);
    expect(() => builder.append({ ...good, uuid: new Uint8Array(15) })).toThrow(/16 bytes, not 15/);
    expect(() => builder.append({ ...good, geometry: new Uint8Array() })).toThrow(/no bytes of geometry/);
    expect(() => new FrameBuilder({ cursor: -1 })).toThrow(GeometryError);
    builder.append(good);
    expect(builder.finish()).toEqual(encodeFrame([sample[0]!]));
  });

  it('know no row beyond their last', () => {
    const frame = decodeFrame(encodeFrame(sample));
    for (const read of [frame.geometryAt, frame.uuidAt, frame.boundsAt]) {
      for (const index of [2, -1, 0.5])
        expect(() => read(index)).toThrow(expect.objectContaining({ code: 'GEOMETRY_FRAME' }));
    }
  });

  it('refuse to be opened when cut or damaged, and never fail in another way', () => {
    const good = encodeFrame(sample);
    for (let length = 0; length < good.length; length++) {
      expect(() => decodeFrame(good.slice(0, length))).toThrow(expect.objectContaining({ code: 'GEOMETRY_FRAME' }));
    }
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (changes) => {
          const bytes = good.slice();
          for (const [at, value] of changes) bytes[at] = value;
          try {
            const frame = decodeFrame(bytes);
            for (let i = 0; i < frame.count; i++) frame.geometryAt(i);
          } catch (error) {
            expect(error).toBeInstanceOf(GeometryError);
          }
        },
      ),
      { ...RUN, numRuns: 5000 },
    );
  });
});
