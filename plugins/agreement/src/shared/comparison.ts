import { Id, Timestamp, Uuid } from '@exact/sdk/contract';
import { z } from 'zod';

/** When two located objects of two readers are the same one. */
export const Rule = z.discriminatedUnion('by', [
  z
    .strictObject({ by: z.literal('iou'), atLeast: z.number().min(0.05).max(1) })
    .describe('overlap: intersection over union'),
  z
    .strictObject({ by: z.literal('distance'), atMost: z.number().positive().max(10_000), unit: z.enum(['px', 'um']) })
    .describe('distance of the centres'),
]);
export type Rule = z.output<typeof Rule>;

/** Everything that a comparison depends on, besides the annotations themselves. */
export const Question = z.strictObject({
  /** An image set, one image, or without both the whole project. */
  imageSetId: Id.optional(),
  imageId: Id.optional(),
  readers: z.array(Id).min(2).max(50),
  /** The reader whom the others are compared with, besides with each other. */
  reference: Id.optional(),
  /** Absent: all. */
  templates: z.array(Id).min(1).max(1000).optional(),
  rule: Rule,
  /** Of the bootstrap intervals. */
  seed: z.number().int().min(0).max(4_294_967_295),
});
export type Question = z.output<typeof Question>;

const Interval = z.object({ low: z.number(), high: z.number(), samples: z.number() });
/** A coefficient; without a value where it is not defined, with the reason. */
export const Estimate = z.object({
  value: z.number().optional(),
  reason: z.enum(['no-units', 'one-category', 'unequal-ratings']).optional(),
  /** Share of equal ratings. */
  raw: z.number().optional(),
  units: z.number(),
  interval: Interval.optional(),
});
export type Estimate = z.output<typeof Estimate>;

export const PairResult = z.object({
  a: Id,
  b: Id,
  /** Objects that both have; that only one of them has. */
  both: z.number(),
  onlyA: z.number(),
  onlyB: z.number(),
  /** 2·both / (2·both + onlyA + onlyB); absent where neither has an object. */
  f1: z.number().optional(),
  /** Of the objects that both have: mean overlap, or one minus the share of the allowed distance. */
  meanScore: z.number().optional(),
  /** Cohen's kappa of the templates of the objects that both have. */
  labels: Estimate,
  /** Rows are what a said, columns what b said, by {@link Result.templates}; the last of each stands for "has no such object". */
  confusion: z.array(z.array(z.number())),
});
export type PairResult = z.output<typeof PairResult>;

export const Result = z.object({
  templates: z.array(Id),
  /** How many objects each reader has. */
  objects: z.array(z.object({ reader: Id, count: z.number() })),
  images: z.number(),
  pairs: z.array(PairResult),
  /** Objects and their templates by all pairs together: 2·same / (count of a + count of b). */
  byTemplate: z.array(z.object({ templateId: Id, count: z.number(), same: z.number(), f1: z.number() })),
  /** Krippendorff's alpha of the templates of objects that at least two readers have. */
  labels: Estimate,
  /** The same with "has no such object" as a category of its own, for all readers. */
  presence: Estimate,
  /** Fleiss' kappa of the ratings behind `presence`. */
  fleiss: Estimate,
  /** Krippendorff's alpha of labels of whole images. */
  imageLabels: Estimate,
});
export type Result = z.output<typeof Result>;

export const Comparison = z.object({
  id: Uuid,
  question: Question,
  state: z.enum(['waiting', 'done', 'failed', 'cancelled']),
  createdBy: Id,
  createdAt: Timestamp,
  doneAt: Timestamp.nullable(),
  problem: z.string().nullable(),
  result: Result.nullable(),
});
export type Comparison = z.output<typeof Comparison>;
