import { RateLimitedError, NotFoundError, WeakPasswordError, WrongCredentialsError } from '@exact/sdk/contract';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { actorOf, createTestAuth, PASSWORD, type TestAuth } from './auth.testing.ts';
import { createTryLimiter } from './rate-limit.ts';

let auth: TestAuth;
beforeAll(async () => {
  auth = await createTestAuth();
});
afterAll(() => auth.services.close());
afterEach(() => {
  vi.useRealTimers();
});

const who = async (headers: { cookie?: string; authorization?: string }) =>
  (await auth.authenticator.authenticate(headers))?.principal.username;
const query = <T extends object>(text: string, values: unknown[] = []) =>
  auth.services.database.sql.query<T>(text, values);

describe('signing in', () => {
  it('gives a session that the next request is known by, from memory', async () => {
    await auth.user('Ada');
    const cookie = await auth.signIn('ada');
    expect(auth.authenticator.authenticateCached(cookie)).toBeUndefined();
    expect(await who({ cookie })).toBe('Ada');
    expect(auth.authenticator.authenticateCached(`theme=dark; ${cookie}`)?.principal.username).toBe('Ada');
  });

  it('keeps nothing in the database that one could sign in with', async () => {
    await auth.user('hal');
    const cookie = await auth.signIn('hal');
    const value = cookie.slice(cookie.indexOf('=') + 1);
    expect(value).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const rows = await query<{ text: string }>(
      `select s::text || encode(token_hash, 'escape') as text from core.session s`,
    );
    expect(rows.every((row) => !row.text.includes(value))).toBe(true);
  });

  it.each([
    ['an unknown name', 'nobody-here', PASSWORD],
    ['a wrong password', 'eve', 'wrong horse wrong battery'],
    ['an empty password', 'eve', ''],
    ['a suspended account', 'sue', PASSWORD],
    ['an account without password', 'robot', PASSWORD],
  ])('is refused in the same words for %s', async (_, username, password) => {
    await query(`insert into core.app_user (username, display_name, state, password_hash)
      select n, n, s, case when n = 'robot' then null else (select password_hash from core.app_user where username = 'hal') end
      from (values ('eve', 'active'), ('sue', 'suspended'), ('robot', 'active')) v(n, s) on conflict do nothing`);
    await expect(auth.signIn(username, password, `198.51.100.${username.length}`)).rejects.toEqual(
      new WrongCredentialsError({}),
    );
  });

  it('does the same work for an unknown name as for a wrong password', { timeout: 60_000 }, async () => {
    await auth.user('tom');
    // Time of the processor, which other programs do not stretch as they do the time on the wall.
    const work = async (name: string, address: string): Promise<number> => {
      const before = process.cpuUsage();
      await auth.signIn(name, 'wrong horse wrong battery', address).catch(() => undefined);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    await work('ghost', 'warm-up');
    let [known, unknown] = [0, 0];
    for (let i = 0; i < 4; i += 1) {
      known += await work('tom', `a${i}`);
      unknown += await work(`ghost${i}`, `b${i}`);
    }
    // Without the decoy the ratio is near 0.1: a query against a hash.
    expect(unknown / known).toBeGreaterThan(0.5);
    expect(unknown / known).toBeLessThan(2);
  });

  it('ends the session that the browser had before', async () => {
    await auth.user('fix');
    const planted = await auth.signIn('fix');
    const former = await auth.authenticator.authenticate({ cookie: planted });
    const draft = { username: 'fix', password: PASSWORD, ip: '::1', userAgent: '', formerSessionId: former?.sessionId };
    const { setCookie } = await auth.account.signIn(actorOf(undefined), draft);
    expect(auth.authenticator.authenticateCached(planted)).toBeUndefined();
    expect(await who({ cookie: planted })).toBeUndefined();
    expect(await who({ cookie: setCookie.split(';')[0] as string })).toBe('fix');
  });

  it('stops after ten tries from one address, also when they come at once, and only there', async () => {
    await auth.user('bob');
    const tries = await Promise.allSettled(
      Array.from({ length: 14 }, () => auth.signIn('BOB', 'wrong horse wrong battery', '203.0.113.5')),
    );
    const codes = tries.map((t) => (t.status === 'rejected' ? (t.reason as { code: string }).code : 'signed in'));
    expect(codes.filter((code) => code === 'WRONG_CREDENTIALS')).toHaveLength(10);
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(4);
    await expect(auth.signIn('bob', PASSWORD, '203.0.113.5')).rejects.toBeInstanceOf(RateLimitedError);
    await expect(auth.signIn('bob', PASSWORD, '203.0.113.6')).resolves.toMatch(/^exact_session=/);
  });

  it('does not count tries that went well', async () => {
    const limiter = createTryLimiter(auth.services);
    for (let i = 0; i < 12; i += 1) await (await limiter.begin('often', '203.0.113.7'))();
    await expect(limiter.begin('often', '203.0.113.7')).resolves.toBeDefined();
  });

  it('stops an address that tries a hundred accounts, and keeps no name or address in its counters', async () => {
    const limiter = createTryLimiter(auth.services);
    for (let i = 0; i < 100; i += 1) await limiter.begin(`account-${i}`, '192.0.2.77');
    await expect(limiter.begin('account-100', '192.0.2.77')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      data: { retryAfterS: expect.any(Number) },
    });
    const rows = await query<{ key: string }>('select key from core.rate_limit');
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.every((row) => /^try_(account|address):[A-Za-z0-9_-]{43}$/.test(row.key))).toBe(true);
  });
});

