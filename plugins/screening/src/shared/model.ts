import {
  FIELD_ORDERS,
  FIELD_STATES,
  MAX_OVERLAP,
  MIN_VISIT_MS,
  TISSUE_BACKGROUNDS,
  TISSUE_METHODS,
} from '@exact/screening';
import { Id, Timestamp, Uuid } from '@exact/sdk/contract';
import { z } from 'zod';

/** Largest coordinate of an image: that of annotations. */
const MAX_PX = 2_097_151;
const Pixels = z.number().int().min(0).max(MAX_PX);
const Length = z.number().int().min(1).max(MAX_PX);
/** Index of a field in its plan. */
export const FieldIndex = z.coerce.number().int().min(0).max(49_999);

/** A box in whole level-0 pixels; `max…` is the first pixel beyond it. */
export const Region = z.strictObject({ minX: Pixels, minY: Pixels, maxX: Pixels, maxY: Pixels });
export type Region = z.output<typeof Region>;

/** How a mask of tissue is made. */
export const TissueParameters = z.strictObject({
  method: z.enum(TISSUE_METHODS).default('otsu'),
  threshold: z
    .number()
    .min(0)
    .max(255)
    .default(200)
    .describe(
      'of "fixed": value of the darkest channel (before dark: the brightest) that parts tissue from background',
    ),
  closing: z.number().int().min(1).max(31).default(7).describe('side of the square in mask pixels, odd; 1: none'),
  background: z
    .enum(TISSUE_BACKGROUNDS)
    .default('auto')
    .describe('which side of the threshold is tissue; auto: as the border of the image'),
  minPart: z.number().int().min(0).max(10_000).default(4).describe('smaller parts are left out, in mask pixels'),
});
export type TissueParameters = z.output<typeof TissueParameters>;

/** A mask of tissue: made once by a job, never changed; other parameters make another one. */
export const Tissue = z.object({
  id: Uuid,
  imageId: Id,
  /** Counts the masks that the same person has asked for on this image, from 1. */
  version: z.number(),
  parameters: TissueParameters,
  createdBy: Id,
  createdAt: Timestamp,
  state: z.enum(['waiting', 'done', 'failed', 'cancelled']),
  /** Why there is none; null unless it has failed. */
  problem: z.string().nullable(),
  /** What was found; null until it is done. `share`: of the image, 0 where there is no tissue at all. */
  found: z
    .object({
      width: z.number(),
      height: z.number(),
      /** Value that was used; with "otsu" it is worked out. */
      threshold: z.number(),
      background: z.enum(['light', 'dark']),
      share: z.number(),
    })
    .nullable(),
});
export type Tissue = z.output<typeof Tissue>;

/** A finished mask with its pixels and its outline. */
export const TissueMaskView = Tissue.extend({
  /** One bit for each mask pixel, row by row, highest bit first, without gaps between rows; base64. `unpackMask` reads it. */
  bits: z.string(),
  /** Rings of level-0 pixels as x, y, x, y …; even-odd: holes are rings inside. Simplified for drawing. */
  outline: z.array(z.array(z.number())),
});
export type TissueMaskView = z.output<typeof TissueMaskView>;

export const PlanDraft = z.strictObject({
  /** Made by the browser; the same one again gives the plan that it has made, instead of a second one. */
  requestId: Uuid,
  name: z.string().trim().max(200).default(''),
  /** `own`: for oneself · `all`: for all readers of the project, by managers. */
  audience: z.enum(['own', 'all']).default('own'),
  /** Cut off at the edges of the image; the whole image when absent. */
  region: Region.optional(),
  field: z.discriminatedUnion('by', [
    z.strictObject({ by: z.literal('magnification'), magnification: z.number().min(0.01).max(1000) }),
    z.strictObject({
      by: z.literal('um'),
      width: z.number().positive().max(1e7),
      height: z.number().positive().max(1e7),
    }),
    z.strictObject({ by: z.literal('px'), width: Length, height: Length }),
  ]),
  /** What the window shows, CSS pixels: by magnification it is the size of a field; else it tells the scale at which one fits in. */
  view: z.strictObject({ width: z.number().min(50).max(20_000), height: z.number().min(50).max(20_000) }),
  overlap: z.number().min(0).max(MAX_OVERLAP).default(0.15),
  order: z.enum(FIELD_ORDERS).default('serpentine'),
  /** Shorter stays are not recorded at all. */
  dwellMs: z.number().int().min(MIN_VISIT_MS).max(60_000).default(500),
  /** Fields without tissue in this mask, or with less than `minTissueShare` of it, are skipped; without a mask, none are. */
  tissueId: Uuid.optional(),
  minTissueShare: z.number().min(0).max(1).default(0),
  /** Plan that this one stands for from now on. Its record stays. */
  supersedes: Uuid.optional(),
});
export type PlanDraft = z.output<typeof PlanDraft>;

