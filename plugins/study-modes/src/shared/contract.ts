import { contract, endpoint, Id, raw, Timestamp, Uuid } from '@exact/sdk/contract';
import { PHASE_MODES, StudyDocument } from '@exact/study';
import { z } from 'zod';
import {
  CaseEmptyError,
  CaseFinishedError,
  CaseNotEmptyError,
  CaseNotFinishedError,
  CaseNotOpenError,
  DraftChangedError,
  NoPhaseOpenError,
  NothingChangedError,
  PhaseNotOpenError,
  PhaseOpenError,
  PhaseOverError,
  StudyEndedError,
  StudyInvalidError,
  StudyRunningError,
} from './errors.ts';

/** Ids of phases and tasks, as the document has them. */
const Key = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be up to 40 lower-case letters, digits and hyphens');

/** A study with 20,000 images and their hashes is about 3 MB. */
const DOCUMENT_LIMIT = 16 * 1024 * 1024;
const Reason = z
  .string()
  .trim()
  .min(3, 'must say why, in at least 3 characters')
  .max(2000)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must not hold NUL or half characters');

export const Problem = z.object({
  code: z.string(),
  severity: z.enum(['error', 'notice']),
  path: z.string(),
  value: z.union([z.string(), z.number()]),
  message: z.string(),
});

export const STUDY_STATES = ['draft', 'running', 'ended'] as const;
export const StudySummary = z.object({
  id: Uuid,
  title: z.string(),
  state: z.enum(STUDY_STATES),
  version: z.number().describe('of the latest version; 0 while there is none'),
  createdAt: Timestamp,
});
export type StudySummary = z.output<typeof StudySummary>;

export const Version = z.object({
  number: z.number(),
  sha256: z.string(),
  reason: z.string(),
  createdBy: Id,
  createdAt: Timestamp,
});
export type Version = z.output<typeof Version>;

export const PhaseState = z.object({
  id: z.string(),
  state: z.enum(['planned', 'open', 'closed']),
  openedAt: Timestamp.nullable(),
  openedBy: Id.nullable().describe('null also when it opened as planned'),
  closedAt: Timestamp.nullable(),
  closedBy: Id.nullable(),
});
export type PhaseState = z.output<typeof PhaseState>;

export const Study = z.object({
  id: Uuid,
  state: z.enum(STUDY_STATES),
  draft: StudyDocument,
  /** Name it when saving: nobody overwrites what they have not seen. */
  draftRevision: z.number(),
  draftSha256: z.string(),
  problems: z.array(Problem),
  versions: z.array(Version).describe('newest first'),
  phases: z.array(PhaseState).describe('of the latest version, or of the draft while there is none'),
  /** How the project works together now. */
  collaboration: z.enum(PHASE_MODES),
});
export type Study = z.output<typeof Study>;

export const Choices = z.object({
  people: z.array(
    z.object({ id: Id, username: z.string(), displayName: z.string(), role: z.string(), seesAll: z.boolean() }),
  ),
  sets: z.array(
    z.object({ id: Id, name: z.string(), images: z.array(z.object({ id: Id, name: z.string(), sha256: z.string() })) }),
  ),
  layers: z.array(z.object({ id: Id, name: z.string(), isShown: z.boolean() })),
  products: z.array(z.object({ name: z.string(), templates: z.array(z.object({ id: Id, name: z.string() })) })),
});
export type Choices = z.output<typeof Choices>;

export const OUTCOMES = ['complete', 'empty'] as const;

/** A case as its reader knows it. */
export const OwnCase = z.object({
  imageId: Id,
  imageName: z.string(),
  taskId: z.string(),
  /** In the task, from 1. */
  place: z.number(),
  outcome: z.enum(OUTCOMES).nullable(),
  activeMs: z.number(),
});
export type OwnCase = z.output<typeof OwnCase>;

export const Mine = z.object({
  title: z.string(),
  /** Absent between phases. */
  phase: z
    .object({
      id: z.string(),
      title: z.string(),
      mode: z.enum(PHASE_MODES),
      sequence: z.enum(['strict', 'free']),
      closesAt: Timestamp.optional(),
    })
    .optional(),
  idleAfterS: z.number(),
  tasks: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      instruction: z.string(),
      classes: z.array(z.string()).describe('that may be drawn; empty: all'),
      done: z.number(),
      total: z.number(),
    }),
  ),
  next: OwnCase.optional(),
  /** Those that may be looked at: the next one, and done ones where the study shows them. */
  cases: z.array(OwnCase),
  /** How far everybody is; absent in blind phases. */
  others: z.array(z.object({ userId: Id, name: z.string(), done: z.number(), total: z.number() })).optional(),
});
export type Mine = z.output<typeof Mine>;

