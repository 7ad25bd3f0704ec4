import sharp from 'sharp';
import { expect, it } from 'vitest';
import { flatJpeg } from '../../../../packages/tiff/test/flat-jpeg.ts';
import { imageTags, long, short, writeTiff } from '../../../../packages/tiff/test/tiff-writer.ts';
import type { ImageSpec, WrittenFile } from '../../../../packages/tiff/test/tiff-writer.ts';
import { openTiffSlide } from './open-tiff.ts';
import type { TiffSlideReader } from './slide-reader.ts';

// No stack of focal planes and no file above 4 GB could be had: made here from OpenSlide's description of the format.

/** A directory of an NDPI file: `grey` fills the picture, so that it can be told which one a tile came from. */
function page(width: number, height: number, lens: number, focus: number, grey: number): ImageSpec {
  const jpeg = flatJpeg(width, height, () => grey, { interval: Math.ceil(width / 8) });
  const tags = imageTags(width, height, [
    short(259, 7),
    long(278, height),
    { tag: 282, type: 5, values: [40_000, 1] },
    { tag: 283, type: 5, values: [40_000, 1] },
    short(296, 3),
    short(65420, 1),
    { tag: 65421, type: 11, values: [lens] },
    { tag: 65424, type: 9, values: [focus] },
    long(65426, ...jpeg.starts),
  ]);
  return { tags, chunks: [jpeg.bytes], tiled: false };
}

async function open(file: WrittenFile): Promise<TiffSlideReader> {
  const head = await file.read(0, Math.min(65_536, file.size));
  return (
    (await openTiffSlide({ head, name: '', size: file.size, read: (offset, length) => file.read(offset, length) })) ??
    expect.fail('not taken for TIFF')
  );
}

async function greyOf(reader: TiffSlideReader, level: number, z: number): Promise<number | undefined> {
  const tile = await reader.tile(level, 0, 0, { z, t: 0, c: 0 });
  if (tile === undefined || !('mediaType' in tile)) return undefined;
  return (await sharp(tile.bytes).raw().toBuffer())[0];
}

const STACK = [
  page(320, 240, 20, 1000, 11),
  page(160, 120, 10, 0, 20),
  page(320, 240, 20, -1000, 10),
  page(320, 240, 20, 0, 12),
  page(100, 40, -1, 0, 99),
  page(50, 20, -2, 0, 98),
];

it.each([
  ['in a small file', undefined],
  ['above 4 GB', 3 * 2 ** 32],
])('orders levels by size and planes by height, %s', async (_what, base) => {
  const reader = await open(writeTiff(STACK, { variant: 'ndpi', ...(base === undefined ? {} : { base }) }));
  expect(reader.info).toMatchObject({
    vendor: 'hamamatsu',
    width: 320,
    height: 240,
    objective: 20,
    mppX: 0.25,
    mppY: 0.25,
    planes: { z: 3, t: 1, c: 1 },
    associated: ['macro'],
  });
  expect(reader.info.levels.map(({ width, downsample }) => [width, downsample])).toEqual([
    [320, 1],
    [160, 2],
  ]);
  expect(await Promise.all([0, 1, 2].map((z) => greyOf(reader, 0, z)))).toEqual([10, 12, 11]);
  // The small level holds the middle plane only: it stands for all.
  expect(await Promise.all([0, 1, 2].map((z) => greyOf(reader, 1, z)))).toEqual([20, 20, 20]);
  const macro = await reader.associated?.('macro');
  expect(macro !== undefined && 'mediaType' in macro && (await sharp(macro.bytes).metadata())).toMatchObject({
    width: 100,
    height: 40,
  });
});

it('is not taken for NDPI without its tag', async () => {
  const [first] = STACK;
  if (first === undefined) return;
  const plain = { ...first, tags: first.tags.filter(({ tag }) => tag < 65_000) };
  expect((await open(writeTiff([plain], { variant: 'classic' }))).info).toMatchObject({
    vendor: 'tiff',
    planes: { z: 1 },
  });
});
