import { fileURLToPath } from 'node:url';
import { contract, endpoint } from '@exact/sdk/contract';
import type { PluginContext } from '@exact/sdk/server';
import { createTestKernel, type TestKernel, type TestPerson } from '@exact/sdk/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

/** Plugins on a whole platform: real Koa, real PostgreSQL. What the kernel does without them is proven beside its files. */
const greetings = contract({
  hello: endpoint({
    method: 'GET',
    path: '/hello',
    summary: 'Says hello',
    access: { permission: 'project:read', in: 'project' },
    response: z.object({ hello: z.string() }),
  }),
  ofImage: endpoint({
    method: 'GET',
    path: '/images/:imageId',
    summary: 'Says something about an image of the project',
    access: { permission: 'images:read', in: 'image' },
    params: z.object({ imageId: z.coerce.number().int() }),
    response: z.object({ id: z.number() }),
  }),
  fail: endpoint({
    method: 'POST',
    path: '/fail',
    summary: 'Fails',
    access: { permission: 'good:fail', in: 'project' },
  }),
});

const good = {
  id: 'good',
  manifest: {
    permissions: {
      uses: ['routes', 'kv', 'events', 'annotations:read'],
      defines: [{ id: 'good:fail', title: 'Fail', grantedTo: ['manager'] }],
    },
    contributes: { routes: true, hooks: ['annotations.beforeCreate'], events: ['annotations.changed'] },
  },
  setup(ctx: PluginContext) {
    ctx.routes.implement(greetings, {
      hello: async ({ principal, projectId }) => {
        await ctx.kv.set({ projectId: projectId ?? 0 }, 'last', principal.userId);
        return { hello: String(await ctx.kv.get({ projectId: projectId ?? 0 }, 'last')) };
      },
      ofImage: ({ params }) => Promise.resolve({ id: params.imageId }),
      fail: () => Promise.reject(new Error('made to fail')),
    });
    ctx.hooks.annotations.beforeCreate.tap(({ imageId, drafts }) => ({
      imageId,
      drafts: drafts.map((draft) => ({ ...draft, description: 'seen by good' })),
    }));
    ctx.events.on('annotations.changed', () => Promise.resolve());
  },
};

const evil = (id: string, tap: () => unknown) => ({
  id,
  manifest: { contributes: { hooks: ['annotations.beforeCreate', 'annotations.afterCreate'] } },
  setup(ctx: PluginContext) {
    ctx.hooks.annotations.beforeCreate.tap(tap as never);
    ctx.hooks.annotations.afterCreate.tap(tap as never);
  },
});

const FORMAT_IMAGE = fileURLToPath(new URL('../plugins/format-image', import.meta.url));
const FORMAT_TIFF = fileURLToPath(new URL('../plugins/format-tiff', import.meta.url));

let kernel: TestKernel;
let manager: TestPerson;
afterEach(() => kernel?.close());

async function boot(
  plugins: Parameters<typeof createTestKernel>[0]['plugins'],
): Promise<{ id: number; imageSetId: number }> {
  kernel = await createTestKernel({ plugins: [FORMAT_IMAGE, FORMAT_TIFF, ...plugins] });
  manager = await kernel.person('manager');
  return kernel.project({ manager: 'manager', reader: 'annotator' });
}

