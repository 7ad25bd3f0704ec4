import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

// No Docker engine is at hand in CI. These are the rules that can be checked by reading.
const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..');
const read = (name) => readFileSync(join(here, name), 'utf8');

/** Instructions with continued lines joined and comments left out. */
const instructions = read('Dockerfile')
  .replace(/^\s*#.*\n/gm, '')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => /^\s*(\w+)\s+(.*)$/.exec(line)?.slice(1) ?? [line, '']);
const all = (name) => instructions.filter(([word]) => word === name).map(([, rest]) => rest);

describe('Dockerfile', () => {
  it('holds known instructions only, and stages that exist', () => {
    const known = 'FROM WORKDIR ENV COPY RUN USER VOLUME EXPOSE STOPSIGNAL HEALTHCHECK CMD'.split(' ');
    expect(instructions.map(([word]) => word).filter((word) => !known.includes(word))).toEqual([]);
    const stages = all('FROM').map((from) => / AS (\w+)$/.exec(from)?.[1]);
    const used = all('COPY').flatMap((copy) => /--from=(\w+)/.exec(copy)?.[1] ?? []);
    expect(used.filter((stage) => !stages.includes(stage))).toEqual([]);
  });

  it('builds on a fixed major version and on nothing else', () => {
    const images = all('FROM').map((from) => from.split(' ')[0]);
    expect(new Set(images)).toEqual(new Set(['node:24-slim', 'base']));
  });

  it('runs as an unprivileged account, set before the program starts and after the last step that needs root', () => {
    const last = instructions.slice(instructions.findLastIndex(([word]) => word === 'FROM'));
    const words = last.map(([word]) => word);
    expect(all('USER')).toEqual(['node']);
    expect(words.indexOf('USER')).toBeGreaterThan(words.lastIndexOf('RUN'));
    expect(words.indexOf('USER')).toBeLessThan(words.indexOf('CMD'));
  });

  it('starts the program directly, so that signals reach it, from a file that the repository has', () => {
    const command = JSON.parse(all('CMD')[0]);
    expect(command.slice(0, 2)).toEqual(['node', '--conditions=source']);
    expect(JSON.parse(/CMD (\[.*\])$/.exec(all('HEALTHCHECK')[0])?.[1] ?? '')[0]).toBe('node');
  });

  it('leaves secrets, data and the history out of the build', () => {
    const ignored = read('Dockerfile.dockerignore').split('\n');
    for (const entry of ['.git', '.env', 'data', '**/node_modules', 'docker/tls']) expect(ignored).toContain(entry);
  });
});

describe('compose.yml', () => {
  const compose = read('compose.yml');

  it('mounts and builds from files that exist', () => {
    const mounted = [...compose.matchAll(/- (\.\/[^:]+):\S+:ro/g)]
      .map(([, path]) => path)
      .filter((path) => path !== './tls');
    expect(mounted).toEqual(['./nginx/exact.conf']);
    for (const path of mounted) expect(existsSync(join(here, path))).toBe(true);
    expect(existsSync(join(root, /dockerfile: (\S+)/.exec(compose)?.[1] ?? ''))).toBe(true);
  });

  it('has no secret and no preset password, and opens nothing but nginx', () => {
    expect(compose).not.toMatch(/PASSWORD: (?!\$\{)/);
    expect(compose).toMatch(/\$\{POSTGRES_PASSWORD:\?/);
    expect(compose.match(/ports:/g)).toHaveLength(1);
    expect([...compose.matchAll(/- "(\d+):(\d+)"/g)].map(([, outside, inside]) => [outside, inside])).toEqual([
      ['80', '8080'],
      ['443', '8443'],
    ]);
  });
});
