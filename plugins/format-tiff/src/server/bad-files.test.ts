import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { TIFF_ERROR_CODES } from '@exact/tiff';
import { describeWithData, testData } from '../../../../test/data.ts';
import { bytesInput, DEMO_SLIDE } from '../../test/file-input.ts';
import { openTiffSlide } from './open-tiff.ts';

/** EXACT_FUZZ_RUNS=2000 for the long form. */
const RUNS = Number(process.env['EXACT_FUZZ_RUNS'] ?? 200);

interface Outcome {
  /** Code of the error, `opened`, or `not a TIFF`. */
  readonly opening: string;
  /** What tiles and pictures beside them answered. */
  readonly tiles: readonly string[];
  readonly askedBytes: number;
  readonly ms: number;
}

/** Opens a file and asks for the corners of every level and for all pictures beside the slide. */
async function tryFile(bytes: Uint8Array): Promise<Outcome> {
  const input = bytesInput(bytes);
  const started = performance.now();
  const codeOf = (error: unknown): string => {
    const { name, code } = error as { name?: string; code?: string };
    if (name !== 'TiffError' || !(TIFF_ERROR_CODES as readonly string[]).includes(code ?? '')) throw error;
    return code ?? '';
  };
  const tiles: string[] = [];
  const opening = await openTiffSlide(input).then(async (reader) => {
    if (reader === undefined) return 'not a TIFF';
    for (const [level, { width, height, tileWidth, tileHeight }] of reader.info.levels.entries()) {
      const [right, bottom] = [Math.ceil(width / tileWidth) - 1, Math.ceil(height / tileHeight) - 1];
      for (const [col, row] of [
        [0, 0],
        [right, bottom],
        [right >> 1, bottom >> 1],
      ] as const) {
        tiles.push(await reader.tile(level, col, row, { z: 0, t: 0, c: 0 }).then(() => 'given', codeOf));
      }
    }
    for (const name of reader.info.associated)
      tiles.push(await (reader.associated?.(name) ?? Promise.resolve()).then(() => 'given', codeOf));
    return 'opened';
  }, codeOf);
  return { opening, tiles, askedBytes: input.asked.bytes, ms: performance.now() - started };
}

describeWithData(
  'files made to break readers',
  ['malformed/tiff-fuzz/inf_loop-00.tif', 'malformed/slides/broken.svs'],
  (first) => {
    const folder = new URL(`file://${first ?? ''}`).pathname.replace(/\/[^/]*$/, '');
    it('are each refused or opened, in no time and with little read', async () => {
      const outcomes: Record<string, string> = {};
      for (const name of readdirSync(folder).sort()) {
        const bytes = readFileSync(`${folder}/${name}`);
        const outcome = await tryFile(bytes);
        outcomes[name] = outcome.opening;
        expect(outcome.ms, name).toBeLessThan(1000);
        expect(outcome.askedBytes, name).toBeLessThan(4 * bytes.length + 65_536);
      }
      const opened = Object.entries(outcomes)
        .filter(([, opening]) => opening === 'opened')
        .map(([name]) => name);
      expect(Object.keys(outcomes).length).toBeGreaterThan(25);
      // One pixel of SGI LogLuv, which the conversion reads: info is right, tiles are not handed out.
      expect(opened).toEqual(['oom_crash-00.tif', 'oom_crash-04.tif']);
    });
  },
);

describeWithData(
  'slides that fail',
  [
    'malformed/slides/broken.svs',
    'malformed/slides/unopenable.tiff',
    'malformed/slides/unreadable.svs',
    'malformed/other/zero_gi.tif',
    'malformed/other/notanimage.txt',
  ],
  (...paths) => {
    it.each([
      [0, 'not a TIFF', []],
      [1, 'UNSUPPORTED_COMPRESSION', []],
      [2, 'opened', ['UNREADABLE_TILE', 'UNREADABLE_TILE', 'UNREADABLE_TILE', 'UNREADABLE_TILE']],
      [3, 'BAD_DIRECTORY', []],
      [4, 'not a TIFF', []],
    ] as const)('say how: file %i, %s', async (index, opening, tiles) => {
      expect(await tryFile(readFileSync(paths[index] ?? ''))).toMatchObject({ opening, tiles });
    });
  },
);

