import { contract, defineError, endpoint, Id, raw, Uuid } from '@exact/sdk/contract';
import { z } from 'zod';
import { Comparison, Question } from './comparison.ts';

/** Most annotations in one comparison; more are compared image set by image set. */
export const MAX_ANNOTATIONS = 300_000;
/** Kept for a project; the oldest goes when another comes. */
export const MAX_KEPT = 50;

export const NothingToCompareError = defineError<{ reason: string }>({
  code: 'NOTHING_TO_COMPARE',
  status: 422,
  message: (d) => d.reason,
});

export const Reader = z.object({ userId: Id, count: z.number() });
export type Reader = z.output<typeof Reader>;

const access = { permission: 'agreement:compare', in: 'project' } as const;
const params = z.object({ comparisonId: Uuid });

/** Endpoints of the plugin, below `/api/v2/projects/:projectId/plugins/agreement`. */
export const agreementContract = contract({
  readers: endpoint({
    method: 'GET',
    path: '/readers',
    summary: 'Who has annotated how much in an image, an image set or the project',
    access,
    query: z.object({ imageSetId: Id.optional(), imageId: Id.optional() }),
    response: z.array(Reader),
  }),
  start: endpoint({
    method: 'POST',
    path: '/comparisons',
    summary: 'Compare readers; the work is a job',
    access,
    body: Question,
    response: Comparison,
    status: 201,
    errors: [NothingToCompareError],
  }),
  list: endpoint({
    method: 'GET',
    path: '/comparisons',
    summary: 'Comparisons of the project, newest first, without their results',
    access,
    response: z.array(Comparison),
  }),
  get: endpoint({
    method: 'GET',
    path: '/comparisons/:comparisonId',
    summary: 'One comparison with its result',
    access,
    params,
    response: Comparison,
  }),
  csv: endpoint({
    method: 'GET',
    path: '/comparisons/:comparisonId/csv',
    summary: 'The numbers of a comparison as comma-separated values',
    access,
    params,
    response: raw('text/csv'),
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/comparisons/:comparisonId',
    summary: 'Forget a comparison',
    access,
    params,
  }),
});
