/** Every code that a {@link GeometryError} can carry. Codes are API: they never change their meaning. */
export const GEOMETRY_ERROR_CODES = [
  'GEOMETRY_KIND',
  'GEOMETRY_NUMBER',
  'GEOMETRY_EMPTY',
  'GEOMETRY_TOO_FEW_POINTS',
  'GEOMETRY_TOO_LARGE',
  'GEOMETRY_SELF_CROSSING',
  'GEOMETRY_ZERO_AREA',
  'GEOMETRY_HOLE_OUTSIDE',
  'GEOMETRY_OUT_OF_RANGE',
  'GEOMETRY_OUTSIDE_IMAGE',
  'GEOMETRY_PACKED',
  'GEOMETRY_FRAME',
  'GEOMETRY_OVERVIEW',
  'GEOMETRY_CENTRES',
] as const;
export type GeometryErrorCode = (typeof GEOMETRY_ERROR_CODES)[number];

/** The only error that this package throws on bad data: a stable code, a sentence for people, the place in the value. */
export class GeometryError extends Error {
  readonly code: GeometryErrorCode;
  /** JSON pointer (RFC 6901) to the culprit inside the geometry; empty for the whole of it. */
  readonly path: string;

  constructor(code: GeometryErrorCode, message: string, path = '') {
    super(message);
    this.name = 'GeometryError';
    this.code = code;
    this.path = path;
  }
}
