import type { Geometry } from '@exact/geometry';
import { z } from 'zod';
import { Id, JsonObject, listOf, PageQuery, pageOf, Timestamp, Uuid } from './common.ts';
import { contract, endpoint, raw } from './endpoint.ts';
import { defineError } from './define-error.ts';

export const VERDICTS = ['accepted', 'rejected'] as const;
/** What a verifier can say: `none` takes a verdict back, as if nobody had looked. */
export const VERDICT_CHOICES = [...VERDICTS, 'none'] as const;

export const Annotation = z.object({
  uuid: Uuid,
  imageId: Id,
  templateId: Id,
  /** Layer of the project that it belongs to; absent for what people draw for themselves. */
  layerId: Id.optional(),
  geometry: z.custom<Geometry>(),
  description: z.string(),
  meta: JsonObject,
  authorId: Id,
  editorId: Id,
  createdAt: Timestamp,
  updatedAt: Timestamp,
  /** Counts up with every change, from 1. A change must name the revision that it was made on. */
  revision: z.number(),
  deleted: z.boolean(),
  /** Shape, template and existence are not to be changed until somebody unlocks it. */
  locked: z.boolean(),
  /** Latest verdict of a verifier on this revision's shape and template; absent while nobody looked. */
  verification: z.object({ verdict: z.enum(VERDICTS), userId: Id, at: Timestamp }).optional(),
});
export type Annotation = z.output<typeof Annotation>;

export const AnnotationRevision = z.object({
  revision: z.number(),
  change: z.enum(['create', 'update', 'delete', 'restore', 'verify']),
  userId: Id,
  at: Timestamp,
  templateId: Id,
  layerId: Id.optional(),
  geometry: z.custom<Geometry>(),
  description: z.string(),
  meta: JsonObject,
  deleted: z.boolean(),
  locked: z.boolean(),
  /** As it stood after this revision. */
  verdict: z.enum(VERDICTS).optional(),
});
export type AnnotationRevision = z.output<typeof AnnotationRevision>;

export const AnnotationConflictError = defineError<{ conflicts: readonly { uuid: string; current?: Annotation }[] }>({
  code: 'ANNOTATION_CONFLICT',
  status: 409,
  message: (d) =>
    `${d.conflicts.length === 1 ? 'One annotation was' : `${d.conflicts.length} annotations were`} changed by somebody else meanwhile. Nothing of this request was stored.`,
});

export const AnnotationInvalidError = defineError<{
  items: readonly {
    list: 'create' | 'update' | 'delete' | 'restore' | 'verify';
    index: number;
    uuid?: string;
    code: string;
    message: string;
  }[];
}>({
  code: 'ANNOTATION_INVALID',
  status: 422,
  message: (d) =>
    d.items
      .slice(0, 3)
      .map((i) => `${i.list}[${i.index}]: ${i.message}`)
      .join('; '),
});

/** Layers are shared: who works blind reads them, and gives an opinion of their own instead of changing them. */
export const LayerReadOnlyError = defineError<{ uuids: readonly string[] }>({
  code: 'LAYER_READ_ONLY',
  status: 403,
  message: (d) =>
    `${d.uuids.length === 1 ? `Annotation ${d.uuids[0]} belongs` : `${d.uuids.length} annotations belong`} to a layer that everybody shares, so who works blind does not change it. Draw an annotation of your own beside it.`,
});

/** Most annotations, and most bytes of packed geometry, that one frame holds. */
export const MAX_FRAME_ANNOTATIONS = 250_000;
export const MAX_FRAME_BYTES = 256 * 1024 * 1024;
/** Most annotations in one answer of centres. */
export const MAX_CENTRES = 2_000_000;

export const TooManyAnnotationsError = defineError<{ what: string; limit: string }>({
  code: 'TOO_MANY_ANNOTATIONS',
  status: 422,
  message: (d) =>
    `More than ${d.limit} match; ${d.what} hold at most that. Ask for a smaller part of the image by "box", or narrow the filter. The overview counts any number.`,
});

