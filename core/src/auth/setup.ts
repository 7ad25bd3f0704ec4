import { type Me, WrongCredentialsError } from '@exact/sdk/contract';
import type { Sql } from '@exact/sdk/server';
import type { Services } from '../services.ts';
import { type Actor, type Changes, systemActor } from '../settings/changes.ts';
import { meOf } from './account.ts';
import type { TryLimiter } from './rate-limit.ts';
import { hashSecret, isSameSecret, randomSecret } from './secrets.ts';
import type { Sessions } from './sessions.ts';
import { hashNewPassword, insertUser, type UserDraft } from './users.ts';

const KEY = 'setup.codeHash';

export interface SetupDraft extends Omit<UserDraft, 'isAdmin'> {
  readonly code: string;
  readonly ip: string;
  readonly userAgent: string;
}

/** The first administrator. */
export interface Setup {
  state(): Promise<{ readonly needsAdmin: boolean; readonly demo: boolean }>;
  /**
   * Call it at the start: makes the administrator of the configuration, or a fresh one-time code (the former one ends).
   *
   * @returns the code to print, when somebody has to use it; only its hash is kept
   */
  ensure(): Promise<{ readonly code?: string }>;
  /** Makes the first administrator and signs in. @throws {@link WrongCredentialsError} for a wrong or used code */
  complete(actor: Actor, draft: SetupDraft): Promise<{ readonly me: Me; readonly setCookie: string }>;
}

interface Parts {
  readonly changes: Changes;
  readonly sessions: Sessions;
  readonly limiter: TryLimiter;
}

export function createSetup({ config, database, log }: Services, { changes, sessions, limiter }: Parts): Setup {
  return {
    state: async () => ({ needsAdmin: !(await hasAdmin(database.sql)), demo: config.demo }),
    async ensure() {
      if (await hasAdmin(database.sql)) return {};
      const { admin } = config;
      if (admin) {
        const draft: UserDraft = {
          username: admin.user,
          displayName: admin.user,
          password: admin.password,
          isAdmin: true,
        };
        const hash = await hashNewPassword(draft);
        await changes.run(systemActor(log, 'setup'), async (unit) => {
          await lockSetup(unit.sql);
          if (await hasAdmin(unit.sql)) return; // another process of the same start was faster
          const user = await insertUser(unit, draft, hash);
          await unit.audit({ action: 'auth.setUp', target: `user:${user.id}` });
        });
        return {};
      }
      const code = randomSecret();
      await database.sql.query(
        `insert into core.instance_value (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value`,
        [KEY, JSON.stringify(hashSecret(code).toString('base64'))],
      );
      return { code };
    },
    async complete(actor, draft) {
      await limiter.begin('set-up', draft.ip);
      if (!(await isCode(database.sql, draft.code))) throw new WrongCredentialsError({});
      const hash = await hashNewPassword(draft);
      return changes.run(actor, async (unit) => {
        await lockSetup(unit.sql);
        if ((await hasAdmin(unit.sql)) || !(await isCode(unit.sql, draft.code))) throw new WrongCredentialsError({});
        const user = await insertUser(unit, { ...draft, isAdmin: true }, hash);
        await unit.sql.query('delete from core.instance_value where key = $1', [KEY]);
        const { setCookie } = await sessions.open(unit.sql, user.id, draft.userAgent);
        await unit.audit({ action: 'auth.setUp', userId: user.id, target: `user:${user.id}` });
        return { me: meOf(user), setCookie };
      });
    },
  };
}

async function hasAdmin(sql: Sql): Promise<boolean> {
  return (await sql.query(`select 1 from core.app_user where is_admin and state = 'active' limit 1`)).length > 0;
}

async function lockSetup(sql: Sql): Promise<void> {
  await sql.query(`select pg_advisory_xact_lock(hashtext('core.setup'))`);
}

async function isCode(sql: Sql, code: string): Promise<boolean> {
  const [row] = await sql.query<{ value: string }>('select value from core.instance_value where key = $1', [KEY]);
  return row !== undefined && isSameSecret(code, Buffer.from(row.value, 'base64'));
}
