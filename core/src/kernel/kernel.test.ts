import { setTimeout as delay } from 'node:timers/promises';
import { defineError, type Image } from '@exact/sdk/contract';
import { createToken } from '@exact/sdk/server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { attribute } from './attribution.ts';
import { inProject, startToys, type ToyPlugin } from './test-plugins.ts';

const taps = (...hooks: string[]): Record<string, unknown> => ({ contributes: { hooks } });
const drafts = { imageId: 1, drafts: [] };
const changes = {
  projectId: 1,
  imageId: 1,
  changeId: 'c',
  origin: 'client',
  created: [],
  updated: [],
  deleted: [],
} as const;

describe('starting', () => {
  it('starts plugins after those they require, and stops them in reverse', async () => {
    const words: string[] = [];
    const toy = (id: string, requires: Record<string, string> = {}): ToyPlugin => ({
      id,
      manifest: { requires },
      setup(ctx) {
        words.push(`start ${id}`);
        ctx.effect('word', () => () => void words.push(`stop ${id}`));
      },
    });
    const kernel = await startToys([toy('a', { c: '^1.0.0' }), toy('b'), toy('c', { b: '^1.0.0' })]);
    await kernel.stop('test');
    expect(words).toEqual(['start b', 'start c', 'start a', 'stop a', 'stop c', 'stop b']);
  });

  it('names every plugin of a circle, and blocks what needs one of them', async () => {
    const kernel = await startToys([
      { id: 'a', manifest: { requires: { b: '^1.0.0' } } },
      { id: 'b', manifest: { requires: { c: '^1.0.0' } } },
      { id: 'c', manifest: { requires: { a: '^1.0.0' } } },
      { id: 'd', manifest: { requires: { a: '^1.0.0' } } },
      { id: 'e' },
    ]);
    expect(kernel.plugin('a')).toMatchObject({ state: 'blocked', reason: expect.stringContaining('a → b → c → a') });
    expect(kernel.plugin('d')).toMatchObject({ state: 'blocked', reason: expect.stringContaining('"a"') });
    expect(kernel.plugin('e')?.state).toBe('active');
  });

  it('tells wanted and present version when a requirement does not fit', async () => {
    const kernel = await startToys([
      { id: 'a', manifest: { requires: { b: '^2.0.0', z: '*' } } },
      { id: 'b' },
      { id: 'c', manifest: { requires: { z: '*' } } },
    ]);
    expect(kernel.plugin('c')?.reason).toContain('not installed');
    expect(kernel.plugin('a')?.state).toBe('blocked');
  });

  it('never runs code of a plugin that wants another kernel', async () => {
    const setup = vi.fn();
    const kernel = await startToys([{ id: 'old', manifest: { kernel: '^0.9.0' }, setup }]);
    expect(kernel.plugin('old')).toMatchObject({
      state: 'incompatible',
      reason: 'It wants kernel API ^0.9.0; this is 1.0.0.',
    });
    expect(setup).not.toHaveBeenCalled();
  });

  it('refuses to start at all when strict', async () => {
    await expect(startToys([{ id: 'old', manifest: { kernel: '^0.9.0' } }], { strict: true })).rejects.toThrow(
      /old: incompatible/,
    );
  });

  it('starts a plugin that the administrator allows later, and its dependents stop with it', async () => {
    const kernel = await startToys([{ id: 'a' }, { id: 'b', manifest: { requires: { a: '*' } } }]);
    await kernel.deactivate('a', 'Forbidden.');
    expect(kernel.plugin('b')).toMatchObject({ state: 'inactive', reason: 'Plugin "a" was stopped.' });
    await kernel.activate('b');
    expect(['a', 'b'].map((id) => kernel.plugin(id)?.state)).toEqual(['active', 'active']);
  });
});

