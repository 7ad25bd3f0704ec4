import type { Image } from '@exact/sdk/contract';
import OpenSeadragon from 'openseadragon';
import { overviewLevel, TileGrid, type GridLevel } from './tile-grid.ts';

export type SlideImage = Pick<Image, 'id' | 'width' | 'height' | 'levels' | 'contentVersion'>;

/**
 * The stored tiles of an image for OpenSeadragon. Its own tile source expects each level to be half the one above; here
 * everything that depends on it is answered from the levels as they are.
 *
 * OpenSeadragon counts levels from the smallest, the server from the largest.
 */
export function createTileSource(image: SlideImage, baseUrl = '/api/v2'): OpenSeadragon.TileSource {
  const overview = overviewLevel(image.levels);
  const stored: readonly GridLevel[] = [...image.levels].reverse();
  const levels = overview ? [overview, ...stored] : stored;
  const aspectRatio = image.width / image.height;
  const grids = levels.map((level) => new TileGrid(level, aspectRatio));
  const first = overview ? 1 : 0;
  const version = encodeURIComponent(image.contentVersion);

  const grid = (level: number): TileGrid => {
    const found = grids[level];
    if (!found) throw new RangeError(`Image ${image.id} has no level ${level}; there are ${grids.length}.`);
    return found;
  };
  const { Point, Rect } = OpenSeadragon;

  const source = new OpenSeadragon.TileSource({
    width: image.width,
    height: image.height,
    tileWidth: levels[0]?.tileWidth ?? 256,
    tileHeight: levels[0]?.tileHeight ?? 256,
    tileOverlap: 0,
    minLevel: 0,
    maxLevel: levels.length - 1,
    ready: true,
  } as OpenSeadragon.TileSourceOptions);

  return Object.assign(source, {
    getTileWidth: (level: number) => grid(level).level.tileWidth,
    getTileHeight: (level: number) => grid(level).level.tileHeight,
    getLevelScale: (level: number) => grid(level).level.width / image.width,
    getNumTiles: (level: number) => new Point(grid(level).columns, grid(level).rows),
    getTileAtPoint: (level: number, point: OpenSeadragon.Point) => {
      const { x, y } = grid(level).at(point.x, point.y);
      return new Point(x, y);
    },
    getTileBounds: (level: number, column: number, row: number, isSource?: boolean) => {
      const { x, y, width, height } = isSource ? grid(level).content(column, row) : grid(level).place(column, row);
      return new Rect(x, y, width, height);
    },
    getTileUrl: (level: number, column: number, row: number) =>
      level < first
        ? `${baseUrl}/images/${image.id}/thumbnail?v=${version}`
        : `${baseUrl}/images/${image.id}/tiles/${levels.length - 1 - level}/${column}/${row}?v=${version}`,
    hasTransparency: () => false,
  }) as unknown as OpenSeadragon.TileSource;
}
