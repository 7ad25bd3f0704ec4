import type { EncodedTile } from '@exact/sdk/server';
import type { DiskCache } from './disk-cache.ts';
import { readRegion } from './region.ts';
import type { Tiles } from './tiles.ts';

export const THUMBNAIL_SIDE = 256;

/** The whole image, at most 256 px wide and high; made once, then from the disk cache. Never the slide's own thumbnail: it may show its label. */
export function createThumbnails(
  tiles: Tiles,
  cache: DiskCache,
): { get(imageId: number, signal?: AbortSignal): Promise<EncodedTile> } {
  const making = new Map<string, Promise<EncodedTile>>();
  return {
    async get(imageId) {
      const image = await tiles.pixels(imageId);
      const group = `${imageId}/${image.contentVersion}`;
      const kept = await cache.get(group, 'thumbnail');
      if (kept) return kept;
      let made = making.get(group);
      if (!made) {
        const scale = Math.min(1, THUMBNAIL_SIDE / Math.max(image.width, image.height));
        const size = {
          outWidth: Math.max(1, Math.round(image.width * scale)),
          outHeight: Math.max(1, Math.round(image.height * scale)),
        };
        made = readRegion(tiles, image, { x: 0, y: 0, width: image.width, height: image.height, ...size })
          .then(async (picture) => {
            await cache.put(group, 'thumbnail', picture);
            return picture;
          })
          .finally(() => making.delete(group));
        making.set(group, made);
      }
      return made;
    },
  };
}
