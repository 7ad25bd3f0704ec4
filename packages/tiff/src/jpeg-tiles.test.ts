import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { DEMO_SLIDE, inputOf, readInput } from '../test/read-file.ts';
import { imageTags, short, writeTiff } from '../test/tiff-writer.ts';
import { openTiff } from './file.ts';
import { TiffImage } from './image.ts';
import { ADOBE_RGB, concatBytes } from './jpeg-segments.ts';
import { JpegTiles } from './jpeg-tiles.ts';
import { joinJpegStrips } from './jpeg-strips.ts';
import { COMPRESSION, PHOTOMETRIC, TAG } from './tags.ts';

async function imageAt(bytes: Uint8Array, index = 0): Promise<TiffImage> {
  return new TiffImage((await openTiff(inputOf(bytes))).directories[index] ?? expect.fail('no directory'));
}

/** Largest difference of two pictures, over all samples. */
export function largestDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  return largest;
}

async function pixels(jpeg: Uint8Array): Promise<Buffer> {
  return sharp(jpeg).removeAlpha().raw().toBuffer();
}

describe('JpegTiles', () => {
  it('gives every tile of the demo slide with the pixels that libtiff reads', async () => {
    const image = new TiffImage((await openTiff(readInput(DEMO_SLIDE))).directories[0] ?? expect.fail('no directory'));
    const tiles = await JpegTiles.of(image);
    const whole = await sharp(DEMO_SLIDE, { page: 0 }).removeAlpha().raw().toBuffer();
    for (let row = 0; row < image.rows; row++)
      for (let col = 0; col < image.cols; col++) {
        const jpeg = (await tiles.read(col, row)) ?? expect.fail('a tile is missing');
        const [width, height] = [Math.min(240, image.width - col * 240), Math.min(240, image.height - row * 240)];
        const tile = await sharp(jpeg).extract({ left: 0, top: 0, width, height }).raw().toBuffer();
        const region = new Uint8Array(3 * width * height);
        for (let y = 0; y < height; y++) {
          const from = 3 * ((row * 240 + y) * image.width + col * 240);
          region.set(whole.subarray(from, from + 3 * width), 3 * width * y);
        }
        // The same data through the same decoder: no tolerance.
        expect(largestDifference(tile, region)).toBe(0);
      }
  });

  it('says that RGB is RGB, once', async () => {
    const image = new TiffImage((await openTiff(readInput(DEMO_SLIDE))).directories[0] ?? expect.fail('no directory'));
    expect(image.photometric).toBe(PHOTOMETRIC.rgb);
    const jpeg = Buffer.from((await (await JpegTiles.of(image)).read(3, 3)) ?? []);
    expect(jpeg.indexOf('Adobe')).toBe(6);
    expect(jpeg.indexOf('Adobe', 7)).toBe(-1);
    expect(jpeg.indexOf('JFIF')).toBe(-1);
  });

  it('tells where a tile stands, for a server that reads it into one buffer', async () => {
    const input = readInput(DEMO_SLIDE);
    const image = new TiffImage((await openTiff(input)).directories[0] ?? expect.fail('no directory'));
    const tiles = await JpegTiles.of(image);
    const { offset, length, prefix, skip } = tiles.location(2, 5) ?? expect.fail('a tile is missing');
    expect(skip).toBeLessThanOrEqual(prefix.length);
    const buffer = new Uint8Array(prefix.length + length - skip);
    buffer.set(await input.read(offset, length), prefix.length - skip);
    buffer.set(prefix);
    expect(buffer).toEqual(await tiles.read(2, 5));
    expect(() => tiles.location(10, 0)).toThrow('There is no tile 10,0');
  });

  // libvips writes YCbCr without JFIF; its tiles under another photometric tag are the odd files of other writers.
  it.each([
    ['without any marker', false, false],
    ['with a JFIF marker, which would win over Adobe', true, false],
    ['with an Adobe marker of its own', false, true],
  ])('shows RGB tiles %s in their own colours', async (_what, withJfif, withAdobe) => {
    const rgb = await sharp({ create: { width: 64, height: 64, channels: 3, background: { r: 200, g: 40, b: 90 } } })
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      .toBuffer();
    // The samples of this file are Y, Cb, Cr; declared to be RGB they have to come out as they stand.
    const bare = stripApp(rgb);
    const jfif = Uint8Array.of(0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0);
    const stored = concatBytes([
      bare.subarray(0, 2),
      ...(withJfif ? [jfif] : []),
      ...(withAdobe ? [ADOBE_RGB] : []),
      bare.subarray(2),
    ]);
    const tags = imageTags(64, 64, [
      short(258, 8, 8, 8),
      short(259, COMPRESSION.jpeg),
      short(262, PHOTOMETRIC.rgb),
      short(277, 3),
      short(322, 64),
      short(323, 64),
    ]);
    const jpeg =
      (await (await JpegTiles.of(await imageAt(writeTiff([{ tags, chunks: [stored] }]).bytes()))).read(0, 0)) ??
      expect.fail('no tile');
    const [r = 0, g = 0, b = 0] = await pixels(jpeg);
    // Y, Cb, Cr of (200, 40, 90) by the JFIF equations.
    const expected = [
      0.299 * 200 + 0.587 * 40 + 0.114 * 90,
      128 - 0.168736 * 200 - 0.331264 * 40 + 0.5 * 90,
      128 + 0.5 * 200 - 0.418688 * 40 - 0.081312 * 90,
    ];
    [r, g, b].forEach((value, i) => expect(Math.abs(value - (expected[i] ?? 0))).toBeLessThan(3));
  });

  it('gives nothing for tiles that are not stored, and refuses damaged ones', async () => {
    const tags = imageTags(128, 64, [short(259, COMPRESSION.jpeg), short(322, 64), short(323, 64)]);
    const tiles = await JpegTiles.of(
      await imageAt(writeTiff([{ tags, chunks: [new Uint8Array(0), new Uint8Array(50).fill(1)] }]).bytes()),
    );
    expect(await tiles.read(0, 0)).toBeUndefined();
    await expect(tiles.read(1, 0)).rejects.toMatchObject({ code: 'UNREADABLE_TILE' });
    await expect(tiles.read(2, 0)).rejects.toMatchObject({ code: 'TILE_OUT_OF_RANGE' });
  });
});

