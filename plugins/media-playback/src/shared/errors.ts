import { defineError } from '@exact/sdk/contract';

export const NotARecordingError = defineError<{ imageId: number }>({
  code: 'NOT_A_RECORDING',
  status: 404,
  message: (d) => `Image ${d.imageId} is not the spectrogram of a recording: it has no sound.`,
});

export const RecordingNotReadyError = defineError<{ imageId: number; state: string }>({
  code: 'RECORDING_NOT_READY',
  status: 409,
  message: (d) =>
    d.state === 'failed'
      ? `The recording of image ${d.imageId} could not be read; the image says why.`
      : `The spectrogram of image ${d.imageId} is being made. Ask again when the image is ready.`,
});

export const SpectrogramParametersError = defineError<{ field: string; value: number | string; problem: string }>({
  code: 'SPECTROGRAM_PARAMETERS',
  status: 422,
  message: (d) => `${d.field} cannot be ${d.value}: ${d.problem}`,
});

/** `reason` is a code of the decoder: `TRUNCATED_FILE`, `CORRUPT_FILE`, `UNSUPPORTED_SOUND`, `NO_SOUND`, `TYPE_MISMATCH`. */
export const SoundUnreadableError = defineError<{ reason: string; sentence: string }>({
  code: 'SOUND_UNREADABLE',
  status: 422,
  message: (d) => d.sentence,
});

export const PatternInvalidError = defineError<{ pattern: string; problem: string }>({
  code: 'PATTERN_INVALID',
  status: 422,
  message: (d) => `The pattern "${d.pattern}" cannot be used: ${d.problem}`,
});

export const TooManyObjectsError = defineError<{ limit: number }>({
  code: 'TOO_MANY_OBJECTS',
  status: 422,
  message: (d) =>
    `More than ${d.limit.toLocaleString('en')} objects could be meant. Choose one image set or image, or use {uuid} in the pattern.`,
});