describeWithData(
  'files cut short',
  [
    'derived/truncated/CMU-1-Small-Region.svs',
    'derived/truncated/Z_BB_563479_1.tif',
    'derived/truncated/test3-DAPI.ndpi',
  ],
  (...paths) => {
    it('are refused, told how much is missing at least', async () => {
      for (const path of paths) {
        const input = bytesInput(readFileSync(path));
        await expect(openTiffSlide(input)).rejects.toMatchObject({
          code: 'TRUNCATED_FILE',
          message: expect.stringMatching(/at least [\d,]+ bytes are missing/),
        });
        expect(input.asked.bytes).toBeLessThan(100_000);
      }
    });
  },
);

describe('the demo slide, cut', () => {
  it('is refused wherever the cut is', async () => {
    const bytes = readFileSync(DEMO_SLIDE);
    for (const keep of [100, 65_536, 1_000_000, 1_275_950, 1_500_000, 1_938_200]) {
      expect((await tryFile(bytes.subarray(0, keep))).opening).toBe('TRUNCATED_FILE');
    }
  });
});

describe('a file whose images all point to one large table', () => {
  it('is refused before the tables fill the memory', async () => {
    // 400 pages of 1000 × 1000 tiles; table and directories take 8 MB, the tables in memory would take 3.2 GB.
    const tiles = 1_000_000;
    const bytes = new Uint8Array(16 + 8 * tiles + 400 * 130);
    const data = new DataView(bytes.buffer);
    data.setUint16(0, 0x4949);
    data.setUint16(2, 42, true);
    const firstAt = 16 + 8 * tiles;
    data.setUint32(4, firstAt, true);
    for (let page = 0; page < 400; page++) {
      const at = firstAt + 130 * page;
      const entries = [
        [256, 16_000, 1],
        [257, 16_000, 1],
        [258, 8, 1],
        [262, 1, 1],
        [322, 16, 1],
        [323, 16, 1],
        [324, 16, tiles],
        [325, 16 + 4 * tiles, tiles],
      ] as const;
      data.setUint16(at, entries.length, true);
      entries.forEach(([tag, value, count], i) => {
        data.setUint16(at + 2 + 12 * i, tag, true);
        data.setUint16(at + 4 + 12 * i, 4, true);
        data.setUint32(at + 6 + 12 * i, count, true);
        data.setUint32(at + 10 + 12 * i, value, true);
      });
      data.setUint32(at + 2 + 12 * entries.length, page === 399 ? 0 : at + 130, true);
    }
    const input = bytesInput(bytes);
    await expect(openTiffSlide(input)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    expect(input.asked.bytes).toBeLessThan(100_000_000);
  });
});

describe('random damage', () => {
  const files: Uint8Array[] = [];
  beforeAll(async () => {
    const picture = sharp(readFileSync(DEMO_SLIDE), { page: 0 })
      .removeAlpha()
      .extract({ left: 300, top: 300, width: 300, height: 220 });
    for (const compression of ['jpeg', 'lzw', 'deflate', 'none'] as const)
      for (const bigtiff of [false, true])
        files.push(
          await picture
            .clone()
            .tiff({ compression, bigtiff, tile: true, tileWidth: 64, tileHeight: 64, pyramid: true })
            .toBuffer(),
        );
    files.push(await picture.clone().tiff({ compression: 'lzw', predictor: 'horizontal' }).toBuffer());
    for (const path of ['wsi/svs/small.svs', 'wsi/ndpi/test3-DAPI-2-(387).ndpi'].map(testData))
      if (path !== undefined) files.push(readFileSync(path));
  });

  it(
    'never ends in anything but a tile or a TiffError, quickly',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.nat(),
          fc.array(
            fc.record({
              at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
              inDirectory: fc.boolean(),
              bit: fc.integer({ min: 0, max: 7 }),
            }),
            { maxLength: 12 },
          ),
          fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined, freq: 3 }),
          async (which, flips, cut) => {
            const original = files[which % files.length] ?? expect.fail('no file');
            const bytes = original.slice(0, cut === undefined ? original.length : Math.floor(cut * original.length));
            for (const { at, inDirectory, bit } of flips) {
              // Half of the flips go where they hurt: libvips puts a directory at the end of each level.
              const position = inDirectory
                ? bytes.length - 1 - Math.floor(at * Math.min(400, bytes.length))
                : Math.floor(at * bytes.length);
              if (position >= 0 && position < bytes.length) bytes[position] = (bytes[position] ?? 0) ^ (1 << bit);
            }
            const outcome = await tryFile(bytes);
            expect(outcome.ms).toBeLessThan(5000);
          },
        ),
        { numRuns: RUNS },
      );
    },
    60_000 + RUNS * 50,
  );
});
