import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createTestKernel, type TestKernel, type TestPerson } from '@exact/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hit, TemplateCount } from '../shared/contract.ts';

const folder = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

let kernel: TestKernel;
let boss: TestPerson;
let reader: TestPerson;
let project: { readonly id: number; readonly imageSetId: number };
/** Two images in two sets, two templates for boxes, one for whole images. */
let images: number[];
let otherSetId: number;
let templates: Record<'cell' | 'vessel' | 'quality', number>;

beforeAll(async () => {
  kernel = await createTestKernel({
    plugins: [
      folder('label-statistics'),
      folder('format-image'),
      folder('format-tiff'),
      // Hides what others have drawn from "blinded": stands for a study plugin.
      {
        id: 'toy-blind',
        manifest: { contributes: { hooks: ['annotations.visible'] } },
        setup: (ctx) =>
          void ctx.hooks.annotations.visible.tap((filter, { principal }) =>
            principal?.username === 'blinded' ? { ...filter, authorIds: [principal.userId] } : undefined,
          ),
      },
    ],
  });
  boss = await kernel.person('boss');
  reader = await kernel.person('reader');
  project = await kernel.project({ boss: 'manager', reader: 'annotator', blinded: 'annotator' });
  await kernel.enable(project.id, 'label-statistics', true);
  await kernel.enable(project.id, 'toy-blind', true);
  otherSetId = (await ask(boss, 'POST', `/projects/${project.id}/image-sets`, { name: 'Other' })).id;
  images = [];
  for (const imageSetId of [project.imageSetId, otherSetId]) {
    images.push((await kernel.image(imageSetId, boss, { name: 'grey.bmp', bytes: greyBmp(200) })).id);
  }
  const product = await ask(boss, 'POST', `/projects/${project.id}/products`, { name: 'Things' });
  const make = async (name: string, kind: string): Promise<number> =>
    (await ask(boss, 'POST', `/projects/${project.id}/products/${product.id}/templates`, { name, kind })).id;
  templates = {
    cell: await make('Cell', 'box'),
    vessel: await make('Vessel', 'box'),
    quality: await make('Quality', 'image'),
  };
  await annotate(boss, 0, [
    box(10, 10, 'cell', 'round and red'),
    box(100, 100, 'cell', '', { grade: 'G2' }),
    box(50, 50, 'vessel'),
  ]);
  await annotate(reader, 0, [box(150, 20, 'cell', '100% sure')]);
  await annotate(reader, 1, [box(0, 0, 'vessel'), { templateId: templates.quality, geometry: { kind: 'image' } }]);
});
afterAll(() => kernel?.close());

type Draft = { templateId: number; geometry: object; description?: string; meta?: object };
const box = (x: number, y: number, template: keyof typeof templates, description = '', meta: object = {}): Draft => ({
  templateId: templates[template],
  geometry: { kind: 'box', x, y, width: 20, height: 10 },
  description,
  meta,
});

async function ask<T = { readonly id: number }>(
  person: TestPerson,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const answer = await person.request(method, `/api/v2${path}`, body);
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body as T;
}
const annotate = (person: TestPerson, image: number, drafts: readonly Draft[]): Promise<unknown> =>
  ask(person, 'POST', `/images/${images[image]}/annotations/changes`, {
    changeId: randomUUID(),
    create: drafts.map((draft) => ({ uuid: randomUUID(), ...draft })),
  });
const get = <T>(person: TestPerson, path: string): Promise<T> =>
  ask<T>(person, 'GET', `/projects/${project.id}/plugins/label-statistics${path}`);
const countsOf = async (person: TestPerson, query: string): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await get<TemplateCount[]>(person, `/counts${query}`)).map(({ templateId, count }) => [nameOf(templateId), count]),
  );
const nameOf = (templateId: number): string =>
  Object.entries(templates).find(([, id]) => id === templateId)?.[0] ?? '?';
type Page = { readonly items: readonly Hit[]; readonly next?: string };
const find = async (person: TestPerson, query: string): Promise<string[]> =>
  (await get<Page>(person, `/search${query}`)).items.map(
    ({ templateId, bounds }) => `${nameOf(templateId)} ${bounds.minX},${bounds.minY}`,
  );

