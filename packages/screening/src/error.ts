/** Codes of {@link ScreeningError}. */
export const SCREENING_ERRORS = [
  'SCALE_UNKNOWN',
  'FIELD_SIZE',
  'OVERLAP',
  'REGION_EMPTY',
  'TOO_MANY_FIELDS',
  'MASK_SIZE',
  'TISSUE_PARAMETER',
] as const;
export type ScreeningErrorCode = (typeof SCREENING_ERRORS)[number];

/** A question that cannot be answered, in words for the person who has asked it. */
export class ScreeningError extends Error {
  readonly code: ScreeningErrorCode;

  constructor(code: ScreeningErrorCode, message: string) {
    super(message);
    this.name = 'ScreeningError';
    this.code = code;
  }
}