/** Most changes in one request; more go in several, or by the import. */
export const MAX_CHANGES = 5000;

/**
 * One atomic change. All of it is stored or nothing. Sending the same `changeId` again gives the first answer again and
 * stores nothing: safe to retry for ever.
 *
 * `create` with a UUID that the same person has already stored on this image with equal content is not an error.
 */
export interface AnnotationChanges {
  readonly changeId: string;
  readonly create?: readonly AnnotationDraft[];
  readonly update?: readonly AnnotationPatch[];
  readonly delete?: readonly AnnotationRef[];
  readonly restore?: readonly AnnotationRef[];
  readonly verify?: readonly (AnnotationRef & { readonly verdict: (typeof VERDICT_CHOICES)[number] })[];
}
/** A new annotation; the author and the times are the server's. */
export interface AnnotationDraft {
  readonly uuid: string;
  readonly templateId: number;
  readonly geometry: Geometry;
  readonly description?: string;
  readonly meta?: Readonly<Record<string, unknown>>;
}
export interface AnnotationRef {
  readonly uuid: string;
  readonly revision: number;
}
export interface AnnotationPatch extends AnnotationRef {
  readonly templateId?: number;
  readonly geometry?: Geometry;
  readonly description?: string;
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Managers only. Moves it into a layer of the project, where readers who work blind share it; `null` takes it out again. */
  readonly layerId?: number | null;
  /** A locked annotation takes no other shape or template and is not deleted, unless the same patch unlocks it. */
  readonly locked?: boolean;
}

const MetaText = z
  .string()
  .max(200)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be plain text');

/**
 * Values of meta data by key: each key must have one of its values. A value counts where it stands, in a list, and among the
 * typed attributes; types are told apart (`3` is not `"3"`), and so is case.
 */
export const MetaFilter = z
  .record(
    MetaText.min(1),
    z
      .array(z.union([MetaText, z.number(), z.boolean()]))
      .min(1)
      .max(20),
  )
  .refine((meta) => Object.keys(meta).length <= 8, 'holds more than 8 keys');
export type MetaFilter = Readonly<Record<string, readonly (string | number | boolean)[]>>;

/** Filter for reading annotations; everything given must hold. */
export const AnnotationFilterQuery = {
  templates: listOf(Id).optional(),
  authors: listOf(Id).optional(),
  uuids: listOf(Uuid).optional(),
  layers: listOf(z.union([z.literal('none').transform(() => null), Id]))
    .optional()
    .describe('ids of layers; "none": those in no layer, which people have drawn for themselves'),
  /** minX,minY,maxX,maxY in level-0 pixels; annotations whose box touches it. */
  box: listOf(z.coerce.number().finite(), 4)
    .refine((b) => b.length === 4, 'must be minX,minY,maxX,maxY')
    .optional(),
  verified: z.enum(['accepted', 'rejected', 'none']).optional(),
  large: z
    .enum(['no', 'only', 'all'])
    .optional()
    .describe('shapes of which a side of the bounding box has 1024 level-0 pixels and more; default all'),
  createdAfter: Timestamp.optional(),
  createdBefore: Timestamp.optional(),
  updatedAfter: Timestamp.optional(),
  updatedBefore: Timestamp.optional(),
  deleted: z.enum(['no', 'only', 'all']).optional().describe('default no'),
  text: z.string().max(200).optional().describe('in description or meta data, any case'),
  meta: z
    .string()
    .max(4000)
    .transform(parseJson)
    .pipe(MetaFilter as z.ZodType<MetaFilter, unknown>)
    .optional()
    .describe(
      'JSON such as {"stain":["HE"],"grade":[3,"3"]}: for each key one of the values, as meta data or attribute',
    ),
};

