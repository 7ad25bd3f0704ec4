import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { flatJpeg } from '../test/flat-jpeg.ts';
import type { FlatJpeg } from '../test/flat-jpeg.ts';
import { imageTags, long, short, writeTiff } from '../test/tiff-writer.ts';
import { describeWithData } from '../../../test/data.ts';
import { DEMO_SLIDE, readInput } from '../test/read-file.ts';
import { openTiff } from './file.ts';
import { TiffImage } from './image.ts';
import { JpegRestartTiles } from './jpeg-restarts.ts';
import { joinJpegStrips } from './jpeg-strips.ts';
import { COMPRESSION } from './tags.ts';

type Table = 'low' | 'low and high' | 'none' | 'wrong';

async function stripImage(
  width: number,
  height: number,
  jpeg: FlatJpeg,
  table: Table,
  base?: number,
): Promise<TiffImage> {
  const starts = table === 'wrong' ? jpeg.starts.map((start, i) => start + (i > 0 ? 1 : 0)) : jpeg.starts;
  const tags = imageTags(width, height, [
    short(259, COMPRESSION.jpeg),
    long(278, height),
    short(65420, 1),
    ...(table === 'none' ? [] : [long(65426, ...starts)]),
    ...(table === 'low and high' ? [long(65432, ...starts.map(() => 0))] : []),
  ]);
  const file = await openTiff(
    writeTiff([{ tags, chunks: [jpeg.bytes], tiled: false }], {
      variant: 'ndpi',
      ...(base === undefined ? {} : { base }),
    }),
  );
  return new TiffImage(file.directories[0] ?? expect.fail('no directory'));
}

async function expectSamePixels(
  tiles: JpegRestartTiles,
  width: number,
  height: number,
  value: (x: number, y: number) => number,
): Promise<void> {
  for (let row = 0; row < tiles.rows; row++)
    for (let col = 0; col < tiles.cols; col++) {
      const { data, info } = await sharp(await tiles.read(col, row), { failOn: 'warning' })
        .toColourspace('b-w')
        .raw()
        .toBuffer({ resolveWithObject: true });
      const [left, top] = [col * tiles.tileWidth, row * tiles.tileHeight];
      expect([info.width, info.height]).toEqual([
        Math.min(tiles.tileWidth, width - left),
        Math.min(tiles.tileHeight, height - top),
      ]);
      for (let y = 0; y < info.height; y += 3)
        for (let x = 0; x < info.width; x += 3)
          if (data[y * info.width + x] !== value(left + x, top + y))
            expect.fail(`pixel ${left + x},${top + y} of tile ${col},${row}`);
    }
}

const grey =
  (seed: number) =>
  (col: number, row: number): number =>
    (Math.imul(col * 7919 + row * 104_729 + seed, 2_654_435_761) >>> 24) & 0xff;

