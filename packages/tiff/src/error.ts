/** Stable codes of what can be wrong with a TIFF file. They are API: listed in the README, asserted in `error.test.ts`. */
export const TIFF_ERROR_CODES = [
  'BAD_DIRECTORY',
  'CYCLIC_DIRECTORY',
  'IMAGE_TOO_LARGE',
  'NOT_A_TIFF',
  'TILE_OUT_OF_RANGE',
  'TRUNCATED_FILE',
  'UNREADABLE_TILE',
  'UNSUPPORTED_COMPRESSION',
  'UNSUPPORTED_LAYOUT',
] as const;

export type TiffErrorCode = (typeof TIFF_ERROR_CODES)[number];

/** Tells what is wrong with a file: `code` for programs, `message` for the person who has to do something about it. */
export class TiffError extends Error {
  override readonly name = 'TiffError';
  readonly code: TiffErrorCode;

  constructor(code: TiffErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const numbers = new Intl.NumberFormat('en-US');

/** Makes the error for a file that ends before `end`, a position that something in it points to. */
export function truncatedFile(what: string, end: number, size: number): TiffError {
  return new TiffError(
    'TRUNCATED_FILE',
    `The file ends too early: at least ${numbers.format(end - size)} bytes are missing (${what}). ` +
      'It was probably not copied completely; copy or upload it again.',
  );
}

/** Makes the error for a directory whose entries contradict each other or the format. */
export function badDirectory(what: string): TiffError {
  return new TiffError(
    'BAD_DIRECTORY',
    `The description of the image inside the file is damaged: ${what}. Export the slide again from the scanner software.`,
  );
}
