import { fileURLToPath } from 'node:url';
import type { Image, ImageSet, Product, Project, ProjectPlugin, User } from '@exact/sdk/contract';
import type { PluginContext } from '@exact/sdk/server';
import { createTestKernel, type TestKernel } from '@exact/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDemo } from './make-demo.ts';

const folder = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const INSTALLED = [{ id: 'label-statistics' }, { id: 'media-playback' }];

/** Calls of the context that write, in the order in which an undisturbed run makes them. */
const WRITES = [
  'kv.set',
  'provision.ensureUser',
  'provision.ensureTeam',
  'provision.ensureProject',
  'provision.ensureProduct',
  'provision.ensureImageSet',
  'images.add',
  'annotations.change',
];

let kernel: TestKernel;
let context: PluginContext;

beforeAll(async () => {
  kernel = await createTestKernel({
    plugins: ['demo-datasets', 'format-tiff', 'format-image', 'label-statistics', 'media-playback'].map(folder),
    replace: (definition) => ({
      setup(ctx) {
        if (ctx.id === 'demo-datasets') context = ctx;
        return definition.setup(ctx);
      },
    }),
  });
});
afterAll(() => kernel?.close());

/** The context of an instance whose operator wants the demo, that ends its life after some writes: with the write done, or before it. */
function mortal(lives: number, isDone: boolean): { ctx: PluginContext; writes: string[] } {
  const writes: string[] = [];
  const watch = <T extends object>(service: T, name: string): T =>
    new Proxy(service, {
      get(target, key) {
        if (key === 'isDemo') return true;
        const member = Reflect.get(target, key) as unknown;
        const call = `${name}.${String(key)}`;
        if (typeof member !== 'function' || !WRITES.includes(call)) return member;
        return async (...args: unknown[]) => {
          const isLast = writes.push(call) > lives;
          if (isLast && !isDone) throw new Error('killed');
          const result: unknown = await Reflect.apply(member, target, args);
          if (isLast) throw new Error('killed');
          return result;
        };
      },
    });
  const services = Object.fromEntries(
    (['provision', 'kv', 'images', 'annotations'] as const).map((name) => [
      name,
      { value: watch(context[name], name) },
    ]),
  );
  return { ctx: Object.create(context, services) as PluginContext, writes };
}

/** All of the demo as its manager sees it. */
async function readDemo(): Promise<{
  projects: string[];
  sets: Record<string, number>;
  templates: Record<string, string[]>;
  counts: Record<string, number>;
}> {
  const demo = await signIn('demo');
  const projects = await demo<Project[]>('/projects');
  const project = projects.find(({ name }) => name.startsWith('Demo'));
  const { items: sets } = await demo<{ items: ImageSet[] }>(`/projects/${project?.id}/image-sets`);
  const products = await demo<Product[]>(`/projects/${project?.id}/products`);
  const counts = new Map<string, number>();
  const nameOf = new Map(products.flatMap(({ templates }) => templates.map(({ id, name }) => [id, name] as const)));
  for (const set of sets) {
    for (const image of (await demo<{ items: Image[] }>(`/image-sets/${set.id}/images?limit=100`)).items) {
      for (const { templateId, count } of await demo<{ templateId: number; count: number }[]>(
        `/images/${image.id}/annotations/counts`,
      )) {
        const name = nameOf.get(templateId) ?? '';
        counts.set(name, (counts.get(name) ?? 0) + count);
      }
    }
  }
  return {
    projects: projects.map(({ name, role }) => `${name} (${role})`),
    sets: Object.fromEntries(sets.map(({ name, imageCount }) => [name, imageCount])),
    templates: Object.fromEntries(
      products.map(({ name, templates }) => [name, templates.map((template) => template.name)]),
    ),
    counts: Object.fromEntries(counts),
  };
}

/** A reader of the API for one of the demo's people. */
async function signIn(username: string): Promise<<T>(path: string) => Promise<T>> {
  const response = await fetch(`${kernel.url}/api/v2/auth/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: 'exact-demo-only' }),
  });
  expect(response.status).toBe(200);
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return async <T>(path: string) =>
    (await fetch(`${kernel.url}/api/v2${path}`, { headers: { cookie } })).json() as Promise<T>;
}

describe('the demo', () => {
  it('is not made where the operator does not want it', async () => {
    await makeDemo(context, INSTALLED);
    await expect(context.kv.get({}, 'demo')).resolves.toBeUndefined();
    await expect(context.provision.isEmpty()).resolves.toBe(true);
  });

  it('ends in the same content although it is killed before and after each of its writes', async () => {
    const seen = new Set<string>();
    for (let lives = 0, isFinished = false; !isFinished; lives++) {
      for (const isDone of [false, true]) {
        const { ctx, writes } = mortal(lives, isDone);
        try {
          await makeDemo(ctx, INSTALLED);
          isFinished = true;
        } catch (error) {
          expect(error).toMatchObject({ message: 'killed' });
        }
        for (const write of writes) seen.add(write);
      }
    }
    expect(seen).toEqual(new Set(WRITES));
    expect(await readDemo()).toEqual({
      projects: ['Demo: histology and blood cells (manager)'],
      sets: { Histology: 1, 'Blood cells': 12, 'Bird song': 1 },
      templates: {
        'Blood cells': ['RBC', 'WBC', 'Platelets'],
        Sounds: ['Song', 'Noise'],
        Histology: ['Tumour', 'Vessel', 'Mitotic figure', 'Nucleus', 'Region of interest', 'Slide quality'],
      },
      counts: { RBC: 164, WBC: 15, Platelets: 24, Nucleus: 11, 'Region of interest': 1, 'Slide quality': 1 },
    });
  }, 120_000);

  it('is made once: what people delete afterwards stays away', async () => {
    const { ctx, writes } = mortal(Infinity, true);
    await makeDemo(ctx, INSTALLED);
    expect(writes).toEqual([]);
  });

  it('has statistics on and image filters off, a manager who administers, and a reader who annotates', async () => {
    const demo = await signIn('demo');
    const [project] = await demo<Project[]>('/projects');
    const plugins = await demo<ProjectPlugin[]>(`/projects/${project?.id}/plugins`);
    expect(plugins.filter(({ enabled }) => enabled).map(({ id }) => id)).toContain('label-statistics');
    expect((await demo<{ items: User[] }>('/users')).items.map(({ username, isAdmin }) => [username, isAdmin])).toEqual(
      expect.arrayContaining([
        ['demo', true],
        ['reader', false],
      ]),
    );
    const reader = await signIn('reader');
    const [seen] = await reader<Project[]>('/projects');
    expect(seen).toMatchObject({ id: project?.id, role: 'annotator' });
  });

  it('is not made in an instance that holds projects of others', async () => {
    await context.kv.delete({}, 'demo');
    const { ctx, writes } = mortal(Infinity, true);
    await makeDemo(ctx, INSTALLED);
    expect(writes).toEqual([]);
  });
});
