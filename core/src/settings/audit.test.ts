import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { actorOf, createTestAuth, type TestAuth } from '../auth/auth.testing.ts';

let auth: TestAuth;
beforeAll(async () => {
  auth = await createTestAuth();
});
afterAll(() => auth.services.close());
afterEach(() => auth.services.taps.clear());

const query = (text: string, values: unknown[] = []) =>
  auth.services.database.sql.query<Record<string, unknown>>(text, values);

describe('the audit log', () => {
  it.each([
    `update core.audit set action = 'x'`,
    'delete from core.audit',
    'truncate core.audit',
    'delete from core.audit where false',
  ])('can only grow: %s', async (text) => {
    await query(`insert into core.audit (action, request_id) values ('test', 'r')`);
    await expect(query(text)).rejects.toThrow(/core\.audit is append-only/);
  });

  it('holds who signed in, failed to, and signed out, without names or addresses', async () => {
    const user = await auth.user('auditee');
    await auth.signIn('auditee', 'wrong horse wrong battery', '192.0.2.99').catch(() => undefined);
    await auth.signIn('password typed as name', 'x', '192.0.2.99').catch(() => undefined);
    const cookie = await auth.signIn('auditee', undefined, '192.0.2.99');
    const found = await auth.authenticator.authenticate({ cookie });
    await auth.account.signOut(actorOf(found?.principal), user.userId, found?.sessionId as number);
    const rows = await query(
      `select action, user_id, target, request_id from core.audit where action like 'auth.%' order by id`,
    );
    expect(rows).toEqual([
      { action: 'auth.signInFailed', user_id: null, target: `user:${user.userId}`, request_id: 'test' },
      { action: 'auth.signInFailed', user_id: null, target: null, request_id: 'test' },
      { action: 'auth.signedIn', user_id: user.userId, target: `session:${found?.sessionId}`, request_id: 'test' },
      { action: 'auth.signedOut', user_id: user.userId, target: `session:${found?.sessionId}`, request_id: 'test' },
    ]);
    expect(JSON.stringify(rows)).not.toMatch(/auditee|192\.0|typed/);
  });

  it('tells plugins after the commit, and nothing of a change that failed', async () => {
    const order: string[] = [];
    auth.services.taps.set('auth.audit', async (entry: { action: string; target?: string }) => {
      const stored = await query('select 1 from core.audit where target = $1', [entry.target]);
      order.push(`${entry.action} ${stored.length > 0 ? 'stored' : 'not stored'}`);
    });
    const change = (target: string, fails: boolean) =>
      auth.changes.run(actorOf(undefined), async ({ audit, forget }) => {
        await audit({ action: 'test:done', target });
        forget({ about: 'user', id: 1 });
        if (fails) throw new Error('on purpose');
        order.push('work');
      });
    const heard = auth.notices.on((notice) => void order.push(`forget ${notice.about}`));
    await expect(change('t:1', true)).rejects.toThrow('on purpose');
    await change('t:2', false);
    heard();
    expect(order).toEqual(['work', 'forget user', 'test:done stored']);
    expect(await query(`select 1 from core.audit where target = 't:1'`)).toEqual([]);
  });
});