describe('a session', () => {
  it('ends at once when its person signs out', async () => {
    const { userId } = await auth.user('out');
    const cookie = await auth.signIn('out');
    const found = await auth.authenticator.authenticate({ cookie });
    await auth.account.signOut(actorOf(found?.principal), userId, found?.sessionId as number);
    expect(auth.authenticator.authenticateCached(cookie)).toBeUndefined();
    expect(await who({ cookie })).toBeUndefined();
  });

  it('ends after 12 hours of rest, and not before', async () => {
    await auth.user('idle');
    const cookie = await auth.signIn('idle');
    await query(
      `update core.session set last_seen_at = now() - interval '11 hours 59 minutes' where user_id = (select id from core.app_user where username = 'idle')`,
    );
    expect(await who({ cookie })).toBe('idle');
    auth.notices.apply({ about: 'everything' });
    await query(
      `update core.session set last_seen_at = now() - interval '12 hours 1 minute' where user_id = (select id from core.app_user where username = 'idle')`,
    );
    expect(await who({ cookie })).toBeUndefined();
  });

  it('ends after 14 days in any case, also while it is believed from memory', async () => {
    await auth.user('old');
    const cookie = await auth.signIn('old');
    await query(
      `update core.session set expires_at = now() + interval '5 seconds' where user_id = (select id from core.app_user where username = 'old')`,
    );
    expect(await who({ cookie })).toBe('old');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5500 });
    expect(auth.authenticator.authenticateCached(cookie)).toBeUndefined();
  });

  it('is asked for again after 30 seconds', async () => {
    await auth.user('check');
    const cookie = await auth.signIn('check');
    await who({ cookie });
    await query(`update core.app_user set state = 'suspended' where username = 'check'`); // behind our back
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 29_000 });
    expect(auth.authenticator.authenticateCached(cookie)).toBeDefined();
    vi.setSystemTime(Date.now() + 2000);
    expect(auth.authenticator.authenticateCached(cookie)).toBeUndefined();
    expect(await who({ cookie })).toBeUndefined();
  });

  it('writes when it was last seen at most once a minute', async () => {
    const { userId } = await auth.user('seen');
    const cookie = await auth.signIn('seen');
    const seen = async () =>
      (
        await query<{ at: Date }>('select last_seen_at as at from core.session where user_id = $1', [userId])
      )[0]?.at.getTime();
    const atSignIn = await seen();
    await who({ cookie });
    expect(await seen()).toBe(atSignIn);
    await query(`update core.session set last_seen_at = last_seen_at - interval '61 seconds' where user_id = $1`, [
      userId,
    ]);
    auth.notices.apply({ about: 'everything' });
    await who({ cookie });
    expect(await seen()).toBeGreaterThanOrEqual(atSignIn as number);
  });

  it('of somebody else cannot be ended and is not listed', async () => {
    const mine = await auth.user('mine');
    await auth.user('theirs');
    await auth.signIn('mine');
    const cookie = await auth.signIn('theirs');
    const foreign = (await auth.authenticator.authenticate({ cookie }))?.sessionId as number;
    await expect(auth.sessions.end(actorOf(mine), mine.userId, foreign)).rejects.toBeInstanceOf(NotFoundError);
    expect(await who({ cookie })).toBe('theirs');
    expect((await auth.sessions.list(mine.userId, undefined)).map((s) => [s.current, s.userAgent])).toEqual([
      [false, 'vitest'],
    ]);
  });

  it('is not put back into memory by an answer that was on its way while the person was suspended', async () => {
    const admin = await auth.user('root-race', { isAdmin: true });
    const { userId } = await auth.user('race');
    const cookie = await auth.signIn('race');
    await Promise.all([
      who({ cookie }),
      who({ cookie }),
      auth.users.update(actorOf(admin), userId, { state: 'suspended' }),
    ]);
    expect(auth.authenticator.authenticateCached(cookie)).toBeUndefined();
    expect(await who({ cookie })).toBeUndefined();
  });
});

