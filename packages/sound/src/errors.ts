/**
 * Codes of {@link SoundError}: `UNKNOWN_FORMAT`: no sound that is read here · `UNSUPPORTED_SOUND`: a known container with a codec or layout that
 * is not read · `CORRUPT_FILE`: headers or data make no sense · `TRUNCATED_FILE`: ends before any sound · `NO_SOUND`: a length of zero ·
 * `SOUND_PARAMETERS`: a spectrogram cannot be made like that.
 */
export const SOUND_ERROR_CODES = [
  'UNKNOWN_FORMAT',
  'UNSUPPORTED_SOUND',
  'CORRUPT_FILE',
  'TRUNCATED_FILE',
  'NO_SOUND',
  'SOUND_PARAMETERS',
] as const;
export type SoundErrorCode = (typeof SOUND_ERROR_CODES)[number];

/** A sound that cannot be read, or a spectrogram that cannot be made. The message is for the person who has to do something about it. */
export class SoundError extends Error {
  override readonly name = 'SoundError';
  readonly code: SoundErrorCode;
  /** Of `SOUND_PARAMETERS`: which one. */
  readonly field: string | undefined;
  constructor(code: SoundErrorCode, message: string, options: ErrorOptions & { readonly field?: string } = {}) {
    super(message, options);
    this.code = code;
    this.field = options.field;
  }
}
