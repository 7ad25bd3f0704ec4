import { type ApiToken as ApiTokenView, NotFoundError, type TOKEN_SCOPES } from '@exact/sdk/contract';
import type { Principal, Sql } from '@exact/sdk/server';
import type { z } from 'zod';
import type { Services } from '../services.ts';
import type { Actor, Changes } from '../settings/changes.ts';
import { type CachedCredential, createCredentialCache } from './credential-cache.ts';
import { ApiToken } from './entities.ts';
import type { AccessNotices } from './notices.ts';
import { hashSecret, randomSecret } from './secrets.ts';
import { SEEN_EVERY_S } from './sessions.ts';

export const TOKEN_PREFIX = 'exact_';
const TOKEN_FORM = /^exact_[A-Za-z0-9_-]{43}$/;
/** Enough to recognise a token by, too little to guess it from: 6 of its 43 random characters. */
const VISIBLE_LENGTH = 12;

type View = z.output<typeof ApiTokenView>;

/** A program that came with a token. */
export interface TokenHolder extends CachedCredential {
  readonly principal: Principal;
}

export interface TokenDraft {
  readonly name: string;
  readonly scopes: readonly (typeof TOKEN_SCOPES)[number][];
  readonly expiresInDays?: number | undefined;
}

/** API tokens for programs. The secret is shown once; the table holds its SHA-256. */
export interface Tokens {
  create(actor: Actor, userId: number, draft: TokenDraft): Promise<{ readonly token: View; readonly secret: string }>;
  find(secret: string): Promise<TokenHolder | undefined>;
  list(userId: number): Promise<View[]>;
  /** Ends an own token at once. @throws {@link NotFoundError} also for those of others */
  revoke(actor: Actor, userId: number, tokenId: number): Promise<void>;
  /** Ends all tokens of a person. The caller has the person forgotten. */
  revokeAll(sql: Sql, userId: number): Promise<void>;
}

export function createTokens({ database }: Services, notices: AccessNotices, changes: Changes): Tokens {
  const cache = createCredentialCache<TokenHolder>('token', notices);
  return {
    async create(actor, userId, draft) {
      const secret = `${TOKEN_PREFIX}${randomSecret()}`;
      const row = await changes.run(actor, async ({ em, audit }) => {
        const token = em.create(ApiToken, {
          userId,
          tokenHash: hashSecret(secret),
          prefix: secret.slice(0, VISIBLE_LENGTH),
          name: draft.name,
          scopes: [...new Set(draft.scopes)],
          expiresAt: draft.expiresInDays === undefined ? null : new Date(Date.now() + draft.expiresInDays * 86_400_000),
        });
        await em.persist(token).flush();
        await audit({ action: 'auth.tokenCreated', target: `token:${token.id} ${token.scopes.join('+')}` });
        return token;
      });
      return { token: view(row), secret };
    },
    async find(secret) {
      if (!TOKEN_FORM.test(secret)) return undefined;
      return cache.get(secret) ?? cache.fill(secret, () => readToken(database.sql, secret));
    },
    async list(userId) {
      const rows = await database.em().find(ApiToken, { userId }, { orderBy: { id: 'desc' } });
      return rows.map(view);
    },
    revoke: (actor, userId, tokenId) =>
      changes.run(actor, async ({ sql, audit, forget }) => {
        const gone = await sql.query('delete from core.api_token where id = $1 and user_id = $2 returning id', [
          tokenId,
          userId,
        ]);
        if (gone.length === 0) throw new NotFoundError({ what: 'token', id: tokenId });
        await audit({ action: 'auth.tokenRevoked', target: `token:${tokenId}` });
        forget({ about: 'token', id: tokenId });
      }),
    async revokeAll(sql, userId) {
      await sql.query('delete from core.api_token where user_id = $1', [userId]);
    },
  };
}

function view(row: ApiToken): View {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes as View['scopes'],
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}

interface TokenRow {
  readonly id: number;
  readonly user_id: number;
  readonly username: string;
  readonly is_admin: boolean;
  readonly scopes: string[];
  readonly expires_at: Date | null;
}

async function readToken(sql: Sql, secret: string): Promise<TokenHolder | undefined> {
  const [row] = await sql.query<TokenRow>(
    `with live as (
       select t.id, t.user_id, t.scopes, t.expires_at, t.last_used_at, u.username, u.is_admin
       from core.api_token t join core.app_user u on u.id = t.user_id
       where t.token_hash = $1 and u.state = 'active' and (t.expires_at is null or t.expires_at > now())
     ), used as (
       update core.api_token set last_used_at = now() from live
       where core.api_token.id = live.id and (live.last_used_at is null or live.last_used_at < now() - make_interval(secs => $2))
     )
     select id, user_id, username, is_admin, scopes, expires_at from live`,
    [hashSecret(secret), SEEN_EVERY_S],
  );
  if (!row) return undefined;
  const scopes = Object.freeze([...row.scopes]);
  const principal: Principal = Object.freeze({
    userId: row.user_id,
    username: row.username,
    isAdmin: row.is_admin,
    via: 'token',
    scopes,
  });
  return {
    id: row.id,
    userId: row.user_id,
    principal,
    validUntil: row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
  };
}