describe('changing the password', () => {
  it('signs out everywhere else at once and needs the present one', async () => {
    const me = await auth.user('pia');
    const here = await auth.signIn('pia');
    const there = await auth.signIn('pia');
    const sessionId = (await auth.authenticator.authenticate({ cookie: here }))?.sessionId;
    await who({ cookie: there });
    const change = (current: string, next: string) =>
      auth.account.changePassword(actorOf(me), me.userId, { current, next, ip: '::1', sessionId });
    await expect(change('wrong horse wrong battery', 'nine brown owls are asleep')).rejects.toBeInstanceOf(
      WrongCredentialsError,
    );
    await expect(change(PASSWORD, 'password12345')).rejects.toBeInstanceOf(WeakPasswordError);
    expect(await who({ cookie: there })).toBe('pia');
    await change(PASSWORD, 'nine brown owls are asleep');
    expect(auth.authenticator.authenticateCached(there)).toBeUndefined();
    expect(await who({ cookie: there })).toBeUndefined();
    expect(await who({ cookie: here })).toBe('pia');
    await expect(auth.signIn('pia', PASSWORD, '::2')).rejects.toBeInstanceOf(WrongCredentialsError);
    await expect(auth.signIn('pia', 'nine brown owls are asleep', '::2')).resolves.toBeDefined();
  });
});

describe('preferences', () => {
  it('are merged by key, removed by null, and bounded', async () => {
    const me = await auth.user('pref');
    await auth.account.update(actorOf(me), me.userId, { preferences: { theme: 'dark', keys: { a: null } } });
    const after = await auth.account.update(actorOf(me), me.userId, {
      displayName: 'P',
      preferences: { theme: null, size: 2 },
    });
    expect(after).toMatchObject({ displayName: 'P', preferences: { keys: { a: null }, size: 2 } });
    expect(after.preferences).not.toHaveProperty('theme');
    await expect(
      auth.account.update(actorOf(me), me.userId, { preferences: { big: 'x'.repeat(70_000) } }),
    ).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

describe('an API token', () => {
  it('is shown once, stored as a hash, and works until it is revoked', async () => {
    const me = await auth.user('bot');
    const { token, secret } = await auth.tokens.create(actorOf(me), me.userId, { name: 'script', scopes: ['read'] });
    expect(secret).toMatch(/^exact_[A-Za-z0-9_-]{43}$/);
    expect(token.prefix).toBe(secret.slice(0, 12));
    expect(JSON.stringify(await auth.tokens.list(me.userId))).not.toContain(secret.slice(12));
    const found = await auth.authenticator.authenticate({ authorization: `Bearer ${secret}` });
    expect(found).toEqual({
      principal: { userId: me.userId, username: 'bot', isAdmin: false, via: 'token', scopes: ['read'] },
    });
    expect((await auth.tokens.list(me.userId))[0]?.lastUsedAt).not.toBeNull();
    await auth.tokens.revoke(actorOf(me), me.userId, token.id);
    expect(await who({ authorization: `Bearer ${secret}` })).toBeUndefined();
  });

  it('ends when it expires, also while it is believed from memory', async () => {
    const me = await auth.user('exp');
    const { token, secret } = await auth.tokens.create(actorOf(me), me.userId, {
      name: 'x',
      scopes: ['read'],
      expiresInDays: 1,
    });
    await query(`update core.api_token set expires_at = now() + interval '5 seconds' where id = $1`, [token.id]);
    expect(await who({ authorization: `Bearer ${secret}` })).toBe('exp');
    await query(`update core.api_token set expires_at = now() - interval '1 second' where id = $1`, [token.id]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5500 });
    expect(await who({ authorization: `Bearer ${secret}` })).toBeUndefined();
  });

  it('of somebody else cannot be revoked', async () => {
    const me = await auth.user('tok1');
    const other = await auth.user('tok2');
    const { token, secret } = await auth.tokens.create(actorOf(other), other.userId, { name: 'x', scopes: ['read'] });
    await expect(auth.tokens.revoke(actorOf(me), me.userId, token.id)).rejects.toBeInstanceOf(NotFoundError);
    expect(await who({ authorization: `Bearer ${secret}` })).toBe('tok2');
  });

  it.each(['Bearer', 'Bearer ', 'Bearer exact_short', `Bearer exact_${'a'.repeat(43)}`, 'Basic YTpi', 'nonsense', ''])(
    'or other credential that is wrong (%s) is nobody, even beside a good cookie',
    async (authorization) => {
      await auth.services.database.sql.query(`delete from core.app_user where username = 'beside'`);
      await auth.user('beside');
      const cookie = await auth.signIn('beside');
      expect(await who({ authorization, cookie })).toBeUndefined();
    },
  );
});

describe('a plugin that signs in', () => {
  it('is asked for schemes that the platform does not know, and can neither raise rights nor bring back the suspended', async () => {
    const sso = await auth.user('sso');
    auth.services.taps.set('auth.authenticate', (credentials: { scheme: string; value: string }) =>
      credentials.value === 'ticket' ? { ...sso, isAdmin: true } : undefined,
    );
    try {
      const found = await auth.authenticator.authenticate({ authorization: 'SAML ticket' });
      expect(found?.principal).toMatchObject({ userId: sso.userId, isAdmin: false, via: 'plugin' });
      expect(await who({ authorization: 'Bearer ticket' })).toBe('sso');
      expect(await who({ authorization: 'SAML other' })).toBeUndefined();
      await query(`update core.app_user set state = 'suspended' where id = $1`, [sso.userId]);
      expect(await who({ authorization: 'SAML ticket' })).toBeUndefined();
    } finally {
      auth.services.taps.delete('auth.authenticate');
    }
  });
});
