import { WeakPasswordError } from '@exact/sdk/contract';
import { describe, expect, it } from 'vitest';
import { checkPassword, hashPassword, verifyPassword } from './passwords.ts';

describe('stored passwords', () => {
  it('are argon2id with 19 MiB, two passes and one lane', async () => {
    const hash = await hashPassword('seven green herons walk');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verifyPassword(hash, 'seven green herons walk')).toBe(true);
    expect(await verifyPassword(hash, 'seven green herons walk ')).toBe(false);
  });

  it('match however the letters were composed', async () => {
    expect(await verifyPassword(await hashPassword('grüne reiher gehen'), 'gru\u0308ne reiher gehen')).toBe(true);
  });

  it('never match for an account without one, not even the decoy', async () => {
    expect(await verifyPassword(undefined, 'nobody has this password')).toBe(false);
    expect(await verifyPassword(null, '')).toBe(false);
  });

  it('wait for each other when many come at once, and all get their answer', async () => {
    const hash = await hashPassword('seven green herons walk');
    const answers = await Promise.all(
      Array.from({ length: 9 }, (_, i) => verifyPassword(hash, i % 3 === 0 ? 'seven green herons walk' : 'wrong')),
    );
    expect(answers).toEqual([true, false, false, true, false, false, true, false, false]);
  });

  it('leave the queue usable when one of them fails', async () => {
    const broken = Promise.all([1, 2, 3, 4].map(() => verifyPassword('no hash at all', 'x').catch(() => 'failed')));
    expect(await broken).toEqual(['failed', 'failed', 'failed', 'failed']);
    expect(await verifyPassword(await hashPassword('seven green herons walk'), 'wrong')).toBe(false);
  });
});

describe('new passwords', () => {
  it.each([
    ['short', 'eleven char'],
    ['repeated', 'aaaaaaaaaaaaaa'],
    ['a block repeated', 'abc9xabc9xabc9x'],
    ['a row of digits', '123456789012'],
    ['a row backwards', 'zyxwvutsrqpo'],
    ['common', 'Password123!!'],
    ['common with signs for letters', 'P@ssw0rd!2024'],
    ['two common words', 'welcomeadmin1'],
    ['keyboard', '1qaz2wsx3edc'],
    ['the user name with digits', 'marion.weber1'],
  ])('are refused when %s', (_, password) => {
    expect(() => checkPassword(password, 'marion.weber')).toThrow(WeakPasswordError);
  });

  it.each([
    'seven green herons walk',
    'пять зелёных цапель',
    '8392 0457 1683 95',
    'marion.weber likes blue slides',
    'tr0ub4dor&3 horse',
  ])('are taken when long and not common: %s', (password) => {
    expect(() => checkPassword(password, 'marion.weber')).not.toThrow();
  });

  it('say what is wrong without repeating the password', () => {
    expect(() => checkPassword('Password123!!', 'x')).toThrow(
      /^This password cannot be used: it is one of those that are tried first\.$/,
    );
  });
});
