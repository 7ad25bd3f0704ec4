import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { VisibleImages } from '@exact/sdk/hooks';
import type { PluginContext } from '@exact/sdk/server';
import type { TestPerson } from '@exact/sdk/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BootedKernel, bootTestKernel } from '../testing.ts';

let kernel: BootedKernel;
let plugin: PluginContext;
let mia: TestPerson;
let ben: TestPerson;
let projectId: number;
let imageSetId: number;
/** The first is there for Ben, the second is not, unless a test says otherwise. */
let images: readonly [number, number];
let uuids: readonly [string, string];

/** What the plugin leaves to people by name; all of them to those who are not here. */
const left = new Map<string, readonly number[]>();
/** What a second plugin, which is asked after the first, says: of the value it gets, the next one. */
let second: ((value: VisibleImages) => unknown) | undefined;
const calls: string[] = [];
let failure: Error | undefined;

beforeAll(async () => {
  kernel = await bootTestKernel({
    plugins: [
      fileURLToPath(new URL('../../../plugins/format-tiff', import.meta.url)),
      {
        id: 'cases',
        manifest: {
          contributes: { hooks: ['images.visible'] },
          permissions: { uses: ['images:read', 'annotations:read', 'projects:read'], defines: [] },
        },
        setup(ctx) {
          plugin = ctx;
          ctx.hooks.images.visible.tap((value, { principal }) => {
            calls.push(`${principal?.username} ${value.projectId}`);
            if (failure) throw failure;
            const imageIds = left.get(principal?.username ?? '');
            return imageIds && { ...value, imageIds };
          });
        },
      },
      {
        id: 'second-cases',
        manifest: {
          contributes: { hooks: ['images.visible'] },
          permissions: { uses: ['images:read'], defines: [] },
        },
        setup(ctx) {
          ctx.hooks.images.visible.tap((value) => second?.(value) as VisibleImages | undefined, { stage: 'last' });
        },
      },
    ],
  });
  ({ id: projectId, imageSetId } = await kernel.project({ mia: 'manager', ben: 'annotator' }));
  [mia, ben] = [await kernel.person('mia'), await kernel.person('ben')];
  const picture = await sharp({ create: { width: 700, height: 500, channels: 3, background: '#a04060' } })
    .tiff({ tile: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg', pyramid: true })
    .toBuffer();
  const image = async (name: string): Promise<number> =>
    (await kernel.image(imageSetId, mia, { name, bytes: picture })).id;
  images = [await image('one.tif'), await image('two.tif')];
  const product = await mia.request('POST', `/api/v2/projects/${projectId}/products`, { name: 'Cells' });
  const path = `/api/v2/projects/${projectId}/products/${product.body.id}/templates`;
  const { body: template } = await mia.request('POST', path, { name: 'Cell', kind: 'point' });
  uuids = [randomUUID(), randomUUID()];
  for (const [at, imageId] of images.entries()) {
    const item = { uuid: uuids[at], templateId: template.id, geometry: { kind: 'point', x: 5, y: 5 } };
    const body = { changeId: randomUUID(), create: [item] };
    const answer = await ben.request('POST', `/api/v2/images/${imageId}/annotations/changes`, body);
    expect(answer.status).toBe(200);
  }
  await kernel.enable(projectId, 'cases', true);
  await kernel.enable(projectId, 'second-cases', true);
});
afterAll(() => kernel?.close());
beforeEach(async () => {
  left.clear();
  failure = second = undefined;
  left.set('ben', [images[0]]);
  await plugin.images.visibilityChanged(projectId);
  calls.length = 0;
});

const bytes = async (who: TestPerson, path: string): Promise<{ status: number; text: string }> => {
  const response = await fetch(kernel.url + path, { headers: { cookie: who.cookie } });
  return { status: response.status, text: await response.text() };
};

describe('images that are there for some only', () => {
  it('are absent at every endpoint that names one, or an annotation on one', async () => {
    const absent = { imageId: 2_000_000_000, annotationId: String(randomUUID()) };
    const hidden = { imageId: images[1], annotationId: uuids[1] };
    const values: Readonly<Record<string, string | number>> = {
      ...{
        level: 0,
        col: 0,
        row: 0,
        tile: '0_0.jpg',
        region: 'full',
        size: 'max',
        rotation: '0',
        format: 'default.jpg',
      },
      ...{ mediaId: randomUUID(), importId: randomUUID() },
    };
    const doors = kernel
      .endpoints()
      .filter(({ access, plugin: by }) => ['image', 'annotation'].includes(access.in ?? '') && by === undefined);
    expect(doors.length).toBeGreaterThan(25);
    for (const { method, path } of doors) {
      const ask = async (ids: typeof absent): Promise<string> => {
        const address = path.replace(/:(\w+)/g, (_, name: string) =>
          String(name in ids ? ids[name as 'imageId'] : (values[name] ?? 1)),
        );
        const { status, body } = await ben.request(method, address);
        expect(status, `${method} ${path}`).toBe(404);
        return JSON.stringify({ ...body, requestId: '' }).replaceAll(
          new RegExp(`\\b(${ids.imageId}|${ids.annotationId})\\b`, 'g'),
          '#',
        );
      };
      expect(await ask(hidden), `${method} ${path}`).toBe(await ask(absent));
    }
  });

  it('are neither listed nor counted', async () => {
    const ids = async (who: TestPerson): Promise<number[]> =>
      (await who.request('GET', `/api/v2/image-sets/${imageSetId}/images`)).body.items.map(
        ({ id }: { id: number }) => id,
      );
    const counts = async (who: TestPerson) => {
      const project = (await who.request('GET', `/api/v2/projects/${projectId}`)).body;
      const listed = (await who.request('GET', '/api/v2/projects')).body.find(
        ({ id }: { id: number }) => id === projectId,
      );
      const set = (await who.request('GET', `/api/v2/image-sets/${imageSetId}`)).body;
      const [inList] = (await who.request('GET', `/api/v2/projects/${projectId}/image-sets`)).body.items;
      expect(inList).toEqual(set);
      return [project.imageCount, listed.imageCount, set.imageCount, set.annotationCount, set.coverImageIds.length];
    };
    expect(await ids(ben)).toEqual([images[0]]);
    expect(await counts(ben)).toEqual([1, 1, 1, 1, 1]);
    expect(await ids(mia)).toEqual([...images]);
    expect(await counts(mia)).toEqual([2, 2, 2, 2, 2]);
    left.set('ben', []);
    await plugin.images.visibilityChanged(projectId);
    expect(await ids(ben)).toEqual([]);
    expect(await counts(ben)).toEqual([0, 0, 0, 0, 0]);
  });

  it('are not there for plugins that read in the name of a person', async () => {
    const who = ben.principal;
    await expect(plugin.images.get(who, images[1])).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await plugin.images.listOfSet(who, imageSetId)).map(({ id }) => id)).toEqual([images[0]]);
    expect((await plugin.annotations.list(who, { projectId })).items.map(({ uuid }) => uuid)).toEqual([uuids[0]]);
    expect(await plugin.annotations.count(who, { imageSetId }, 'image')).toEqual([{ id: images[0], count: 1 }]);
    await expect(plugin.annotations.list(who, { imageId: images[1] })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(plugin.annotations.media.list(who, uuids[1])).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('have no tile by the short way either, from the moment on at which the plugin says so', async () => {
    left.set('ben', images);
    await plugin.images.visibilityChanged(projectId);
    const tile = `/api/v2/images/${images[1]}/tiles/0/0/0`;
    for (let i = 0; i < 3; i += 1) expect((await bytes(ben, tile)).status).toBe(200); // known by heart now
    left.set('ben', [images[0]]);
    await plugin.images.visibilityChanged(projectId);
    expect((await bytes(ben, tile)).status).toBe(404);
    expect((await bytes(ben, `${tile}?v=x`)).status).toBe(404);
    expect((await bytes(mia, tile)).status).toBe(200);
  });

  it('are asked about once for a person until something changes', async () => {
    for (let i = 0; i < 3; i += 1) await ben.request('GET', `/api/v2/images/${images[0]}`);
    expect(calls).toEqual([`ben ${projectId}`]);
    await plugin.images.visibilityChanged(projectId);
    await ben.request('GET', `/api/v2/images/${images[0]}`);
    expect(calls).toHaveLength(2);
    await mia.request('PUT', `/api/v2/projects/${projectId}/members/${ben.principal.userId}`, { role: 'verifier' });
    await ben.request('GET', `/api/v2/images/${images[0]}`);
    expect(calls).toHaveLength(3);
  });

  it('are there for all where the plugin is off, and for nobody when it fails', async () => {
    failure = new Error('broken');
    await plugin.images.visibilityChanged(projectId);
    expect((await ben.request('GET', `/api/v2/images/${images[0]}`)).status).toBe(500);
    expect((await ben.request('GET', `/api/v2/image-sets/${imageSetId}/images`)).status).toBe(500);
    await kernel.enable(projectId, 'cases', false);
    expect((await ben.request('GET', `/api/v2/images/${images[1]}`)).status).toBe(200);
    await kernel.enable(projectId, 'cases', true);
  });

  it.each<[string, (all: readonly number[]) => unknown, number]>([
    ['all of them', (all) => ({ imageIds: all }), 1],
    ['another one', ([, hidden]) => ({ imageIds: [hidden] }), 0],
    ['no list, which means all', () => ({}), 1],
    ['nothing to say', () => undefined, 1],
    ['none', () => ({ imageIds: [] }), 0],
  ])('stay absent whatever a second plugin answers: %s', async (_, answer, count) => {
    let given: VisibleImages | undefined;
    second = (value) => {
      given = value;
      return answer(images);
    };
    await plugin.images.visibilityChanged(projectId);
    expect((await ben.request('GET', `/api/v2/images/${images[1]}`)).status).toBe(404);
    const { body } = await ben.request('GET', `/api/v2/image-sets/${imageSetId}/images`);
    expect(body.items).toHaveLength(count);
    expect(given).toEqual({ projectId, imageIds: [images[0]] });
  });

  it('are there for nobody when a plugin answers with what is no list', async () => {
    second = (value) => ({ ...value, imageIds: String(images[0]) });
    await plugin.images.visibilityChanged(projectId);
    expect((await ben.request('GET', `/api/v2/images/${images[0]}`)).status).toBe(500);
  });
});
