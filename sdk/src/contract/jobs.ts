import { z } from 'zod';
import { Id, PageQuery, pageOf, Timestamp, Uuid } from './common.ts';
import { contract, endpoint } from './endpoint.ts';
import { ConflictError } from './errors.ts';

export const JOB_STATES = ['waiting', 'running', 'done', 'failed', 'cancelled'] as const;
export const Job = z.object({
  id: Uuid,
  /** `<plugin or core>:<name>`, for example `format-image:pyramid`. */
  kind: z.string(),
  title: z.string(),
  projectId: Id.nullable(),
  imageId: Id.nullable(),
  state: z.enum(JOB_STATES),
  progress: z.number().min(0).max(1),
  /** What is being done, in a word or two. */
  step: z.string(),
  problem: z.object({ code: z.string(), message: z.string() }).optional(),
  createdBy: Id.nullable(),
  createdAt: Timestamp,
  startedAt: Timestamp.nullable(),
  endedAt: Timestamp.nullable(),
});
export type Job = z.output<typeof Job>;

export const jobsContract = contract({
  list: endpoint({
    method: 'GET',
    path: '/jobs',
    summary: 'Jobs of the own projects, newest first',
    access: { permission: 'self:read', in: 'self' },
    query: z.object({ ...PageQuery, projectId: Id.optional(), state: z.enum(JOB_STATES).optional() }),
    response: pageOf(Job),
  }),
  cancel: endpoint({
    method: 'POST',
    path: '/projects/:projectId/jobs/:jobId/cancel',
    summary: 'Cancel a job that waits or runs (own ones; managers any)',
    access: { permission: 'jobs:cancel', in: 'project' },
    params: z.object({ projectId: Id, jobId: Uuid }),
    response: Job,
    errors: [ConflictError],
  }),
});
