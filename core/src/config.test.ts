import fc from 'fast-check';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

import { ConfigError, loadConfig } from './config.ts';

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe('loadConfig', () => {
  it.each([
    [{}, true],
    [{ HOST: 'localhost' }, true],
    [{ HOST: '0.0.0.0' }, false],
    [{ HOST: '192.168.1.7' }, false],
    [{ EXACT_PUBLIC_URL: 'https://exact.example.org' }, false],
    [{ HOST: '0.0.0.0', EXACT_DEMO: '1' }, true],
  ])('makes the demo, whose passwords are public, by itself only where nobody else can come: %o', (env, demo) => {
    expect(loadConfig(env).demo).toBe(demo);
  });

  it('has a default for everything, and takes an empty variable for none', () => {
    const config = loadConfig({ PORT: '', DATABASE_URL: '' });
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8000,
      databaseUrl: undefined,
      dataDir: resolve('data'),
      publicUrl: undefined,
      trustProxy: false,
      demo: true,
      admin: undefined,
      pluginsStrict: false,
      logLevel: 'info',
    });
    expect(config.workers).toBeGreaterThanOrEqual(1);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('reads every variable', () => {
    expect(
      loadConfig({
        HOST: '::1',
        PORT: '0',
        DATABASE_URL: 'postgresql://exact:secret@db.example.org/exact?sslmode=require',
        EXACT_DATA_DIR: '/var/lib/exact data',
        EXACT_PUBLIC_URL: 'https://Exact.example.org:8443/',
        EXACT_TRUST_PROXY: '1',
        EXACT_DEMO: '0',
        EXACT_ADMIN_USER: 'jörg@example.org',
        EXACT_ADMIN_PASSWORD: 'twelve chars',
        EXACT_PLUGINS_STRICT: '1',
        EXACT_LOG_LEVEL: 'warn',
        EXACT_LOG_PRETTY: '1',
        EXACT_WORKERS: '3',
        EXACT_MEDIA_MAX_MB: '50',
        EXACT_IMPORT_MAX_MB: '100',
      }),
    ).toEqual({
      host: '::1',
      port: 0,
      databaseUrl: 'postgresql://exact:secret@db.example.org/exact?sslmode=require',
      dataDir: '/var/lib/exact data',
      publicUrl: 'https://exact.example.org:8443',
      trustProxy: true,
      demo: false,
      admin: { user: 'jörg@example.org', password: 'twelve chars' },
      pluginsStrict: true,
      logLevel: 'warn',
      logPretty: true,
      workers: 3,
      mediaMaxBytes: 50_000_000,
      importMaxBytes: 104_857_600,
    });
  });

  it.each([
    ['HOST', 'not a host!'],
    ['HOST', 'http://example.org'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80a'],
    ['PORT', '8e3'],
    ['DATABASE_URL', 'mysql://localhost/exact'],
    ['EXACT_PUBLIC_URL', 'exact.example.org'],
    ['EXACT_PUBLIC_URL', 'ftp://exact.example.org'],
    ['EXACT_PUBLIC_URL', 'https://exact.example.org/sub'],
    ['EXACT_DEMO', 'yes'],
    ['EXACT_PLUGINS_STRICT', 'true'],
    ['EXACT_LOG_LEVEL', 'loud'],
    ['EXACT_WORKERS', '0'],
    ['EXACT_WORKERS', '1.5'],
  ])('refuses %s=%s, naming both and what is allowed', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} is ".*"\\. Allowed: .+\\.$`));
    if (name !== 'EXACT_PUBLIC_URL' && name !== 'DATABASE_URL') expect(problems[0]).toContain(JSON.stringify(value));
  });

  it('lists all wrong values at once', () => {
    expect(problemsOf({ PORT: 'x', EXACT_DEMO: 'x', EXACT_WORKERS: 'x' })).toHaveLength(3);
  });

  it('wants the name and the password of the administrator together', () => {
    expect(problemsOf({ EXACT_ADMIN_USER: 'ada' })).toEqual([
      'EXACT_ADMIN_USER is set and EXACT_ADMIN_PASSWORD is not. Allowed: both, or none of the two.',
    ]);
    expect(problemsOf({ EXACT_ADMIN_PASSWORD: 'long enough, really' })).toHaveLength(1);
  });

  it('never shows a secret', () => {
    const secrets = fc.stringMatching(/^[a-z0-9]{6,11}$/).map((text) => `q${text}`.slice(0, 11)); // too short for a password
    fc.assert(
      fc.property(secrets, (secret) => {
        const text = problemsOf({
          EXACT_ADMIN_USER: 'ada',
          EXACT_ADMIN_PASSWORD: secret,
          DATABASE_URL: `mysql://ada:${secret}@localhost/exact?password=${secret}`,
          EXACT_PUBLIC_URL: `https://ada:${secret}@example.org`,
        }).join('\n');
        expect(text.split('\n')).toHaveLength(3);
        expect(text).not.toContain(secret);
        expect(problemsOf({ DATABASE_URL: `postgres//ada:${secret}@localhost` }).join()).not.toContain(secret);
      }),
    );
  });
});
