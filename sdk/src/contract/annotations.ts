import type { Geometry } from '@exact/geometry';
import { z } from 'zod';
import { Id, JsonObject, listOf, PageQuery, pageOf, Timestamp, Uuid } from './common.ts';
import { contract, endpoint, raw } from './endpoint.ts';
import { defineError } from './define-error.ts';

export const VERDICTS = ['accepted', 'rejected'] as const;

export const Annotation = z.object({
  uuid: Uuid,
  imageId: Id,
  templateId: Id,
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
  geometry: z.custom<Geometry>(),
  description: z.string(),
  meta: JsonObject,
  deleted: z.boolean(),
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
  readonly verify?: readonly (AnnotationRef & { readonly verdict: (typeof VERDICTS)[number] })[];
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
}

/** Filter for reading annotations; everything given must hold. */
export const AnnotationFilterQuery = {
  templates: listOf(Id).optional(),
  authors: listOf(Id).optional(),
  uuids: listOf(Uuid).optional(),
  /** minX,minY,maxX,maxY in level-0 pixels; annotations whose box touches it. */
  box: listOf(z.coerce.number().finite(), 4)
    .refine((b) => b.length === 4, 'must be minX,minY,maxX,maxY')
    .optional(),
  verified: z.enum(['accepted', 'rejected', 'none']).optional(),
  createdAfter: Timestamp.optional(),
  createdBefore: Timestamp.optional(),
  updatedAfter: Timestamp.optional(),
  updatedBefore: Timestamp.optional(),
  deleted: z.enum(['no', 'only', 'all']).optional().describe('default no'),
  text: z.string().max(200).optional().describe('in description or meta data, any case'),
};

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
    summary: 'All annotations (or those in a box) in the packed binary form of @exact/geometry frames',
    access: { permission: 'annotations:read', in: 'image' },
    params: image,
    query: z.object({ ...AnnotationFilterQuery }),
    response: raw('application/vnd.exact.frame'),
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
    errors: [AnnotationConflictError, AnnotationInvalidError],
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
