import { readFileSync } from 'node:fs';
import { ExactError } from '@exact/sdk/contract';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deepZoomMaxLevel, deepZoomTile } from '../../core/src/slides/deepzoom.ts';
import { parseIiif } from '../../core/src/slides/iiif.ts';
import { readPixels } from '../../core/src/slides/read-pixels.ts';
import { readRegion } from '../../core/src/slides/region.ts';
import { describeWithData } from '../data.ts';
import { createImagePlatform, type ImagePlatform } from './platform.ts';
import { upload } from './tus.ts';

const LOSSLESS = ['none', 'lzw', 'deflate', 'packbits', 'zstd'];
const COMPRESSED = [...LOSSLESS, 'webp', 'jpeg', 'jp2k'];
const PATHS = [
  'wsi/svs/CMU-1-Small-Region.svs',
  'derived/tiff-compression/truth.png',
  ...COMPRESSED.map((name) => `derived/tiff-compression/${name}.tif`),
];

describeWithData('tiles', PATHS, (slidePath = '', truthPath = '', ...compressed) => {
  let platform: ImagePlatform;
  let slideId = 0;
  const add = async (path: string): Promise<number> => {
    const answer = await upload(platform.url, platform.imageSetId, 'x.tif', readFileSync(path));
    expect(answer.problem).toBeUndefined();
    const image = await platform.settled(Number(answer.headers.get('exact-image-id')));
    expect(image.problem).toBeUndefined();
    return image.id;
  };
  const address = (id: number, level: number, col: number, row: number, query = '') =>
    `${platform.url}/api/v2/images/${id}/tiles/${level}/${col}/${row}${query}`;
  beforeAll(async () => {
    platform = await createImagePlatform();
    slideId = await add(slidePath);
  }, 60_000);
  afterAll(() => platform.close());

  it('answers a tile that was read before without the framework, byte for byte as the ordinary way does', async () => {
    const first = await fetch(address(slideId, 0, 3, 4, '?v=1'));
    const before = platform.fast.count;
    const second = await fetch(address(slideId, 0, 3, 4, '?v=1'));
    expect(platform.fast.count).toBe(before + 1);
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(second.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(second.headers.get('x-content-type-options')).toBe('nosniff');
    const bytes = Buffer.from(await second.arrayBuffer());
    expect(bytes.equals(Buffer.from(await first.arrayBuffer()))).toBe(true);
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: 240, height: 240 });
  });

  it('answers 304 to who has the tile, and never without a right', async () => {
    const etag = (await fetch(address(slideId, 0, 1, 1))).headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[0-9a-f]{16}-0-1-1"$/);
    const again = await fetch(address(slideId, 0, 1, 1), { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect(again.headers.get('cache-control')).toBe('private, no-cache');
    const before = platform.fast.count;
    await fetch(address(slideId, 0, 1, 1), { headers: { 'x-user': 'stranger', 'if-none-match': etag } });
    expect(platform.fast.count).toBe(before);
  });

  it.each(['/0/1000/0', '/9/0/0', '/0/0/1000'])('answers 404 beyond the grid: %s', async (path) => {
    const answer = await fetch(`${platform.url}/api/v2/images/${slideId}/tiles${path}`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: 'TILE_OUT_OF_RANGE' });
  });

  it.each(['/0/0/0/', '/0/0/-1', '/0/0/0?v=1&z=1', '/0//0', '/99999999999/0/0', '/0/0/0x'])(
    'leaves odd addresses to the ordinary way: %s',
    async (path) => {
      const before = platform.fast.count;
      await fetch(`${platform.url}/api/v2/images/${slideId}/tiles${path}`);
      expect(platform.fast.count).toBe(before);
    },
  );

  it.each(COMPRESSED.map((name, i) => [name, i] as const))(
    'shows tiles stored with %s as they were before compression',
    async (name, i) => {
      const id = await add(compressed[i] ?? '');
      const { levels, width, height } = await platform.tiles.pixels(id);
      const truth = sharp(truthPath).removeAlpha();
      const region = await readRegion(platform.tiles, await platform.tiles.pixels(id), {
        x: 0,
        y: 0,
        width,
        height,
        outWidth: width,
        outHeight: height,
        format: 'png',
      });
      const [a, b] = await Promise.all([sharp(region.bytes).removeAlpha().raw().toBuffer(), truth.raw().toBuffer()]);
      expect(levels.length).toBeGreaterThan(0);
      expect(a.length).toBe(b.length);
      // JPEG of quality 90 lies between us and the file's pixels (3.8 on this test card); the lossy files themselves differ by 8 and
      // 9. A wrong predictor or colour model is above 20.
      expect(meanDifference(a, b), name).toBeLessThan(LOSSLESS.includes(name) ? 4 : 10);
    },
  );

  it('makes regions whose pixels are those of the decoded tiles', async () => {
    const image = await platform.tiles.pixels(slideId);
    const { bytes } = await platform.tiles.tile(slideId, 0, 1, 1);
    const wanted = await sharp(bytes).extract({ left: 10, top: 20, width: 100, height: 90 }).raw().toBuffer();
    const region = await readRegion(platform.tiles, image, {
      x: 250,
      y: 260,
      width: 100,
      height: 90,
      outWidth: 100,
      outHeight: 90,
      format: 'png',
    });
    expect((await sharp(region.bytes).raw().toBuffer()).equals(wanted)).toBe(true);
  });

  it('scales regions as one resampling of the whole would, without seams', async () => {
    const image = await platform.tiles.pixels(slideId);
    const area = { x: 100, y: 130, width: 1600, height: 1200 };
    const full = await readRegion(platform.tiles, image, { ...area, outWidth: 1600, outHeight: 1200, format: 'png' });
    const small = await readRegion(platform.tiles, image, { ...area, outWidth: 400, outHeight: 300, format: 'png' });
    const [a, b] = await Promise.all([
      sharp(small.bytes).raw().toBuffer(),
      sharp(full.bytes).resize(400, 300, { kernel: 'cubic' }).raw().toBuffer(),
    ]);
    // Two ways of averaging the same pixels differ by 3.4; an offset of one pixel by more than 10.
    expect(meanDifference(a, b)).toBeLessThan(5);
    await expect(readRegion(platform.tiles, image, { ...area, outWidth: 5000, outHeight: 10 })).rejects.toMatchObject({
      code: 'REGION_TOO_LARGE',
    });
    await expect(
      readRegion(platform.tiles, image, { ...area, x: 9999, outWidth: 10, outHeight: 10 }),
    ).rejects.toMatchObject({ code: 'TILE_OUT_OF_RANGE' });
  });

  it('gives jobs the pixels of a part: the decoded ones without scaling', async () => {
    const image = await platform.tiles.pixels(slideId);
    const { bytes } = await platform.tiles.tile(slideId, 0, 1, 1);
    const wanted = await sharp(bytes).extract({ left: 10, top: 20, width: 100, height: 90 }).raw().toBuffer();
    const box = { minX: 250, minY: 260, maxX: 350, maxY: 350 };
    const { data, ...size } = await readPixels(platform.tiles, image, { downsample: 1, box });
    expect(size).toEqual({ width: 100, height: 90, downsample: 1, box });
    expect(Buffer.from(data).equals(wanted)).toBe(true);
  });

  it('gives jobs the whole image at any downsample, the same whether read in one piece or in bands', async () => {
    const image = await platform.tiles.pixels(slideId);
    const whole = await readPixels(platform.tiles, image, { downsample: 7.3 });
    expect([whole.width, whole.height, whole.data.length]).toEqual([304, 406, 304 * 406 * 3]);
    expect(whole.box).toEqual({ minX: 0, minY: 0, maxX: 2220, maxY: 2967 });
    const banded = await readPixels(platform.tiles, image, { downsample: 7.3 }, undefined, 20);
    expect(meanDifference(whole.data, banded.data)).toBeLessThan(3); // a band of one row less or more: above 15
    const truth = await readRegion(platform.tiles, image, {
      ...{ x: 0, y: 0, width: 2220, height: 2967, outWidth: 304, outHeight: 406, format: 'png' },
    });
    expect(meanDifference(whole.data, await sharp(truth.bytes).removeAlpha().raw().toBuffer())).toBe(0);
  });

  it('cuts a box off at the edges of the image, and tells what it shows', async () => {
    const image = await platform.tiles.pixels(slideId);
    const box = { minX: -50, minY: 2900, maxX: 100, maxY: 9999 };
    const part = await readPixels(platform.tiles, image, { downsample: 2, box });
    expect(part).toMatchObject({ width: 50, height: 34, box: { minX: 0, minY: 2900, maxX: 100, maxY: 2967 } });
  });

  it.each([
    [{ downsample: 0.5 }, 'INVALID_REQUEST'],
    [{ downsample: NaN }, 'INVALID_REQUEST'],
    [{ downsample: Infinity }, 'INVALID_REQUEST'],
    [{ downsample: 1, box: { minX: 3000, minY: 0, maxX: 3100, maxY: 10 } }, 'INVALID_REQUEST'],
    [{ downsample: 1, box: { minX: NaN, minY: 0, maxX: 10, maxY: 10 } }, 'INVALID_REQUEST'],
    [{ downsample: 4, plane: { z: 3, t: 0, c: 0 } }, 'TILE_OUT_OF_RANGE'],
  ])('says what is wrong with %j', async (request, code) => {
    const image = await platform.tiles.pixels(slideId);
    await expect(readPixels(platform.tiles, image, request)).rejects.toMatchObject({ code });
  });

  it('refuses more pixels than one answer may hold, and ends with the signal', async () => {
    const image = { ...(await platform.tiles.pixels(slideId)), width: 60_000, height: 60_000 };
    await expect(readPixels(platform.tiles, image, { downsample: 2 })).rejects.toMatchObject({
      code: 'REGION_TOO_LARGE',
    });
    const ended = AbortSignal.abort(new Error('no longer wanted'));
    await expect(
      readPixels(platform.tiles, await platform.tiles.pixels(slideId), { downsample: 4 }, ended),
    ).rejects.toThrow('no longer wanted');
  });

  it('makes a thumbnail once and keeps it', async () => {
    const made = await platform.thumbnails.get(slideId);
    expect(await sharp(made.bytes).metadata()).toMatchObject({ width: 192, height: 256 });
    expect(
      await platform.cache.get(`${slideId}/${(await platform.tiles.pixels(slideId)).contentVersion}`, 'thumbnail'),
    ).toBeDefined();
  });

  it('serves DeepZoom levels from one pixel to all', async () => {
    const image = await platform.tiles.pixels(slideId);
    const max = deepZoomMaxLevel(image);
    expect(max).toBe(12); // 2220 × 2967: 2^12 = 4096 is the first power of two above
    const size = async (level: number, col: number, row: number) => {
      const { width, height } = await sharp(
        (await deepZoomTile(platform.tiles, platform.cache, image, level, col, row)).bytes,
      ).metadata();
      return [width, height];
    };
    expect(await size(max, 0, 0)).toEqual([256, 256]);
    expect(await size(max, 8, 11)).toEqual([2220 - 8 * 256, 2967 - 11 * 256]);
    expect(await size(max - 2, 2, 2)).toEqual([555 - 512, 742 - 512]);
    expect(await size(0, 0, 0)).toEqual([1, 1]);
    await expect(deepZoomTile(platform.tiles, platform.cache, image, max, 9, 0)).rejects.toMatchObject({
      code: 'TILE_OUT_OF_RANGE',
    });
  });

  it.each([
    ['full', 'max', { x: 0, y: 0, width: 2220, height: 2967, outWidth: 2220, outHeight: 2967 }],
    ['square', '100,', { x: 0, y: 373, width: 2220, height: 2220, outWidth: 100, outHeight: 100 }],
    ['10,20,300,400', ',200', { x: 10, y: 20, width: 300, height: 400, outWidth: 150, outHeight: 200 }],
    ['pct:0,0,50,50', '!111,111', { x: 0, y: 0, width: 1110, height: 1484, outWidth: 83, outHeight: 111 }],
    ['2200,0,300,20', 'pct:50', { x: 2200, y: 0, width: 20, height: 20, outWidth: 10, outHeight: 10 }],
  ])('reads the IIIF address %s/%s', (region, size, wanted) => {
    expect(parseIiif({ width: 2220, height: 2967 }, { region, size, rotation: '0', format: 'default.jpg' })).toEqual(
      wanted,
    );
  });

  it.each([
    ['full', '^max', '0', 'default.jpg'],
    ['full', '9999,', '0', 'default.jpg'],
    ['5000,0,10,10', 'max', '0', 'default.jpg'],
    ['a,b,c,d', 'max', '0', 'default.jpg'],
    ['full', 'max', '90', 'default.jpg'],
    ['full', 'max', '0', 'default.png'],
  ])('refuses the IIIF address %s/%s/%s/%s', (region, size, rotation, format) => {
    expect(() => parseIiif({ width: 2220, height: 2967 }, { region, size, rotation, format })).toThrow(ExactError);
  });
});

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] ?? 0) - (b[i] ?? 0));
  return sum / a.length;
}
