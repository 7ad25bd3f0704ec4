import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { EncodedTile, Plane, RawTile } from '@exact/sdk/server';
import { describeWithData } from '../../../../test/data.ts';
import { DEMO_SLIDE, fileInput } from '../../test/file-input.ts';
import { openTiffSlide } from './open-tiff.ts';
import type { TiffSlideReader } from './slide-reader.ts';

const FIRST: Plane = { z: 0, t: 0, c: 0 };

interface Expected {
  readonly vendor: string;
  /** Width, height of each level: from vipsheader and openslide-show-properties. */
  readonly levels: readonly (readonly [number, number])[];
  readonly tile: readonly [number, number];
  readonly mpp?: number;
  readonly objective?: number;
  readonly planes?: readonly [z: number, t: number, c: number];
  readonly associated?: readonly string[];
  readonly needsPyramid?: true;
}

const halves = (width: number, height: number, count: number): readonly (readonly [number, number])[] =>
  Array.from({ length: count }, (_, i) => [Math.floor(width / 2 ** i), Math.floor(height / 2 ** i)] as const);

const SLIDES: Readonly<Record<string, Expected>> = {
  'wsi/svs/CMU-1-Small-Region.svs': {
    vendor: 'aperio',
    levels: [[2220, 2967]],
    tile: [240, 240],
    mpp: 0.499,
    objective: 20,
    associated: ['thumbnail', 'label', 'macro'],
  },
  'wsi/svs/small.svs': {
    vendor: 'aperio',
    levels: [[16, 16]],
    tile: [64, 64],
    mpp: 0.499,
    objective: 20,
    associated: ['thumbnail'],
  },
  'wsi/svs/tcga-cr-7395-01a-01-ts1.svs': {
    vendor: 'aperio',
    levels: [
      [4443, 3567],
      [2221, 1783],
    ],
    tile: [256, 256],
    associated: ['thumbnail'],
  },
  // OpenSlide shows levels of 1/16 and on, too, which it makes while decoding; stored are four.
  'wsi/ndpi/test3-DAPI-2-(387).ndpi': {
    vendor: 'hamamatsu',
    levels: [
      [3968, 4864],
      [1984, 2432],
      [992, 1216],
      [496, 608],
    ],
    tile: [3968, 256],
    mpp: 10_000 / 43_826,
    objective: 40,
    associated: ['macro'],
  },
  'wsi/registration/BB_563479/A_BB_563479_1.svs': { vendor: 'tiff', levels: halves(4960, 5120, 6), tile: [256, 256] },
  'wsi/registration/BB_563479/N1_BB_563479_1.ndpi': { vendor: 'tiff', levels: halves(4800, 5120, 6), tile: [256, 256] },
  'wsi/registration/BB_563479/N2_BB_563479_1.ndpi': { vendor: 'tiff', levels: halves(5120, 5013, 6), tile: [256, 256] },
  'wsi/registration/BB_563479/Z_BB_563479_1.tif': { vendor: 'tiff', levels: halves(5120, 5100, 6), tile: [256, 256] },
  'wsi/registration/BB_574162/A_BB_574162_1.svs': { vendor: 'tiff', levels: halves(5014, 5120, 6), tile: [256, 256] },
  'wsi/registration/BB_574162/N1_BB_574162_1.ndpi': { vendor: 'tiff', levels: halves(5120, 4559, 6), tile: [256, 256] },
  'wsi/registration/BB_574162/N2_BB_574162_1.ndpi': { vendor: 'tiff', levels: halves(5120, 4800, 6), tile: [256, 256] },
  'wsi/registration/BB_574162/Z_BB_574162_1.tif': { vendor: 'tiff', levels: halves(5120, 5020, 6), tile: [256, 256] },
  'wsi/tiff/CRC-AI-15 X40 IHC.tif': { vendor: 'tiff', levels: halves(5120, 4691, 6), tile: [256, 256] },
  'wsi/tiff/boxes.tiff': { vendor: 'tiff', levels: halves(300, 250, 4), tile: [64, 64] },
  'wsi/tiff/yb10kx5k.zstd.tiff': { vendor: 'tiff', levels: halves(10_000, 5000, 5), tile: [1024, 1024] },
  'wsi/tiff/grey10kx5k.tif': { vendor: 'tiff', levels: [[10_000, 5000]], tile: [10_000, 64], needsPyramid: true },
  'derived/tiff/cmu-pyramid.tif': { vendor: 'tiff', levels: halves(2220, 2967, 5), tile: [256, 256], mpp: 0.499 },
  'derived/tiff/cmu-pyramid-big.btf': { vendor: 'tiff', levels: halves(2220, 2967, 4), tile: [512, 512], mpp: 0.499 },
  'derived/tiff/cmu-subifd.ome.tif': {
    vendor: 'ome-tiff',
    levels: halves(2220, 2967, 5),
    tile: [256, 256],
    mpp: 0.499,
  },
  'derived/tiff/cmu-crop-strips-lzw.tif': {
    vendor: 'tiff',
    levels: [[501, 347]],
    tile: [501, 128],
    mpp: 0.499,
    needsPyramid: true,
  },
  'wsi/ome-tiff/4D-series.ome.tiff': {
    vendor: 'ome-tiff',
    levels: [[439, 167]],
    tile: [439, 1],
    planes: [5, 7, 1],
    needsPyramid: true,
  },
  'wsi/ome-tiff/multi-channel.ome.tif': {
    vendor: 'ome-tiff',
    levels: [[439, 167]],
    tile: [439, 1],
    planes: [1, 1, 3],
    needsPyramid: true,
  },
  'wsi/ome-tiff/multifile-Z1.ome.tiff': {
    vendor: 'tiff',
    levels: [[18, 24]],
    tile: [18, 1],
    mpp: 1,
    needsPyramid: true,
  },
  'images/tiff/stack.tif': { vendor: 'tiff', levels: [[128, 128]], tile: [128, 128], planes: [10, 1, 1] },
  'timeseries/stuck.tif': { vendor: 'tiff', levels: [[512, 512]], tile: [512, 512], planes: [1, 5, 1] },
  'images/tiff-orientation/test_orient6.tif': {
    vendor: 'tiff',
    levels: halves(120, 180, 3),
    tile: [64, 64],
    needsPyramid: true,
  },
  'images/libtiffpic/zackthecat.tif': { vendor: 'tiff', levels: [[234, 213]], tile: [240, 224], needsPyramid: true },
};

