import { BodyTooLargeError, ConflictError, contract, defineError, endpoint, raw, Uuid } from '@exact/sdk/contract';
import { z } from 'zod';
import { BoxFormSchema, FormatSchema, ImportFile, MAX_FILE_BYTES, Suggestion } from './file.ts';
import { Mapping, Plan } from './plan.ts';

export const ManagersOnlyError = defineError<{ what: string }>({
  code: 'MANAGERS_ONLY',
  status: 403,
  message: (d) => `Only managers of the project ${d.what}. Import as your own work, or ask a manager.`,
});
export const PlanBlockedError = defineError<{ refused: number }>({
  code: 'PLAN_BLOCKED',
  status: 409,
  message: (d) =>
    `${d.refused === 1 ? 'One annotation' : `${d.refused} annotations`} of the file cannot be taken, so nothing is imported. Correct the file or the mapping, or choose to leave them out.`,
});

const FileName = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .regex(/^[^\p{Cc}]+$/u, 'must not hold control characters');

const access = { permission: 'annotation-import:import', in: 'project' } as const;
const file = z.object({ fileId: Uuid });
const plan = z.object({ planId: Uuid });

/** Endpoints of the plugin, below `/api/v2/projects/:projectId/plugins/annotation-import`. Everybody finds their own files and plans only. */
export const annotationImportContract = contract({
  upload: endpoint({
    method: 'POST',
    path: '/files',
    summary: 'Give a file of annotations; it is read as a job',
    access,
    query: z.object({ name: FileName.describe('of the file, for people to know it again') }),
    rawBody: ['application/octet-stream'],
    bodyLimit: MAX_FILE_BYTES,
    response: ImportFile,
    status: 201,
    errors: [BodyTooLargeError],
  }),
  files: endpoint({
    method: 'GET',
    path: '/files',
    summary: 'One’s own files in the project, newest first, without what was found in them',
    access,
    response: z.array(ImportFile),
  }),
  file: endpoint({
    method: 'GET',
    path: '/files/:fileId',
    summary: 'One file with what was found in it',
    access,
    params: file,
    response: ImportFile,
  }),
  reread: endpoint({
    method: 'POST',
    path: '/files/:fileId/reread',
    summary: 'Read a file again, as a format that was chosen instead of the one it seems to have',
    access,
    params: file,
    body: z.strictObject({ format: FormatSchema.optional(), boxForm: BoxFormSchema.optional() }),
    response: ImportFile,
    status: 202,
    errors: [ConflictError],
  }),
  removeFile: endpoint({
    method: 'DELETE',
    path: '/files/:fileId',
    summary: 'Forget a file and its plans; annotations that were made from it stay',
    access,
    params: file,
  }),
  suggestion: endpoint({
    method: 'GET',
    path: '/files/:fileId/suggestion',
    summary: 'Which images and templates of the project the names of a file seem to mean',
    access,
    params: file,
    response: Suggestion,
    errors: [ConflictError],
  }),
  plan: endpoint({
    method: 'POST',
    path: '/files/:fileId/plans',
    summary: 'Count what an import with this mapping would do, as a job; nothing is stored',
    access,
    params: file,
    body: Mapping,
    bodyLimit: 4 * 1024 * 1024,
    response: Plan,
    status: 201,
    errors: [ConflictError, ManagersOnlyError],
  }),
  getPlan: endpoint({
    method: 'GET',
    path: '/plans/:planId',
    summary: 'One plan: what it would do, or what it has done',
    access,
    params: plan,
    response: Plan,
  }),
  planList: endpoint({
    method: 'GET',
    path: '/plans/:planId/csv',
    summary: 'All that is not made just so, with place and reason, as comma-separated values',
    access,
    params: plan,
    response: raw('text/csv'),
    errors: [ConflictError],
  }),
  apply: endpoint({
    method: 'POST',
    path: '/plans/:planId/apply',
    summary: 'Import as counted, as a job: all of an image or nothing of it. Repeating it makes nothing twice',
    access,
    params: plan,
    response: Plan,
    status: 202,
    errors: [ConflictError, PlanBlockedError, ManagersOnlyError],
  }),
});
