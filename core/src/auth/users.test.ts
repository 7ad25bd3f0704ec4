import { ConflictError } from '@exact/sdk/contract';
import type { Principal } from '@exact/sdk/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actorOf, createTestAuth, PASSWORD, type TestAuth } from './auth.testing.ts';

let auth: TestAuth;
let admin: Principal;
beforeAll(async () => {
  auth = await createTestAuth();
  admin = await auth.user('Boss', { isAdmin: true });
});
afterAll(() => auth.services.close());

const make = (username: string) =>
  auth.users.create(actorOf(admin), { username, displayName: username, password: PASSWORD });

describe('users', () => {
  it('have names that are unique whatever their case, also when two are made at once', async () => {
    const outcomes = await Promise.allSettled([make('Twin'), make('twin'), make('TWIN')]);
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({
          code: 'CONFLICT',
          message: expect.stringMatching(/^User name "twin": is taken/i),
        });
    }
  });

  it('cannot take the name of somebody who has left', async () => {
    await expect(make('user-7')).rejects.toBeInstanceOf(ConflictError);
  });

  it('are listed in pages without gap or repeat, and found by part of a name', async () => {
    for (let i = 0; i < 7; i += 1) await auth.user(`page_${i}`);
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await auth.users.list({ cursor, limit: 3, search: 'PAGE_' });
      names.push(...page.items.map((user) => user.username));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(names).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => `page_${i}`));
    expect((await auth.users.list({ search: 'page%' })).items).toEqual([]);
    await expect(auth.users.list({ cursor: 'bm9uc2Vuc2U' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      status: 422,
    });
  });

  it('never show a password, in any form', async () => {
    expect(JSON.stringify([await auth.users.list({}), await make('plain')])).not.toMatch(/argon2|password/i);
  });

  it('who are unknown cannot be changed', async () => {
    await expect(auth.users.update(actorOf(admin), 2_000_000_000, { displayName: 'x' })).rejects.toMatchObject({
      status: 404,
    });
    await expect(auth.users.anonymise(actorOf(admin), 2_000_000_000)).rejects.toMatchObject({ status: 404 });
  });
});

describe('suspension', () => {
  it('ends sessions and tokens before it returns, and reactivation brings none of them back', async () => {
    const user = await auth.user('sus');
    const cookie = await auth.signIn('sus');
    const { secret } = await auth.tokens.create(actorOf(user), user.userId, { name: 't', scopes: ['write'] });
    const authorization = `Bearer ${secret}`;
    await auth.authenticator.authenticate({ cookie });
    await auth.authenticator.authenticate({ authorization });
    await auth.users.update(actorOf(admin), user.userId, { state: 'suspended' });
    expect(auth.authenticator.authenticateCached(cookie)).toBeUndefined();
    expect(await auth.authenticator.authenticate({ authorization })).toBeUndefined();
    await auth.users.update(actorOf(admin), user.userId, { state: 'active' });
    expect(await auth.authenticator.authenticate({ cookie })).toBeUndefined();
    expect(await auth.authenticator.authenticate({ authorization })).toBeUndefined();
    await expect(auth.signIn('sus')).resolves.toBeDefined();
  });
});

describe('an administrator', () => {
  it('who is no longer one has lost it with the next request', async () => {
    const second = await auth.user('second', { isAdmin: true });
    const cookie = await auth.signIn('second');
    expect((await auth.authenticator.authenticate({ cookie }))?.principal.isAdmin).toBe(true);
    await auth.users.update(actorOf(admin), second.userId, { isAdmin: false });
    expect((await auth.authenticator.authenticate({ cookie }))?.principal.isAdmin).toBe(false);
  });

  it('who is the last cannot be suspended, demoted or anonymised', async () => {
    const actor = actorOf(admin);
    await expect(auth.users.update(actor, admin.userId, { isAdmin: false })).rejects.toBeInstanceOf(ConflictError);
    await expect(auth.users.update(actor, admin.userId, { state: 'suspended' })).rejects.toBeInstanceOf(ConflictError);
    await expect(auth.users.anonymise(actor, admin.userId)).rejects.toBeInstanceOf(ConflictError);
    await expect(auth.users.update(actor, admin.userId, { displayName: 'Chief' })).resolves.toMatchObject({
      isAdmin: true,
    });
  });

  it('stays when two demote each other at the same time', async () => {
    const other = await auth.user('rival', { isAdmin: true });
    const outcomes = await Promise.allSettled([
      auth.users.update(actorOf(admin), other.userId, { isAdmin: false }),
      auth.users.update(actorOf(other), admin.userId, { isAdmin: false }),
    ]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    const left = await auth.services.database.sql.query(
      `select id from core.app_user where is_admin and state = 'active'`,
    );
    expect(left).toHaveLength(1);
    await auth.services.database.sql.query('update core.app_user set is_admin = (id = $1)', [admin.userId]);
  });
});

describe('anonymising', () => {
  it('takes name, password, preferences and memberships for good; annotations stay', async () => {
    const user = await auth.user('Marion.Weber');
    const team = await auth.team('Anon', [user]);
    const { projectId, annotationId } = await auth.project(team, [[user, 'annotator']]);
    await auth.services.database.sql.query('update core.annotation set author_id = $1 where uuid = $2', [
      user.userId,
      annotationId,
    ]);
    await auth.account.update(actorOf(user), user.userId, { preferences: { city: 'Berlin' } });
    const cookie = await auth.signIn('marion.weber');
    await auth.authenticator.authenticate({ cookie });
    const gone = await auth.users.anonymise(actorOf(admin), user.userId);
    expect(gone).toMatchObject({
      username: `user-${user.userId}`,
      displayName: `user-${user.userId}`,
      state: 'anonymised',
      isAdmin: false,
    });
    expect(await auth.authenticator.authenticate({ cookie })).toBeUndefined();
    const rows = await auth.services.database.sql.query<{ text: string }>(
      `select u::text as text from core.app_user u where id = $1
       union all select m::text from core.team_member m where user_id = $1
       union all select m::text from core.project_member m where user_id = $1`,
      [user.userId],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.text).not.toMatch(/marion|weber|argon|berlin/i);
    const [annotation] = await auth.services.database.sql.query(
      'select author_id from core.annotation where uuid = $1',
      [annotationId],
    );
    expect(annotation).toEqual({ author_id: user.userId });
    expect(auth.services.events).toContainEqual({ topic: 'project.changed', projectId, what: 'members' });
    await expect(auth.users.update(actorOf(admin), user.userId, { state: 'active' })).rejects.toBeInstanceOf(
      ConflictError,
    );
  });
});
