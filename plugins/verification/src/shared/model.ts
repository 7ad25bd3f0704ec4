import type { Geometry } from '@exact/geometry';
import { COLLABORATIONS, Id, Timestamp, Uuid } from '@exact/sdk/contract';
import { z } from 'zod';

/** What a reader can say of an object; `none` takes the vote back. */
export const VOTE_VERDICTS = ['accept', 'reject', 'relabel', 'reshape', 'unsure', 'none'] as const;
export type VoteVerdict = (typeof VOTE_VERDICTS)[number];
export const DECISION_VERDICTS = ['accept', 'reject', 'relabel', 'reshape'] as const;

/** Longest stretch that one vote can have taken: somebody who looks at an object for longer is asked for another sign of life. */
export const MAX_ACTIVE_MS = 3_600_000;
const ActiveMs = z
  .number()
  .int()
  .min(0)
  .max(MAX_ACTIVE_MS)
  .describe('time at work on it, idle time left out, milliseconds');

/** Checked against the object: kind, class and place have to fit. */
const geometry = z.custom<Geometry>((value) => typeof value === 'object' && value !== null, 'must be a geometry');

export const VoteDraft = z.strictObject({
  /** Made by the client: sent again it stores nothing again. */
  voteId: Uuid,
  annotation: Uuid,
  /** The revision that was looked at. */
  revision: z.number().int().positive(),
  verdict: z.enum(VOTE_VERDICTS),
  /** With `relabel`; with `reshape` where the class is another one, too. */
  templateId: Id.optional(),
  /** With `reshape`. */
  geometry: geometry.optional(),
  activeMs: ActiveMs,
});
export type VoteDraft = z.output<typeof VoteDraft>;

export const DecisionDraft = z.strictObject({
  decisionId: Uuid,
  annotation: Uuid,
  revision: z.number().int().positive(),
  verdict: z.enum(DECISION_VERDICTS),
  templateId: Id.optional(),
  geometry: geometry.optional(),
  reason: z.string().trim().min(1, 'say why').max(2000),
});
export type DecisionDraft = z.output<typeof DecisionDraft>;

const said = {
  readerId: Id,
  templateId: Id.optional(),
  geometry: z.custom<Geometry>().optional(),
  at: Timestamp,
  /** Whether it was said of the shape and class that stand now. */
  isCurrent: z.boolean(),
};
export const SaidVote = z.object({
  ...said,
  verdict: z.enum(VOTE_VERDICTS),
  activeMs: z.number(),
  /** Whether others' votes could be seen by then. */
  informed: z.boolean(),
});
export type SaidVote = z.output<typeof SaidVote>;
export const SaidDecision = z.object({ ...said, verdict: z.enum(DECISION_VERDICTS), reason: z.string() });

export const STATES = ['open', 'agreed', 'disputed', 'adjudicated', 'rejected'] as const;
export const OutcomeView = z.object({
  verdict: z.enum(DECISION_VERDICTS),
  templateId: Id.optional(),
  geometry: z.custom<Geometry>().optional(),
});
export const StandingView = z.object({
  state: z.enum(STATES),
  cast: z.number(),
  needed: z.number(),
  tally: z.record(z.string(), z.number()),
  outcome: OutcomeView.optional(),
  votes: z.array(SaidVote),
  decisions: z.array(SaidDecision),
});
export type StandingView = z.output<typeof StandingView>;

/** What one may know of an object's votes: one's own, and the others' only when they are no longer hidden. */
export const OpinionView = z.object({
  annotation: Uuid,
  mine: SaidVote.nullable(),
  standing: StandingView.nullable(),
});
export type OpinionView = z.output<typeof OpinionView>;

export const RuleSetting = z.strictObject({
  k: z.number().int().min(1).max(100),
  quorum: z.number().min(0).max(1),
  margin: z.number().int().min(0).max(100),
  strict: z.boolean(),
  authorCounts: z.boolean(),
  /** Share of settled objects that adjudicators look at once more. */
  controlShare: z.number().min(0).max(1),
  seed: z.number().int().min(0).max(4_294_967_295),
});
export type RuleSetting = z.output<typeof RuleSetting>;

export const SituationView = z.object({
  /** Who asks. */
  me: Id,
  mode: z.enum(COLLABORATIONS),
  /** A study is running: its mode, rule and readers count. */
  isStudy: z.boolean(),
  rule: RuleSetting,
  /** Why the rule cannot settle anything, for those who can mend it. */
  ruleProblem: z.string().nullable(),
  isOpen: z.boolean(),
  mayVote: z.boolean(),
  /** May give verdicts on annotations themselves, where people work together. */
  mayVerify: z.boolean(),
  seesAll: z.boolean(),
  mayManage: z.boolean(),
  readers: z.number(),
});
export type SituationView = z.output<typeof SituationView>;

export const QueueItem = z.object({
  annotation: Uuid,
  imageId: Id,
  templateId: Id,
  revision: z.number(),
  /** Level-0 pixels: minX, minY, maxX, maxY; absent for labels of the whole image. */
  bounds: z.tuple([z.number(), z.number(), z.number(), z.number()]).optional(),
  /** One's own vote or, where people work together, the verdict that stands. */
  mine: z.enum(VOTE_VERDICTS).nullable(),
  /** Only for those who see all. */
  state: z.enum(STATES).optional(),
  uncertainty: z.number().optional(),
});
export type QueueItem = z.output<typeof QueueItem>;
export const QUEUE_ORDERS = ['queue', 'class', 'position'] as const;
export const QUEUE_WHICH = ['todo', 'all', 'review'] as const;
export const Queue = z.object({
  items: z.array(QueueItem),
  /** Objects that fit, in the list or not. */
  total: z.number(),
  done: z.number(),
});
export type Queue = z.output<typeof Queue>;

export const IMAGE_OUTCOMES = ['complete', 'empty', 'open'] as const;
export const ImageRecordDraft = z.strictObject({
  recordId: Uuid,
  outcome: z.enum(IMAGE_OUTCOMES),
  activeMs: ActiveMs,
});
export const ImageRecord = z.object({
  readerId: Id,
  outcome: z.enum(['complete', 'empty']),
  activeMs: z.number(),
  at: Timestamp,
});
export type ImageRecord = z.output<typeof ImageRecord>;

export const ImageProgress = z.object({
  imageId: Id,
  imageSetId: Id,
  name: z.string(),
  objects: z.number(),
  /** With one's own vote or, where people work together, with a verdict. */
  decided: z.number(),
  /** Only for those who see all, where votes are taken. */
  states: z.record(z.enum(STATES), z.number()).optional(),
  /** One's own; of all for those who see all. */
  records: z.array(ImageRecord),
  isDone: z.boolean(),
});
export type ImageProgress = z.output<typeof ImageProgress>;
export const ReaderProgress = z.object({
  readerId: Id,
  objects: z.number(),
  images: z.number(),
  activeMs: z.number(),
});
export const Progress = z.object({ images: z.array(ImageProgress), readers: z.array(ReaderProgress) });
export type Progress = z.output<typeof Progress>;

export const Applied = z.object({
  isDryRun: z.boolean(),
  /** What is, or would be, written. */
  accepted: z.number(),
  rejected: z.number(),
  relabelled: z.number(),
  reshaped: z.number(),
  /** Already as the outcome says. */
  unchanged: z.number(),
  open: z.number(),
  disputed: z.number(),
  skipped: z.array(z.object({ annotation: Uuid, imageId: Id, code: z.string(), message: z.string() })),
});
export type Applied = z.output<typeof Applied>;
