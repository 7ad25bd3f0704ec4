import { z } from 'zod';
import { Id, listOf, Name, PageQuery, pageOf, Tag, Timestamp } from './common.ts';
import { contract, endpoint, raw } from './endpoint.ts';
import { defineError } from './define-error.ts';
import { ConflictError } from './errors.ts';

export const TileOutOfRangeError = defineError<{ level: number; x: number; y: number }>({
  code: 'TILE_OUT_OF_RANGE',
  status: 404,
  message: (d) => `There is no tile ${d.x},${d.y} on level ${d.level}.`,
});

export const ImageNotReadyError = defineError<{ id: number; state: string }>({
  code: 'IMAGE_NOT_READY',
  status: 409,
  message: (d) => `Image ${d.id} cannot be shown yet: it is ${d.state}.`,
});

export const TileUnreadableError = defineError<{ reason: string }>({
  code: 'TILE_UNREADABLE',
  status: 422,
  message: (d) => `This part of the image cannot be read: ${d.reason}`,
});

export const UploadRefusedError = defineError<{ file: string; code: string; reason: string }>({
  code: 'UPLOAD_REFUSED',
  status: 422,
  message: (d) => `"${d.file}" was refused: ${d.reason}`,
});

/** `waiting`: stored, not looked at · `converting`: a pyramid is being made · `ready` · `failed`: see `problem`. */
export const IMAGE_STATES = ['waiting', 'converting', 'ready', 'failed'] as const;

export const ImageLevel = z.object({
  width: z.number(),
  height: z.number(),
  tileWidth: z.number(),
  tileHeight: z.number(),
  downsample: z.number(),
});

const AxisNumber = z.number().finite();
/**
 * What a coordinate means along one side of an image that is no picture of a place: at level-0 coordinate v the value is
 * `origin + v * perPixel`. `perPixel` is negative where values fall, as frequencies do from the top down. On a scale that is not linear
 * that sum is what the scale makes of the value: its natural logarithm (`log`), or 2595 · log10(1 + value / 700) (`mel`).
 */
export const Axis = z.object({
  unit: z.enum(['s', 'Hz']),
  perPixel: AxisNumber.refine((value) => value !== 0, 'must not be 0'),
  origin: AxisNumber,
  scale: z.enum(['linear', 'log', 'mel']).optional(),
});
export type Axis = z.output<typeof Axis>;
export const Axes = z.object({ x: Axis, y: Axis });
export type Axes = z.output<typeof Axes>;

export const Image = z.object({
  id: Id,
  imageSetId: Id,
  projectId: Id,
  /** Pseudonym `yymmdd-hhmm-xxxx`; what most people see. */
  publicName: z.string(),
  /** The name it was uploaded under; only for roles that may see it (`images:readPrivateName`). */
  privateName: z.string().optional(),
  state: z.enum(IMAGE_STATES),
  problem: z.object({ code: z.string(), message: z.string() }).optional(),
  progress: z.number().min(0).max(1).optional(),
  width: z.number(),
  height: z.number(),
  levels: z.array(ImageLevel),
  /** Micrometres for one level-0 pixel; absent when unknown, never guessed. */
  mppX: z.number().optional(),
  mppY: z.number().optional(),
  /** Where the axes are no lengths (spectrograms); such an image has no µm per pixel. */
  axes: Axes.optional(),
  objective: z.number().optional(),
  planes: z.object({ z: z.number(), t: z.number(), c: z.number() }),
  vendor: z.string(),
  sizeBytes: z.number(),
  sha256: z.string(),
  tags: z.array(z.string()),
  position: z.number(),
  annotationCount: z.number(),
  /** Changes with the pixels: part of tile addresses, so that they can be cached for good. */
  contentVersion: z.string(),
  createdAt: Timestamp,
});
export type Image = z.output<typeof Image>;

const image = { permission: 'images:read', in: 'image' } as const;
const imageParams = z.object({ imageId: Id });
const TileParams = imageParams.extend({
  level: z.coerce.number().int().min(0).max(63),
  col: z.coerce.number().int().min(0),
  row: z.coerce.number().int().min(0),
});
const PlaneQuery = z.object({
  z: z.coerce.number().int().min(0).optional(),
  t: z.coerce.number().int().min(0).optional(),
  c: z.coerce.number().int().min(0).optional(),
  v: z.string().max(64).optional().describe('content version; makes the address immutable'),
});