export const ProgressRow = z.object({
  taskId: z.string(),
  readerId: Id,
  reader: z.string(),
  arm: z.string(),
  done: z.number(),
  empty: z.number(),
  total: z.number(),
  activeMs: z.number(),
  lastAt: Timestamp.nullable(),
  /** No longer in the study, or no longer in the project; what they did stays. */
  hasLeft: z.boolean(),
});
export type ProgressRow = z.output<typeof ProgressRow>;
export const ImageProgress = z.object({
  taskId: z.string(),
  imageId: Id.nullable().describe('null: no longer in the project'),
  name: z.string(),
  imageSet: z.string().nullable(),
  done: z.number(),
  total: z.number(),
  activeMs: z.number(),
});
export const Progress = z.object({
  readers: z.array(ProgressRow),
  images: z.array(ImageProgress),
  sets: z.array(z.object({ name: z.string(), done: z.number(), total: z.number() })),
});
export type Progress = z.output<typeof Progress>;

export const CaseRecord = z.object({
  phaseId: z.string(),
  taskId: z.string(),
  readerId: Id,
  imageId: Id,
  imageName: z.string(),
  arm: z.string(),
  place: z.number(),
  version: z.number(),
  shownAt: Timestamp,
  activeMs: z.number(),
  outcome: z.enum(OUTCOMES).nullable(),
  finishedAt: Timestamp.nullable(),
  reopened: z.number(),
});
export type CaseRecord = z.output<typeof CaseRecord>;

export const LogEntry = z.object({
  at: Timestamp,
  userId: Id.nullable().describe('null: as planned'),
  kind: z.string(),
  detail: z.record(z.string(), z.json()),
});
export type LogEntry = z.output<typeof LogEntry>;

const manage = { permission: 'study-modes:manage', in: 'project' } as const;
const read = { permission: 'study-modes:read', in: 'project' } as const;
const studyParams = z.object({ studyId: Uuid });
const phaseParams = studyParams.extend({ phaseId: Key });

