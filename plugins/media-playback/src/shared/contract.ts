import {
  contract,
  endpoint,
  Id,
  Media,
  MediaRefusedError,
  MediaTooLargeError,
  ConflictError,
  DiskFullError,
  raw,
  Uuid,
} from '@exact/sdk/contract';
import { z } from 'zod';
import * as errors from './errors.ts';
import { AttachPlan, AttachPlanDraft, Recording, Waveform } from './model.ts';
import { SpectrogramParameters } from './parameters.ts';

const ofImage = z.object({ imageId: Id });
const ofMedia = z.object({ annotationId: Uuid, mediaId: Uuid });
const readImage = { permission: 'images:read', in: 'image' } as const;
/** The annotation in the path is looked up by the handlers, through the caller's rights and in this project only. */
const readAnnotation = { permission: 'annotations:read', in: 'project' } as const;

const Part = z.object({
  fromS: z.coerce.number().min(0).optional().describe('start in seconds, default 0'),
  toS: z.coerce.number().positive().optional().describe('end in seconds, default the end of the recording'),
  columns: z.coerce.number().int().min(1).max(8192).optional().describe('pairs of peaks, default 1000'),
});

/** Types of the files that are served as sound of a spectrogram. */
export const SOUND_TYPES = ['audio/wav', 'audio/flac', 'audio/mpeg', 'audio/ogg'] as const;

/** Largest JSON body of a plan: names of 20,000 files. */
const PLAN_BYTES = 8 * 1024 * 1024;

/** Endpoints of the plugin, below `/api/v2/projects/:projectId/plugins/media-playback`. */
export const mediaPlaybackContract = contract({
  recording: endpoint({
    method: 'GET',
    path: '/images/:imageId/recording',
    summary: 'What a spectrogram image was made from and how; 404 NOT_A_RECORDING for other images',
    access: readImage,
    params: ofImage,
    response: Recording,
    errors: [errors.NotARecordingError],
  }),
  sound: endpoint({
    method: 'GET',
    path: '/images/:imageId/sound',
    summary: 'The sound of a spectrogram image, without tags that name people and places; answers ranges',
    access: readImage,
    params: ofImage,
    query: z.object({ v: z.string().max(64).optional().describe('as in `sound.url`; makes the address immutable') }),
    response: raw(...SOUND_TYPES),
    errors: [errors.NotARecordingError, errors.RecordingNotReadyError],
  }),
  waveform: endpoint({
    method: 'GET',
    path: '/images/:imageId/waveform',
    summary:
      'Smallest and largest samples of a part of the recording, for drawing; kept since the import, so quick at any length',
    access: readImage,
    params: ofImage,
    query: Part,
    response: Waveform,
    errors: [errors.NotARecordingError, errors.RecordingNotReadyError],
  }),
  another: endpoint({
    method: 'POST',
    path: '/images/:imageId/spectrograms',
    summary:
      'Make another spectrogram of the same recording with other parameters: a new image in the set. Annotations stay where they are',
    access: { permission: 'images:write', in: 'image' },
    params: ofImage,
    body: SpectrogramParameters,
    response: z.object({ imageId: Id, publicName: z.string() }),
    status: 201,
    errors: [
      errors.NotARecordingError,
      errors.RecordingNotReadyError,
      errors.SpectrogramParametersError,
      DiskFullError,
    ],
  }),
  mediaWaveform: endpoint({
    method: 'GET',
    path: '/annotations/:annotationId/media/:mediaId/waveform',
    summary:
      'The same for a sound that is attached to an annotation: for those that are too long for the browser to decode',
    access: readAnnotation,
    params: ofMedia,
    query: Part,
    response: Waveform,
    errors: [errors.SoundUnreadableError],
  }),
  mediaSpectrogram: endpoint({
    method: 'GET',
    path: '/annotations/:annotationId/media/:mediaId/spectrogram',
    summary:
      'A picture of the spectrogram of a whole attached sound, 1024 × 256 px, with the parameters of the project',
    access: readAnnotation,
    params: ofMedia,
    response: raw('image/png'),
    errors: [errors.SoundUnreadableError],
  }),
  planAttachments: endpoint({
    method: 'POST',
    path: '/attachments/plan',
    summary: 'Which object each of some files would be attached to by their names. Nothing is stored',
    access: { permission: 'annotations:write', in: 'project' },
    body: AttachPlanDraft,
    bodyLimit: PLAN_BYTES,
    response: AttachPlan,
    errors: [errors.PatternInvalidError, errors.TooManyObjectsError],
  }),
  attach: endpoint({
    method: 'PUT',
    path: '/annotations/:annotationId/attachments',
    summary:
      'Attach one file of a plan; the body is the file. The same file under the same name is attached once however often it is sent',
    access: { permission: 'annotations:write', in: 'project' },
    params: z.object({ annotationId: Uuid }),
    query: z.object({ name: z.string().min(1).max(500) }),
    rawBody: ['application/octet-stream'],
    bodyLimit: 8 * 1024 ** 3,
    response: z.object({ state: z.enum(['attached', 'known']), media: Media }),
    errors: [MediaRefusedError, MediaTooLargeError, ConflictError, DiskFullError],
  }),
});