describe('JpegRestartTiles', () => {
  it('cuts a strip into tiles with the same pixels, whatever the intervals', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          across: fc.integer({ min: 1, max: 5 }),
          interval: fc.integer({ min: 1, max: 90 }),
          rows: fc.integer({ min: 1, max: 150 }),
          trimX: fc.integer({ min: 0, max: 7 }),
          trimY: fc.integer({ min: 0, max: 7 }),
          severalRows: fc.integer({ min: 1, max: 3 }),
          table: fc.constantFrom<Table>('low', 'low and high', 'none'),
          sized: fc.boolean(),
          seed: fc.nat(),
        }),
        async ({ across, interval, rows, trimX, trimY, severalRows, table, sized, seed }) => {
          const width = across * interval * 8 - trimX;
          const height = rows * 8 - trimY;
          const value = grey(seed);
          const jpeg = flatJpeg(width, height, value, {
            interval: across === 1 ? interval * severalRows : interval,
            sized,
          });
          const tiles =
            (await JpegRestartTiles.of(await stripImage(width, height, jpeg, table))) ?? expect.fail('not cut');
          await expectSamePixels(tiles, width, height, (x, y) => value(x >> 3, y >> 3));
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);

  it('makes tiles of a size that suits a viewer', async () => {
    const jpeg = flatJpeg(4096, 1024, grey(1), { interval: 8 });
    const tiles = (await JpegRestartTiles.of(await stripImage(4096, 1024, jpeg, 'low'))) ?? expect.fail('not cut');
    expect([tiles.tileWidth, tiles.tileHeight, tiles.cols, tiles.rows]).toEqual([512, 512, 8, 2]);
  });

  it('keeps colours; with halved ones only the rows at a cut may differ, which a decoder smooths', async () => {
    const [width, height] = [574, 768];
    const thumbnail = new TiffImage(
      (await openTiff(readInput(DEMO_SLIDE))).directories[1] ?? expect.fail('no directory'),
    );
    const joined = (await joinJpegStrips(thumbnail)) ?? expect.fail('no picture');
    const tags = imageTags(width, height, [
      short(259, COMPRESSION.jpeg),
      short(258, 8, 8, 8),
      short(277, 3),
      short(262, 2),
      long(278, height),
    ]);
    const file = await openTiff(writeTiff([{ tags, chunks: [joined], tiled: false }], { littleEndian: false }));
    const tiles =
      (await JpegRestartTiles.of(new TiffImage(file.directories[0] ?? expect.fail('no directory')))) ??
      expect.fail('not cut');
    expect([tiles.tileWidth, tiles.tileHeight, tiles.rows]).toEqual([width, 512, 2]);
    const found = Buffer.concat(
      await Promise.all(
        [0, 1].map(async (row) =>
          sharp(await tiles.read(0, row))
            .raw()
            .toBuffer(),
        ),
      ),
    );
    const expected = await sharp(joined).raw().toBuffer();
    const rows = new Set<number>();
    for (let i = 0; i < expected.length; i++) if (found[i] !== expected[i]) rows.add(Math.floor(i / (3 * width)));
    expect([...rows].filter((row) => row !== 511 && row !== 512)).toEqual([]);
  });

  it('reads strips above 4 GB', async () => {
    const jpeg = flatJpeg(640, 400, grey(2), { interval: 80 });
    const tiles =
      (await JpegRestartTiles.of(await stripImage(640, 400, jpeg, 'low', 6 * 2 ** 32))) ?? expect.fail('not cut');
    await expectSamePixels(tiles, 640, 400, (x, y) => grey(2)(x >> 3, y >> 3));
  });

  it('searches for the markers when the table is of no use', async () => {
    const jpeg = flatJpeg(640, 400, grey(3), { interval: 80 });
    const image = await stripImage(
      640,
      400,
      { ...jpeg, starts: jpeg.starts.map((start, i) => (i === 5 ? 0xffffffff : start)) },
      'low',
    );
    const tiles = (await JpegRestartTiles.of(image)) ?? expect.fail('not cut');
    await expectSamePixels(tiles, 640, 400, (x, y) => grey(3)(x >> 3, y >> 3));
  });

  it('refuses tiles where the table lies', async () => {
    const jpeg = flatJpeg(640, 4000, grey(4), { interval: 80 });
    const tiles = (await JpegRestartTiles.of(await stripImage(640, 4000, jpeg, 'wrong'))) ?? expect.fail('not cut');
    await expect(tiles.read(0, 1)).rejects.toMatchObject({ code: 'UNREADABLE_TILE' });
    await expect(tiles.read(1, 0)).rejects.toMatchObject({ code: 'TILE_OUT_OF_RANGE' });
  });

  it.each([
    ['without intervals', 640, 0],
    ['whose intervals end within rows', 640, 33],
  ])('leaves a strip %s alone', async (_what, width, interval) => {
    expect(
      await JpegRestartTiles.of(await stripImage(width, 64, flatJpeg(width, 64, grey(5), { interval }), 'none')),
    ).toBeUndefined();
  });
});

describeWithData('a genuine NDPI slide', ['wsi/ndpi/test3-DAPI-2-(387).ndpi'], (path) => {
  it('gives every tile of every level with the pixels that libtiff reads', async () => {
    const file = await openTiff(readInput(path));
    for (const [page, directory] of file.directories.slice(0, 4).entries()) {
      const image = new TiffImage(directory);
      const tiles = (await JpegRestartTiles.of(image)) ?? expect.fail('not cut');
      // The subsampling tag of the file is wrong; libtiff warns and goes by the JPEG data, as it should.
      const whole = await sharp(path, { page, failOn: 'none' }).removeAlpha().raw().toBuffer();
      let covered = 0;
      for (let row = 0; row < tiles.rows; row++)
        for (let col = 0; col < tiles.cols; col++) {
          const { data, info } = await sharp(await tiles.read(col, row), { failOn: 'warning' })
            .raw()
            .toBuffer({ resolveWithObject: true });
          for (let y = 0; y < info.height; y++) {
            const from = 3 * ((row * tiles.tileHeight + y) * image.width + col * tiles.tileWidth);
            // The same coefficients, colours not halved: no tolerance.
            expect(
              Buffer.compare(
                data.subarray(3 * y * info.width, 3 * (y + 1) * info.width),
                whole.subarray(from, from + 3 * info.width),
              ),
            ).toBe(0);
          }
          covered += info.width * info.height;
        }
      expect(covered).toBe(image.width * image.height);
    }
  });
});