/** Endpoints of the plugin, below `/api/v2/projects/:projectId/plugins/study-modes`. */
export const studyModesContract = contract({
  list: endpoint({
    method: 'GET',
    path: '/studies',
    summary: 'Studies of the project, newest first',
    access: manage,
    response: z.array(StudySummary),
  }),
  choices: endpoint({
    method: 'GET',
    path: '/choices',
    summary: 'What a study can be made of: people, images, layers, classes',
    access: manage,
    response: Choices,
  }),
  create: endpoint({
    method: 'POST',
    path: '/studies',
    summary: 'Make a study from a title, or from a document of this or another instance; what does not fit is told',
    access: manage,
    body: z.union([z.strictObject({ title: StudyDocument.shape.title }), z.strictObject({ document: StudyDocument })]),
    bodyLimit: DOCUMENT_LIMIT,
    response: Study,
    status: 201,
  }),
  get: endpoint({
    method: 'GET',
    path: '/studies/:studyId',
    summary: 'One study: draft, what is wrong with it, versions, phases',
    access: manage,
    params: studyParams,
    response: Study,
  }),
  saveDraft: endpoint({
    method: 'PUT',
    path: '/studies/:studyId/draft',
    summary: 'Save the draft; what is in force stays until the draft becomes a version',
    access: manage,
    params: studyParams,
    body: z.strictObject({ revision: z.number().int().min(1), document: StudyDocument }),
    bodyLimit: DOCUMENT_LIMIT,
    response: Study,
    errors: [DraftChangedError, StudyEndedError],
  }),
  makeVersion: endpoint({
    method: 'POST',
    path: '/studies/:studyId/versions',
    summary: 'Put the draft into force, with a reason; nothing recorded is lost',
    access: manage,
    params: studyParams,
    body: z.strictObject({ reason: Reason }),
    response: Study,
    status: 201,
    errors: [StudyInvalidError, NothingChangedError, StudyEndedError],
  }),
  document: endpoint({
    method: 'GET',
    path: '/studies/:studyId/document',
    summary: 'The document as a file in its canonical form: its SHA-256 is that of the study',
    access: manage,
    params: studyParams,
    query: z.object({
      version: z.coerce.number().int().min(1).max(1_000_000).optional().describe('absent: the draft'),
    }),
    response: raw('application/json'),
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/studies/:studyId',
    summary: 'Delete a study of which no phase was ever open',
    access: manage,
    params: studyParams,
    errors: [StudyRunningError, StudyEndedError],
  }),
  openPhase: endpoint({
    method: 'POST',
    path: '/studies/:studyId/phases/:phaseId/open',
    summary: 'Open a phase, for the first time or again; sets how the project works together',
    access: manage,
    params: phaseParams,
    response: Study,
    errors: [StudyInvalidError, PhaseOpenError, PhaseOverError, StudyRunningError, StudyEndedError],
  }),
  closePhase: endpoint({
    method: 'POST',
    path: '/studies/:studyId/phases/:phaseId/close',
    summary: 'Close a phase; the project goes on as it is, and readers change nothing until the next one',
    access: manage,
    params: phaseParams,
    response: Study,
    errors: [PhaseNotOpenError],
  }),
  end: endpoint({
    method: 'POST',
    path: '/studies/:studyId/end',
    summary: 'End a study: its readers are like other members again',
    access: manage,
    params: studyParams,
    body: z.strictObject({
      collaboration: z.enum(PHASE_MODES).optional().describe('how the project works from then on; absent: as it does'),
    }),
    response: Study,
    errors: [PhaseOpenError, StudyEndedError],
  }),
  progress: endpoint({
    method: 'GET',
    path: '/studies/:studyId/phases/:phaseId/progress',
    summary: 'How far each reader, image and set is in a phase, with times',
    access: manage,
    params: phaseParams,
    response: Progress,
  }),
  cases: endpoint({
    method: 'GET',
    path: '/studies/:studyId/cases',
    summary: 'Records of all cases, in the order in which they were first shown',
    access: manage,
    params: studyParams,
    response: z.array(CaseRecord),
  }),
  casesCsv: endpoint({
    method: 'GET',
    path: '/studies/:studyId/cases/csv',
    summary: 'Records of all cases as comma-separated values',
    access: manage,
    params: studyParams,
    response: raw('text/csv'),
  }),
  log: endpoint({
    method: 'GET',
    path: '/studies/:studyId/log',
    summary: 'Who did what, oldest first; nothing can change or remove its entries',
    access: manage,
    params: studyParams,
    response: z.array(LogEntry),
  }),
  reopenCase: endpoint({
    method: 'POST',
    path: '/studies/:studyId/cases/reopen',
    summary: 'Give a finished case back to its reader, with a reason',
    access: manage,
    params: studyParams,
    body: z.strictObject({
      phaseId: Key,
      taskId: Key,
      readerId: Id,
      imageId: Id,
      reason: Reason,
    }),
    response: CaseRecord,
    errors: [CaseNotFinishedError],
  }),
  mine: endpoint({
    method: 'GET',
    path: '/mine',
    summary: 'Own cases in the running study; null for who does not read in one',
    access: read,
    response: Mine.nullable(),
  }),
  finish: endpoint({
    method: 'POST',
    path: '/cases/:imageId/finish',
    summary: 'Finish an own case, or say that there is nothing; safe to repeat',
    access: read,
    params: z.object({ imageId: Id }),
    body: z.strictObject({ outcome: z.enum(OUTCOMES) }),
    response: Mine,
    errors: [CaseFinishedError, CaseNotOpenError, CaseNotEmptyError, CaseEmptyError, NoPhaseOpenError],
  }),
  beat: endpoint({
    method: 'POST',
    path: '/cases/:imageId/beat',
    summary:
      'Report active time on an own open case, in ms since the last report; the server believes what its clock allows',
    access: read,
    params: z.object({ imageId: Id }),
    body: z.strictObject({ activeMs: z.number().int().min(0).max(86_400_000) }),
    response: z.object({ activeMs: z.number() }),
    errors: [CaseFinishedError, CaseNotOpenError, NoPhaseOpenError],
  }),
});
