import type { Ths, ThsFromScores } from '@exact/scores';
import { contract, endpoint, Id, listOf, raw, Uuid } from '@exact/sdk/contract';
import { z } from 'zod';
import { INCLUSIONS, VERIFIED_CHOICES } from './settings.ts';

/** Where to count: an image, an image set, or without both the whole project. */
const Scope = {
  imageId: Id.optional(),
  imageSetId: Id.optional(),
};
const Cells = {
  ...Scope,
  authors: listOf(Id, 200).optional().describe('only cells that these people have drawn for themselves'),
  layers: listOf(Id, 200).optional().describe('only cells of these layers'),
  box: listOf(z.coerce.number().finite(), 4)
    .refine((b) => b.length === 4 && b[0]! < b[2]! && b[1]! < b[3]!, 'must be minX,minY,maxX,maxY, min below max')
    .optional()
    .describe('level-0 pixels of the image'),
  inclusion: z.enum(INCLUSIONS).optional().describe('when a cell counts in the box; default: as the project is set'),
};

const Interval = z.object({ low: z.number(), high: z.number(), method: z.enum(['normal', 'bootstrap']) });
const Counts = z.array(z.number()).length(5).describe('cells of grade 0, 1, 2, 3, 4');

const ScoreSchema = z.discriminatedUnion('available', [
  z.object({
    available: z.literal(true),
    ths: z.number().describe('0–400'),
    meanGrade: z.number(),
    cells: z.number(),
    counts: Counts,
    shares: z.array(z.number()).length(5).describe('per cent, by grade'),
    standardError: z.number().optional(),
    interval: Interval.optional().describe('95 %'),
    zone: z.enum(['below', 'grey', 'above']),
    consistentWithEiph: z.boolean(),
    warnings: z.array(z.enum(['few-cells', 'one-cell', 'one-grade', 'straddles-cut-off'])),
  }),
  z.object({ available: z.literal(false), reason: z.literal('no-cells'), cells: z.literal(0), counts: Counts }),
]);
/** As the package has it: what is read only there cannot be said in a schema. */
export const Score = ScoreSchema as unknown as z.ZodType<Ths, Ths>;

/** Everything that a figure depends on beside the cells. */
export const Basis = z.object({
  score: z.string().describe('id and version of the score in @exact/scores'),
  inclusion: z.enum(INCLUSIONS),
  verified: z.enum(VERIFIED_CHOICES),
  minimumCells: z.number(),
  seed: z.number(),
  grades: z.array(z.object({ templateId: Id, grade: z.number() })),
});
export type Basis = z.output<typeof Basis>;

const NotCounted = z
  .array(z.object({ templateId: Id, cells: z.number() }))
  .describe('annotations there whose template has no grade');

const ImageRow = z.object({
  imageId: Id,
  imageSetId: Id,
  name: z.string().describe('the one it was uploaded under for roles that may see it, else the public one'),
  score: Score,
});
const SetRow = z.object({ imageSetId: Id, name: z.string(), score: Score });
/** Either a reader, or a layer: what is nobody's own work. */
const WhoRow = z.object({
  authorId: Id.optional(),
  layerId: Id.optional(),
  layerName: z.string().optional(),
  score: Score,
});

export const ScoreTable = z.object({
  basis: Basis,
  all: Score,
  images: z.array(ImageRow),
  imageSets: z.array(SetRow),
  readers: z.array(WhoRow),
  imageReaders: z.array(ImageRow.extend(WhoRow.shape)),
  notCounted: NotCounted,
});
export type ScoreTable = z.output<typeof ScoreTable>;

export const CountedCell = z.object({
  uuid: Uuid,
  imageId: Id,
  templateId: Id,
  authorId: Id,
  grade: z.number(),
  /** Level-0 pixels. */
  bounds: z.object({ minX: z.number(), minY: z.number(), maxX: z.number(), maxY: z.number() }),
  verified: z.enum(['accepted', 'rejected']).optional(),
});
export type CountedCell = z.output<typeof CountedCell>;

export const QueuedCell = z.object({
  uuid: Uuid,
  imageId: Id,
  templateId: Id,
  authorId: Id,
  /** Level-0 pixel of its centre. */
  x: z.number(),
  y: z.number(),
  score: z.number(),
  cut: z.number(),
  distance: z.number(),
  gradeOfScore: z.number(),
  gradeOfClass: z.number().optional(),
  /** Standard deviation of the grades that all who have drawn this cell give it; 0 for one. */
  disagreement: z.number(),
  readers: z.number(),
});
export type QueuedCell = z.output<typeof QueuedCell>;

const FromScoresSchema = z.discriminatedUnion('available', [
  z.object({
    available: z.literal(true),
    value: z.number().describe('100 × mean score: not the total haemosiderin score of classes'),
    cells: z.number(),
    clamped: z.number(),
    standardError: z.number().optional(),
    interval: Interval.optional(),
    warnings: z.array(z.enum(['few-cells', 'one-cell'])),
  }),
  z.object({ available: z.literal(false), reason: z.literal('no-scores') }),
]);
export const FromScores = FromScoresSchema as unknown as z.ZodType<ThsFromScores, ThsFromScores>;

/** Most cells in one answer of a list. */
export const MAX_PAGE = 500;
const limit = z.coerce.number().int().min(1).max(MAX_PAGE).optional().describe('default 100');

const access = { permission: 'annotations:read', in: 'project' } as const;

/** Endpoints of the plugin, below `/api/v2/projects/:projectId/plugins/eiph-score`. */
export const eiphScoreContract = contract({
  score: endpoint({
    method: 'GET',
    path: '/score',
    summary:
      'Total haemosiderin score of a box, an image, an image set or the project; only cells that the caller may see',
    access,
    query: z.object(Cells),
    response: z.object({ basis: Basis, score: Score, notCounted: NotCounted }),
  }),
  table: endpoint({
    method: 'GET',
    path: '/scores',
    summary: 'Scores by image, image set, reader or layer, and image and reader; only cells that the caller may see',
    access,
    query: z.object({ imageSetId: Id.optional() }),
    response: ScoreTable,
  }),
  csv: endpoint({
    method: 'GET',
    path: '/scores/csv',
    summary: 'The same scores as comma-separated values',
    access,
    query: z.object({ imageSetId: Id.optional() }),
    response: raw('text/csv'),
  }),
  cells: endpoint({
    method: 'GET',
    path: '/cells',
    summary: 'The cells that make up a score, oldest first; only those that the caller may see',
    access,
    query: z.object({
      ...Cells,
      grade: z.coerce.number().int().min(0).max(4).optional(),
      cursor: z.string().max(200).optional(),
      limit,
    }),
    response: z.object({ items: z.array(CountedCell), next: z.string().optional() }),
  }),
  border: endpoint({
    method: 'GET',
    path: '/border',
    summary:
      'Cells whose score lies near a border between two grades: nearest first, then by disagreement of readers; without those that have a verdict, unless asked for',
    access,
    query: z.object({
      ...Scope,
      verified: z.enum(['none', 'all']).optional().describe('default none'),
      offset: z.coerce.number().int().min(0).max(2_000_000).optional(),
      limit,
    }),
    response: z.object({
      scoreKey: z.string(),
      distance: z.number(),
      scored: z.number(),
      unscored: z.number(),
      fromScores: FromScores,
      total: z.number(),
      items: z.array(QueuedCell),
    }),
  }),
});
