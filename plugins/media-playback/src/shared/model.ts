import { Id, Uuid } from '@exact/sdk/contract';
import { z } from 'zod';
import { PALETTES, SCALES, SpectrogramParameters } from './parameters.ts';

export const SOUND_FORMATS = ['wav', 'flac', 'mp3', 'ogg-vorbis', 'ogg-opus'] as const;

/** What the columns and rows of a spectrogram mean. Time at column x (level-0 pixel, 0 is the left border): `x * secondsPerPixel`. */
export const SpectrogramGrid = z.object({
  columns: z.number().describe('width of the image; what is left of the last tile is not there'),
  rows: z.number().describe('height of the image; row 0 is the highest frequency'),
  secondsPerPixel: z.number(),
  scale: z.enum(SCALES),
  fMinHz: z.number().describe('frequency at the lower border'),
  fMaxHz: z.number().describe('frequency at the upper border'),
  hopS: z.number().describe('from one analysed window to the next'),
  framesPerPixel: z.number().describe('windows whose power was averaged in one column'),
  minDb: z.number(),
  maxDb: z.number(),
  palette: z.enum(PALETTES),
});
export type SpectrogramGrid = z.output<typeof SpectrogramGrid>;

/** The recording behind a spectrogram image. `grid` and what was measured are absent until the image is ready. */
export const Recording = z.object({
  imageId: Id,
  isReady: z.boolean(),
  parameters: SpectrogramParameters.describe('as they were asked for'),
  grid: SpectrogramGrid.optional(),
  format: z.enum(SOUND_FORMATS).optional(),
  sampleRate: z.number().optional().describe('Hz'),
  channels: z.number().optional(),
  bitsPerSample: z.number().optional().describe('where the format has them'),
  durationS: z.number().optional(),
  peakDb: z.number().optional().describe('loudest sample in dB of full scale; absent when all is silent'),
  isSilent: z.boolean().optional().describe('every sample is zero'),
  notes: z.array(z.string()).describe('sentences for people: the file ends early, parts could not be decoded, …'),
  sound: z
    .object({ url: z.string(), mediaType: z.string(), sizeBytes: z.number() })
    .optional()
    .describe('needs the session; answers ranges'),
  others: z
    .array(z.object({ imageId: Id, publicName: z.string() }))
    .describe('other spectrograms of the same recording in the set that the caller sees'),
});
export type Recording = z.output<typeof Recording>;

/** Peaks for a waveform: `min[i]` and `max[i]` over the i-th of `min.length` equal parts from `fromS` to `toS`; full scale is −1…1. */
export const Waveform = z.object({
  durationS: z.number(),
  sampleRate: z.number(),
  channels: z.number(),
  fromS: z.number(),
  toS: z.number(),
  min: z.array(z.number()),
  max: z.array(z.number()),
});
export type Waveform = z.output<typeof Waveform>;

export const MAX_PLANNED_FILES = 20_000;
/** Objects that are compared with the names of files. */
export const MAX_PLANNED_OBJECTS = 100_000;

export const AttachPlanDraft = z.strictObject({
  /**
   * How names of files name objects: `{uuid}`, `{id}` (the first 8 characters of the UUID, or more), `{image}` (public name),
   * `{label}` (name of the template), `{n}` (number of the object among those of its image, or of its image and label where the pattern
   * has `{label}`, by age from 1), `*` (anything). The ending may be left out.
   */
  pattern: z.string().trim().min(1).max(200),
  imageSetId: Id.optional(),
  imageId: Id.optional(),
  files: z
    .array(z.strictObject({ name: z.string().min(1).max(500), sizeBytes: z.number().int().min(0) }))
    .min(1)
    .max(MAX_PLANNED_FILES),
});
export type AttachPlanDraft = z.output<typeof AttachPlanDraft>;

/**
 * `attach`: to `object` · `known`: a file of this name and size is there already · `none`: matches no object · `several`: matches more
 * than one · `refused`: `reason` says why
 */
export const ATTACH_OUTCOMES = ['attach', 'known', 'none', 'several', 'refused'] as const;

export const AttachPlan = z.object({
  files: z
    .array(
      z.object({
        name: z.string(),
        outcome: z.enum(ATTACH_OUTCOMES),
        object: z
          .object({ annotationId: Uuid, imageId: Id, imageName: z.string(), label: z.string(), number: z.number() })
          .optional(),
        matches: z.number().optional().describe('how many objects, where several'),
        reason: z.string().optional().describe('a sentence, where nothing would be attached'),
      }),
    )
    .describe('in the order of the request'),
  counts: z.record(z.enum(ATTACH_OUTCOMES), z.number()),
  objects: z.number().describe('objects that were compared'),
});
export type AttachPlan = z.output<typeof AttachPlan>;
