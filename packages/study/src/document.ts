import type { OpinionRule } from '@exact/opinion';
import { z } from 'zod';

/** PostgreSQL keeps neither half characters nor NUL, and nobody means them. */
const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');
const UNSTORABLE = 'must not hold NUL or half characters';

/** Names things inside the document: stable, so that records can go on naming them when titles change. */
const Key = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be up to 40 lower-case letters, digits and hyphens');
const Title = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]+$/u, 'must not hold control characters')
  .refine(isStorable, UNSTORABLE);
const Text = z.string().max(10_000).refine(isStorable, UNSTORABLE);
const Person = z.string().min(1).max(64).refine(isStorable, UNSTORABLE);
const ImageName = Title;
const Moment = z.iso.datetime({ offset: true });

export const PHASE_MODES = ['cooperative', 'blind', 'secondOpinion'] as const;

/** When two readers' verdicts settle an object; what the fields mean stands at {@link OpinionRule}. */
export const Rule = z.strictObject({
  k: z.number().int().min(1).max(100),
  quorum: z.number().min(0).max(1),
  margin: z.number().int().min(0).max(100),
  strict: z.boolean(),
  authorCounts: z.boolean(),
}) satisfies z.ZodType<OpinionRule>;
export type Rule = OpinionRule;

export const Order = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('given') }),
  z.strictObject({ by: z.literal('shuffle'), seed: z.number().int().min(0).max(4_294_967_295) }),
]);

/** An image by what it is called in public and by its content, so that it is found on another instance. */
export const StudyImage = z.strictObject({
  name: ImageName,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits'),
});
export type StudyImage = z.output<typeof StudyImage>;

/** What readers are shown besides the image. */
export const Arm = z.strictObject({ id: Key, title: Title, layers: z.array(Title).max(50) });
export type Arm = z.output<typeof Arm>;

export const Task = z.strictObject({
  id: Key,
  title: Title,
  instruction: Text,
  /** Names of {@link StudyDocument.images}, in their order. */
  images: z.array(ImageName).max(20_000),
  /** What may be annotated; without any, all classes of the project. Without `templates`, all of the product. */
  classes: z.array(z.strictObject({ product: Title, templates: z.array(Title).min(1).max(500).optional() })).max(100),
});
export type Task = z.output<typeof Task>;

/** One reader reads one task in one arm. A reader's tasks come in the order of these entries. */
export const Reading = z.strictObject({
  reader: Person,
  task: Key,
  arm: Key,
  /** Only these of the task; absent: all. */
  images: z.array(ImageName).min(1).max(20_000).optional(),
});
export type Reading = z.output<typeof Reading>;

export const Phase = z.strictObject({
  id: Key,
  title: Title,
  mode: z.enum(PHASE_MODES),
  /** Planned times; by hand it can be opened and closed at any time. */
  opensAt: Moment.optional(),
  closesAt: Moment.optional(),
  /** `strict`: one case after the other; `free`: readers choose among their cases. */
  sequence: z.enum(['strict', 'free']),
  /** What becomes of cases that a reader has finished. */
  done: z.enum(['readOnly', 'hidden']),
  /** Whether readers see what they annotated before the phase was opened, for readings of the same images again. */
  earlier: z.enum(['shown', 'hidden']),
  order: Order,
  rule: Rule.optional(),
  readings: z.array(Reading).max(5000),
});
export type Phase = z.output<typeof Phase>;

/**
 * A reader study: everything that was chosen, in one document. It names people by user name and images by name and content,
 * never by ids of an instance. Where something is missing {@link checkStudy} says so: drafts are documents, too.
 */
export const StudyDocument = z.strictObject({
  format: z.literal('exact-study'),
  version: z.literal(1),
  title: Title,
  description: Text,
  images: z.array(StudyImage).max(20_000),
  readers: z.array(Person).max(200),
  adjudicators: z.array(Person).max(200),
  /** The reader whom the others are compared with. */
  reference: Person.optional(),
  arms: z.array(Arm).max(50),
  tasks: z.array(Task).max(100),
  phases: z.array(Phase).max(50),
  /** A reader who has not moved anything for so many seconds is idle. */
  idleAfterS: z.number().int().min(5).max(600),
});
export type StudyDocument = z.output<typeof StudyDocument>;

/** A study in which nothing is chosen yet: one blind phase, one arm without layers. */
export function emptyStudy(title: string, seed: number): StudyDocument {
  return {
    format: 'exact-study',
    version: 1,
    title,
    description: '',
    images: [],
    readers: [],
    adjudicators: [],
    arms: [{ id: 'unaided', title: 'Without layers', layers: [] }],
    tasks: [],
    phases: [
      {
        id: 'phase-1',
        title: 'Reading',
        mode: 'blind',
        sequence: 'strict',
        done: 'readOnly',
        earlier: 'shown',
        order: { by: 'shuffle', seed },
        readings: [],
      },
    ],
    idleAfterS: 30,
  };
}