/** Who has got how far; a share of the fields that are not skipped. */
export const ReaderProgress = z.object({
  readerId: Id,
  seen: z.number(),
  partial: z.number(),
  /** Fields that were given to this reader; null where nothing was shared out. */
  assigned: z.number().nullable(),
  lastAt: Timestamp.nullable(),
});
export type ReaderProgress = z.output<typeof ReaderProgress>;

export const PlanSummary = z.object({
  id: Uuid,
  imageId: Id,
  name: z.string(),
  audience: z.enum(['own', 'all']),
  createdBy: Id,
  createdAt: Timestamp,
  /** The plan that stands for it now; null while it stands for itself. */
  supersededBy: Uuid.nullable(),
  supersedes: Uuid.nullable(),
  /** Fields in all, and those that are to be looked at. */
  fields: z.number(),
  toSee: z.number(),
  /** Of readers whom one may see: oneself always, even without a visit. */
  progress: z.array(ReaderProgress),
});
export type PlanSummary = z.output<typeof PlanSummary>;

/** All that fields follow from: `planFields(plan)` of `@exact/screening` gives them, the same on both sides. */
export const Plan = PlanSummary.extend({
  region: Region,
  fieldWidth: z.number(),
  fieldHeight: z.number(),
  overlap: z.number(),
  order: z.enum(FIELD_ORDERS),
  /** Planned scale: level-0 pixels for one CSS pixel. */
  downsample: z.number(),
  dwellMs: z.number(),
  /** As it was asked for. */
  field: PlanDraft.shape.field,
  /** µm for one level-0 pixel when the plan was made; null where unknown. */
  mppX: z.number().nullable(),
  mppY: z.number().nullable(),
  tissueId: Uuid.nullable(),
  minTissueShare: z.number(),
  /** Fields without (enough) tissue, rising. */
  skipped: z.array(z.number()),
});
export type Plan = z.output<typeof Plan>;

export const VisitDraft = z.strictObject({
  /** Made by the browser, so that a batch can be sent again. */
  id: Uuid,
  field: FieldIndex,
  /** ms since 1970 by the clock that `sentAt` is from; whole. */
  enteredAt: z.number().int().min(0).max(8.64e15),
  leftAt: z.number().int().min(0).max(8.64e15),
  dwellMs: z.number().int().min(0).max(86_400_000),
  share: z.number().min(0).max(1),
  downsample: z.number().positive().max(1e6),
  marks: z.boolean(),
});
export type VisitDraft = z.output<typeof VisitDraft>;

/** Browsers' clocks are not to be trusted: times are shifted by the difference between `sentAt` and the server's clock. */
const sentAt = z.number().int().min(0).max(8.64e15).describe("the browser's clock when it sends, ms since 1970");
/** Tells a browser its own events from those of another device. */
const deviceId = Uuid;

export const VisitBatch = z.strictObject({ sentAt, deviceId, visits: z.array(VisitDraft).min(1).max(500) });

export const PositionDraft = z.strictObject({
  sentAt,
  deviceId,
  /** When the reader was there, by the same clock: an older position never replaces a newer one. */
  at: z.number().int().min(0).max(8.64e15),
  field: FieldIndex,
  /** Middle of the view and its scale: level-0 pixels. They may lie beside the image. */
  x: z.number().min(-MAX_PX).max(MAX_PX),
  y: z.number().min(-MAX_PX).max(MAX_PX),
  downsample: z.number().positive().max(1e6),
});
export const Position = z.object({
  field: z.number(),
  x: z.number(),
  y: z.number(),
  downsample: z.number(),
  at: Timestamp,
  deviceId: Uuid,
});
export type Position = z.output<typeof Position>;

export const Mark = z.object({ field: z.number(), note: z.string(), at: Timestamp });
export type Mark = z.output<typeof Mark>;

/** One's own state in a plan. */
export const ReaderState = z.object({
  planId: Uuid,
  /** One digit for each field by index: 0 unseen, 1 partial, 2 seen, 3 revisited (`FIELD_STATES`). */
  states: z.string(),
  /** Null before the first field. */
  position: Position.nullable(),
  /** "Come back here", by field. */
  marks: z.array(Mark),
  /** Fields that were given to one, rising; null where nothing was shared out. */
  assigned: z.array(z.number()).nullable(),
});
export type ReaderState = z.output<typeof ReaderState>;

