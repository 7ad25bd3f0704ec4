import { contract, endpoint, Id, listOf, Uuid } from '@exact/sdk/contract';
import { z } from 'zod';
import * as errors from './errors.ts';
import {
  Applied,
  DecisionDraft,
  ImageRecord,
  ImageRecordDraft,
  OpinionView,
  Progress,
  Queue,
  QUEUE_ORDERS,
  QUEUE_WHICH,
  RuleSetting,
  SituationView,
  VoteDraft,
} from './model.ts';

/** Most objects that are read for one queue, one count of progress, or one writing of outcomes. */
export const MAX_OBJECTS = 20_000;

/** Readers of a study may have any role, so most endpoints ask only for reading; what one may do in them follows from the study. */
const reader = { permission: 'annotations:read', in: 'project' } as const;
const manager = { permission: 'verification:manage', in: 'project' } as const;
const image = z.object({ imageId: Id });
const place = { imageId: Id.optional(), imageSetId: Id.optional() };

/** Endpoints of the plugin, below `/api/v2/projects/:projectId/plugins/verification`. */
export const verificationContract = contract({
  situation: endpoint({
    method: 'GET',
    path: '/situation',
    summary: 'How objects are verified here, and what one may do',
    access: reader,
    response: SituationView,
  }),
  setRule: endpoint({
    method: 'PUT',
    path: '/rule',
    summary: 'Set the rule of second opinions; the states of all objects follow from the votes that are there',
    access: manager,
    body: RuleSetting,
    response: SituationView,
    errors: [errors.RuleRefusedError, errors.RuleOfStudyError],
  }),
  setOpen: endpoint({
    method: 'PUT',
    path: '/voting',
    summary: 'End voting, or open it again',
    access: manager,
    body: z.strictObject({ isOpen: z.boolean() }),
    response: SituationView,
    errors: [errors.RuleOfStudyError],
  }),
  queue: endpoint({
    method: 'GET',
    path: '/queue',
    summary:
      'Objects to go through, in order. "todo": without one\'s own verdict; "review": disputed ones first, then open ones, then a sample of settled ones, for those who see all',
    access: reader,
    query: z.object({
      ...place,
      templates: listOf(Id).optional(),
      which: z.enum(QUEUE_WHICH).optional().describe('default todo'),
      order: z.enum(QUEUE_ORDERS).optional().describe('default queue: the most uncertain first'),
      limit: z.coerce.number().int().min(1).max(2000).optional().describe('default 500'),
    }),
    response: Queue,
    errors: [errors.TooManyObjectsError, errors.NotAdjudicatorError],
  }),
  opinion: endpoint({
    method: 'GET',
    path: '/images/:imageId/opinions/:annotationId',
    summary: "One's own vote on an object, and the others' where they are no longer hidden",
    access: reader,
    params: image.extend({ annotationId: Uuid }),
    response: OpinionView,
  }),
  vote: endpoint({
    method: 'POST',
    path: '/images/:imageId/votes',
    summary: 'Vote on an object; a newer vote stands for an older one',
    access: reader,
    params: image,
    body: VoteDraft,
    response: OpinionView,
    status: 201,
    errors: [
      errors.VotesNotTakenError,
      errors.NotAReaderError,
      errors.VotingClosedError,
      errors.ImageDoneError,
      errors.VoteStaleError,
      errors.IdInUseError,
      errors.OwnObjectError,
      errors.ForeignTemplateError,
      errors.ShapeInvalidError,
    ],
  }),
  decide: endpoint({
    method: 'POST',
    path: '/images/:imageId/decisions',
    summary: 'Decide an object as an adjudicator, with a reason',
    access: reader,
    params: image,
    body: DecisionDraft,
    response: OpinionView,
    status: 201,
    errors: [
      errors.VotesNotTakenError,
      errors.NotAdjudicatorError,
      errors.StillOpenError,
      errors.VoteStaleError,
      errors.IdInUseError,
      errors.ForeignTemplateError,
      errors.ShapeInvalidError,
    ],
  }),
  records: endpoint({
    method: 'GET',
    path: '/images/:imageId/records',
    summary: 'Who has said that the image is complete, or that nothing is on it: oneself, or all for those who see all',
    access: reader,
    params: image,
    response: z.array(ImageRecord),
  }),
  record: endpoint({
    method: 'POST',
    path: '/images/:imageId/records',
    summary: 'Say that the image is complete, that nothing is on it, or take that back',
    access: reader,
    params: image,
    body: ImageRecordDraft,
    response: z.array(ImageRecord),
    status: 201,
    errors: [
      errors.NotAReaderError,
      errors.VotingClosedError,
      errors.NotEmptyError,
      errors.ObjectsLeftError,
      errors.IdInUseError,
    ],
  }),
  verifyAll: endpoint({
    method: 'POST',
    path: '/images/:imageId/verify-all',
    summary: 'Accept all objects of an image that have no verdict, where people work together',
    access: { permission: 'annotations:verify', in: 'project' },
    params: image,
    response: z.object({ accepted: z.number() }),
    errors: [errors.VoteInsteadError],
  }),
  progress: endpoint({
    method: 'GET',
    path: '/progress',
    summary: 'How far images and readers are; of others only for those who see all',
    access: reader,
    query: z.object(place),
    response: Progress,
    errors: [errors.TooManyObjectsError],
  }),
  apply: endpoint({
    method: 'POST',
    path: '/outcome/apply',
    summary:
      'Write what was agreed or decided to the annotations: verdict, class, shape. Safe to repeat. A dry run only counts',
    access: manager,
    body: z.strictObject({ ...place, isDryRun: z.boolean(), phaseId: z.string().min(1).max(200).optional() }),
    response: Applied,
    errors: [errors.VotingOpenError, errors.VotesNotTakenError, errors.TooManyObjectsError],
  }),
});