/** A grey square as BMP: the one format that needs no encoder. */
function greyBmp(size: number): Uint8Array {
  const pixels = size * size * 3; // rows of 600 bytes need no padding
  const file = Buffer.alloc(54 + pixels, 0x80);
  file.fill(0, 0, 54);
  file.write('BM');
  for (const [at, value] of [
    [2, 54 + pixels],
    [10, 54],
    [14, 40],
    [18, size],
    [22, size],
    [34, pixels],
  ] as const)
    file.writeUInt32LE(value, at);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  return file;
}

describe('counts', () => {
  it('are those of the image, the set and the project', async () => {
    expect(await countsOf(reader, `?imageId=${images[0]}`)).toEqual({ cell: 3, vessel: 1 });
    expect(await countsOf(reader, `?imageSetId=${otherSetId}`)).toEqual({ vessel: 1, quality: 1 });
    expect(await countsOf(reader, '')).toEqual({ cell: 3, vessel: 2, quality: 1 });
  });

  it('hold only what the asker may see', async () => {
    const blinded = await kernel.person('blinded');
    expect(await countsOf(blinded, '')).toEqual({});
    expect(await find(blinded, '')).toEqual([]);
    await annotate(blinded, 0, [box(5, 5, 'vessel')]);
    expect(await countsOf(blinded, '')).toEqual({ vessel: 1 });
    expect(await countsOf(boss, '')).toMatchObject({ vessel: 3 });
  });

  it('are of nothing for an image of another project', async () => {
    const other = await kernel.project({ boss: 'manager' });
    await kernel.enable(other.id, 'label-statistics', true);
    const counts = await ask(boss, 'GET', `/projects/${other.id}/plugins/label-statistics/counts?imageId=${images[0]}`);
    expect(counts).toEqual([]);
    const stranger = await kernel.person('stranger');
    expect(
      (await stranger.request('GET', `/api/v2/projects/${project.id}/plugins/label-statistics/counts`)).status,
    ).toBe(404);
  });
});

describe('the search', () => {
  it.each([
    ['by template', () => `?templates=${templates.quality}`, ['quality 0,0']],
    ['by text in the description, any case', () => '?text=ROUND', ['cell 10,10']],
    ['by text in the meta data', () => '?text=g2', ['cell 100,100']],
    [
      'by text that is a pattern in SQL, taken as it stands',
      () => `?text=${encodeURIComponent('0% s')}`,
      ['cell 150,20'],
    ],
    ['by author', () => `?authors=${reader.principal.userId}&imageId=${images[0]}`, ['cell 150,20']],
    ['by box that the annotation touches', () => `?imageId=${images[0]}&box=115,105,130,130`, ['cell 100,100']],
    ['by set', () => `?imageSetId=${otherSetId}`, ['vessel 0,0', 'quality 0,0']],
    ['by time', () => '?createdBefore=2020-01-01T00:00:00Z', []],
    [
      'by all at once',
      () =>
        `?templates=${templates.cell},${templates.vessel}&text=sure&createdAfter=2020-01-01T00:00:00Z&verified=none`,
      ['cell 150,20'],
    ],
  ])('finds %s', async (_, query, found) => {
    expect(await find(boss, query())).toEqual(found);
  });

  it('gives page after page, each annotation once', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const page: Page = await get<Page>(boss, `/search?imageId=${images[0]}&limit=2${cursor && `&cursor=${cursor}`}`);
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ uuid }) => uuid));
      cursor = page.next ?? '';
    } while (cursor);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength((await get<Page>(boss, `/search?imageId=${images[0]}`)).items.length);
  });

  it('says where a hit is, who drew it and how large the whole image is', async () => {
    const { items } = await get<Page>(reader, `/search?templates=${templates.quality}`);
    expect(items).toEqual([
      {
        uuid: expect.any(String),
        imageId: images[1],
        imageName: expect.stringMatching(/^\d{6}-\d{4}-\w{4}$/),
        templateId: templates.quality,
        authorId: reader.principal.userId,
        createdAt: expect.any(String),
        description: '',
        bounds: { minX: 0, minY: 0, maxX: 200, maxY: 200 },
      },
    ]);
  });

  it.each([
    ['box=1,2,3', 'box'],
    ['box=9,9,1,1', 'box'],
    ['templates=x', 'templates'],
    ['createdAfter=yesterday', 'createdAfter'],
    ['limit=51', 'limit'],
    ['cursor=nonsense', 'cursor'],
  ])('refuses %s and names the field', async (query, field) => {
    const answer = await boss.request('GET', `/api/v2/projects/${project.id}/plugins/label-statistics/search?${query}`);
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body.fields)).toContain(field);
  });
});
