import type { HookContext } from '@exact/sdk/hooks';
import type { Principal } from '@exact/sdk/server';
import type { Services } from '../services.ts';
import type { Sessions } from './sessions.ts';
import { TOKEN_PREFIX, type Tokens } from './tokens.ts';

export interface CredentialHeaders {
  readonly cookie?: string | undefined;
  readonly authorization?: string | undefined;
}

export interface Authenticated {
  readonly principal: Principal;
  /** Set for browsers, which need the check of the origin; see `checkOrigin`. */
  readonly sessionId?: number;
}

export interface Authenticator {
  /**
   * Finds out who makes a request. With an `Authorization` header only that counts, never the cookie beside it.
   *
   * - `Bearer exact_…`: an API token · any other scheme or bearer: hook `auth.authenticate`
   *
   * @returns nothing when the credentials are missing, wrong, expired, or of somebody who is suspended
   * @throws what a plugin throws that refuses the credentials
   */
  authenticate(
    headers: CredentialHeaders,
    context?: Pick<HookContext, 'requestId' | 'signal' | 'log'>,
  ): Promise<Authenticated | undefined>;
  /** For the tile route: answers from memory or says that it does not know. */
  authenticateCached(
    cookieHeader: string | undefined,
  ): { readonly principal: Principal; readonly sessionId: number } | undefined;
}

export function createAuthenticator(
  services: Services,
  parts: { readonly sessions: Sessions; readonly tokens: Tokens },
): Authenticator {
  const { database, hooks, log } = services;

  /** A plugin vouches for a person; whether that person may still come in, and as what, is in our table. */
  async function confirm(claimed: Principal): Promise<Principal | undefined> {
    const [row] = await database.sql.query<{ id: number; username: string; is_admin: boolean }>(
      `select id, username, is_admin from core.app_user where id = $1 and state = 'active'`,
      [claimed.userId],
    );
    if (!row) return undefined;
    return Object.freeze({
      ...claimed,
      userId: row.id,
      username: row.username,
      isAdmin: row.is_admin,
      via: 'plugin' as const,
    });
  }

  return {
    authenticateCached: (cookieHeader) => parts.sessions.findCached(cookieHeader),
    async authenticate({ authorization, cookie }, context) {
      if (authorization === undefined) {
        const session = await parts.sessions.find(cookie);
        return session && { principal: session.principal, sessionId: session.sessionId };
      }
      const [, scheme = '', value = ''] = /^(\S+) +(\S.*)$/.exec(authorization) ?? [];
      if (scheme.toLowerCase() === 'bearer' && value.startsWith(TOKEN_PREFIX)) {
        const holder = await parts.tokens.find(value.trim());
        return holder && { principal: holder.principal };
      }
      if (scheme === '' || !hooks.auth.authenticate.isUsed()) return undefined;
      const hookContext = context ?? { requestId: 'authenticate', signal: AbortSignal.timeout(5000), log };
      const claimed = await hooks.auth.authenticate.call(Object.freeze({ scheme, value }), hookContext);
      const principal = claimed && (await confirm(claimed));
      return principal && { principal };
    },
  };
}