/** A line of the log. Times are by the server's clock. */
export const LoggedVisit = z.object({
  id: Uuid,
  readerId: Id,
  field: z.number(),
  enteredAt: Timestamp,
  leftAt: Timestamp,
  dwellMs: z.number(),
  share: z.number(),
  downsample: z.number(),
  marks: z.boolean(),
});
export type LoggedVisit = z.output<typeof LoggedVisit>;

export const Share = z.strictObject({ userId: Id, fields: z.array(FieldIndex).max(50_000) });
export const Shares = z.object({
  /** Null before anything was shared out. */
  setAt: Timestamp.nullable(),
  setBy: Id.nullable(),
  shares: z.array(z.object({ userId: Id, fields: z.array(z.number()) })),
});
export type Shares = z.output<typeof Shares>;

/** Areas are level-0 pixels; `…Mm2` are null where the image has no scale, `tissue…` where the plan has no mask. */
export const Coverage = z.object({
  unseen: z.number(),
  partial: z.number(),
  seen: z.number(),
  revisited: z.number(),
  /** Union of fields that were seen: what overlaps counts once. */
  seenArea: z.number(),
  seenAreaMm2: z.number().nullable(),
  tissueSeen: z.number().nullable(),
  /** In the region, but in no field that was seen. */
  tissueMissed: z.number().nullable(),
  /** The part of `tissueMissed` that lies in skipped fields only, so nobody was led to it. */
  tissueSkipped: z.number().nullable(),
  /** `tissueSeen` as a share of all tissue in the region; null without mask or without tissue. */
  tissueShare: z.number().nullable(),
});
export type Coverage = z.output<typeof Coverage>;

export const ReaderCoverage = Coverage.extend({
  readerId: Id,
  visits: z.number(),
  /** ms in which at least one field was on screen at the planned scale; simultaneous fields count once. */
  activeMs: z.number(),
  firstAt: Timestamp.nullable(),
  lastAt: Timestamp.nullable(),
  /** Of the fields that were given to this reader; null where nothing was shared out. */
  assigned: z.object({ fields: z.number(), seen: z.number() }).nullable(),
});
export type ReaderCoverage = z.output<typeof ReaderCoverage>;

/** What is on record of a plan: computed from the log alone. */
export const Report = z.object({
  plan: Plan,
  /** When it was computed. */
  at: Timestamp,
  regionArea: z.number(),
  regionAreaMm2: z.number().nullable(),
  tissueArea: z.number().nullable(),
  tissueAreaMm2: z.number().nullable(),
  /** All readers whom one may see, together: a field counts when one of them has seen it. */
  together: Coverage,
  /** By the id of the reader; those without a visit are there when fields were given to them. */
  readers: z.array(ReaderCoverage),
});
export type Report = z.output<typeof Report>;

/** What happened in one field. */
export const FieldRow = z.object({
  field: z.number(),
  column: z.number(),
  row: z.number(),
  skipped: z.boolean(),
  /** Share of tissue in it; null without a mask. */
  tissueShare: z.number().nullable(),
  state: z.enum(FIELD_STATES),
  visits: z.number(),
  dwellMs: z.number(),
  firstAt: Timestamp.nullable(),
  lastAt: Timestamp.nullable(),
  /** Annotations whose middle lies in the field; one where fields overlap is in each of them. */
  annotations: z.array(z.object({ templateId: Id, count: z.number() })),
});
export type FieldRow = z.output<typeof FieldRow>;

/** Event `screening:progress`, to all browsers of the person it is about and to no one else. */
export const ProgressEvent = z.object({
  planId: Uuid,
  imageId: Id,
  deviceId: Uuid.nullable(),
  /** Fields with new visits and their states now. */
  states: z.array(z.object({ field: z.number(), state: z.enum(FIELD_STATES) })).optional(),
  position: Position.optional(),
  /** All of them, as they are now. */
  marks: z.array(Mark).optional(),
});
export type ProgressEvent = z.output<typeof ProgressEvent>;

/** Event `screening:plan`: a plan was made or shared out; to all where it is for all, else to the person whose it is. */
export const PlanEvent = z.object({ planId: Uuid });

/** Event `screening:tissue`, to the person who has asked for the mask. */
export const TissueEvent = z.object({ imageId: Id, tissueId: Uuid });