/** What is no JSON fails the schema behind it, with its name. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const image = z.object({ imageId: Id });

export const annotationsContract = contract({
  list: endpoint({
    method: 'GET',
    path: '/images/:imageId/annotations',
    summary: 'Annotations of an image by filter, oldest first',
    access: { permission: 'annotations:read', in: 'image' },
    params: image,
    query: z.object({ ...PageQuery, ...AnnotationFilterQuery }),
    response: pageOf(Annotation),
  }),
  frame: endpoint({
    method: 'GET',
    path: '/images/:imageId/annotations/frame',
    summary:
      'All annotations (or those in a box) in the packed binary form of @exact/geometry frames; at most 250,000. Weak ETag',
    access: { permission: 'annotations:read', in: 'image' },
    params: image,
    query: z.object({ ...AnnotationFilterQuery }),
    response: raw('application/vnd.exact.frame'),
    errors: [TooManyAnnotationsError],
  }),
  centres: endpoint({
    method: 'GET',
    path: '/images/:imageId/annotations/centres',
    summary:
      'Annotations as dots with size, template and state, oldest first, in the binary form of @exact/geometry centres; at most 2,000,000. Weak ETag',
    access: { permission: 'annotations:read', in: 'image' },
    params: image,
    query: z.object({
      ...AnnotationFilterQuery,
      with: z
        .enum(['uuids'])
        .optional()
        .describe('"uuids": each with its UUID, and without labels of the whole image, which have no place'),
    }),
    response: raw('application/vnd.exact.centres'),
    errors: [TooManyAnnotationsError],
  }),
  overview: endpoint({
    method: 'GET',
    path: '/images/:imageId/annotations/overview',
    summary:
      'Exact numbers of annotations per template and cell of a grid, in the binary form of @exact/geometry overviews. Weak ETag. Without a filter, or by templates and authors, from kept counts',
    access: { permission: 'annotations:read', in: 'image' },
    params: image,
    query: z.object({ ...AnnotationFilterQuery }),
    response: raw('application/vnd.exact.overview'),
  }),
  next: endpoint({
    method: 'GET',
    path: '/images/:imageId/annotations/next',
    summary: 'The next or previous annotation that matches, in the order in which they were made; null at the end',
    access: { permission: 'annotations:read', in: 'image' },
    params: image,
    query: z.object({
      ...AnnotationFilterQuery,
      after: Uuid.optional().describe('where to start, not included; without it, at the oldest (previous: newest)'),
      direction: z.enum(['next', 'previous']).optional().describe('default next'),
    }),
    response: Annotation.nullable(),
  }),
  counts: endpoint({
    method: 'GET',
    path: '/images/:imageId/annotations/counts',
    summary: 'Number of annotations per template',
    access: { permission: 'annotations:read', in: 'image' },
    params: image,
    response: z.array(z.object({ templateId: Id, count: z.number() })),
  }),
  change: endpoint({
    method: 'POST',
    path: '/images/:imageId/annotations/changes',
    summary: 'Create, update, delete, restore and verify annotations in one atomic, repeatable request',
    access: { permission: 'annotations:write', in: 'image' },
    params: image,
    /** Checked by a hand-tuned validator for speed; this schema documents it. */
    body: z.custom<AnnotationChanges>(),
    bodyLimit: 64 * 1024 * 1024,
    response: z.object({ changeId: Uuid, cursor: z.string(), items: z.array(Annotation) }),
    errors: [AnnotationConflictError, AnnotationInvalidError, LayerReadOnlyError],
  }),
  get: endpoint({
    method: 'GET',
    path: '/annotations/:annotationId',
    summary: 'One annotation by its UUID',
    access: { permission: 'annotations:read', in: 'annotation' },
    params: z.object({ annotationId: Uuid }),
    response: Annotation,
  }),
  history: endpoint({
    method: 'GET',
    path: '/annotations/:annotationId/history',
    summary: 'All revisions of an annotation, newest first',
    access: { permission: 'annotations:read', in: 'annotation' },
    params: z.object({ annotationId: Uuid }),
    response: z.array(AnnotationRevision),
  }),
});
