import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createTestKernel, type TestKernel, type TestPerson } from '@exact/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Comparison } from '../shared/comparison.ts';

const folder = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

const SLIDE = fileURLToPath(new URL('../../../demo-datasets/data/CMU-1-Small-Region.svs', import.meta.url));

let kernel: TestKernel;
let boss: TestPerson;
let ada: TestPerson;
let ben: TestPerson;
let project: { readonly id: number; readonly imageSetId: number };
let imageId: number;
let templateId: number;

beforeAll(async () => {
  kernel = await createTestKernel({ plugins: [folder('agreement'), folder('format-image'), folder('format-tiff')] });
  [boss, ada, ben] = [await kernel.person('boss'), await kernel.person('ada'), await kernel.person('ben')];
  project = await kernel.project({ boss: 'manager', ada: 'annotator', ben: 'annotator', cleo: 'annotator' });
  await kernel.enable(project.id, 'agreement', true);
  imageId = (await kernel.image(project.imageSetId, boss, { name: 'slide.svs', bytes: await readFile(SLIDE) })).id;
  const product = await boss.request('POST', `/api/v2/projects/${project.id}/products`, { name: 'Things' });
  const template = await boss.request('POST', `/api/v2/projects/${project.id}/products/${product.body.id}/templates`, {
    name: 'Cell',
    kind: 'box',
  });
  templateId = template.body.id;
  for (const [person, shift] of [
    [ada, 0],
    [ben, 2],
  ] as const) {
    const create = Array.from({ length: 10 }, (_, i) => ({
      uuid: randomUUID(),
      templateId,
      geometry: { kind: 'box', x: i * 100 + shift, y: 50, width: 20, height: 20 },
    }));
    const extra = {
      uuid: randomUUID(),
      templateId,
      geometry: { kind: 'box', x: 5, y: 500 + shift * 100, width: 9, height: 9 },
    };
    await person.request('POST', `/api/v2/images/${imageId}/annotations/changes`, {
      changeId: randomUUID(),
      create: [...create, extra],
    });
  }
});
afterAll(() => kernel?.close());

const ask = (who: TestPerson, method: string, path: string, body?: object) =>
  who.request(method, `/api/v2/projects/${project.id}/plugins/agreement${path}`, body);
const question = (more: object = {}): object => ({
  readers: [ada.principal.userId, ben.principal.userId],
  rule: { by: 'iou', atLeast: 0.5 },
  seed: 1,
  ...more,
});

async function settled(id: string): Promise<Comparison> {
  await expect
    .poll(async () => (await ask(boss, 'GET', `/comparisons/${id}`)).body.state, { timeout: 30_000, interval: 50 })
    .not.toBe('waiting');
  return (await ask(boss, 'GET', `/comparisons/${id}`)).body;
}