describe('what is declared and what is done', () => {
  it('fails a plugin that taps what it did not declare, naming where to declare it', async () => {
    const kernel = await startToys([
      { id: 'sly', setup: (ctx) => void ctx.hooks.annotations.beforeCreate.tap(() => undefined) },
    ]);
    expect(kernel.plugin('sly')).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/annotations\.beforeCreate.*contributes\.hooks/),
    });
    expect(kernel.slots.get('annotations.beforeCreate')?.plugins()).toEqual([]);
  });

  it('fails a plugin that declares what it does not do', async () => {
    const kernel = await startToys([{ id: 'lazy', manifest: taps('annotations.afterCreate') }]);
    expect(kernel.plugin('lazy')).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('hook annotations.afterCreate'),
    });
  });

  it('opens only the services that the manifest asks for', async () => {
    const facilities = {
      kv: { uses: ['kv'] as const, create: () => 'the store' },
      settings: { uses: [], create: () => 'open' },
    };
    const seen: unknown[] = [];
    const kernel = await startToys(
      [
        {
          id: 'honest',
          manifest: { permissions: { uses: ['kv'] } },
          setup: (ctx) => void seen.push(ctx.kv, ctx.settings),
        },
        { id: 'greedy', setup: (ctx) => void seen.push(ctx.kv) },
      ],
      { facilities },
    );
    expect(seen).toEqual(['the store', 'open']);
    expect(kernel.plugin('greedy')).toMatchObject({ state: 'failed', error: { code: 'PERMISSION_NOT_DECLARED' } });
  });

  it('hands a service from one plugin to another that names it, and to no other', async () => {
    const token = createToken<string>('giver:words');
    const got: unknown[] = [];
    const kernel = await startToys([
      {
        id: 'giver',
        manifest: { contributes: { tokens: ['giver:words'] } },
        setup: (ctx) => ctx.provide(token, 'hello'),
      },
      { id: 'taker', manifest: { requires: { giver: '*' } }, setup: (ctx) => void got.push(ctx.require(token)) },
      { id: 'thief', setup: (ctx) => void ctx.require(token) },
    ]);
    expect(got).toEqual(['hello']);
    expect(kernel.plugin('thief')).toMatchObject({ state: 'failed', error: { code: 'NOT_DECLARED' } });
  });

  it('fails a setup that hangs, and undoes what it had done', async () => {
    const words: string[] = [];
    const kernel = await startToys(
      [
        {
          id: 'slow',
          setup(ctx) {
            ctx.effect('held', () => () => void words.push('undone'));
            return new Promise(() => undefined);
          },
        },
      ],
      { setupLimitMs: 20 },
    );
    expect(kernel.plugin('slow')).toMatchObject({ state: 'failed', error: { code: 'SETUP_LATE' } });
    expect(words).toEqual(['undone']);
  });
});

describe('switching', () => {
  it('asks a plugin only in projects where it is on, from the very next call', async () => {
    const seen: (number | undefined)[] = [];
    const kernel = await startToys([
      {
        id: 'p',
        manifest: taps('annotations.afterCreate'),
        setup: (ctx) => void ctx.hooks.annotations.afterCreate.tap((_, { projectId }) => void seen.push(projectId)),
      },
    ]);
    const call = (projectId: number): Promise<unknown> =>
      kernel.hooks.annotations.afterCreate.call(changes, inProject(projectId));
    await call(1);
    await call(2);
    kernel.enablement.apply(
      { projectId: 2, plugin: 'p', enabled: true, settings: {} },
      { projectId: 1, plugin: 'p', enabled: false, settings: {} },
    );
    await call(1);
    await call(2);
    expect(seen).toEqual([1, 2]);
    expect(kernel.hooks.annotations.afterCreate.isUsed(1)).toBe(false);
    expect(kernel.hooks.annotations.afterCreate.isUsed(2)).toBe(true);
  });

  it('tells only the plugin that is switched, also when it is off already', async () => {
    const told: string[] = [];
    const toy = (id: string): ToyPlugin => ({
      id,
      manifest: taps('projects.pluginDisabled'),
      setup: (ctx) =>
        void ctx.hooks.projects.pluginDisabled.tap(({ projectId }) => void told.push(`${id} ${projectId}`)),
    });
    const kernel = await startToys([toy('a'), toy('b')]);
    kernel.enablement.apply({ projectId: 1, plugin: 'a', enabled: false, settings: {} });
    await kernel.tell('a', 'projects.pluginDisabled', { projectId: 1, settings: {} }, inProject(1));
    expect(told).toEqual(['a 1']);
  });

  it('leaves no tap, token, effect or listener after 100 rounds of stopping and starting', async () => {
    const live = new Set<symbol>();
    const token = createToken<number>('p:n');
    const kernel = await startToys([
      {
        id: 'p',
        manifest: { contributes: { hooks: ['annotations.beforeCreate', 'tiles.cacheKey'], tokens: ['p:n'] } },
        setup(ctx) {
          ctx.hooks.annotations.beforeCreate.tap(() => undefined);
          ctx.hooks.tiles.cacheKey.tap((key) => [...key, 'p']);
          ctx.provide(token, 1);
          ctx.effect('timer', () => {
            const key = Symbol('timer');
            live.add(key);
            const timer = setInterval(() => undefined, 1000);
            return () => {
              clearInterval(timer);
              live.delete(key);
            };
          });
        },
      },
    ]);
    const atStart = kernel.plugin('p')?.holds;
    for (let round = 0; round < 100; round++) {
      await kernel.deactivate('p', 'round');
      expect(kernel.plugin('p')?.holds).toEqual([]);
      expect(live.size).toBe(0);
      expect(kernel.slots.get('tiles.cacheKey')?.plugins()).toEqual([]);
      await kernel.activate('p');
    }
    expect(kernel.plugin('p')?.holds).toEqual(atStart);
    expect(kernel.slots.get('tiles.cacheKey')?.plugins()).toEqual(['p']);
    expect(kernel.hooks.tiles.cacheKey.callSync(['v1'], inProject(1))).toEqual(['v1', 'p']);
  });
});

