import { z } from 'zod';
import { Id, Name, Timestamp } from './common.ts';
import { contract, endpoint } from './endpoint.ts';
import { RateLimitedError } from './errors.ts';
import { defineError } from './define-error.ts';
import { PreferencesPatch } from './preferences.ts';

export * from './preferences.ts';

export const WrongCredentialsError = defineError({
  code: 'WRONG_CREDENTIALS',
  status: 401,
  message: () => 'Name or password is wrong, or the account is suspended.',
});

export const WeakPasswordError = defineError<{ reason: string }>({
  code: 'WEAK_PASSWORD',
  status: 422,
  message: (d) => `This password cannot be used: ${d.reason}`,
});

export const Username = z
  .string()
  .trim()
  .min(2)
  .max(64)
  .regex(/^[\p{L}\p{N}._@+-]+$/u, 'may hold letters, digits and . _ @ + -');
/** No composition rules; length and a list of the commonest ones decide (OWASP ASVS 5.0, 6.2). */
export const Password = z.string().min(12).max(200);

export const Me = z.object({
  id: Id,
  username: z.string(),
  displayName: z.string(),
  isAdmin: z.boolean(),
  /** The demo fills the sign-in form; never set outside of it. */
  preferences: z.record(z.string(), z.json()),
});
export type Me = z.output<typeof Me>;

export const Session = z.object({
  id: Id,
  current: z.boolean(),
  createdAt: Timestamp,
  lastSeenAt: Timestamp,
  expiresAt: Timestamp,
  userAgent: z.string(),
});

/** `read`: only GET · `write`: everything the person may do, except managing accounts and tokens · `admin`: that too. */
export const TOKEN_SCOPES = ['read', 'write', 'admin'] as const;
export const ApiToken = z.object({
  id: Id,
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.enum(TOKEN_SCOPES)),
  createdAt: Timestamp,
  expiresAt: Timestamp.nullable(),
  lastUsedAt: Timestamp.nullable(),
});

export const authContract = contract({
  signIn: endpoint({
    method: 'POST',
    path: '/auth/session',
    summary: 'Sign in; sets the session cookie',
    access: { public: 'one cannot be signed in before signing in' },
    body: z.strictObject({ username: z.string().max(64), password: z.string().max(200) }),
    response: Me,
    errors: [WrongCredentialsError, RateLimitedError],
  }),
  signOut: endpoint({
    method: 'DELETE',
    path: '/auth/session',
    summary: 'Sign out of this browser',
    access: { permission: 'self:write', in: 'self' },
  }),
  me: endpoint({
    method: 'GET',
    path: '/me',
    summary: 'Who is signed in',
    access: { permission: 'self:read', in: 'self' },
    response: Me,
  }),
  updateMe: endpoint({
    method: 'PATCH',
    path: '/me',
    summary: 'Change own display name or preferences',
    access: { permission: 'self:write', in: 'self' },
    body: z.strictObject({
      displayName: Name.optional(),
      preferences: PreferencesPatch.optional(),
    }),
    response: Me,
  }),
  changePassword: endpoint({
    method: 'POST',
    path: '/me/password',
    summary: 'Change own password; signs out everywhere else',
    access: { permission: 'self:write', in: 'self' },
    body: z.strictObject({ current: z.string().max(200), next: Password }),
    errors: [WrongCredentialsError, WeakPasswordError, RateLimitedError],
  }),
  sessions: endpoint({
    method: 'GET',
    path: '/me/sessions',
    summary: 'Own sessions',
    access: { permission: 'self:read', in: 'self' },
    response: z.array(Session),
  }),
  endSession: endpoint({
    method: 'DELETE',
    path: '/me/sessions/:sessionId',
    summary: 'End one of the own sessions',
    access: { permission: 'self:write', in: 'self' },
    params: z.object({ sessionId: Id }),
  }),
  tokens: endpoint({
    method: 'GET',
    path: '/me/tokens',
    summary: 'Own API tokens (never their secret)',
    access: { permission: 'self:read', in: 'self' },
    response: z.array(ApiToken),
  }),
  createToken: endpoint({
    method: 'POST',
    path: '/me/tokens',
    summary: 'Make an API token; its secret is shown this once',
    access: { permission: 'self:write', in: 'self' },
    body: z.strictObject({
      name: Name,
      scopes: z.array(z.enum(TOKEN_SCOPES)).min(1),
      expiresInDays: z.number().int().min(1).max(3650).optional(),
    }),
    response: z.object({ token: ApiToken, secret: z.string() }),
    status: 201,
  }),
  revokeToken: endpoint({
    method: 'DELETE',
    path: '/me/tokens/:tokenId',
    summary: 'Revoke an own API token at once',
    access: { permission: 'self:write', in: 'self' },
    params: z.object({ tokenId: Id }),
  }),
  setupState: endpoint({
    method: 'GET',
    path: '/auth/setup',
    summary: 'Whether the first administrator has still to be made, and whether this is the demo',
    access: { public: 'the sign-in page has to know' },
    response: z.object({ needsAdmin: z.boolean(), demo: z.boolean() }),
  }),
  setup: endpoint({
    method: 'POST',
    path: '/auth/setup',
    summary: 'Make the first administrator with the one-time code that the server printed at its first start',
    access: { public: 'there is nobody yet who could sign in; the one-time code is the proof' },
    body: z.strictObject({ code: z.string().max(200), username: Username, displayName: Name, password: Password }),
    response: Me,
    status: 201,
    errors: [WrongCredentialsError, WeakPasswordError, RateLimitedError],
  }),
});