describe('a good plugin', () => {
  it('answers, keeps documents and completes annotations, only where it is on', async () => {
    const on = await boot([good]);
    const off = await kernel.project({ manager: 'manager' });
    const hello = (projectId: number) => manager.request('GET', `/api/v2/projects/${projectId}/plugins/good/hello`);
    expect((await hello(on.id)).body).toMatchObject({ code: 'PLUGIN_NOT_ENABLED', status: 404 });
    await manager.request('PUT', `/api/v2/projects/${on.id}/plugins/good`, { enabled: true });
    expect((await hello(on.id)).body).toEqual({ hello: String(manager.principal.userId) });
    expect((await hello(off.id)).body).toMatchObject({ code: 'PLUGIN_NOT_ENABLED' });
    await manager.request('PUT', `/api/v2/projects/${on.id}/plugins/good`, { enabled: false });
    expect((await hello(on.id)).body).toMatchObject({ code: 'PLUGIN_NOT_ENABLED' });
  });

  it('cannot be used to reach an image of another project', async () => {
    const on = await boot([good]);
    const other = await kernel.project({ manager: 'manager' });
    for (const { id } of [on, other]) await kernel.enable(id, 'good', true);
    const png = await fetchTinyPng();
    const image = await kernel.image(other.imageSetId, await kernel.person('test-admin', { isAdmin: true }), {
      name: 'a.png',
      bytes: png,
    });
    const ask = (projectId: number) =>
      manager.request('GET', `/api/v2/projects/${projectId}/plugins/good/images/${image.id}`);
    expect((await ask(other.id)).body).toEqual({ id: image.id });
    expect((await ask(on.id)).status).toBe(404);
  });

  it('names itself in the problem when its endpoint fails, and its permission is checked', async () => {
    const on = await boot([good]);
    await kernel.enable(on.id, 'good', true);
    const reader = await kernel.person('reader');
    expect((await reader.request('POST', `/api/v2/projects/${on.id}/plugins/good/fail`)).body).toMatchObject({
      status: 403,
      code: 'FORBIDDEN',
    });
    const failed = await manager.request('POST', `/api/v2/projects/${on.id}/plugins/good/fail`);
    expect(failed.body).toMatchObject({ status: 500, code: 'INTERNAL_ERROR', plugin: 'good' });
    expect(JSON.stringify(failed.body)).not.toContain('made to fail');
    expect(kernel.plugin('good').failures).toBe(1);
  });

  it('shows up in the API document while it runs', async () => {
    await boot([good]);
    const paths = async (): Promise<string[]> =>
      Object.keys(((await (await fetch(`${kernel.url}/api/v2/openapi.json`)).json()) as { paths: object }).paths);
    expect((await paths()).filter((path) => path.includes('/good/'))).toHaveLength(3);
    await kernel.stop('good');
    expect((await paths()).filter((path) => path.includes('/good/'))).toEqual([]);
  });

  it('can be switched 100 times while people work, without a failed request', async () => {
    const on = await boot([good]);
    const before = kernel.plugin('good').holds;
    const statuses = new Map<number, number>();
    let isSwitching = true;
    const work = async (): Promise<void> => {
      while (isSwitching) {
        const { status } = await manager.request('GET', `/api/v2/projects/${on.id}/image-sets`);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const workers = [work(), work()];
    for (let round = 0; round < 100; round++) await kernel.enable(on.id, 'good', round % 2 === 0);
    isSwitching = false;
    await Promise.all(workers);
    expect([...statuses.keys()]).toEqual([200]);
    expect(kernel.plugin('good')).toMatchObject({ state: 'active', failures: 0, holds: before });
  });
});

describe('evil plugins', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['hangs', () => new Promise(() => undefined)],
    ['answers nonsense', () => 7],
    [
      'scribbles on what it is shown',
      (...args: unknown[]) => {
        (args[0] as { imageId: number }).imageId = 0;
      },
    ],
  ])('one that %s makes its project refuse with its name, and no other project', async (_, tap) => {
    const on = await boot([evil('bad', tap as () => unknown)]);
    const off = await kernel.project({ manager: 'manager' });
    await kernel.enable(on.id, 'bad', true);
    const inOn = await annotate(on);
    expect(inOn.body).toMatchObject({ code: 'PLUGIN_FAILED', status: 500, plugin: 'bad' });
    expect((await annotate(off)).status).toBe(200);
    expect((await fetch(`${kernel.url}/health/ready`)).status).toBe(200);
  });
});

async function annotate({ id, imageSetId }: { id: number; imageSetId: number }): ReturnType<TestPerson['request']> {
  const admin = await kernel.person('test-admin', { isAdmin: true });
  const image = await kernel.image(imageSetId, admin, { name: 'a.png', bytes: await fetchTinyPng() });
  const product = await manager.request('POST', `/api/v2/projects/${id}/products`, { name: `Product ${id}` });
  const template = await manager.request('POST', `/api/v2/projects/${id}/products/${product.body.id}/templates`, {
    name: 'Cell',
    kind: 'point',
  });
  return manager.request('POST', `/api/v2/images/${image.id}/annotations/changes`, {
    changeId: crypto.randomUUID(),
    create: [{ uuid: crypto.randomUUID(), templateId: template.body.id, geometry: { kind: 'point', x: 5, y: 5 } }],
  });
}

async function fetchTinyPng(): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  return sharp({ create: { width: 40, height: 30, channels: 3, background: '#a0c0e0' } })
    .png()
    .toBuffer();
}
