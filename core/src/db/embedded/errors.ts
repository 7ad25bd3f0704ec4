/** Stable codes of {@link EmbeddedDatabaseError}. */
export type EmbeddedDatabaseErrorCode =
  | 'EMBEDDED_DB_UNSUPPORTED_PLATFORM'
  | 'EMBEDDED_DB_IN_USE'
  | 'EMBEDDED_DB_WRONG_VERSION'
  | 'EMBEDDED_DB_UNREACHABLE_FOLDER'
  | 'EMBEDDED_DB_START_FAILED'
  | 'EMBEDDED_DB_UNSAFE_SETTING';

/** The embedded database cannot be used. The message names the culprit and the way out; it ends the start of the program. */
export class EmbeddedDatabaseError extends Error {
  override readonly name = 'EmbeddedDatabaseError';
  readonly code: EmbeddedDatabaseErrorCode;

  constructor(code: EmbeddedDatabaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
