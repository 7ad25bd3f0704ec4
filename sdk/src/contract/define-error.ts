/** Any failure that the platform knows: a stable code, an HTTP status, and data that explain it. */
export class ExactError<D = unknown> extends Error {
  readonly code: string;
  readonly status: number;
  readonly data: D;

  constructor(code: string, status: number, message: string, data: D, options?: ErrorOptions) {
    super(message, options);
    this.name = code;
    this.code = code;
    this.status = status;
    this.data = data;
  }
}

export interface ErrorClass<D> {
  new (data: D, options?: ErrorOptions): ExactError<D>;
  readonly code: string;
  readonly status: number;
}

/**
 * Makes the class of one known failure.
 *
 * The code is API: it never changes once released. The message names the culprit, the value and the way out; it is shown to
 * people, so it holds no path, secret or stack.
 */
export function defineError<D = Record<string, never>>(spec: {
  readonly code: string;
  readonly status: number;
  readonly message: (data: D) => string;
}): ErrorClass<D> {
  return class extends ExactError<D> {
    static readonly code = spec.code;
    static readonly status = spec.status;
    constructor(data: D, options?: ErrorOptions) {
      super(spec.code, spec.status, spec.message(data), data, options);
    }
  };
}
