import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBreaker } from './breaker.ts';
import { deepFreeze } from './deep-freeze.ts';
import { discoverPlugins } from './discovery.ts';
import { createEnablement } from './enablement.ts';
import { createScope } from './scope.ts';
import { createStateMachine } from './states.ts';

describe('scope', () => {
  it('undoes in reverse, passes over what fails, and reports it', async () => {
    const words: string[] = [];
    const scope = createScope((label, error) => words.push(`${label}: ${(error as Error).message}`));
    scope.add('a', () => void words.push('a'));
    scope.add('b', () => Promise.reject(new Error('stuck')));
    const early = scope.add('c', () => void words.push('c'));
    early();
    expect(scope.describe()).toEqual(['a', 'b']);
    await scope.end();
    expect(words).toEqual(['c', 'b: stuck', 'a']);
    expect(scope.signal.aborted).toBe(true);
  });

  it('undoes at once what is registered after its end', async () => {
    const words: string[] = [];
    const scope = createScope(() => undefined);
    await scope.end();
    scope.add('late', () => void words.push('undone'));
    expect(words).toEqual(['undone']);
    expect(scope.describe()).toEqual([]);
  });
});

describe('breaker', () => {
  it('forgets failures that are older than a minute', () => {
    let now = 0;
    const breaker = createBreaker({ now: () => now, onChange: () => undefined });
    for (let i = 0; i < 10; i++) {
      breaker.fail();
      now += 20_000;
    }
    expect(breaker.state).toBe('closed');
    expect(breaker.failures).toBe(10);
  });

  it('opens again when its trial fails', () => {
    let now = 0;
    const changes: boolean[] = [];
    const breaker = createBreaker({ now: () => now, onChange: (isOpen) => changes.push(isOpen) });
    for (let i = 0; i < 5; i++) breaker.fail();
    expect(breaker.enter()).toBe(false);
    now = 60_000;
    expect([breaker.enter(), breaker.enter()]).toEqual([true, false]);
    breaker.fail();
    now = 119_999;
    expect(breaker.enter()).toBe(false);
    now = 120_000;
    expect(breaker.enter()).toBe(true);
    breaker.succeed();
    expect(changes).toEqual([true, false]);
  });
});

describe('states', () => {
  it('refuses a step that is not in the table', () => {
    const machine = createStateMachine(
      () => undefined,
      () => 0,
    );
    expect(() => machine.to('active')).toThrow('A plugin cannot go from "discovered" to "active".');
    machine.to('rejected', 'bad');
    expect(() => machine.to('resolved')).toThrow();
  });
});

describe('enablement', () => {
  it('falls back to what the manifest says while a project has no row', () => {
    const enablement = createEnablement();
    enablement.setDefault('p', true);
    expect(enablement.isEnabled('p', 7)).toBe(true);
    enablement.apply({ projectId: 7, plugin: 'p', enabled: false, settings: { a: 1 } });
    expect(enablement.isEnabled('p', 7)).toBe(false);
    enablement.forget(7);
    expect(enablement.isEnabled('p', 7)).toBe(true);
    expect(enablement.isEnabled('unknown', 7)).toBe(false);
  });
});

describe('deepFreeze', () => {
  it('freezes plain data and leaves buffers and instances alone', () => {
    const value = deepFreeze({ list: [{ a: 1 }], bytes: new Uint8Array(2), signal: new AbortController().signal });
    expect(Object.isFrozen(value.list[0])).toBe(true);
    value.bytes[0] = 9;
    expect(value.bytes[0]).toBe(9);
    expect(Object.isFrozen(value.signal)).toBe(false);
  });
});

describe('discovery', () => {
  it('finds good and bad packages, names what is wrong, and runs no code', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'exact-discovery-'));
    const put = async (name: string, json: unknown): Promise<void> => {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'package.json'), typeof json === 'string' ? json : JSON.stringify(json));
    };
    const manifest = { manifest: 1, id: 'good', title: 'Good', kernel: '^1.0.0', level: 'project' };
    try {
      await put('good', { name: '@x/good', version: '1.0.0', exactPlugin: manifest });
      await put('twin', { name: '@x/twin', version: '1.0.0', exactPlugin: manifest });
      await put('none', { name: '@x/none', version: '1.0.0' });
      await put('torn', '{ not json');
      await put('wrong', {
        name: '@x/wrong',
        version: '1.0.0',
        exactPlugin: { ...manifest, id: '../up', surprise: 1 },
      });
      await put('hooks', {
        name: '@x/hooks',
        version: '1.0.0',
        exactPlugin: {
          ...manifest,
          id: 'hooks',
          server: { entry: 'dist/i.js' },
          contributes: { hooks: ['annotations.beforCreate'] },
        },
      });
      const found = await discoverPlugins({ folders: [folder, join(folder, 'missing')] });
      expect(found.map((plugin) => [plugin.packageName, plugin.problems.length > 0])).toEqual([
        ['@x/wrong', true],
        ['@x/good', false],
        ['@x/twin', true],
        ['@x/hooks', true],
        ['', true],
      ]);
      expect(found[0]?.problems.join(' ')).toMatch(/surprise|lower-case/);
      expect(found[3]?.problems[0]).toContain('annotations.beforeCreate');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
