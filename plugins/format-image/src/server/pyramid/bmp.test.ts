import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { describeWithData } from '../../../../../test/data.ts';
import { readBmpHeader } from './bmp-header.ts';
import { decodeRle } from './bmp-rows.ts';
import { bmpToTiff } from './bmp-to-tiff.ts';
import { CONVERT_ERROR_CODES, ConvertError } from './errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'exact-bmp-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function pixelsOf(path: string): Promise<{ data: number[]; width: number; height: number }> {
  const target = join(folder, 'out.tif');
  await bmpToTiff(path, target, () => undefined);
  const { data, info } = await sharp(target).raw().toBuffer({ resolveWithObject: true });
  return { data: [...data], width: info.width, height: info.height };
}

/** A file with a Windows 3 header. */
function bmp(
  width: number,
  height: number,
  bits: number,
  pixels: Uint8Array,
  { method = 0, palette = [] as number[], masks = [] as number[] } = {},
): string {
  const extra = Buffer.from(Uint32Array.from(masks).buffer);
  const offset = 54 + extra.length + palette.length;
  const head = Buffer.alloc(54);
  head.write('BM');
  head.writeUInt32LE(offset + pixels.length, 2);
  head.writeUInt32LE(offset, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(bits, 28);
  head.writeUInt32LE(method, 30);
  head.writeUInt32LE(palette.length / 4, 46);
  const path = join(folder, 'in.bmp');
  writeFileSync(path, Buffer.concat([head, extra, Buffer.from(palette), pixels]));
  return path;
}

describe('BMP', () => {
  it('keeps the pixels of 24 bits, from the bottom and from the top, of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 13 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        fc.uint8Array({ minLength: 351, maxLength: 351 }),
        async (width, height, topDown, source) => {
          const wanted = [...source.subarray(0, width * height * 3)];
          const rowBytes = Math.ceil((width * 3) / 4) * 4;
          const pixels = new Uint8Array(rowBytes * height);
          for (let y = 0; y < height; y++)
            for (let x = 0; x < width; x++)
              for (let c = 0; c < 3; c++)
                pixels[(topDown ? y : height - 1 - y) * rowBytes + x * 3 + 2 - c] =
                  wanted[(y * width + x) * 3 + c] ?? 0;
          expect(await pixelsOf(bmp(width, topDown ? -height : height, 24, pixels))).toEqual({
            data: wanted,
            width,
            height,
          });
        },
      ),
      { seed: 20240607, numRuns: 25 },
    );
  });

  it('lays transparent pixels of 32 bits with masks over white', async () => {
    const path = bmp(2, 1, 32, Uint8Array.of(0, 0, 200, 0, 0, 0, 200, 255), {
      method: 6,
      masks: [0xff0000, 0xff00, 0xff, 0xff000000],
    });
    expect((await pixelsOf(path)).data).toEqual([255, 255, 255, 200, 0, 0]);
  });

  it('reads 5-6-5 bits', async () => {
    const path = bmp(2, 1, 16, Uint8Array.of(0x00, 0xf8, 0xe0, 0x07), { method: 3, masks: [0xf800, 0x07e0, 0x001f] });
    expect((await pixelsOf(path)).data).toEqual([255, 0, 0, 0, 255, 0]);
  });

  it('decodes runs, literals, jumps and ends of rows', () => {
    const header = { width: 5, height: 3, compression: 'rle8' } as Parameters<typeof decodeRle>[0];
    // 3 × 7; end of row; literal 1 2 3 (padded); jump 1 right, 1 up; 1 × 9; end of picture
    const data = Uint8Array.of(3, 7, 0, 0, 0, 3, 1, 2, 3, 0, 0, 2, 1, 1, 1, 9, 0, 1);
    expect([...decodeRle(header, data)]).toEqual([0, 0, 0, 0, 9, 1, 2, 3, 0, 0, 7, 7, 7, 0, 0]);
  });

  it('ends with a known code for any header and any run-length data', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 54, maxLength: 200 }), fc.integer({ min: 0, max: 3 }), (bytes, method) => {
        const file = Buffer.from(bytes);
        file.write('BM');
        file.writeUInt32LE(40, 14);
        file.writeInt32LE((bytes[0] ?? 0) % 64, 18);
        file.writeInt32LE((bytes[1] ?? 0) % 64, 22);
        file.writeUInt16LE([1, 4, 8, 16, 24, 32][(bytes[2] ?? 0) % 6] ?? 8, 28);
        file.writeUInt32LE(method, 30);
        try {
          const header = readBmpHeader(file, file.length);
          if (header.compression !== 'none')
            expect(decodeRle(header, file.subarray(header.offset)).length).toBe(header.width * header.height);
        } catch (error) {
          expect(error).toBeInstanceOf(ConvertError);
          expect(CONVERT_ERROR_CODES).toContain((error as ConvertError).code);
        }
      }),
      { seed: 20240607, numRuns: 500 },
    );
  });
});

describeWithData(
  'BMP files of others',
  [
    'derived/plain/ihc.bmp',
    'images/skimage/ihc.png',
    'images/bmp/pal8rle.bmp',
    'images/bmp/pal4rle.bmp',
    'images/bmp/rgb16-565.bmp',
  ],
  (ihc = '', png = '', rle8 = '', rle4 = '', rgb16 = '') => {
    it('hold the pixels that the PNG they were made from holds', async () => {
      const { data } = await pixelsOf(ihc);
      const truth = await sharp(png).removeAlpha().raw().toBuffer();
      expect(Buffer.from(data).equals(truth)).toBe(true);
    });
    it('show one picture in 4, 8 and 16 bits', async () => {
      // The palettes are dithered: what is equal is the average of some pixels.
      const averages = [];
      for (const path of [rle4, rle8, rgb16]) {
        const { data, width, height } = await pixelsOf(path);
        expect([width, height]).toEqual([127, 64]);
        averages.push([
          ...(await sharp(Uint8Array.from(data), { raw: { width, height, channels: 3 } })
            .resize(8, 4, { fit: 'fill' })
            .raw()
            .toBuffer()),
        ]);
      }
      const [four = [], eight = [], sixteen = []] = averages;
      const difference = (other: number[]) =>
        other.reduce((sum, value, i) => sum + Math.abs(value - (sixteen[i] ?? 0)), 0) / other.length;
      expect(difference(four)).toBeLessThan(40); // the sixteen fixed colours leave no better average
      expect(difference(eight)).toBeLessThan(15);
    });
  },
);

describe('error codes', () => {
  it('are these', () => {
    expect(CONVERT_ERROR_CODES).toEqual(['CORRUPT_IMAGE', 'IMAGE_TOO_LARGE', 'TRUNCATED_FILE', 'UNSUPPORTED_FORMAT']);
  });
});
