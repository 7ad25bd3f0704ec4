import { z } from 'zod';
import { Id, Name, Timestamp, Uuid } from './common.ts';
import { defineError } from './define-error.ts';
import { contract, endpoint } from './endpoint.ts';
import { ConflictError, DiskFullError } from './errors.ts';

export const MEDIA_KINDS = ['image', 'audio', 'video'] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

/**
 * What may be attached to an annotation, with the endings that names of such files have; the first one is written where a name
 * has none.
 *
 * Not GIF: 256 colours, and what moves in it cannot be stopped (WCAG 2.2.2); a PNG or an MP4 shows the same. Not SVG, HTML, PDF: they
 * carry programs. Not TIFF, BMP, AVI, MKV, MOV: browsers do not show them.
 */
export const MEDIA_TYPES = {
  'image/jpeg': { kind: 'image', endings: ['jpg', 'jpeg', 'jpe', 'jfif'] },
  'image/png': { kind: 'image', endings: ['png'] },
  'image/webp': { kind: 'image', endings: ['webp'] },
  'audio/wav': { kind: 'audio', endings: ['wav', 'wave'] },
  'audio/mpeg': { kind: 'audio', endings: ['mp3'] },
  'audio/ogg': { kind: 'audio', endings: ['ogg', 'oga', 'opus'] },
  'audio/flac': { kind: 'audio', endings: ['flac'] },
  'audio/mp4': { kind: 'audio', endings: ['m4a', 'mp4'] },
  'audio/aac': { kind: 'audio', endings: ['aac'] },
  'audio/webm': { kind: 'audio', endings: ['weba', 'webm'] },
  'video/mp4': { kind: 'video', endings: ['mp4', 'm4v'] },
  'video/webm': { kind: 'video', endings: ['webm'] },
} as const satisfies Record<string, { readonly kind: MediaKind; readonly endings: readonly [string, ...string[]] }>;
export type MediaType = keyof typeof MEDIA_TYPES;

const MEDIA_TYPE_NAMES = Object.keys(MEDIA_TYPES) as [MediaType, ...MediaType[]];

/** Files of one annotation. More belong into an image set. */
export const MAX_MEDIA = 100;

/** A file that belongs to an annotation. */
export const Media = z.object({
  uuid: Uuid,
  annotationUuid: Uuid,
  kind: z.enum(MEDIA_KINDS),
  mediaType: z.enum(MEDIA_TYPE_NAMES),
  /** As the file was called, without folders and control characters; text and nothing else. Unique in the annotation. */
  name: z.string(),
  caption: z.string(),
  sizeBytes: z.number(),
  /** Hexadecimal, of the stored bytes. */
  sha256: z.string(),
  /** Pixels; of images. */
  width: z.number().optional(),
  height: z.number().optional(),
  uploaderId: Id,
  createdAt: Timestamp,
  /** True when the storage has lost the file: put the backup back, or remove the entry. */
  missing: z.boolean(),
  /**
   * Where the bytes are, relative to the origin. Needs no cookie and no token, works for everybody who has it, answers ranges, and ends
   * at `urlExpiresAt`: ask again for a new one. The same address is given out for half an hour, so that browsers keep what they have.
   */
  url: z.string(),
  /** A WebP of at most 512 px; of images. */
  previewUrl: z.string().optional(),
  urlExpiresAt: Timestamp,
});
export type Media = z.output<typeof Media>;

/** `reason` is one of {@link MEDIA_REFUSALS}. */
export const MediaRefusedError = defineError<{ file: string; reason: MediaRefusal; sentence: string }>({
  code: 'MEDIA_REFUSED',
  status: 422,
  message: (d) => `"${d.file}" was not taken: ${d.sentence}`,
});

/** Why a file is refused. */
export const MEDIA_REFUSALS = [
  'EMPTY_FILE',
  'UNSUPPORTED_MEDIA',
  'TYPE_MISMATCH',
  'TRUNCATED_FILE',
  'CORRUPT_FILE',
  'IMAGE_TOO_LARGE',
] as const;
export type MediaRefusal = (typeof MEDIA_REFUSALS)[number];

export const MediaTooLargeError = defineError<{ limitBytes: number }>({
  code: 'MEDIA_TOO_LARGE',
  status: 413,
  message: (d) =>
    `The file is larger than ${Math.round(d.limitBytes / 1_000_000)} MB, the limit for files of annotations. Send a shorter or more compressed one, or ask the administrator for a higher limit.`,
});

export const MediaLinkExpiredError = defineError({
  code: 'MEDIA_LINK_EXPIRED',
  status: 410,
  message: () => 'This address has ended. Ask for the files of the annotation again to get a new one.',
});

const ofAnnotation = z.object({ annotationId: Uuid });
const ofMedia = ofAnnotation.extend({ mediaId: Uuid });
const Caption = z.string().trim().max(2000);
const read = { permission: 'annotations:read', in: 'annotation' } as const;
const write = { permission: 'annotations:write', in: 'annotation' } as const;

export const mediaContract = contract({
  list: endpoint({
    method: 'GET',
    path: '/annotations/:annotationId/media',
    summary: 'Files of an annotation in their order, with addresses that work for an hour without a session',
    access: read,
    params: ofAnnotation,
    response: z.array(Media),
  }),
  add: endpoint({
    method: 'PUT',
    path: '/annotations/:annotationId/media/:mediaId',
    summary: 'Attach a file; the body is the file. Safe to repeat with the same UUID and bytes',
    access: write,
    params: ofMedia,
    query: z.object({ name: z.string().min(1).max(2000).describe('name of the file; folders in it are left out') }),
    rawBody: [...MEDIA_TYPE_NAMES, 'application/octet-stream'],
    /** More than any file may have: what is allowed stands in the configuration (EXACT_MEDIA_MAX_MB). */
    bodyLimit: 8 * 1024 ** 3,
    response: Media,
    errors: [MediaRefusedError, MediaTooLargeError, ConflictError, DiskFullError],
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/annotations/:annotationId/media/:mediaId',
    summary: 'Rename a file or describe it; the ending of the name stays',
    access: write,
    params: ofMedia,
    body: z.strictObject({ name: Name.optional(), caption: Caption.optional() }),
    response: Media,
    errors: [ConflictError],
  }),
  order: endpoint({
    method: 'POST',
    path: '/annotations/:annotationId/media/order',
    summary: 'Put the files of an annotation in order; every one of them has to be named',
    access: write,
    params: ofAnnotation,
    body: z.strictObject({ mediaIds: z.array(Uuid).max(MAX_MEDIA) }),
    response: z.array(Media),
    errors: [ConflictError],
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/annotations/:annotationId/media/:mediaId',
    summary: 'Remove a file for good',
    access: write,
    params: ofMedia,
  }),
});
