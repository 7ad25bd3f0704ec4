import { InvalidRequestError, type Me, WrongCredentialsError } from '@exact/sdk/contract';
import type { Services } from '../services.ts';
import type { Actor, Changes } from '../settings/changes.ts';
import { AppUser } from './entities.ts';
import { hashNewPassword, normalizeUsername } from './users.ts';
import { verifyPassword } from './passwords.ts';
import type { TryLimiter } from './rate-limit.ts';
import type { Sessions } from './sessions.ts';

const MAX_PREFERENCES_BYTES = 64 * 1024;

export interface SignInDraft {
  readonly username: string;
  readonly password: string;
  readonly ip: string;
  readonly userAgent: string;
  /** Session that the browser already had; it ends, so that a planted one is worth nothing. */
  readonly formerSessionId?: number | undefined;
}

/** What people do with their own account. */
export interface Account {
  /** @throws {@link WrongCredentialsError}, the same and after the same work whatever is wrong; RateLimitedError */
  signIn(actor: Actor, draft: SignInDraft): Promise<{ readonly me: Me; readonly setCookie: string }>;
  signOut(actor: Actor, userId: number, sessionId: number): Promise<void>;
  me(userId: number): Promise<Me>;
  /** Preferences are merged by key; `null` removes one. */
  update(
    actor: Actor,
    userId: number,
    patch: { displayName?: string | undefined; preferences?: Record<string, unknown> | undefined },
  ): Promise<Me>;
  /** Signs out everywhere but in `sessionId`. API tokens stay: they are listed and revoked on their own. */
  changePassword(
    actor: Actor,
    userId: number,
    draft: { current: string; next: string; ip: string; sessionId: number | undefined },
  ): Promise<void>;
}

interface Parts {
  readonly changes: Changes;
  readonly sessions: Sessions;
  readonly limiter: TryLimiter;
}

export function createAccount({ database }: Services, { changes, sessions, limiter }: Parts): Account {
  async function readMe(userId: number): Promise<Me> {
    return meOf(await database.em().findOneOrFail(AppUser, userId));
  }

  return {
    me: readMe,
    async signIn(actor, { username, password, ip, userAgent, formerSessionId }) {
      const name = normalizeUsername(username);
      const forgive = await limiter.begin(`sign-in ${name}`, ip);
      const [found] = await database.sql.query<{ id: number; password_hash: string | null; state: string }>(
        'select id, password_hash, state from core.app_user where lower(username) = lower($1)',
        [name],
      );
      const isRight = await verifyPassword(found?.password_hash, password);
      if (!found || !isRight || found.state !== 'active') {
        // The account tried, never the name typed: people type passwords into the wrong field.
        await changes.run(actor, ({ audit }) =>
          audit({ action: 'auth.signInFailed', ...(found ? { target: `user:${found.id}` } : {}) }),
        );
        throw new WrongCredentialsError({});
      }
      await forgive();
      return changes.run(actor, async ({ em, sql, audit, forget }) => {
        // Locked and read again: a suspension or a new password that came while hashing wins.
        const [still] = await sql.query<{ password_hash: string | null; state: string }>(
          'select password_hash, state from core.app_user where id = $1 for update',
          [found.id],
        );
        if (still?.state !== 'active' || still.password_hash !== found.password_hash)
          throw new WrongCredentialsError({});
        if (formerSessionId !== undefined) {
          await sql.query('delete from core.session where id = $1', [formerSessionId]);
          forget({ about: 'session', id: formerSessionId });
        }
        await sql.query('update core.app_user set last_seen_at = now() where id = $1', [found.id]);
        const { id, setCookie } = await sessions.open(sql, found.id, userAgent);
        await audit({ action: 'auth.signedIn', userId: found.id, target: `session:${id}` });
        return { me: meOf(await em.findOneOrFail(AppUser, found.id)), setCookie };
      });
    },
    signOut: (actor, userId, sessionId) =>
      changes.run(actor, async ({ sql, audit, forget }) => {
        await sql.query('delete from core.session where id = $1 and user_id = $2', [sessionId, userId]);
        await audit({ action: 'auth.signedOut', target: `session:${sessionId}` });
        forget({ about: 'session', id: sessionId });
      }),
    async update(actor, userId, { displayName, preferences = {} }) {
      const text = JSON.stringify(preferences);
      await changes.run(actor, async ({ sql }) => {
        const [row] = await sql.query<{ size: number }>(
          `update core.app_user set display_name = coalesce($2, display_name),
             preferences = (preferences || $3::jsonb) - array(select key from jsonb_each($3::jsonb) where value = 'null')
           where id = $1 returning octet_length(preferences::text) as size`,
          [userId, displayName ?? null, text],
        );
        if (row && row.size > MAX_PREFERENCES_BYTES) {
          const message = `all together may take ${MAX_PREFERENCES_BYTES} bytes; remove some by setting them to null`;
          throw new InvalidRequestError({ fields: [{ path: 'body.preferences', message }] });
        }
      });
      return readMe(userId);
    },
    async changePassword(actor, userId, { current, next, ip, sessionId }) {
      const forgive = await limiter.begin(`password ${userId}`, ip);
      const user = await database.em().findOneOrFail(AppUser, userId);
      if (!(await verifyPassword(user.passwordHash, current))) throw new WrongCredentialsError({});
      await forgive();
      const hash = await hashNewPassword({ username: user.username, password: next });
      await changes.run(actor, async ({ sql, audit, forget }) => {
        const changed = await sql.query(
          'update core.app_user set password_hash = $2 where id = $1 and password_hash = $3 returning id',
          [userId, hash, user.passwordHash],
        );
        if (changed.length === 0) throw new WrongCredentialsError({}); // somebody was faster
        await sessions.endAll(sql, userId, sessionId);
        await audit({ action: 'auth.passwordChanged', target: `user:${userId}` });
        forget({ about: 'user', id: userId });
      });
    },
  };
}

export function meOf(user: AppUser): Me {
  return {
    id: user.id,
    username: user.username,
    displayName: user.displayName,
    isAdmin: user.isAdmin,
    preferences: user.preferences as Me['preferences'],
  };
}
