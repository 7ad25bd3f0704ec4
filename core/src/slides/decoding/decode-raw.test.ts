import { readFileSync } from 'node:fs';
import { deflateSync, zstdCompressSync } from 'node:zlib';
import type { TileDecode } from '@exact/sdk/server';
import { openTiff, TiffImage } from '@exact/tiff';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { describeWithData } from '../../../../test/data.ts';
import { decodeRaw } from './decode-raw.ts';

const BASE: TileDecode = {
  compression: 'none',
  samplesPerPixel: 1,
  bitsPerSample: 8,
  sampleFormat: 1,
  photometric: 1,
  predictor: 1,
  littleEndian: true,
};
const decode = async (bytes: Uint8Array, width: number, height: number, how: Partial<TileDecode>) => {
  const { data, channels } = await decodeRaw({ bytes, width, height, decode: { ...BASE, ...how } });
  return { data: [...data], channels };
};

describe('decodeRaw', () => {
  it('inverts where white is zero', async () => {
    expect((await decode(Uint8Array.of(0, 255, 10, 200), 2, 2, { photometric: 0 })).data).toEqual([255, 0, 245, 55]);
  });
  it('unpacks rows of single bits, each beginning at a byte', async () => {
    expect((await decode(Uint8Array.of(0b10100000, 0b01000000), 3, 2, { bitsPerSample: 1 })).data).toEqual([
      255, 0, 255, 0, 255, 0,
    ]);
  });
  it('looks colours up in a palette of 16 bits', async () => {
    const palette = [
      ...Array<number>(256).fill(0x1200),
      ...Array<number>(256).fill(0x3400),
      ...Array<number>(256).fill(0x5600),
    ];
    expect(await decode(Uint8Array.of(7), 1, 1, { photometric: 3, palette })).toEqual({
      data: [0x12, 0x34, 0x56],
      channels: 3,
    });
  });
  it.each([true, false])('shows 16 bits by their range, little-endian: %s', async (littleEndian) => {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    [100, 1100, 600, 9999].forEach((value, i) => view.setUint16(i * 2, value, littleEndian));
    expect((await decode(bytes, 4, 1, { bitsPerSample: 16, littleEndian, range: [100, 1100] })).data).toEqual([
      0, 255, 128, 255,
    ]);
  });
  it('shows floats by their range, and what is no number as black', async () => {
    const bytes = new Uint8Array(new Float32Array([-1, 0, 1, NaN]).buffer);
    expect((await decode(bytes, 4, 1, { bitsPerSample: 32, sampleFormat: 3, range: [-1, 1] })).data).toEqual([
      0, 128, 255, 0,
    ]);
  });
  it('joins planes', async () => {
    const planar = [Uint8Array.of(1, 2), Uint8Array.of(3, 4), Uint8Array.of(5, 6)];
    expect(await decode(planar[0] ?? new Uint8Array(), 2, 1, { samplesPerPixel: 3, photometric: 2, planar })).toEqual({
      data: [1, 3, 5, 2, 4, 6],
      channels: 3,
    });
  });
  it('refuses data that end early and depths that nobody shows', async () => {
    await expect(decode(Uint8Array.of(1, 2), 4, 1, {})).rejects.toMatchObject({ code: 'UNREADABLE_TILE' });
    await expect(decode(new Uint8Array(100), 4, 1, { bitsPerSample: 24 })).rejects.toMatchObject({
      code: 'UNSUPPORTED_LAYOUT',
    });
    await expect(decode(Uint8Array.of(1, 2, 3), 4, 1, { compression: 'deflate' })).rejects.toMatchObject({
      code: 'UNREADABLE_TILE',
    });
  });
  it('undoes differences and byte compression for any pixels', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('deflate', 'zstd'),
        fc.uint8Array({ minLength: 243, maxLength: 243 }),
        async (width, height, compression, source) => {
          const pixels = source.subarray(0, width * height * 3);
          const stored = Uint8Array.from(pixels, (value, i) =>
            i % (width * 3) < 3 ? value : value - (pixels[i - 3] ?? 0),
          );
          const bytes = compression === 'zstd' ? zstdCompressSync(stored) : deflateSync(stored);
          const { data } = await decode(bytes, width, height, {
            compression: compression as 'zstd',
            samplesPerPixel: 3,
            photometric: 2,
            predictor: 2,
          });
          expect(data).toEqual([...pixels]);
        },
      ),
      { seed: 20240607, numRuns: 40 },
    );
  });
});

describeWithData(
  'JPEG 2000 tiles',
  ['derived/tiff-compression/jp2k.tif', 'derived/tiff-compression/truth.png'],
  (path = '', truthPath = '') => {
    it('are decoded, those in YCbCr too', async () => {
      const file = readFileSync(path);
      const tiff = await openTiff({
        read: (offset, length) => Promise.resolve(file.subarray(offset, offset + length)),
        size: file.length,
        head: file.subarray(0, 65_536),
      });
      const [directory] = tiff.directories;
      const image = new TiffImage(directory as NonNullable<typeof directory>);
      const bytes = await image.readChunk(image.chunkIndex(0, 0));
      // libvips writes compression 33004 with its own YCbCr inside, whatever the photometric tag says.
      const { data, width, height } = await decodeRaw({
        bytes: bytes ?? new Uint8Array(),
        width: 128,
        height: 128,
        decode: { ...BASE, compression: 'jp2k', samplesPerPixel: 3, photometric: 6 },
      });
      const truth = await sharp(truthPath).removeAlpha().extract({ left: 0, top: 0, width, height }).raw().toBuffer();
      let sum = 0;
      data.forEach((value, i) => (sum += Math.abs(value - (truth[i] ?? 0))));
      expect([width, height]).toEqual([128, 128]);
      expect(sum / data.length).toBeLessThan(10);
    });
  },
);
