/** Reasons for which a picture is not converted. They are API: the README lists them. */
export const CONVERT_ERROR_CODES = [
  'CORRUPT_IMAGE',
  'IMAGE_TOO_LARGE',
  'TRUNCATED_FILE',
  'UNSUPPORTED_FORMAT',
] as const;
export type ConvertErrorCode = (typeof CONVERT_ERROR_CODES)[number];

export class ConvertError extends Error {
  override readonly name = 'ConvertError';
  readonly code: ConvertErrorCode;
  constructor(code: ConvertErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Says in a sentence what libvips says in its words. */
export function fromLibrary(error: unknown): ConvertError {
  if (error instanceof ConvertError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (/pixel limit|too large|exceeds|dimension/i.test(text))
    return new ConvertError(
      'IMAGE_TOO_LARGE',
      `The picture has more pixels than its format allows or than can be converted.`,
      { cause: error },
    );
  if (/premature|truncat|unexpected end|not enough data|end of (file|stream|data)/i.test(text)) {
    return new ConvertError(
      'TRUNCATED_FILE',
      'The file ends too early or a part of it is missing. It was probably not copied completely; copy or upload it again.',
      { cause: error },
    );
  }
  if (/not configured|unsupported (image )?format|not support|bad (compression|photometric)/i.test(text)) {
    return new ConvertError(
      'UNSUPPORTED_FORMAT',
      'The picture is stored in a way that cannot be read here. Save it again as PNG, JPEG or TIFF (LZW).',
      { cause: error },
    );
  }
  return new ConvertError(
    'CORRUPT_IMAGE',
    'The picture is damaged and cannot be decoded. Export it again from the program that made it.',
    { cause: error },
  );
}
