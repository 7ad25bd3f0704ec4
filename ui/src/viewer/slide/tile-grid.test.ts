import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROPERTY_SEED } from '../../../../test/seed.ts';
import { overviewLevel, smallestPixelRatio, TileGrid, type GridLevel } from './tile-grid.ts';

/** Levels with the ratios that a scanner stores, sizes rounded down as they do. */
const pyramid = (
  width: number,
  height: number,
  ratios: readonly number[],
  tileWidth = 256,
  tileHeight = tileWidth,
): GridLevel[] =>
  ratios.map((ratio) => ({
    width: Math.floor(width / ratio),
    height: Math.floor(height / ratio),
    tileWidth,
    tileHeight,
  }));

const SLIDES: [string, GridLevel[]][] = [
  ['Aperio, ratios 1, 4, 16', pyramid(46_001, 32_915, [1, 4, 16], 240)],
  ['Hamamatsu strips of 3968 × 256', pyramid(38_144, 33_792, [1, 2, 4, 8], 3968, 256)],
  ['one level, smaller than a tile', pyramid(100, 60, [1], 512)],
  ['another tile size on each level', [...pyramid(10_000, 7000, [1], 512), ...pyramid(10_000, 7000, [3], 128, 64)]],
];

describe.each(SLIDES)('tiles of %s', (_name, levels) => {
  const [largest] = levels as [GridLevel];
  const aspect = largest.width / largest.height;

  it('cover the whole image without gap or overlap, on every level', () => {
    for (const level of levels) {
      const grid = new TileGrid(level, aspect);
      for (let row = 0; row < grid.rows; row++) {
        for (const column of [0, 1, grid.columns - 2, grid.columns - 1].filter((c) => c >= 0 && c < grid.columns)) {
          const place = grid.place(column, row);
          if (column > 0)
            expect(grid.place(column - 1, row).x + grid.place(column - 1, row).width).toBeCloseTo(place.x, 12);
          if (row > 0)
            expect(grid.place(column, row - 1).y + grid.place(column, row - 1).height).toBeCloseTo(place.y, 12);
          expect(place.width > 0 && place.height > 0).toBe(true);
        }
      }
      const last = grid.place(grid.columns - 1, grid.rows - 1);
      expect(last.x + last.width).toBeCloseTo(1, 12);
      expect(last.y + last.height).toBeCloseTo(1 / aspect, 12);
    }
  });

  it('lie at whole pixels of level 0 on level 0', () => {
    const grid = new TileGrid(largest, aspect);
    for (const column of [0, grid.columns >> 1, grid.columns - 1]) {
      const { x, width } = grid.place(column, 0);
      expect(x * largest.width).toBeCloseTo(column * largest.tileWidth, 6);
      expect(width * largest.width).toBeCloseTo(grid.content(column, 0).width, 6);
    }
  });

  it('are found at every point inside them', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (u, v) => {
        for (const level of levels) {
          const grid = new TileGrid(level, aspect);
          const [x, y] = [u, v / aspect];
          const tile = grid.at(x, y);
          const place = grid.place(tile.x, tile.y);
          const near = 1e-9;
          expect(x >= place.x - near && x <= place.x + place.width + near).toBe(true);
          expect(y >= place.y - near && y <= place.y + place.height + near).toBe(true);
        }
      }),
      { seed: PROPERTY_SEED, numRuns: 200 },
    );
  });

  it('show only image of tiles that are filled up at the edge', () => {
    for (const level of levels) {
      const grid = new TileGrid(level, aspect);
      const { width, height } = grid.content(grid.columns - 1, grid.rows - 1);
      expect(width).toBe(level.width - (grid.columns - 1) * level.tileWidth);
      expect(height).toBe(level.height - (grid.rows - 1) * level.tileHeight);
    }
  });
});

describe('overviewLevel', () => {
  it('adds the thumbnail to a slide without a pyramid, in the size that the server rounds to', () => {
    expect(overviewLevel(pyramid(2220, 2967, [1], 240))).toEqual({
      width: 192,
      height: 256,
      tileWidth: 192,
      tileHeight: 256,
    });
  });
  it('adds nothing where the smallest level is a few tiles', () => {
    expect(overviewLevel(pyramid(46_000, 32_914, [1, 4, 16, 64], 512))).toBeUndefined();
    expect(overviewLevel(pyramid(100, 60, [1]))).toBeUndefined();
  });
});

describe('smallestPixelRatio', () => {
  it.each([
    [[1], 0.5],
    [[1, 2, 4], 0.5],
    [[1, 4, 16], 0.5],
    [[1, 2, 4, 32], 0.25],
    [[1, 16], 0.195], // 400 tiles of 256 px on a screen of a million pixels
  ])('for ratios %j is %d', (ratios, expected) => {
    expect(smallestPixelRatio(pyramid(100_000, 100_000, ratios))).toBeCloseTo(expected, 2);
  });
  it('goes as far down as needed where all tiles are few', () => {
    const levels = pyramid(2220, 2967, [1], 240);
    expect(smallestPixelRatio([...levels, overviewLevel(levels) as GridLevel])).toBeCloseTo((2 * 192) / 2220, 6);
  });
});
