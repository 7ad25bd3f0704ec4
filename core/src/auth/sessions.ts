import { NotFoundError, type Session } from '@exact/sdk/contract';
import type { Principal, Sql } from '@exact/sdk/server';
import type { z } from 'zod';
import type { Services } from '../services.ts';
import { readCookie, sessionCookie } from './cookies.ts';
import { type CachedCredential, createCredentialCache } from './credential-cache.ts';
import type { AccessNotices } from './notices.ts';
import { hashSecret, randomSecret, SECRET_FORM } from './secrets.ts';
import type { Actor, Changes } from '../settings/changes.ts';

export const IDLE_LIMIT_S = 12 * 3600;
export const ABSOLUTE_LIMIT_S = 14 * 24 * 3600;
/** A session or token in use writes when it was last seen once in this time. */
export const SEEN_EVERY_S = 60;

/** A signed-in browser. */
export interface SignedIn extends CachedCredential {
  readonly principal: Principal;
  readonly sessionId: number;
}

/** Server-side sessions behind an opaque cookie. They end after 12 hours of rest and after 14 days in any case. */
export interface Sessions {
  /** Makes a session. @returns its id and the value of `set-cookie` */
  open(sql: Sql, userId: number, userAgent: string): Promise<{ readonly id: number; readonly setCookie: string }>;
  /** Value of `set-cookie` that takes the cookie away. */
  clearCookie(): string;
  /** The session of a `cookie` header, when it was confirmed within the last 30 s. No database, no hashing. */
  findCached(cookieHeader: string | undefined): SignedIn | undefined;
  find(cookieHeader: string | undefined): Promise<SignedIn | undefined>;
  list(userId: number, currentId: number | undefined): Promise<z.output<typeof Session>[]>;
  /** Ends an own session. @throws {@link NotFoundError} also for those of others */
  end(actor: Actor, userId: number, sessionId: number): Promise<void>;
  /** Ends all sessions of a person but `exceptId`. The caller has the person forgotten: `forget({ about: 'user', id })`. */
  endAll(sql: Sql, userId: number, exceptId?: number): Promise<void>;
}

export function createSessions({ config, database }: Services, notices: AccessNotices, changes: Changes): Sessions {
  const cookie = sessionCookie(config.publicUrl);
  const cache = createCredentialCache<SignedIn>('session', notices);

  const valueIn = (header: string | undefined): string | undefined =>
    header === undefined ? undefined : readCookie(header, cookie.name);

  return {
    clearCookie: cookie.clear,
    async open(sql, userId, userAgent) {
      await sql.query(
        `delete from core.session where expires_at < now() or last_seen_at < now() - make_interval(secs => $1)`,
        [IDLE_LIMIT_S],
      );
      const value = randomSecret();
      const [row] = await sql.query<{ id: number }>(
        `insert into core.session (token_hash, user_id, user_agent, expires_at)
         values ($1, $2, $3, now() + make_interval(secs => $4)) returning id`,
        [hashSecret(value), userId, userAgent.slice(0, 300), ABSOLUTE_LIMIT_S],
      );
      return { id: (row as { id: number }).id, setCookie: cookie.set(value, ABSOLUTE_LIMIT_S) };
    },
    findCached(header) {
      const value = valueIn(header);
      return value === undefined ? undefined : cache.get(value);
    },
    async find(header) {
      const value = valueIn(header);
      if (value === undefined || !SECRET_FORM.test(value)) return undefined;
      return cache.get(value) ?? cache.fill(value, () => readSession(database.sql, value));
    },
    async list(userId, currentId) {
      const rows = await database.sql.query<{
        id: number;
        created_at: Date;
        last_seen_at: Date;
        expires_at: Date;
        user_agent: string;
      }>(
        `select id, created_at, last_seen_at, least(expires_at, last_seen_at + make_interval(secs => $2)) as expires_at, user_agent
         from core.session where user_id = $1 and expires_at > now() and last_seen_at > now() - make_interval(secs => $2)
         order by last_seen_at desc, id desc`,
        [userId, IDLE_LIMIT_S],
      );
      return rows.map((row) => ({
        id: row.id,
        current: row.id === currentId,
        createdAt: row.created_at.toISOString(),
        lastSeenAt: row.last_seen_at.toISOString(),
        expiresAt: row.expires_at.toISOString(),
        userAgent: row.user_agent,
      }));
    },
    end: (actor, userId, sessionId) =>
      changes.run(actor, async ({ sql, audit, forget }) => {
        const gone = await sql.query('delete from core.session where id = $1 and user_id = $2 returning id', [
          sessionId,
          userId,
        ]);
        if (gone.length === 0) throw new NotFoundError({ what: 'session', id: sessionId });
        await audit({ action: 'auth.sessionEnded', target: `session:${sessionId}` });
        forget({ about: 'session', id: sessionId });
      }),
    async endAll(sql, userId, exceptId) {
      await sql.query('delete from core.session where user_id = $1 and id is distinct from $2', [
        userId,
        exceptId ?? null,
      ]);
    },
  };
}

interface SessionRow {
  readonly id: number;
  readonly user_id: number;
  readonly username: string;
  readonly is_admin: boolean;
  readonly valid_until: Date;
}

/** Reads and, once a minute, marks as seen in one statement. */
async function readSession(sql: Sql, value: string): Promise<SignedIn | undefined> {
  const [row] = await sql.query<SessionRow>(
    `with live as (
       select s.id, s.user_id, s.last_seen_at, s.expires_at, u.username, u.is_admin
       from core.session s join core.app_user u on u.id = s.user_id
       where s.token_hash = $1 and u.state = 'active' and s.expires_at > now() and s.last_seen_at > now() - make_interval(secs => $2)
     ), stale as (select * from live where last_seen_at < now() - make_interval(secs => $3)),
     seen as (update core.session set last_seen_at = now() from stale where core.session.id = stale.id),
     person as (update core.app_user set last_seen_at = now() from stale where core.app_user.id = stale.user_id)
     select id, user_id, username, is_admin,
       least(expires_at, (case when last_seen_at < now() - make_interval(secs => $3) then now() else last_seen_at end) + make_interval(secs => $2)) as valid_until
     from live`,
    [hashSecret(value), IDLE_LIMIT_S, SEEN_EVERY_S],
  );
  if (!row) return undefined;
  const principal: Principal = Object.freeze({
    userId: row.user_id,
    username: row.username,
    isAdmin: row.is_admin,
    via: 'session',
  });
  return { id: row.id, userId: row.user_id, sessionId: row.id, principal, validUntil: row.valid_until.getTime() };
}