describe('comparisons', () => {
  it('name the readers with their counts, compare them in a job, and give the numbers as a file', async () => {
    const readers = await ask(boss, 'GET', `/readers?imageId=${imageId}`);
    expect(readers.body).toEqual(
      expect.arrayContaining([
        { userId: ada.principal.userId, count: 11 },
        { userId: ben.principal.userId, count: 11 },
      ]),
    );
    const started = await ask(boss, 'POST', '/comparisons', question());
    expect(started.status).toBe(201);
    const { state, result } = await settled(started.body.id);
    expect(state).toBe('done');
    expect(result).toMatchObject({ images: 1, pairs: [{ both: 10, onlyA: 1, onlyB: 1, f1: 20 / 22 }] });
    const csv = await ask(boss, 'GET', `/comparisons/${started.body.id}/csv`);
    expect(csv.status).toBe(200);
    expect(csv.body).toContain(`pair,${ada.principal.userId},${ben.principal.userId},,,both,10`);
    const { body } = await ask(boss, 'GET', '/comparisons');
    expect(body).toMatchObject([{ id: started.body.id, state: 'done', result: null }]);
    expect((await ask(boss, 'DELETE', `/comparisons/${started.body.id}`)).status).toBe(204);
    expect((await ask(boss, 'GET', `/comparisons/${started.body.id}`)).status).toBe(404);
  });

  it('take distances in micrometres by the scale of each image', async () => {
    // 2 px are about 1 µm on this slide (0.499 µm a pixel).
    const near = await ask(
      boss,
      'POST',
      '/comparisons',
      question({ rule: { by: 'distance', atMost: 1.1, unit: 'um' } }),
    );
    expect((await settled(near.body.id)).result?.pairs[0]?.both).toBe(10);
    const nearer = await ask(
      boss,
      'POST',
      '/comparisons',
      question({ rule: { by: 'distance', atMost: 0.9, unit: 'um' } }),
    );
    expect((await settled(nearer.body.id)).result?.pairs[0]?.both).toBe(0);
  });

  it.each([
    ['one reader', { readers: [1] }, 422],
    ['a reader twice', { readers: [1, 1] }, 422],
    ['a reference who is no reader', { reference: 999_999 }, 422],
    ['an overlap of nothing', { rule: { by: 'iou', atLeast: 0 } }, 422],
    ['an unknown rule', { rule: { by: 'feeling' } }, 422],
    ['readers who have annotated nothing', { readers: [999_998, 999_999] }, 422],
    ['an image set of nobody', { imageSetId: 999_999 }, 404],
  ])('refuse %s in words and store nothing', async (_, more, status) => {
    const before = (await ask(boss, 'GET', '/comparisons')).body.length;
    const answer = await ask(boss, 'POST', '/comparisons', question(more));
    expect([answer.status, typeof answer.body.detail]).toEqual([status, 'string']);
    expect((await ask(boss, 'GET', '/comparisons')).body).toHaveLength(before);
  });

  it('are for managers, and of their own project only', async () => {
    expect((await ask(ada, 'GET', '/comparisons')).status).toBe(403);
    expect((await ask(ada, 'POST', '/comparisons', question())).status).toBe(403);
    const other = await kernel.project({ boss: 'manager' });
    await kernel.enable(other.id, 'agreement', true);
    const { body } = await ask(boss, 'GET', '/comparisons');
    const foreign = await boss.request(
      'GET',
      `/api/v2/projects/${other.id}/plugins/agreement/comparisons/${body[0].id}`,
    );
    expect(foreign.status).toBe(404);
  });

  it('are not there for those who read blind, whatever was compared before', async () => {
    const blind = await kernel.project({ boss: 'manager', ada: 'annotator', ben: 'verifier', vera: 'viewer' });
    await kernel.enable(blind.id, 'agreement', true);
    const base = `/api/v2/projects/${blind.id}/plugins/agreement`;
    const image = await kernel.image(blind.imageSetId, boss, { name: 'slide.svs', bytes: await readFile(SLIDE) });
    const product = await boss.request('POST', `/api/v2/projects/${blind.id}/products`, { name: 'Blind things' });
    const template = await boss.request('POST', `/api/v2/projects/${blind.id}/products/${product.body.id}/templates`, {
      name: 'Cell',
      kind: 'box',
    });
    for (const person of [ada, ben])
      await person.request('POST', `/api/v2/images/${image.id}/annotations/changes`, {
        changeId: randomUUID(),
        create: [
          {
            uuid: randomUUID(),
            templateId: template.body.id,
            geometry: { kind: 'box', x: 5, y: 5, width: 20, height: 20 },
          },
        ],
      });
    const readers = [ada.principal.userId, ben.principal.userId];
    const asked = { readers, rule: { by: 'iou', atLeast: 0.5 }, seed: 1 };
    const before = await boss.request('POST', `${base}/comparisons`, asked);
    await boss.request('PATCH', `/api/v2/projects/${blind.id}`, { collaboration: 'blind' });
    const vera = await kernel.person('vera');
    for (const person of [ada, ben, vera])
      for (const [method, path, body] of [
        ['GET', '/readers', undefined],
        ['POST', '/comparisons', asked],
        ['GET', '/comparisons', undefined],
        ['GET', `/comparisons/${before.body.id}`, undefined],
        ['GET', `/comparisons/${before.body.id}/csv`, undefined],
        ['DELETE', `/comparisons/${before.body.id}`, undefined],
        // one that never was is answered alike
        ['GET', `/comparisons/${randomUUID()}`, undefined],
      ] as const) {
        const { status, body: answer } = await person.request(method, base + path, body);
        expect([status, answer.code], `${person.principal.username} ${method} ${path}`).toEqual([403, 'FORBIDDEN']);
      }
    // Managers see all, and compare as before.
    const after = await boss.request('POST', `${base}/comparisons`, asked);
    await expect
      .poll(async () => (await boss.request('GET', `${base}/comparisons/${after.body.id}`)).body.state, {
        timeout: 30_000,
        interval: 50,
      })
      .toBe('done');
    const { result } = (await boss.request('GET', `${base}/comparisons/${after.body.id}`)).body as Comparison;
    expect(result?.pairs[0]).toMatchObject({ both: 1, onlyA: 0, onlyB: 0 });
    // A manager who becomes a reader no longer finds what they have asked.
    await kernel
      .person('test-admin', { isAdmin: true })
      .then((admin) =>
        admin.request('PUT', `/api/v2/projects/${blind.id}/members/${boss.principal.userId}`, { role: 'annotator' }),
      );
    expect((await boss.request('GET', `${base}/comparisons/${after.body.id}`)).status).toBe(403);
  });
});
