import { afterEach, describe, expect, it } from 'vitest';
import { actorOf, createTestAuth, PASSWORD, type TestAuth } from './auth.testing.ts';

let auth: TestAuth;
afterEach(() => auth.services.close());

const complete = (code: string, username = 'First', ip = '::1') =>
  auth.setup.complete(actorOf(undefined), {
    code,
    username,
    displayName: username,
    password: PASSWORD,
    ip,
    userAgent: '',
  });

describe('the first administrator', () => {
  it('is made once, with the code that was printed last, and is signed in', async () => {
    auth = await createTestAuth();
    expect(await auth.setup.state()).toEqual({ needsAdmin: true, demo: true });
    const stale = (await auth.setup.ensure()).code as string;
    const code = (await auth.setup.ensure()).code as string;
    const kept = await auth.services.database.sql.query<{ text: string }>(
      'select value::text as text from core.instance_value',
    );
    expect(kept.some((row) => row.text.includes(code))).toBe(false);
    await expect(complete(stale)).rejects.toMatchObject({ code: 'WRONG_CREDENTIALS' });
    await expect(complete('')).rejects.toMatchObject({ code: 'WRONG_CREDENTIALS' });

    const outcomes = await Promise.allSettled([complete(code, 'first', '::2'), complete(code, 'second', '::3')]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    const done = outcomes.find((outcome) => outcome.status === 'fulfilled')?.value;
    expect(done?.me.isAdmin).toBe(true);
    const found = await auth.authenticator.authenticate({ cookie: done?.setCookie.split(';')[0] });
    expect(found?.principal.isAdmin).toBe(true);

    expect(await auth.setup.state()).toMatchObject({ needsAdmin: false });
    expect(await auth.setup.ensure()).toEqual({});
    await expect(complete(code, 'third', '::4')).rejects.toMatchObject({ code: 'WRONG_CREDENTIALS' });
  });

  it('comes from the configuration when it names one, once, however often the server starts', async () => {
    auth = await createTestAuth({ config: { admin: { user: 'ops', password: PASSWORD }, demo: false } });
    expect(await Promise.all([auth.setup.ensure(), auth.setup.ensure()])).toEqual([{}, {}]);
    expect(await auth.setup.state()).toEqual({ needsAdmin: false, demo: false });
    expect(await auth.services.database.sql.query('select username, is_admin from core.app_user')).toEqual([
      { username: 'ops', is_admin: true },
    ]);
    await expect(auth.signIn('ops')).resolves.toBeDefined();
  });

  it('cannot be had by guessing: ten tries from one address', async () => {
    auth = await createTestAuth();
    await auth.setup.ensure();
    const tries = await Promise.allSettled(Array.from({ length: 11 }, () => complete('guess')));
    expect(
      tries
        .map((t) => (t.status === 'rejected' ? (t.reason as { code: string }).code : ''))
        .filter((code) => code === 'RATE_LIMITED'),
    ).toHaveLength(1);
  });
});