async function open(path: string): Promise<TiffSlideReader> {
  // Named as nothing in particular: the name must not matter.
  return (await openTiffSlide(await fileInput(path, 'upload.bin'))) ?? expect.fail('not taken for TIFF');
}

for (const [file, want] of Object.entries(SLIDES)) {
  describeWithData(file, [file], (path) => {
    it('opens with the right size, levels and resolution', async () => {
      const { info } = await open(path);
      const [z, t, c] = want.planes ?? [1, 1, 1];
      expect(info).toMatchObject({
        vendor: want.vendor,
        width: want.levels[0]?.[0],
        height: want.levels[0]?.[1],
        planes: { z, t, c },
        associated: want.associated ?? [],
      });
      expect(info.levels.map((level) => [level.width, level.height])).toEqual(want.levels);
      expect([info.levels[0]?.tileWidth, info.levels[0]?.tileHeight]).toEqual(want.tile);
      for (const mpp of [info.mppX, info.mppY]) {
        if (want.mpp === undefined) expect(mpp).toBeUndefined();
        else expect(mpp).toBeCloseTo(want.mpp, 6);
      }
      expect(info.objective).toBe(want.objective);
      expect(info.needsPyramid).toBe(want.needsPyramid);
    });
  });
}

/** Slides whose tiles go out as JPEG or WebP, with the pages of the file that hold their levels for libvips. */
const PASSED_ON: Readonly<Record<string, { readonly tolerance: number; readonly subifd?: true }>> = {
  'wsi/registration/BB_563479/A_BB_563479_1.svs': { tolerance: 0 },
  'wsi/registration/BB_563479/N2_BB_563479_1.ndpi': { tolerance: 0 },
  'wsi/tiff/CRC-AI-15 X40 IHC.tif': { tolerance: 0 },
  'derived/tiff/cmu-pyramid.tif': { tolerance: 0 },
  'derived/tiff/cmu-pyramid-big.btf': { tolerance: 0 },
  'derived/tiff/cmu-subifd.ome.tif': { tolerance: 0, subifd: true },
  'derived/tiff-compression/webp.tif': { tolerance: 0 },
  'derived/tiff-compression/jpeg.tif': { tolerance: 0 },
};

