import { describe, expect, it } from 'vitest';
import { readCookie, sessionCookie } from './cookies.ts';

describe('the session cookie', () => {
  it('is for this host only, over HTTPS only, and out of reach of scripts', () => {
    expect(sessionCookie('https://exact.example.org').set('abc', 60)).toBe(
      '__Host-exact_session=abc; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60',
    );
  });

  it('works over plain HTTP on one machine', () => {
    expect(sessionCookie(undefined).set('abc', 60)).toBe(
      'exact_session=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60',
    );
    expect(sessionCookie(undefined).clear()).toBe('exact_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0');
  });

  it.each([
    ['exact_session=abc', 'abc'],
    ['a=1; exact_session=abc; b=2', 'abc'],
    ['a=1;exact_session=abc', 'abc'],
    ['not_exact_session=evil; exact_session=abc', 'abc'],
    ['exact_session_old=evil; exact_session=abc', 'abc'],
    ['a=exact_session; exact_session=abc', 'abc'],
    ['exact_session=', ''],
  ])('is found in %s', (header, value) => {
    expect(readCookie(header, 'exact_session')).toBe(value);
  });

  it.each(['', 'a=1', 'xexact_session=evil', 'a="exact_session=evil"', '__Host-exact_session=other'])(
    'is not found in %s',
    (header) => {
      expect(readCookie(header, 'exact_session')).toBeUndefined();
    },
  );
});
