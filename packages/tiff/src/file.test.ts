import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageTags, long, short, text, writeTiff } from '../test/tiff-writer.ts';
import type { ImageSpec, WriteOptions } from '../test/tiff-writer.ts';
import { inputOf } from '../test/read-file.ts';
import { isTiff, openTiff } from './file.ts';
import { TiffImage } from './image.ts';
import { LIMITS } from './limits.ts';
import { TAG } from './tags.ts';

const tile = fc.uint8Array({ minLength: 0, maxLength: 40 });
const anyImage = fc.record({
  tileWidth: fc.integer({ min: 1, max: 300 }),
  tileHeight: fc.integer({ min: 1, max: 300 }),
  cols: fc.integer({ min: 1, max: 4 }),
  rows: fc.integer({ min: 1, max: 4 }),
  trim: fc.integer({ min: 0, max: 300 }),
  pool: fc.array(tile, { minLength: 1, maxLength: 5 }),
  description: fc.string({
    unit: fc.integer({ min: 1, max: 0x2fff }).map((code) => String.fromCodePoint(code)),
    maxLength: 300,
  }),
  resolution: fc.tuple(fc.integer({ min: 1, max: 4_000_000_000 }), fc.integer({ min: 1, max: 1000 })),
});

/** A picture of full tiles but for what `trim` takes from the right and bottom ones. */
function specOf(image: typeof anyImage extends fc.Arbitrary<infer T> ? T : never): {
  spec: ImageSpec;
  width: number;
  height: number;
} {
  const width = image.cols * image.tileWidth - (image.trim % image.tileWidth);
  const height = image.rows * image.tileHeight - (image.trim % image.tileHeight);
  const chunks = Array.from(
    { length: image.cols * image.rows },
    (_, i) => image.pool[i % image.pool.length] ?? new Uint8Array(0),
  );
  const tags = imageTags(width, height, [
    long(322, image.tileWidth),
    long(323, image.tileHeight),
    text(270, image.description),
    { tag: 282, type: 5, values: image.resolution },
  ]);
  return { spec: { tags, chunks }, width, height };
}

const options: fc.Arbitrary<WriteOptions> = fc.oneof(
  fc.record({ littleEndian: fc.boolean(), variant: fc.constantFrom('classic' as const, 'big' as const) }),
  fc.constant({ littleEndian: true, variant: 'ndpi' as const }),
);

async function failure(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'opened',
    (error: { code?: string }) => error.code ?? String(error),
  );
}

