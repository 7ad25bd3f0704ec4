import { defineError } from './define-error.ts';

export const NotFoundError = defineError<{ what: string; id?: string | number }>({
  code: 'NOT_FOUND',
  status: 404,
  message: (d) =>
    d.id === undefined ? `There is no such ${d.what}.` : `There is no ${d.what} ${d.id}, or you may not see it.`,
});

export const ForbiddenError = defineError<{ permission: string; reason?: string }>({
  code: 'FORBIDDEN',
  status: 403,
  message: (d) => d.reason ?? `Your role does not include "${d.permission}". Ask a manager of the project.`,
});

export const NotSignedInError = defineError({
  code: 'NOT_SIGNED_IN',
  status: 401,
  message: () => 'Sign in first: there is no valid session or token with this request.',
});

export const InvalidRequestError = defineError<{ fields: readonly { path: string; message: string }[] }>({
  code: 'INVALID_REQUEST',
  status: 422,
  message: (d) => d.fields.map((f) => `${f.path}: ${f.message}`).join('; '),
});

export const BadJsonError = defineError<{ reason: string }>({
  code: 'BAD_JSON',
  status: 400,
  message: (d) => `The body is not valid JSON: ${d.reason}`,
});

export const BodyTooLargeError = defineError<{ limitBytes: number }>({
  code: 'BODY_TOO_LARGE',
  status: 413,
  message: (d) => `The body is larger than ${d.limitBytes} bytes. Send it in parts.`,
});

export const UnsupportedMediaTypeError = defineError<{ got: string; allowed: readonly string[] }>({
  code: 'UNSUPPORTED_MEDIA_TYPE',
  status: 415,
  message: (d) => `Content type "${d.got}" is not read here. Allowed: ${d.allowed.join(', ')}.`,
});

export const ConflictError = defineError<{ what: string; reason: string }>({
  code: 'CONFLICT',
  status: 409,
  message: (d) => `${d.what}: ${d.reason}`,
});

export const RateLimitedError = defineError<{ retryAfterS: number }>({
  code: 'RATE_LIMITED',
  status: 429,
  message: (d) => `Too many tries. Wait ${d.retryAfterS} s.`,
});

export const ForeignOriginError = defineError<{ origin: string }>({
  code: 'FOREIGN_ORIGIN',
  status: 403,
  message: (d) => `Requests that change something must come from the platform's own pages, not from "${d.origin}".`,
});

export const UnavailableError = defineError<{ what: string }>({
  code: 'UNAVAILABLE',
  status: 503,
  message: (d) => `${d.what} is not available now. Try again in a few seconds; nothing was stored.`,
});

export const PluginNotEnabledError = defineError<{ plugin: string; projectId?: number }>({
  code: 'PLUGIN_NOT_ENABLED',
  status: 404,
  message: (d) =>
    `The plugin "${d.plugin}" is not switched on here. A manager can switch it on in the project's settings.`,
});

export const PluginFailedError = defineError<{ plugin: string; hook: string; late?: boolean }>({
  code: 'PLUGIN_FAILED',
  status: 500,
  message: (d) => `Plugin "${d.plugin}" ${d.late ? 'took too long' : 'failed'} in hook ${d.hook}. Nothing was stored.`,
});

export const PermissionNotDeclaredError = defineError<{ plugin: string; permission: string }>({
  code: 'PERMISSION_NOT_DECLARED',
  status: 500,
  message: (d) =>
    `Plugin "${d.plugin}" uses "${d.permission}" without declaring it. Add it to exactPlugin.permissions.uses in its package.json.`,
});

export const DiskFullError = defineError({
  code: 'DISK_FULL',
  status: 507,
  message: () =>
    'The storage of the server is full. Nothing was stored; ask the administrator to make room and try again.',
});
