import { z } from 'zod';
import { AnnotationConflictError } from './annotations.ts';
import { Id, Uuid } from './common.ts';
import { defineError } from './define-error.ts';
import { contract, endpoint } from './endpoint.ts';
import { BodyTooLargeError, ConflictError, UnsupportedMediaTypeError } from './errors.ts';
import { Job } from './jobs.ts';

/** One line of an import that cannot be stored. Lines count from 1. */
export const ImportProblem = z.object({ line: z.number(), code: z.string(), message: z.string() });
export type ImportProblem = z.output<typeof ImportProblem>;

/** At most so many wrong lines are listed; all of them are counted. */
export const MAX_IMPORT_PROBLEMS = 100;
/** Media types of newline-delimited JSON. */
export const IMPORT_TYPES = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'] as const;
/** Largest file unless the operator says otherwise. */
export const DEFAULT_IMPORT_BYTES = 4 * 1024 ** 3;

export const AnnotationImport = z.object({
  importId: Uuid,
  imageId: Id,
  sizeBytes: z.number(),
  job: Job,
  /** Lines of the file; absent until it was read to its end. */
  lines: z.number().optional(),
  /** Annotations that were stored by this import; absent until they are. */
  created: z.number().optional(),
  /** Lines whose annotation was there already, equal, by the same person; absent until the others are stored. */
  known: z.number().optional(),
  problemCount: z.number(),
  problems: z.array(ImportProblem),
});
export type AnnotationImport = z.output<typeof AnnotationImport>;

export const AnnotationImportRefusedError = defineError<{
  count: number;
  lines: number;
  problems: readonly ImportProblem[];
}>({
  code: 'ANNOTATION_IMPORT_REFUSED',
  status: 422,
  message: (d) =>
    `${d.count === 1 ? 'One line' : `${d.count} lines`} of ${d.lines} cannot be stored, so nothing was. ${d.problems
      .slice(0, 3)
      .map(({ line, message }) => `Line ${line}: ${message}`)
      .join('; ')}${d.count > 3 ? '; …' : '.'}`,
});

/**
 * Many annotations from a file of newline-delimited JSON: one {@link AnnotationDraft} a line, where `uuid` may be left out and
 * then follows from `importId` and the number of the line.
 *
 * The file is taken in at once and worked on as a job. All of it is stored or nothing; wrong lines are listed. Sending the same
 * `importId` again never stores anything twice.
 */
export const annotationImportContract = contract({
  start: endpoint({
    method: 'POST',
    path: '/images/:imageId/annotations/import',
    summary: 'Import annotations from newline-delimited JSON, one a line: all of them or none, as a job',
    access: { permission: 'annotations:write', in: 'image' },
    params: z.object({ imageId: Id }),
    query: z.object({
      importId: Uuid.optional().describe(
        'made by the client, so that the request can be sent again; else by the server',
      ),
      layerId: Id.optional().describe('managers only: the layer of the project that they go into'),
      authorId: Id.optional().describe(
        'managers only: the member of the project whose work they are; the history says who brought them',
      ),
    }),
    rawBody: IMPORT_TYPES,
    bodyLimit: DEFAULT_IMPORT_BYTES,
    response: AnnotationImport,
    status: 202,
    errors: [BodyTooLargeError, UnsupportedMediaTypeError, ConflictError],
  }),
  get: endpoint({
    method: 'GET',
    path: '/images/:imageId/annotations/imports/:importId',
    summary: 'What became of an import of one’s own: state of its job, counts, wrong lines',
    access: { permission: 'annotations:write', in: 'image' },
    params: z.object({ imageId: Id, importId: Uuid }),
    response: AnnotationImport,
    errors: [AnnotationImportRefusedError, AnnotationConflictError],
  }),
});