describe('evil plugins', () => {
  afterEach(() => void vi.useRealTimers());

  it.each([
    [
      'throws at once',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
    ['hangs', () => new Promise<never>(() => undefined)],
    [
      'throws a string',
      () => {
        throw 'boom';
      },
    ],
    ['answers nonsense', () => 42 as never],
    [
      'holds the event loop',
      () => {
        const until = performance.now() + 300;
        while (performance.now() < until);
      },
    ],
  ])('keeps a plugin that %s from stopping an after-hook, or a before-hook from storing', async (_, evil) => {
    const order: string[] = [];
    const kernel = await startToys([
      {
        id: 'evil',
        manifest: taps('annotations.beforeCreate', 'images.metadata', 'storage.afterWrite', 'ui.bootstrap'),
        setup(ctx) {
          ctx.hooks.annotations.beforeCreate.tap(evil);
          ctx.hooks.images.metadata.tap(evil);
          ctx.hooks.ui.bootstrap.tap(evil);
          ctx.hooks.storage.afterWrite.tap(() => {
            throw new Error('boom');
          });
        },
      },
      {
        id: 'good',
        manifest: taps('ui.bootstrap', 'storage.afterWrite'),
        setup(ctx) {
          ctx.hooks.ui.bootstrap.tap((value) => ({ ...value, good: true }));
          ctx.hooks.storage.afterWrite.tap(() => void order.push('good'));
        },
      },
    ]);
    expect(await kernel.hooks.ui.bootstrap.call({ start: 1 }, inProject(1))).toEqual({ start: 1, good: true });
    await kernel.hooks.storage.afterWrite.call({ key: 'k', sizeBytes: 1 }, inProject(1));
    expect(order).toEqual(['good']);
    await expect(kernel.hooks.annotations.beforeCreate.call(drafts, inProject(1))).rejects.toMatchObject({
      code: 'PLUGIN_FAILED',
      data: { plugin: 'evil', hook: 'annotations.beforeCreate' },
    });
    const told = { image: {} as Image, metadata: {}, audience: 'project' } as const;
    await expect(kernel.hooks.images.metadata.call(told, inProject(1))).rejects.toMatchObject({
      code: 'PLUGIN_FAILED',
    });
  });

  it('lets a declared refusal through and does not count it as a failure', async () => {
    const Refused = defineError({ code: 'REFUSED', status: 409, message: () => 'no' });
    const kernel = await startToys([
      {
        id: 'strict',
        manifest: taps('annotations.beforeCreate'),
        setup: (ctx) =>
          void ctx.hooks.annotations.beforeCreate.tap(() => {
            throw new Refused({});
          }),
      },
    ]);
    for (let i = 0; i < 10; i++) {
      await expect(kernel.hooks.annotations.beforeCreate.call(drafts, inProject(1))).rejects.toMatchObject({
        code: 'REFUSED',
        status: 409,
      });
    }
    expect(kernel.plugin('strict')).toMatchObject({ state: 'active', failures: 0 });
  });

  it('stops asking after 5 failures in a minute, tries once after a minute, and goes on when that works', async () => {
    let now = 0;
    let isBroken = true;
    let asked = 0;
    const kernel = await startToys(
      [
        {
          id: 'shaky',
          manifest: taps('annotations.afterCreate'),
          setup: (ctx) =>
            void ctx.hooks.annotations.afterCreate.tap(() => {
              asked++;
              if (isBroken) throw new Error('boom');
            }),
        },
      ],
      { now: () => now },
    );
    const call = (): Promise<unknown> => kernel.hooks.annotations.afterCreate.call(changes, inProject(1));
    for (let i = 0; i < 8; i++) await call();
    expect([asked, kernel.plugin('shaky')?.state]).toEqual([5, 'degraded']);
    now = 60_000;
    await call();
    await call();
    expect([asked, kernel.plugin('shaky')?.state]).toEqual([6, 'degraded']);
    now = 120_000;
    isBroken = false;
    await call();
    await call();
    expect([asked, kernel.plugin('shaky')?.state]).toEqual([8, 'active']);
  });

  it('goes on refusing where a plugin may refuse, although it is not asked any more', async () => {
    const kernel = await startToys([
      {
        id: 'shaky',
        manifest: taps('annotations.visible'),
        setup: (ctx) =>
          void ctx.hooks.annotations.visible.tap(() => {
            throw new Error('boom');
          }),
      },
    ]);
    for (let i = 0; i < 8; i++)
      await expect(kernel.hooks.annotations.visible.call({}, inProject(1))).rejects.toMatchObject({
        code: 'PLUGIN_FAILED',
      });
    expect(kernel.plugin('shaky')).toMatchObject({ state: 'degraded', failures: 5 });
  });

  it('freezes what it shows to taps, all the way down', async () => {
    const kernel = await startToys([
      {
        id: 'scribbler',
        manifest: taps('annotations.beforeCreate'),
        setup: (ctx) =>
          void ctx.hooks.annotations.beforeCreate.tap(({ drafts }) => {
            (drafts as unknown[]).push('mine');
          }),
      },
    ]);
    const value = { imageId: 1, drafts: [] };
    await expect(kernel.hooks.annotations.beforeCreate.call(value, inProject(1))).rejects.toMatchObject({
      cause: expect.any(TypeError),
    });
    expect(value.drafts).toEqual([]);
  });

  it('lays a rejection that comes late at the door of the plugin that caused it', async () => {
    const kernel = await startToys([
      {
        id: 'late',
        manifest: taps('annotations.afterCreate'),
        setup: (ctx) =>
          void ctx.hooks.annotations.afterCreate.tap(() => {
            void delay(1).then(() => Promise.reject(new Error('too late')));
          }),
      },
    ]);
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    const blamed = new Promise((resolve) =>
      process.once('unhandledRejection', (error) => resolve(kernel.charge(error))),
    );
    try {
      await kernel.hooks.annotations.afterCreate.call(changes, inProject(1));
      expect(await blamed).toBe('late');
    } finally {
      for (const listener of listeners) process.on('unhandledRejection', listener as never);
    }
    expect(kernel.plugin('late')?.failures).toBe(1);
  });

  it('gives up other work of a plugin after its time, and counts it', async () => {
    const kernel = await startToys([{ id: 'p' }]);
    await expect(kernel.run('p', 'route x', 10, () => new Promise(() => undefined))).rejects.toMatchObject({
      code: 'PLUGIN_FAILED',
      data: { late: true },
    });
    await expect(kernel.run('p', 'route x', 1000, () => Promise.resolve(7))).resolves.toBe(7);
    expect(kernel.plugin('p')?.failures).toBe(1);
    expect(attribute({ plugin: 'nobody', doing: 'x' }, () => kernel.charge(new Error('x')))).toBeUndefined();
  });

  it('gives all taps of one plugin one time budget for a call', async () => {
    const kernel = await startToys([
      {
        id: 'p',
        manifest: taps('annotations.beforeCreate'),
        setup(ctx) {
          ctx.hooks.annotations.beforeCreate.tap(() => delay(120).then(() => undefined)); // half of the 250 ms: room for a busy machine on both sides
          ctx.hooks.annotations.beforeCreate.tap(() => new Promise(() => undefined));
        },
      },
    ]);
    const reports: { outcome: string; durationMs: number }[] = [];
    kernel.onReport((report) => void reports.push(report));
    await expect(kernel.hooks.annotations.beforeCreate.call(drafts, inProject(1))).rejects.toMatchObject({
      data: { late: true },
    });
    expect(reports.map((report) => report.outcome)).toEqual(['ok', 'late']);
    // What the first tap used is missing to the second.
    expect(reports[1]?.durationMs).toBeLessThan(250 - 8);
  });
});