for (const [file, { tolerance, subifd }] of Object.entries(PASSED_ON)) {
  describeWithData(file, [file], (path) => {
    it('hands out stored tiles that decode to the pixels libtiff reads', async () => {
      const reader = await open(path);
      for (const [level, { width, height, tileWidth, tileHeight }] of reader.info.levels.entries()) {
        const page = subifd === true ? { subifd: level - 1 } : { page: level };
        const whole = await sharp(path, { ...page, failOn: 'none' })
          .removeAlpha()
          .raw()
          .toBuffer();
        const [cols, rows] = [Math.ceil(width / tileWidth), Math.ceil(height / tileHeight)];
        // Every seventh tile of large levels and always the last one: the whole is covered over the levels in seconds.
        for (let i = 0; i < cols * rows; i += Math.max(1, i + 7 < cols * rows ? 7 : cols * rows - 1 - i)) {
          const [col, row] = [i % cols, Math.floor(i / cols)];
          const tile = (await reader.tile(level, col, row, FIRST)) ?? expect.fail('no tile');
          const [left, top] = [col * tileWidth, row * tileHeight];
          const size = { width: Math.min(tileWidth, width - left), height: Math.min(tileHeight, height - top) };
          const found = await sharp(encoded(tile).bytes)
            .removeAlpha()
            .extract({ left: 0, top: 0, ...size })
            .raw()
            .toBuffer();
          let largest = 0;
          for (let y = 0; y < size.height; y++)
            for (let x = 0; x < 3 * size.width; x++)
              largest = Math.max(
                largest,
                Math.abs((found[3 * y * size.width + x] ?? 0) - (whole[3 * ((top + y) * width + left) + x] ?? 0)),
              );
          expect(largest, `level ${level}, tile ${col},${row}`).toBeLessThanOrEqual(tolerance);
        }
      }
    });
  });
}

