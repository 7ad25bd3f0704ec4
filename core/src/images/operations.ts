import { imagesContract, type RawReply } from '@exact/sdk/contract';
import type { EncodedTile, Plane } from '@exact/sdk/server';
import { type CoreRequest, implement, type Operation } from '../http/implement.ts';
import type { SeeingServices } from '../auth/seeing.ts';
import { deepZoomDescriptor, deepZoomTile } from '../slides/deepzoom.ts';
import type { DiskCache } from '../slides/disk-cache.ts';
import { iiifInfo, parseIiif } from '../slides/iiif.ts';
import { readRegion } from '../slides/region.ts';
import type { createThumbnails } from '../slides/thumbnail.ts';
import type { Tiles } from '../slides/tiles.ts';
import type { Viewer } from './image-rows.ts';
import type { ImageService } from './images.ts';

export interface ImageOperationsParts {
  readonly images: ImageService;
  readonly tiles: Tiles;
  readonly thumbnails: ReturnType<typeof createThumbnails>;
  readonly cache: DiskCache;
}

export function imagesOperations(
  { config, hooks, seeing }: SeeingServices,
  { images, tiles, thumbnails, cache }: ImageOperationsParts,
): readonly Operation[] {
  const origin = config.publicUrl ?? `http://${config.host}:${config.port}`;
  return implement(imagesContract, {
    list: (request) => images.list(viewerOf(request), request.params.imageSetId, request.query),
    get: (request) => images.get(viewerOf(request), request.params.imageId),
    update: (request) => images.update(viewerOf(request), request.params.imageId, request.body),
    async remove(request) {
      const { principal, params, body, requestId } = request;
      const there = await seeing.visibleImages.ofSet(principal, params.imageSetId);
      const imageIds = there ? body.imageIds.filter((id) => there.has(id)) : body.imageIds;
      return { deleted: await images.remove(viewerOf(request), params.imageSetId, imageIds, requestId) };
    },
    retry: (request) => images.retry(viewerOf(request), request.params.imageId),
    async access() {
      // Whoever gets here may read the image.
    },
    async thumbnail({ params, query, headers, signal }) {
      const { contentVersion } = await tiles.pixels(params.imageId);
      return cached(headers, `"${contentVersion}-thumbnail"`, query.v !== undefined, () =>
        thumbnails.get(params.imageId, signal),
      );
    },
    async tile({ params, query, headers, signal, projectId }) {
      const { imageId, level, col, row } = params;
      const plane: Plane = { z: query.z ?? 0, t: query.t ?? 0, c: query.c ?? 0 };
      const etag = tiles.etag(await tiles.pixels(imageId), level, col, row, plane);
      const isMade = hooks.tiles.source.isUsed(projectId) || hooks.tiles.transform.isUsed(projectId);
      const sharing = query.v !== undefined && !isMade ? SHARED_FOR_A_DAY : {};
      const reply = await cached(headers, etag, query.v !== undefined, () =>
        tiles.tile(imageId, level, col, row, plane, signal),
      );
      return { ...reply, headers: { ...reply.headers, ...sharing } };
    },
    async deepZoom({ params }) {
      return {
        headers: { 'Content-Type': 'application/xml', 'Cache-Control': 'private, no-cache' },
        body: deepZoomDescriptor(await tiles.pixels(params.imageId)),
      };
    },
    async deepZoomTile({ params, headers, signal }) {
      const image = await tiles.pixels(params.imageId);
      const [col = 0, row = 0] = params.tile.split(/[_.]/, 2).map(Number);
      return cached(headers, `"${image.contentVersion}-dz-${params.level}-${col}-${row}"`, false, () =>
        deepZoomTile(tiles, cache, image, params.level, col, row, signal),
      );
    },
    async iiifInfo({ params }) {
      const image = await tiles.pixels(params.imageId);
      return {
        headers: {
          'Content-Type': 'application/ld+json;profile="http://iiif.io/api/image/3/context.json"',
          'Cache-Control': 'private, no-cache',
        },
        body: iiifInfo(`${origin}/api/v2/images/${params.imageId}/iiif`, image),
      };
    },
    async iiif({ params, headers, signal }) {
      const image = await tiles.pixels(params.imageId);
      const region = parseIiif(image, params);
      const etag = `"${image.contentVersion}-iiif-${[region.x, region.y, region.width, region.height, region.outWidth, region.outHeight].join('-')}"`;
      return cached(headers, etag, false, () => readRegion(tiles, image, region, signal));
    },
  });
}

/**
 * Lets a proxy of ours keep a tile and give it to others, after it has asked the app for each of them: the bytes are the same for
 * everybody as long as no plugin makes or changes them. nginx takes the header away; see docker/nginx.
 */
const SHARED_FOR_A_DAY = { 'X-Accel-Expires': '86400' };

function viewerOf({ principal, grant }: Pick<CoreRequest<never>, 'principal' | 'grant'>): Viewer {
  return { principal, role: grant.role };
}

/** Answers 304 without making the picture when the caller has it already. */
async function cached(
  headers: Readonly<Record<string, string | undefined>>,
  etag: string,
  isVersioned: boolean,
  make: () => Promise<EncodedTile>,
): Promise<RawReply> {
  const common = {
    ETag: etag,
    'Cache-Control': isVersioned ? 'private, max-age=31536000, immutable' : 'private, no-cache',
  };
  const known = headers['if-none-match'];
  if (known !== undefined && (known === '*' || known.includes(etag))) return { status: 304, headers: common };
  const { bytes, mediaType } = await make();
  return { headers: { ...common, 'Content-Type': mediaType, 'X-Content-Type-Options': 'nosniff' }, body: bytes };
}
