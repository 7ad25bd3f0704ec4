import { ConflictError, NotFoundError, type User, type USER_STATES } from '@exact/sdk/contract';
import { z } from 'zod';
import { orConflict } from '../db/conflicts.ts';
import { decodeCursor, likePattern, toPage } from '../db/cursor.ts';
import type { UnitOfWork } from '../db/database.ts';
import type { Services } from '../services.ts';
import type { Actor, Changes, ChangeUnit } from '../settings/changes.ts';
import { AppUser } from './entities.ts';
import { checkPassword, hashPassword } from './passwords.ts';
import type { Sessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';

export interface UserDraft {
  readonly username: string;
  readonly displayName: string;
  readonly password: string;
  readonly isAdmin?: boolean | undefined;
}

export interface UserPatch {
  readonly displayName?: string | undefined;
  readonly isAdmin?: boolean | undefined;
  readonly state?: 'active' | 'suspended' | undefined;
  readonly password?: string | undefined;
}

export interface UserQuery {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
  readonly search?: string | undefined;
  readonly state?: (typeof USER_STATES)[number] | undefined;
}

/** People as administrators see and change them. */
export interface Users {
  list(query: UserQuery): Promise<{ items: User[]; next?: string }>;
  /** @throws ConflictError for a name that is taken, WeakPasswordError */
  create(actor: Actor, draft: UserDraft): Promise<User>;
  /** Suspension ends sessions and tokens, a new password ends sessions; both at once and in every process. */
  update(actor: Actor, userId: number, patch: UserPatch): Promise<User>;
  /** Takes name, password, memberships and preferences away for good. What the person has annotated stays. */
  anonymise(actor: Actor, userId: number): Promise<User>;
}

export function createUsers(
  { database }: Services,
  parts: { readonly changes: Changes; readonly sessions: Sessions; readonly tokens: Tokens },
): Users {
  const { changes, sessions, tokens } = parts;
  return {
    async list({ cursor, limit = 100, search, state }) {
      const after = decodeCursor(cursor, z.tuple([z.string(), z.number()]));
      const rows = await database.sql.query<UserRow>(
        `select id, username, display_name, is_admin, state, created_at, last_seen_at from core.app_user
         where ($1::text is null or username ilike $1 or display_name ilike $1) and ($2::text is null or state = $2)
           and ($3::text is null or (lower(username), id) > ($3, $4::integer))
         order by lower(username), id limit $5`,
        [
          search === undefined ? null : likePattern(search),
          state ?? null,
          after?.[0] ?? null,
          after?.[1] ?? null,
          limit + 1,
        ],
      );
      return toPage(rows, limit, rowView, (row) => [row.username.toLowerCase(), row.id]);
    },
    async create(actor, draft) {
      const hash = await hashNewPassword(draft);
      return changes.run(actor, async (unit) => {
        const user = await insertUser(unit, draft, hash);
        await unit.audit({ action: 'user.created', target: `user:${user.id}` });
        if (user.isAdmin) await unit.audit({ action: 'user.madeAdmin', target: `user:${user.id}` });
        return entityView(user);
      });
    },
    async update(actor, userId, patch) {
      const before = await database.em().findOne(AppUser, userId);
      if (!before) throw new NotFoundError({ what: 'user', id: userId });
      if (patch.password !== undefined) checkPassword(patch.password, before.username);
      const hash = patch.password === undefined ? undefined : await hashPassword(patch.password);
      return changes.run(actor, async (unit) => {
        const user = await lockUser(unit, userId);
        const losesAdmin =
          user.isAdmin && user.state === 'active' && (patch.isAdmin === false || patch.state === 'suspended');
        if (losesAdmin) await refuseLastAdmin(unit, user);
        await auditPatch(unit, user, patch);
        if (patch.displayName !== undefined) user.displayName = patch.displayName;
        if (patch.isAdmin !== undefined) user.isAdmin = patch.isAdmin;
        if (patch.state !== undefined) user.state = patch.state;
        if (hash !== undefined) user.passwordHash = hash;
        await unit.em.flush();
        if (patch.state === 'suspended') await tokens.revokeAll(unit.sql, userId);
        if (patch.state === 'suspended' || hash !== undefined) await sessions.endAll(unit.sql, userId);
        unit.forget({ about: 'user', id: userId });
        return entityView(user);
      });
    },
    anonymise: (actor, userId) =>
      changes.run(actor, async (unit) => {
        const user = await lockUser(unit, userId);
        if (user.isAdmin && user.state === 'active') await refuseLastAdmin(unit, user);
        await endMemberships(unit, userId);
        await sessions.endAll(unit.sql, userId);
        await tokens.revokeAll(unit.sql, userId);
        await unit.sql.query('delete from core.plugin_document where user_id = $1', [userId]);
        const name = `user-${userId}`;
        Object.assign(user, {
          username: name,
          displayName: name,
          passwordHash: null,
          isAdmin: false,
          state: 'anonymised',
          preferences: {},
        });
        await unit.em.flush();
        await unit.audit({ action: 'user.anonymised', target: `user:${userId}` });
        unit.forget({ about: 'user', id: userId });
        return entityView(user);
      }),
  };
}

/** @throws WeakPasswordError */
export async function hashNewPassword(draft: Pick<UserDraft, 'username' | 'password'>): Promise<string> {
  checkPassword(draft.password, draft.username);
  return hashPassword(draft.password);
}

/** Names are compared without regard to case and to the way in which letters are composed. */
export function normalizeUsername(username: string): string {
  return username.trim().normalize('NFKC');
}

/** @throws {@link ConflictError} for a name that is taken, or kept for people who have left */
export async function insertUser({ em }: UnitOfWork, draft: UserDraft, passwordHash: string): Promise<AppUser> {
  const username = normalizeUsername(draft.username);
  const what = `User name "${username}"`;
  if (/^user-\d+$/i.test(username))
    throw new ConflictError({ what, reason: 'is kept for people who have left. Take another one.' });
  const user = em.create(AppUser, {
    username,
    displayName: draft.displayName,
    passwordHash,
    isAdmin: draft.isAdmin ?? false,
  });
  await orConflict({ app_user_username: { what, reason: 'is taken. Take another one.' } }, () =>
    em.persist(user).flush(),
  );
  return user;
}

/** Reads a user for a change; a second change waits until this one is stored. */
async function lockUser({ em, sql }: UnitOfWork, userId: number): Promise<AppUser> {
  await sql.query('select id from core.app_user where id = $1 for update', [userId]);
  const user = await em.findOne(AppUser, userId);
  if (!user) throw new NotFoundError({ what: 'user', id: userId });
  if (user.state === 'anonymised')
    throw new ConflictError({ what: user.username, reason: 'was anonymised and cannot be changed any more.' });
  return user;
}

/** Two administrators who remove each other at the same time meet at the advisory lock: the second one is the last. */
async function refuseLastAdmin({ sql }: UnitOfWork, user: AppUser): Promise<void> {
  await sql.query(`select pg_advisory_xact_lock(hashtext('core.last_admin'))`);
  const others = await sql.query(
    `select 1 from core.app_user where is_admin and state = 'active' and id <> $1 limit 1`,
    [user.id],
  );
  if (others.length === 0) {
    throw new ConflictError({
      what: user.username,
      reason: 'is the last administrator. Make somebody else one first.',
    });
  }
}

async function auditPatch({ audit }: ChangeUnit, before: AppUser, patch: UserPatch): Promise<void> {
  const target = `user:${before.id}`;
  if (patch.displayName !== undefined && patch.displayName !== before.displayName)
    await audit({ action: 'user.renamed', target });
  if (patch.isAdmin !== undefined && patch.isAdmin !== before.isAdmin) {
    await audit({ action: patch.isAdmin ? 'user.madeAdmin' : 'user.unmadeAdmin', target });
  }
  if (patch.state !== undefined && patch.state !== before.state) {
    await audit({ action: patch.state === 'suspended' ? 'user.suspended' : 'user.reactivated', target });
  }
  if (patch.password !== undefined) await audit({ action: 'auth.passwordChanged', target });
}

async function endMemberships({ sql, projectChanged }: ChangeUnit, userId: number): Promise<void> {
  await sql.query('delete from core.team_member where user_id = $1', [userId]);
  const left = await sql.query<{ project_id: number }>(
    'delete from core.project_member where user_id = $1 returning project_id',
    [userId],
  );
  for (const { project_id } of left) await projectChanged(project_id, 'members');
}

interface UserRow {
  readonly id: number;
  readonly username: string;
  readonly display_name: string;
  readonly is_admin: boolean;
  readonly state: User['state'];
  readonly created_at: Date;
  readonly last_seen_at: Date | null;
}

function rowView(row: UserRow): User {
  return {
    id: row.id,
    username: row.username,
    displayName: row.display_name,
    isAdmin: row.is_admin,
    state: row.state,
    createdAt: row.created_at.toISOString(),
    lastSeenAt: row.last_seen_at?.toISOString() ?? null,
  };
}

function entityView(user: AppUser): User {
  return {
    id: user.id,
    username: user.username,
    displayName: user.displayName,
    isAdmin: user.isAdmin,
    state: user.state,
    createdAt: user.createdAt.toISOString(),
    lastSeenAt: user.lastSeenAt?.toISOString() ?? null,
  };
}
