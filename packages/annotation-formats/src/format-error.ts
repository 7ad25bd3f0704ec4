/** All codes of {@link FormatError}. */
export const FORMAT_ERROR_CODES = [
  'FILE_EMPTY',
  'FILE_COMPRESSED',
  'FILE_BINARY',
  'FILE_ENCODING',
  'FILE_TRUNCATED',
  'FORMAT_UNKNOWN',
  'FORMAT_MISMATCH',
  'JSON_SYNTAX',
  'JSON_TOO_DEEP',
  'JSON_KEY_TWICE',
  'JSON_KEY_REFUSED',
  'TOO_MANY_ITEMS',
] as const;
export type FormatErrorCode = (typeof FORMAT_ERROR_CODES)[number];

/** The file as a whole cannot be read; nothing of it is to be used. The message names the place, the value and the way out. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly code: FormatErrorCode;
  /** `line 3`, a JSON pointer, or empty for the whole file. */
  readonly place: string;

  constructor(code: FormatErrorCode, message: string, place = '') {
    super(message);
    this.code = code;
    this.place = place;
  }
}

/** A value for a message: short, one line. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  let text: string;
  try {
    text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  } catch {
    text = String(value);
  }
  const line = text.replaceAll(/\s+/g, ' ').toWellFormed();
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}
