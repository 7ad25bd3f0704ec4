import { contract, endpoint, Id, ImageNotReadyError, listOf, raw, Uuid } from '@exact/sdk/contract';
import { z } from 'zod';
import * as errors from './errors.ts';
import {
  FieldIndex,
  FieldRow,
  LoggedVisit,
  Mark,
  Plan,
  PlanDraft,
  PlanSummary,
  Position,
  PositionDraft,
  ReaderState,
  Report,
  Share,
  Shares,
  Tissue,
  TissueMaskView,
  TissueParameters,
  VisitBatch,
} from './model.ts';

/** Plans that stand for themselves, of one person on one image. */
export const MAX_PLANS = 50;
export const MAX_MARKS = 1000;

/** Whoever may screen sees what is their own; of others, only where people work together, and managers everywhere. */
const reader = { permission: 'screening:screen', in: 'project' } as const;
const manager = { permission: 'screening:manage', in: 'project' } as const;
const image = z.object({ imageId: Id });
const plan = z.object({ planId: Uuid });
const mark = plan.extend({ field: FieldIndex });
/** One reader instead of all whom one may see. */
const ofReader = z.object({ readerId: Id.optional() });

/** Endpoints of the plugin, below `/api/v2/projects/:projectId/plugins/screening`. */
export const screeningContract = contract({
  plans: endpoint({
    method: 'GET',
    path: '/plans',
    summary: "Plans, newest first: one's own and those for all; managers see everybody's",
    access: reader,
    query: z.object({
      imageId: Id.optional(),
      imageSetId: Id.optional(),
      superseded: z.enum(['no', 'all']).optional().describe('default no: plans that stand for themselves'),
      limit: z.coerce.number().int().min(1).max(1000).optional().describe('default 200'),
    }),
    response: z.array(PlanSummary),
  }),
  createPlan: endpoint({
    method: 'POST',
    path: '/images/:imageId/plans',
    summary: 'Plan the fields of an image or of a region of it; with `supersedes`, in the place of another plan',
    access: reader,
    params: image,
    body: PlanDraft,
    response: Plan,
    status: 201,
    errors: [
      ImageNotReadyError,
      errors.ScaleUnknownError,
      errors.RegionOutsideError,
      errors.TooManyFieldsError,
      errors.TooManyPlansError,
      errors.NoTissueError,
      errors.TissueNotReadyError,
      errors.SharedPlanError,
      errors.NotYourPlanError,
      errors.PlanSupersededError,
      errors.IdInUseError,
    ],
  }),
  plan: endpoint({
    method: 'GET',
    path: '/plans/:planId',
    summary: 'One plan: what its fields follow from, and which are skipped',
    access: reader,
    params: plan,
    response: Plan,
  }),

  tissues: endpoint({
    method: 'GET',
    path: '/images/:imageId/tissue',
    summary: 'Masks of tissue of an image, newest first, without their pixels',
    access: reader,
    params: image,
    response: z.array(Tissue),
  }),
  findTissue: endpoint({
    method: 'POST',
    path: '/images/:imageId/tissue',
    summary:
      'Have a mask of tissue made; the work is a job. One with the same parameters that is there is given instead',
    access: reader,
    params: image,
    body: TissueParameters,
    response: Tissue,
    status: 201,
    errors: [ImageNotReadyError, errors.TissueRefusedError],
  }),
  tissue: endpoint({
    method: 'GET',
    path: '/images/:imageId/tissue/:tissueId',
    summary: 'A finished mask with its pixels and its outline',
    access: reader,
    params: image.extend({ tissueId: Uuid }),
    response: TissueMaskView,
    errors: [errors.TissueNotReadyError],
  }),

  state: endpoint({
    method: 'GET',
    path: '/plans/:planId/state',
    summary: "One's own state in a plan: fields, position, marks, and which fields one was given",
    access: reader,
    params: plan,
    response: ReaderState,
  }),
  addVisits: endpoint({
    method: 'POST',
    path: '/plans/:planId/visits',
    summary: 'Add to the log what fields one has been at. All or nothing; safe to repeat',
    access: reader,
    params: plan,
    body: VisitBatch,
    response: z.object({ stored: z.number(), known: z.number() }),
    errors: [errors.VisitsRefusedError, errors.IdInUseError, errors.NotYourPlanError],
  }),
  visits: endpoint({
    method: 'GET',
    path: '/plans/:planId/visits',
    summary: 'The log of a plan, in the order in which it was stored',
    access: reader,
    params: plan,
    query: ofReader.extend({
      after: Uuid.optional().describe('`id` of the last line that was read'),
      limit: z.coerce.number().int().min(1).max(10_000).optional().describe('default 10,000'),
    }),
    response: z.object({ items: z.array(LoggedVisit), isEnd: z.boolean() }),
  }),
  setPosition: endpoint({
    method: 'PUT',
    path: '/plans/:planId/position',
    summary: 'Note where one is, so that another device can go on there; an older position never replaces a newer one',
    access: reader,
    params: plan,
    body: PositionDraft,
    response: Position,
    errors: [errors.FieldNotInPlanError, errors.TimeInFutureError, errors.PlanSupersededError, errors.NotYourPlanError],
  }),
  setMark: endpoint({
    method: 'PUT',
    path: '/plans/:planId/marks/:field',
    summary: 'Mark a field to come back to, with a note or without',
    access: reader,
    params: mark,
    body: z.strictObject({ note: z.string().trim().max(500).default(''), deviceId: Uuid.optional() }),
    response: z.array(Mark),
    errors: [errors.FieldNotInPlanError, errors.TooManyMarksError, errors.NotYourPlanError],
  }),
  removeMark: endpoint({
    method: 'DELETE',
    path: '/plans/:planId/marks/:field',
    summary: 'Take a mark away; none there is as good',
    access: reader,
    params: mark,
    query: z.object({ deviceId: Uuid.optional() }),
    response: z.array(Mark),
    errors: [errors.FieldNotInPlanError, errors.NotYourPlanError],
  }),

  shares: endpoint({
    method: 'GET',
    path: '/plans/:planId/shares',
    summary: "Which reader was given which fields; of others' only what one may see",
    access: reader,
    params: plan,
    response: Shares,
  }),
  setShares: endpoint({
    method: 'PUT',
    path: '/plans/:planId/shares',
    summary: 'Share the fields of a plan for all out among readers; earlier sharing stays on record. None: no sharing',
    access: manager,
    params: plan,
    body: z.strictObject({ shares: z.array(Share).max(200) }),
    response: Shares,
    errors: [errors.SharesRefusedError, errors.PlanSupersededError],
    bodyLimit: 4 * 1024 * 1024,
  }),

  report: endpoint({
    method: 'GET',
    path: '/plans/:planId/report',
    summary: 'What was seen and missed, by whom and in which time: computed from the log alone',
    access: reader,
    params: plan,
    query: ofReader,
    response: Report,
  }),
  reportCsv: endpoint({
    method: 'GET',
    path: '/plans/:planId/report/csv',
    summary: 'The report as comma-separated values',
    access: reader,
    params: plan,
    query: ofReader,
    response: raw('text/csv'),
  }),
  reportPicture: endpoint({
    method: 'GET',
    path: '/plans/:planId/report/picture',
    summary: 'The report as a picture (SVG): fields by state over the outline of the tissue',
    access: reader,
    params: plan,
    query: ofReader,
    response: raw('image/svg+xml'),
  }),
  fields: endpoint({
    method: 'GET',
    path: '/plans/:planId/fields',
    summary: 'Each field: tissue, state, visits, time, annotations by class that one may see',
    access: reader,
    params: plan,
    query: ofReader.extend({ fields: listOf(FieldIndex, 1000).optional().describe('these only') }),
    response: z.array(FieldRow),
  }),
  fieldsCsv: endpoint({
    method: 'GET',
    path: '/plans/:planId/fields/csv',
    summary: 'Each field as comma-separated values, a column for each class',
    access: reader,
    params: plan,
    query: ofReader,
    response: raw('text/csv'),
  }),
});