describe('the demo slide', () => {
  it('gives label, macro and thumbnail in one piece', async () => {
    const reader = await open(DEMO_SLIDE);
    expect(await sharp(encoded(await reader.associated?.('macro')).bytes).metadata()).toMatchObject({
      width: 1280,
      height: 431,
    });
    expect(await sharp(encoded(await reader.associated?.('thumbnail')).bytes).metadata()).toMatchObject({
      width: 574,
      height: 768,
    });
    const label = raw(await reader.associated?.('label'));
    expect(label).toMatchObject({
      width: 387,
      height: 463,
      decode: { compression: 'none', predictor: 2, samplesPerPixel: 3 },
    });
    // The decoder of the platform undoes the predictor; here it is done by hand to compare with libtiff.
    const pixels = Uint8Array.from(label.bytes);
    for (let i = 0; i < pixels.length; i++) if (i % (387 * 3) >= 3) pixels[i] = (pixels[i] ?? 0) + (pixels[i - 3] ?? 0);
    expect(Buffer.compare(pixels, await sharp(DEMO_SLIDE, { page: 2 }).removeAlpha().raw().toBuffer())).toBe(0);
    expect(await reader.associated?.('patient')).toBeUndefined();
  });

  it('lets nothing of the description out but resolution and magnification', async () => {
    const text = JSON.stringify((await open(DEMO_SLIDE)).info);
    for (const secret of ['CMU', '1004486', '12/29/09', 'b414003d', 'CPAPERIOCS', 'ImageScope', 'Aperio Image'])
      expect(text).not.toContain(secret);
  });

  it('tells where its tiles stand without waiting', async () => {
    const reader = await open(DEMO_SLIDE);
    expect(reader.jpegTileLocation(0, 0, 0)).toMatchObject({ offset: 16, length: 3684, skip: 2 });
    expect(() => reader.jpegTileLocation(1, 0, 0)).toThrow('There is no level 1');
  });

  it.each([
    [[1, 0, 0], FIRST],
    [[0, 10, 0], FIRST],
    [[0, 0, -1], FIRST],
    [[0, 0.5, 0], FIRST],
    [[0, 0, 0], { z: 1, t: 0, c: 0 }],
    [[0, 0, 0], { z: 0, t: 0, c: NaN }],
  ] as const)('refuses tile %j of plane %j', async ([level, col, row], plane) => {
    await expect((await open(DEMO_SLIDE)).tile(level, col, row, plane)).rejects.toMatchObject({
      code: 'TILE_OUT_OF_RANGE',
    });
  });

  it('stops when the caller does', async () => {
    const reader = await open(DEMO_SLIDE);
    await expect(reader.tile(0, 0, 0, FIRST, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });
});

describeWithData(
  'tiles that no browser shows',
  [
    'wsi/svs/tcga-cr-7395-01a-01-ts1.svs',
    'images/libtiffpic/flower-rgb-planar-16.tif',
    'images/tiff/palette.tif',
    'images/tiff/stack.tif',
    'derived/tiff-compression/lzw.tif',
  ],
  (tcga, planar, palette, stack, lzw) => {
    it('come as stored, with what a decoder has to know', async () => {
      expect(raw(await (await open(tcga ?? '')).tile(0, 8, 7, FIRST))).toMatchObject({
        width: 256,
        height: 256,
        decode: { compression: 'jp2k', photometric: 2, samplesPerPixel: 3 },
      });
      const flower = raw(await (await open(planar ?? '')).tile(0, 0, 0, FIRST));
      expect(flower.decode).toMatchObject({
        compression: 'none',
        bitsPerSample: 16,
        littleEndian: false,
        samplesPerPixel: 3,
      });
      expect(flower.decode.planar?.map((bytes) => bytes.length)).toEqual([6278, 6278, 6278]);
      expect(raw(await (await open(palette ?? '')).tile(0, 0, 0, FIRST)).decode.palette).toHaveLength(768);
      expect(raw(await (await open(lzw ?? '')).tile(0, 1, 1, FIRST)).decode).toMatchObject({
        compression: 'lzw',
        predictor: 2,
      });
    });

    it('carry one window for all planes of a stack above 8 bits', async () => {
      const reader = await open(stack ?? '');
      const windows = await Promise.all(
        [0, 4, 9].map(async (z) => raw(await reader.tile(0, 0, 0, { z, t: 0, c: 0 })).decode.range),
      );
      const values = await sharp(stack, { page: 0 }).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer();
      const sorted = new Uint16Array(values.buffer, values.byteOffset, values.length / 2).toSorted();
      const [low, high] = windows[0] ?? [];
      expect(low).toBe(sorted[Math.floor(sorted.length * 0.001)]);
      expect(high).toBe(sorted[Math.ceil(sorted.length * 0.999) - 1]);
      expect(windows[1]).toEqual(windows[0]);
      expect(windows[2]).toEqual(windows[0]);
    });
  },
);

function encoded(tile: EncodedTile | RawTile | undefined): EncodedTile {
  return tile !== undefined && 'mediaType' in tile ? tile : expect.fail('no encoded tile');
}

function raw(tile: EncodedTile | RawTile | undefined): RawTile {
  return tile !== undefined && 'decode' in tile ? tile : expect.fail('no raw tile');
}