describe('joinJpegStrips', () => {
  it.each([
    [1, 574, 768],
    [3, 1280, 431],
  ])('puts the strips of picture %i of the demo slide together without decoding', async (page, width, height) => {
    const image = await imageAt(readFileSync(DEMO_SLIDE), page);
    expect(image.rows).toBeGreaterThan(20);
    const jpeg = (await joinJpegStrips(image)) ?? expect.fail('no picture');
    expect(await sharp(jpeg).metadata()).toMatchObject({ format: 'jpeg', width, height });
    const expected = await sharp(DEMO_SLIDE, { page }).removeAlpha().raw().toBuffer();
    const found = await pixels(jpeg);
    // libtiff decodes strip by strip and libjpeg smooths the halved colours across rows: only rows at the seams may differ.
    const seams = new Set<number>();
    for (let i = 0; i < expected.length; i++)
      if (Math.abs((expected[i] ?? 0) - (found[i] ?? 0)) > 0) seams.add(Math.floor(i / (3 * width)) % 16);
    expect([...seams].filter((row) => row !== 0 && row !== 15)).toEqual([]);
    expect(image.directory.has(TAG.jpegTables)).toBe(true);
  });
});

/** Takes the application segments out of a JPEG file. */
function stripApp(jpeg: Uint8Array): Uint8Array {
  const pieces = [jpeg.subarray(0, 2)];
  let at = 2;
  while (jpeg[at + 1] !== 0xda) {
    const end = at + 2 + ((jpeg[at + 2] ?? 0) << 8) + (jpeg[at + 3] ?? 0);
    if (((jpeg[at + 1] ?? 0) & 0xf0) !== 0xe0) pieces.push(jpeg.subarray(at, end));
    at = end;
  }
  return concatBytes([...pieces, jpeg.subarray(at)]);
}
