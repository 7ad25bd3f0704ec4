import type { Bounds } from '@exact/geometry';
import OpenSeadragon from 'openseadragon';
import { BOX_ROOM, LEAST_BOX_PX } from './slide-viewer.ts';
import { createTileSource, type SlideImage } from './tile-source.ts';
import { roomAround } from './view-math.ts';

/** More is not looked at at once, and would keep the present view waiting. */
const MAX_TILES = 30;

/**
 * Has the browser fetch the tiles that showing a box will need, with low priority, so that going there shows a sharp picture at
 * once. Tiles that were fetched come from the browser's cache; a failure does no harm.
 */
export function preloadBox(osd: OpenSeadragon.Viewer, imageWidth: number, box: Bounds, room?: number): void {
  const source = osd.world.getItemAt(0)?.source as OpenSeadragon.TileSource | undefined;
  if (source) preloadFrom(source, osd, imageWidth, box, room);
}

/** As {@link preloadBox}, of another image that will be opened in this viewer. */
export const preloadOther = (osd: OpenSeadragon.Viewer, image: SlideImage, box: Bounds, room?: number): void =>
  preloadFrom(createTileSource(image), osd, image.width, box, room);

function preloadFrom(
  source: OpenSeadragon.TileSource,
  osd: OpenSeadragon.Viewer,
  imageWidth: number,
  box: Bounds,
  room = BOX_ROOM,
): void {
  const { minX, minY, maxX, maxY } = roomAround(box, room, LEAST_BOX_PX); // as showBox does
  const size = osd.viewport.getContainerSize();
  const downsample = Math.max((maxX - minX) / size.x, (maxY - minY) / size.y);
  const level = levelFor(source, 1 / downsample);
  // the view has the shape of the screen, the box lies in its middle
  const [dx, dy] = [(size.x * downsample) / 2, (size.y * downsample) / 2];
  const [x, y] = [(minX + maxX) / 2, (minY + maxY) / 2];
  const at = (px: number, py: number): { readonly x: number; readonly y: number } =>
    source.getTileAtPoint(level, new OpenSeadragon.Point(Math.max(0, px / imageWidth), Math.max(0, py / imageWidth)));
  const [first, last] = [at(x - dx, y - dy), at(x + dx, y + dy)];
  let left = MAX_TILES;
  for (let row = first.y; row <= last.y; row++) {
    for (let column = first.x; column <= last.x; column++) {
      if (left-- <= 0) return;
      const picture = new Image();
      picture.fetchPriority = 'low';
      picture.src = String(source.getTileUrl(level, column, row));
    }
  }
}

/** The coarsest level that still has a pixel for each on the screen. */
function levelFor(source: OpenSeadragon.TileSource, scale: number): number {
  for (let level = source.minLevel; level < source.maxLevel; level++)
    if (source.getLevelScale(level) >= scale) return level;
  return source.maxLevel;
}
