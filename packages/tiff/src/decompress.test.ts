import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { inputOf } from '../test/read-file.ts';
import { canDecompress, decompress } from './decompress.ts';
import { openTiff } from './file.ts';
import { TiffImage } from './image.ts';
import { chunkBytes, joinStrips } from './strips.ts';
import { COMPRESSION } from './tags.ts';

/** Pixels that no compression is fond of, with flat areas in between. */
function picture(width: number, height: number, seed: number): Buffer {
  return Buffer.from(
    Uint8Array.from({ length: width * height * 3 }, (_, i) =>
      (i >> 6) % 3 === 0 ? 77 : Math.imul(i + seed, 2_654_435_761) >>> 24,
    ),
  );
}

describe('decompress', () => {
  it.each(['none', 'lzw', 'deflate', 'packbits'] as const)('undoes %s as libtiff writes it', async (compression) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 180 }),
        fc.integer({ min: 1, max: 180 }),
        fc.nat(),
        async (width, height, seed) => {
          const raw = picture(width, height, seed);
          const tiff = await sharp(raw, { raw: { width, height, channels: 3 } })
            .tiff({ compression, predictor: 'none' })
            .toBuffer();
          const image = new TiffImage((await openTiff(inputOf(tiff))).directories[0] ?? expect.fail('no directory'));
          expect(canDecompress(image.compression)).toBe(true);
          const [found] = await joinStrips(image);
          expect(Buffer.compare(found ?? new Uint8Array(0), raw)).toBe(0);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('undoes zstd (which the libtiff at hand does not write)', () => {
    const raw = picture(100, 70, 1);
    expect(Buffer.compare(decompress(COMPRESSION.zstd, zstdCompressSync(raw), raw.length), raw)).toBe(0);
  });

  it.each([COMPRESSION.lzw, COMPRESSION.deflate, COMPRESSION.packbits, COMPRESSION.zstd])(
    'answers any bytes of compression %i with what was asked for, or says that they are damaged',
    (compression) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 5000 }), (bytes, length) => {
          try {
            expect(decompress(compression, bytes, length)).toHaveLength(length);
          } catch (error) {
            expect(error).toMatchObject({ code: 'UNREADABLE_TILE' });
          }
        }),
        { numRuns: 500 },
      );
    },
  );

  it('names a compression that it does not know', () => {
    expect(() => decompress(COMPRESSION.jpeg, new Uint8Array(4), 4)).toThrow('Compression 7');
  });
});

describe('joinStrips', () => {
  it('does not give a large picture in one piece', async () => {
    const tiff = await sharp({ create: { width: 3000, height: 3000, channels: 3, background: 'black' } })
      .tiff({ compression: 'lzw' })
      .toBuffer();
    const image = new TiffImage((await openTiff(inputOf(tiff))).directories[0] ?? expect.fail('no directory'));
    expect(chunkBytes(image, 0)).toBe(image.tileHeight * 9000);
    await expect(joinStrips(image)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
  });
});