export const imagesContract = contract({
  list: endpoint({
    method: 'GET',
    path: '/image-sets/:imageSetId/images',
    summary: 'Images of a set in their order',
    access: { permission: 'images:read', in: 'imageSet' },
    params: z.object({ imageSetId: Id }),
    query: z.object({
      ...PageQuery,
      search: z.string().max(200).optional(),
      tags: listOf(Tag, 20).optional(),
      state: z.enum(IMAGE_STATES).optional(),
      order: z.enum(['position', 'name', 'createdAt']).optional(),
    }),
    response: pageOf(Image),
  }),
  get: endpoint({
    method: 'GET',
    path: '/images/:imageId',
    summary: 'One image',
    access: image,
    params: imageParams,
    response: Image,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/images/:imageId',
    summary: 'Change names, tags, order or the calibration of an image',
    access: { permission: 'images:write', in: 'image' },
    params: imageParams,
    body: z.strictObject({
      publicName: Name.optional(),
      privateName: Name.optional(),
      tags: z.array(Tag).max(50).optional(),
      position: z.number().finite().optional(),
      mppX: z.number().positive().max(10_000).nullable().optional(),
      mppY: z.number().positive().max(10_000).nullable().optional(),
    }),
    response: Image,
    errors: [ConflictError],
  }),
  remove: endpoint({
    method: 'POST',
    path: '/image-sets/:imageSetId/images/delete',
    summary: 'Delete images with their annotations and files',
    access: { permission: 'images:write', in: 'imageSet' },
    params: z.object({ imageSetId: Id }),
    body: z.strictObject({ imageIds: z.array(Id).min(1).max(1000) }),
    response: z.object({ deleted: z.number() }),
  }),
  retry: endpoint({
    method: 'POST',
    path: '/images/:imageId/retry',
    summary: 'Look at a failed image again',
    access: { permission: 'images:write', in: 'image' },
    params: imageParams,
    response: Image,
    errors: [ConflictError],
  }),
  access: endpoint({
    method: 'GET',
    path: '/images/:imageId/access',
    summary: '204 when the caller may read the image; for proxies that cache tiles',
    access: image,
    params: imageParams,
  }),
  thumbnail: endpoint({
    method: 'GET',
    path: '/images/:imageId/thumbnail',
    summary: 'The whole image, at most 256 pixels wide and high',
    access: image,
    params: imageParams,
    query: z.object({ v: z.string().max(64).optional() }),
    response: raw('image/jpeg', 'image/png'),
    errors: [ImageNotReadyError],
  }),
  tile: endpoint({
    method: 'GET',
    path: '/images/:imageId/tiles/:level/:col/:row',
    summary: 'One tile of a stored level; level 0 is the largest. Strong ETag, immutable.',
    access: image,
    params: TileParams,
    query: PlaneQuery,
    response: raw('image/jpeg', 'image/png', 'image/webp'),
    errors: [TileOutOfRangeError, ImageNotReadyError, TileUnreadableError],
  }),
  deepZoom: endpoint({
    method: 'GET',
    path: '/images/:imageId/deepzoom.dzi',
    summary: 'DeepZoom descriptor (256 px tiles, no overlap)',
    access: image,
    params: imageParams,
    response: raw('application/xml'),
    errors: [ImageNotReadyError],
  }),
  deepZoomTile: endpoint({
    method: 'GET',
    path: '/images/:imageId/deepzoom_files/:level/:tile',
    summary: 'DeepZoom tile `<col>_<row>.jpg`',
    access: image,
    params: imageParams.extend({
      level: z.coerce.number().int().min(0).max(63),
      tile: z.string().regex(/^\d{1,7}_\d{1,7}\.(jpg|jpeg)$/),
    }),
    response: raw('image/jpeg'),
    errors: [TileOutOfRangeError, ImageNotReadyError, TileUnreadableError],
  }),
  iiifInfo: endpoint({
    method: 'GET',
    path: '/images/:imageId/iiif/info.json',
    summary: 'IIIF Image API 3 description',
    access: image,
    params: imageParams,
    response: raw('application/ld+json;profile="http://iiif.io/api/image/3/context.json"'),
    errors: [ImageNotReadyError],
  }),
  iiif: endpoint({
    method: 'GET',
    path: '/images/:imageId/iiif/:region/:size/:rotation/:format',
    summary: 'IIIF Image API 3 (level 1: any region, size w, and h,; rotation 0; default.jpg)',
    access: image,
    params: imageParams.extend({
      region: z.string().max(100),
      size: z.string().max(40),
      rotation: z.string().max(10),
      format: z.string().max(20),
    }),
    response: raw('image/jpeg'),
    errors: [TileOutOfRangeError, ImageNotReadyError, TileUnreadableError],
  }),
});

/**
 * Uploads follow tus 1.0 at `/uploads` (creation, HEAD, PATCH up to 64 MiB a request, termination). Upload-Metadata carries
 * `imageSetId` and `filename`. When the last byte is in, the answer of that PATCH carries `Exact-Image-Id`, or is an
 * {@link UploadRefusedError}; a file that is already in the set is told by `Exact-Duplicate-Of`.
 */
export const UPLOADS_PATH = '/uploads';
