import { CELL_CLASSES } from '@exact/scores';
import { Id } from '@exact/sdk/contract';
import { z } from 'zod';
import { VERIFIED_CHOICES } from './settings.ts';

const ClassShare = z.object({ count: z.number(), share: z.number(), low: z.number(), high: z.number() });

/** As `Differential` of @exact/scores, and that no template stands for a class. */
export const DifferentialAnswer = z.discriminatedUnion('available', [
  z.object({
    available: z.literal(true),
    cells: z.number().describe('of all five classes: the denominator'),
    classes: z.record(z.enum(CELL_CLASSES), ClassShare).describe('count; share and its 95 % interval in per cent'),
    warnings: z.array(z.enum(['few-cells'])),
  }),
  z.object({ available: z.literal(false), reason: z.enum(['no-cells', 'no-class']) }),
]);
export type DifferentialAnswer = z.output<typeof DifferentialAnswer>;

/** As `Mitotic` of @exact/scores, with what the platform knows besides. */
export const MitoticAnswer = z.discriminatedUnion('available', [
  z.object({
    available: z.literal(true),
    count: z.number().describe('figures in the window'),
    standardCount: z.number().describe('figures for the standard area: the count itself, or converted by area'),
    isConverted: z.boolean(),
    perMm2: z.number(),
    lookAlikes: z.number().describe('look-alikes in the window; they count nothing'),
    site: z.enum(['hot-spot', 'by-hand']),
    window: z
      .object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
      .describe('level-0 pixels'),
    areaMm2: z.number(),
    aspect: z.number().describe('width ÷ height in micrometres'),
    scale: z.object({ mppX: z.number(), mppY: z.number() }).describe('micrometres for one level-0 pixel'),
    tissueShare: z.number().optional(),
    mean: z
      .object({ count: z.number(), areaMm2: z.number(), of: z.enum(['tissue', 'image']), perMm2: z.number() })
      .optional()
      .describe('of all figures on the image'),
    warnings: z.array(z.enum(['converted', 'image-too-small', 'little-tissue'])),
  }),
  z.object({
    available: z.literal(false),
    reason: z
      .enum(['no-scale', 'no-tissue', 'no-class', 'unreadable'])
      .describe(
        'the image has no scale; no place has the tissue wanted; no template stands for figures; pixels cannot be read',
      ),
  }),
]);
export type MitoticAnswer = z.output<typeof MitoticAnswer>;

/** Either a reader with what they have drawn for themselves, or a layer, which is nobody's own work. */
const Who = { authorId: Id.optional(), layerId: Id.optional(), layerName: z.string().optional() };
const Scores = { differential: DifferentialAnswer, mitotic: MitoticAnswer };

export const WhoScores = z.object({ ...Who, ...Scores });
export type WhoScores = z.output<typeof WhoScores>;

/** All that one may see of an image, and the same by who has drawn it. */
export const ImageScores = z.object({
  imageId: Id,
  imageSetId: Id,
  name: z.string(),
  ...Scores,
  who: z.array(WhoScores).describe('who has drawn cells or figures there'),
});
export type ImageScores = z.output<typeof ImageScores>;

/** Everything that a figure depends on beside the annotations. */
export const Basis = z.object({
  scores: z.array(z.object({ id: z.string(), version: z.string() })),
  verified: z.enum(VERIFIED_CHOICES),
  minimumCells: z.number(),
  areaMm2: z.number(),
  shape: z.string(),
  minimumTissue: z.number(),
  stepsPerWindow: z.number(),
  tissueThreshold: z.number(),
  cells: z.array(z.object({ templateId: Id, class: z.enum(CELL_CLASSES) })),
  mitoses: z.array(z.object({ templateId: Id, kind: z.enum(['figure', 'lookAlike']) })),
});
export type Basis = z.output<typeof Basis>;