describe('openTiff', () => {
  it('reads back what was written, in both byte orders and all variants', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyImage, { minLength: 1, maxLength: 4 }),
        fc.array(anyImage, { maxLength: 2 }),
        options,
        async (images, subs, how) => {
          const isNdpi = how.variant === 'ndpi';
          const specs = images.map((image) => specOf(image));
          const sub = subs.map((image) => specOf(image));
          const [first, ...rest] = specs.map(({ spec }) =>
            isNdpi ? { ...spec, tags: [...spec.tags, short(65420, 1)] } : spec,
          );
          if (first === undefined) return;
          const written = writeTiff([{ ...first, sub: sub.map(({ spec }) => spec) }, ...rest], how);
          const file = await openTiff(written);
          expect(file.variant).toBe(how.variant);
          expect(file.littleEndian).toBe(how.littleEndian);
          expect(file.directories).toHaveLength(specs.length);
          const [parent] = file.directories;
          const found = [...file.directories, ...(parent === undefined ? [] : file.subDirectories(parent))];
          const expected = [
            ...specs.map((one, i) => ({ ...one, from: images[i] })),
            ...sub.map((one, i) => ({ ...one, from: subs[i] })),
          ];
          expect(found).toHaveLength(expected.length);
          for (const [i, directory] of found.entries()) {
            const want = expected[i];
            if (want?.from === undefined) throw new Error('unreachable');
            const image = new TiffImage(directory);
            expect([image.width, image.height, image.tileWidth, image.tileHeight]).toEqual([
              want.width,
              want.height,
              want.from.tileWidth,
              want.from.tileHeight,
            ]);
            expect([image.cols, image.rows]).toEqual([want.from.cols, want.from.rows]);
            expect(await directory.text(TAG.imageDescription)).toBe(want.from.description);
            expect(directory.number(TAG.xResolution)).toBe(want.from.resolution[0] / want.from.resolution[1]);
            await image.checkedRanges();
            for (const [index, chunk] of want.spec.chunks.entries())
              expect(await image.readChunk(index)).toEqual(chunk.length === 0 ? undefined : chunk);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('reads a table of 18,600 tiles in a few reads', async () => {
    const shared = new Uint8Array(100).fill(7);
    const cols = 155;
    const rows = 120;
    const file = writeTiff([
      {
        tags: imageTags(cols * 256, rows * 256, [short(322, 256), short(323, 256)]),
        chunks: new Array<Uint8Array>(cols * rows).fill(shared),
      },
    ]);
    const image = new TiffImage((await openTiff(file)).directories[0] ?? expect.fail('no directory'));
    await image.checkedRanges();
    await image.checkedRanges();
    expect(image.chunks).toBe(18_600);
    expect(file.reads).toBeLessThanOrEqual(5);
  });

  it('reads NDPI above 4 GB: offsets, links and single numbers have high halves', async () => {
    const base = 5 * 2 ** 32 + 4096;
    const specs = [1, 2].map((level): ImageSpec => ({
      tiled: false,
      tags: imageTags(64 / level, 64, [
        short(65420, 1),
        { tag: 65421, type: 11, values: [40 / level] },
        long(278, 64),
        text(270, 'far away'),
      ]),
      chunks: [Uint8Array.of(level, 2, 3)],
    }));
    const file = await openTiff(writeTiff(specs, { variant: 'ndpi', base }));
    expect(file.variant).toBe('ndpi');
    expect(file.directories.map((directory) => directory.number(TAG.ndpiLens))).toEqual([40, 20]);
    for (const [i, directory] of file.directories.entries()) {
      const image = new TiffImage(directory);
      expect((await image.ranges()).offsets[0]).toBeGreaterThan(base - 1);
      expect(await image.readChunk(0)).toEqual(Uint8Array.of(i + 1, 2, 3));
      expect(await directory.text(TAG.imageDescription)).toBe('far away');
    }
  });

  it('refuses a chain that runs in a circle, also through sub-directories', async () => {
    const one: ImageSpec = { tags: imageTags(8, 8), chunks: [new Uint8Array(64)], tiled: false };
    const bytes = writeTiff([one, one]).bytes();
    const data = new DataView(bytes.buffer);
    const first = data.getUint32(4, true);
    const second = data.getUint32(first + 2 + 12 * data.getUint16(first, true), true);
    data.setUint32(second + 2 + 12 * data.getUint16(second, true), first, true);
    expect(await failure(openTiff(inputOf(bytes)))).toBe('CYCLIC_DIRECTORY');

    const parent = writeTiff([
      { ...one, tags: imageTags(8, 8, [{ tag: 330, type: 4, values: [first, first] }]) },
    ]).bytes();
    const at = new DataView(parent.buffer).getUint32(4, true);
    const table = new DataView(parent.buffer);
    for (let i = 0; i < table.getUint16(at, true); i++) {
      const entry = at + 2 + 12 * i;
      if (table.getUint16(entry, true) !== 330) continue;
      const value = table.getUint32(entry + 8, true);
      table.setUint32(value, at, true);
    }
    expect(await failure(openTiff(inputOf(parent)))).toBe('CYCLIC_DIRECTORY');
  });

  it.each([
    [
      'more directories than any slide has',
      'IMAGE_TOO_LARGE',
      () =>
        writeTiff(
          new Array<ImageSpec>(LIMITS.directories + 1).fill({ tags: imageTags(8, 8), chunks: [], tiled: false }),
        ).bytes(),
    ],
    [
      'a directory beyond the end',
      'TRUNCATED_FILE',
      () =>
        writeTiff([{ tags: imageTags(8, 8), chunks: [new Uint8Array(64)] }])
          .bytes()
          .subarray(0, 60),
    ],
    ['no directory', 'BAD_DIRECTORY', () => Uint8Array.of(0x49, 0x49, 42, 0, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['an empty directory', 'BAD_DIRECTORY', () => Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['something else', 'NOT_A_TIFF', () => new TextEncoder().encode('%PDF-1.7 is no slide')],
    ['nothing', 'NOT_A_TIFF', () => new Uint8Array(0)],
  ])('refuses %s: %s', async (_what, code, make) => {
    expect(await failure(openTiff(inputOf(make())))).toBe(code);
  });

  it.each([
    ['too wide', 'IMAGE_TOO_LARGE', [long(256, 2 ** 20 + 1), short(322, 256), short(323, 256)]],
    ['with tiles too large', 'IMAGE_TOO_LARGE', [long(322, 8192), long(323, 8192)]],
    ['of too many tiles', 'IMAGE_TOO_LARGE', [long(256, 2 ** 20), long(257, 2 ** 20), short(322, 16), short(323, 16)]],
    ['without width', 'BAD_DIRECTORY', [long(256, 0)]],
    ['with tiles of no width', 'BAD_DIRECTORY', [long(322, 0), long(323, 16)]],
    ['of different bits', 'UNSUPPORTED_LAYOUT', [short(258, 5, 6, 5), short(277, 3), short(322, 64), short(323, 64)]],
  ])('refuses an image %s: %s', async (_what, code, tags) => {
    const file = await openTiff(writeTiff([{ tags: imageTags(64, 64, tags), chunks: [new Uint8Array(1)] }]));
    expect(await failure((async () => new TiffImage(file.directories[0] ?? expect.fail('no directory')))())).toBe(code);
  });

  it('does not read a table that is shorter than the grid', async () => {
    const file = writeTiff([
      { tags: imageTags(2 ** 18, 2 ** 18, [short(322, 256), short(323, 256)]), chunks: [new Uint8Array(1)] },
    ]);
    const image = new TiffImage((await openTiff(file)).directories[0] ?? expect.fail('no directory'));
    expect(await failure(image.ranges())).toBe('BAD_DIRECTORY');
  });

  it('names the bytes that tiles lack at the end of a cut file', async () => {
    const spec: ImageSpec = {
      tags: imageTags(16, 16, [short(322, 16), short(323, 16)]),
      chunks: [new Uint8Array(256)],
    };
    const bytes = writeTiff([spec]).bytes();
    const data = new DataView(bytes.buffer);
    const at = data.getUint32(4, true);
    for (let i = 0; i < data.getUint16(at, true); i++)
      if (data.getUint16(at + 2 + 12 * i, true) === 325) data.setUint32(at + 10 + 12 * i, bytes.length + 1000, true);
    const image = new TiffImage((await openTiff(inputOf(bytes))).directories[0] ?? expect.fail('no directory'));
    await expect(image.checkedRanges()).rejects.toThrow('at least 1,016 bytes are missing');
  });
});

describe('isTiff', () => {
  it('goes by the first bytes only', () => {
    expect(isTiff(writeTiff([], { littleEndian: false }).bytes())).toBe(true);
    expect(isTiff(writeTiff([], { variant: 'big' }).bytes())).toBe(true);
    expect(isTiff(Uint8Array.of(0x49, 0x49, 43, 0, 4, 0, 0, 0))).toBe(false);
    expect(isTiff(Uint8Array.of(0x4d, 0x4d, 0x72, 0x45, 0, 0, 0, 0))).toBe(false);
  });
});
