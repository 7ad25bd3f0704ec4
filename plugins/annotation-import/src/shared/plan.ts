import { Id, LAYER_PURPOSES, Name, Timestamp, Uuid } from '@exact/sdk/contract';
import { z } from 'zod';
import { MAX_NAMES, Told } from './file.ts';

const Line = z.string().trim().min(1).max(500);

/** Whose work the annotations become. Managers only, but for `me`. */
const Author = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('me') }),
  z.strictObject({ by: z.literal('one'), userId: Id }),
  z.strictObject({
    by: z.literal('name'),
    /** Names that are not listed, and those without a person, are left out. */
    users: z.array(z.strictObject({ name: z.string().max(300), userId: Id.nullable() })).max(MAX_NAMES.authors),
  }),
]);

/** Where they go. Layers are for managers. */
const Target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('own') }).describe('people’s own work'),
  z.strictObject({ kind: z.literal('layer'), layerId: Id }),
  z.strictObject({
    kind: z.literal('newLayer'),
    name: Name,
    purpose: z.enum(LAYER_PURPOSES),
    /** To readers who work blind. */
    shown: z.boolean().optional(),
    program: Line.optional(),
    version: Line.optional(),
  }),
]);

/** How a file is to become annotations. What is not listed is left out. */
export const Mapping = z.strictObject({
  images: z.array(z.strictObject({ name: z.string().max(2000), imageId: Id.nullable() })).max(MAX_NAMES.images),
  labels: z.array(z.strictObject({ label: z.string().max(300), templateId: Id.nullable() })).max(MAX_NAMES.labels),
  author: Author,
  target: Target,
  /** `keep`: UUIDs of the file are kept, so that a file is never imported twice. `new`: for a second copy elsewhere. */
  uuids: z.enum(['keep', 'new']),
  /** Take shapes that cross themselves after cleaning; otherwise they are refused. */
  repair: z.boolean(),
  /** Import the rest where some cannot be taken; otherwise nothing is imported. */
  leaveOut: z.boolean(),
});
export type Mapping = z.output<typeof Mapping>;

const Count = z.number();
const Counts = {
  /** Annotations that would be made. */
  create: Count,
  /** There already: the same UUID, place, author and content. Standing twice in the file counts too. */
  known: Count,
  /** Cannot be taken. */
  refused: Count,
  /** Of those that would be made: shapes cleaned, because they crossed themselves. */
  repaired: Count,
  /** Left out, since their image, class or author is mapped to nothing. */
  skipped: Count,
};
export const PlanCounts = z.object(Counts);
export type PlanCounts = z.output<typeof PlanCounts>;

/** What an import would do. */
export const DryRun = z.object({
  ...Counts,
  images: z.array(z.object({ name: z.string(), imageId: Id.nullable(), ...Counts })),
  labels: z.array(z.object({ label: z.string(), templateId: Id.nullable(), ...Counts })),
  codes: z.array(z.object({ code: z.string(), count: Count })),
  /** The first of those that are not made just so. */
  told: z.array(Told),
});
export type DryRun = z.output<typeof DryRun>;

/** What became of one image and author. */
export const Outcome = z.object({
  imageId: Id,
  authorId: Id,
  state: z.enum(['done', 'failed']),
  created: Count,
  known: Count,
  problem: z.string().nullable(),
});
export type Outcome = z.output<typeof Outcome>;

export const Plan = z.object({
  id: Uuid,
  fileId: Uuid,
  mapping: Mapping,
  createdAt: Timestamp,
  /** `counting` → `counted` → `applying` → `applied`; `failed` with a problem. */
  state: z.enum(['counting', 'counted', 'applying', 'applied', 'failed']),
  progress: z.number(),
  problem: z.string().nullable(),
  dryRun: DryRun.nullable(),
  layerId: Id.nullable(),
  outcomes: z.array(Outcome),
});
export type Plan = z.output<typeof Plan>;
