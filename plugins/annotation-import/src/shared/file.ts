import { FORMATS } from '@exact/annotation-formats';
import { GeometryKindSchema, Id, Timestamp, Uuid } from '@exact/sdk/contract';
import { z } from 'zod';

/** Largest file. */
export const MAX_FILE_BYTES = 1024 ** 3;
/** Kept for a person in a project; the oldest goes when another comes. */
export const MAX_KEPT = 20;
/** Problems that are told at once; all of them stand in the list to download. */
export const MAX_TOLD = 100;
/** Names of images, classes and authors in one file. */
export const MAX_NAMES = { images: 5000, labels: 2000, authors: 1000 } as const;

export const FormatSchema = z.enum(FORMATS);
export const BoxFormSchema = z.enum(['size', 'corners']);

const Count = z.number();
const CodeCount = z.object({ code: z.string(), count: Count });

/** Something in the file, why it is not taken, and where. */
export const Told = z.object({
  place: z.string(),
  code: z.string(),
  message: z.string(),
  image: z.string().optional(),
  label: z.string().optional(),
});
export type Told = z.output<typeof Told>;

/** What was found in a file. Nothing of it depends on the project. */
export const Inventory = z.object({
  format: FormatSchema,
  /** COCO: how the four numbers of a box were read, and how many boxes would leave their image as corner and size. */
  boxForm: BoxFormSchema.optional(),
  boxesOutside: Count.optional(),
  items: Count,
  /** Shapes that cross themselves, and can be cleaned. */
  repairable: Count,
  images: z.array(z.object({ name: z.string(), count: Count })),
  labels: z.array(
    z.object({
      label: z.string(),
      count: Count,
      kinds: z.array(z.object({ kind: GeometryKindSchema, count: Count })),
      colour: z.string().optional(),
      /** Where the file names a template by its id. */
      templateId: Id.optional(),
    }),
  ),
  authors: z.array(z.object({ name: z.string(), count: Count })),
  /** Left out on purpose: log lines, deleted annotations and the like. */
  notes: z.array(CodeCount),
  /** What cannot be annotations. */
  problemCount: Count,
  codes: z.array(CodeCount),
  problems: z.array(Told),
});
export type Inventory = z.output<typeof Inventory>;

export const ImportFile = z.object({
  id: Uuid,
  name: z.string(),
  sizeBytes: z.number(),
  sha256: z.string(),
  state: z.enum(['reading', 'ready', 'failed']),
  /** 0…1 while it is read. */
  progress: z.number(),
  problem: z.string().nullable(),
  createdAt: Timestamp,
  inventory: Inventory.nullable(),
});
export type ImportFile = z.output<typeof ImportFile>;

/** How the names of a file seem to match the project, as the asking person sees it. */
export const Suggestion = z.object({
  images: z.array(
    z.object({
      name: z.string(),
      imageId: Id.nullable(),
      /** `several`: more than one image would fit. */
      by: z.enum(['publicName', 'privateName', 'stem', 'several', 'none']),
    }),
  ),
  labels: z.array(z.object({ label: z.string(), templateId: Id.nullable() })),
  /** Images that can be chosen. */
  choices: z.array(z.object({ id: Id, name: z.string(), privateName: z.string().optional() })),
});
export type Suggestion = z.output<typeof Suggestion>;
