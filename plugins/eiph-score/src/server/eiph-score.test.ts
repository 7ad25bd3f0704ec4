import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createTestKernel, type TestKernel, type TestPerson } from '@exact/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CountedCell, QueuedCell } from '../shared/contract.ts';

const folder = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const SLIDE = fileURLToPath(new URL('../../../demo-datasets/data/CMU-1-Small-Region.svs', import.meta.url));

let kernel: TestKernel;
let boss: TestPerson;
let ada: TestPerson;
let ben: TestPerson;
let project: { readonly id: number; readonly imageSetId: number };
let imageId: number;
/** Templates of grades 0 … 4, then one that says none. */
let templates: number[];

beforeAll(async () => {
  kernel = await createTestKernel({ plugins: [folder('eiph-score'), folder('format-image'), folder('format-tiff')] });
  [boss, ada, ben] = [await kernel.person('boss'), await kernel.person('ada'), await kernel.person('ben')];
  project = await kernel.project({ boss: 'manager', ada: 'annotator', ben: 'verifier' });
  await kernel.enable(project.id, 'eiph-score', true);
  const bytes = await readFile(SLIDE);
  imageId = (await kernel.image(project.imageSetId, boss, { name: 'slide.svs', bytes })).id;
  const product = await tell(boss, 'POST', `/projects/${project.id}/products`, { name: 'BAL' });
  templates = [];
  for (const name of ['0', '1', '2', '3', '4', 'Epithelium'])
    templates.push(
      (
        await tell(boss, 'POST', `/projects/${project.id}/products/${product.id}/templates`, {
          name,
          kind: 'box',
          defaultWidth: 20,
          defaultHeight: 20,
        })
      ).id,
    );
  // ada: a row of cells of 20 px, every 40 px: grades 0 0 1 2 4, and one that is no cell of the score
  await draw(
    ada,
    [0, 0, 1, 2, 4, 5].map((kind, i) => cell(kind, 40 * i, 0)),
  );
  // ben has drawn the third and the fourth of them, too, and calls one of them otherwise
  await draw(ben, [cell(1, 82, 1), cell(4, 121, 1)]);
});
afterAll(() => kernel?.close());

async function tell(person: TestPerson, method: string, path: string, body?: unknown) {
  const answer = await person.request(method, `/api/v2${path}`, body);
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body;
}
const cell = (kind: number, x: number, y: number, meta: object = {}) => ({
  uuid: randomUUID(),
  templateId: templates[kind],
  geometry: { kind: 'box', x, y, width: 20, height: 20 },
  meta,
});
const draw = (person: TestPerson, create: readonly object[], on = imageId) =>
  tell(person, 'POST', `/images/${on}/annotations/changes`, { changeId: randomUUID(), create });
const ask = (person: TestPerson, path: string, of = project.id) =>
  person.request('GET', `/api/v2/projects/${of}/plugins/eiph-score${path}`);
const get = (person: TestPerson, path: string, of = project.id) =>
  tell(person, 'GET', `/projects/${of}/plugins/eiph-score${path}`);
const set = (settings: object) => tell(boss, 'PUT', `/projects/${project.id}/plugins/eiph-score`, { settings });

describe('a score', () => {
  it('counts the cells of the image by grade, and tells what it rests on and what has no grade', async () => {
    const { basis, score, notCounted } = await get(ben, `/score?imageId=${imageId}`);
    expect(score).toMatchObject({ available: true, counts: [2, 2, 1, 0, 2], cells: 7, consistentWithEiph: true });
    expect(score.ths).toBeCloseTo((100 * (0 + 0 + 1 + 1 + 2 + 4 + 4)) / 7, 9);
    expect(score.warnings).toContain('few-cells');
    expect(notCounted).toEqual([{ templateId: templates[5], cells: 1 }]);
    expect(basis).toMatchObject({ score: 'ths@1.0.0', inclusion: 'centre', minimumCells: 100, seed: 1 });
    expect(basis.grades).toHaveLength(5);
  });

  it('is that of one reader, where one is named', async () => {
    const { score } = await get(boss, `/score?imageId=${imageId}&authors=${ada.principal.userId}`);
    expect(score.counts).toEqual([2, 1, 1, 0, 1]);
  });

  it('counts in a box the cells whose centre is inside, or only those that are wholly inside', async () => {
    // the box begins in the middle of ada's second cell (40…60) and ends a pixel before the end of her fifth (160…180)
    const box = `/score?imageId=${imageId}&authors=${ada.principal.userId}&box=50,-5,179,100`;
    expect((await get(ada, box)).score.counts).toEqual([1, 1, 1, 0, 1]);
    expect((await get(ada, `${box}&inclusion=whole`)).score.counts).toEqual([0, 1, 1, 0, 0]);
    const next = `/score?imageId=${imageId}&authors=${ada.principal.userId}&box=51,-5,180,100`;
    expect((await get(ada, next)).score.counts).toEqual([0, 1, 1, 0, 1]);
    expect((await get(ada, `${next}&inclusion=whole`)).score.counts).toEqual([0, 1, 1, 0, 1]);
  });

  it('is not available, and no number, where there is no cell', async () => {
    const { score } = await get(ada, `/score?imageId=${imageId}&box=1000,1000,1100,1100`);
    expect(score).toEqual({ available: false, reason: 'no-cells', cells: 0, counts: [0, 0, 0, 0, 0] });
    const csv = await get(ada, `/scores/csv?imageSetId=${project.imageSetId}`);
    expect(csv).not.toMatch(/NaN|null|undefined/);
  });

  it.each([
    ['a box without an image', '/score?box=0,0,1,1', 'imageId'],
    ['a box that is turned round', `/score?imageId=1&box=5,0,1,1`, 'min below max'],
    ['a box of three numbers', `/cells?imageId=1&box=5,0,1`, 'minX,minY,maxX,maxY'],
    ['a grade that is none', '/cells?grade=5', 'grade'],
    ['a page too long', '/border?limit=501', 'limit'],
  ])('refuses %s and says why', async (_, path, says) => {
    const answer = await ask(ada, path);
    expect([answer.status, answer.body.code]).toEqual([422, 'INVALID_REQUEST']);
    expect(answer.body.detail).toContain(says);
  });

  it('leaves rejected cells out, or counts them or only accepted ones, as the project is set', async () => {
    const [wrong, right, plain] = [cell(3, 600, 600), cell(3, 660, 600), cell(3, 720, 600)];
    await draw(ada, [wrong, right, plain]);
    await tell(ben, 'POST', `/images/${imageId}/annotations/changes`, {
      changeId: randomUUID(),
      verify: [
        { uuid: wrong.uuid, revision: 1, verdict: 'rejected' },
        { uuid: right.uuid, revision: 1, verdict: 'accepted' },
      ],
    });
    const box = `imageId=${imageId}&box=590,590,800,700`;
    const threes = async (): Promise<number[]> => [
      (await get(ada, `/score?${box}`)).score.counts[3],
      (await get(ada, `/score?${box}&inclusion=whole`)).score.counts[3],
      (await get(ada, `/score?authors=${ada.principal.userId}&layers=1&${box}`)).score.counts[3],
      (await get(ada, '/scores')).all.counts[3],
      (await get(ada, `/cells?${box}`)).items.length,
    ];
    expect(await threes()).toEqual([2, 2, 2, 2, 2]);
    await set({ verified: 'all' });
    expect(await threes()).toEqual([3, 3, 3, 3, 3]);
    await set({ verified: 'accepted' });
    expect(await threes()).toEqual([1, 1, 1, 1, 1]);
    await set({});
    await tell(ada, 'POST', `/images/${imageId}/annotations/changes`, {
      changeId: randomUUID(),
      delete: [
        { uuid: wrong.uuid, revision: 2 },
        { uuid: right.uuid, revision: 2 },
        { uuid: plain.uuid, revision: 1 },
      ],
    });
  });

  it('follows the grades that a manager gives templates, and the fewest cells', async () => {
    await set({ grades: { [String(templates[5])]: 3, [String(templates[0])]: 'none' }, minimumCells: 3 });
    const { score, notCounted } = await get(ada, `/score?imageId=${imageId}&authors=${ada.principal.userId}`);
    expect(score.counts).toEqual([0, 1, 1, 1, 1]);
    expect(score.warnings).not.toContain('few-cells');
    expect(notCounted).toEqual([{ templateId: templates[0], cells: 2 }]);
    const wrong = await boss.request('PUT', `/api/v2/projects/${project.id}/plugins/eiph-score`, {
      settings: { grades: { [String(templates[0])]: 7 } },
    });
    expect(wrong.status).toBe(422);
    await set({});
  });
});

describe('the table', () => {
  it('has a score for each image, set, reader, layer, and each reader on each image', async () => {
    const layer = await tell(boss, 'POST', `/projects/${project.id}/layers`, { name: 'Model', purpose: 'precomputed' });
    const [made] = (await draw(boss, [cell(3, 400, 400)])).items;
    await tell(boss, 'POST', `/images/${imageId}/annotations/changes`, {
      changeId: randomUUID(),
      update: [{ uuid: made.uuid, revision: made.revision, layerId: layer.id }],
    });
    const table = await get(boss, '/scores');
    expect(table.all.counts).toEqual([2, 2, 1, 1, 2]);
    expect(table.images).toMatchObject([{ imageId, score: { cells: 8 } }]);
    expect(table.imageSets).toMatchObject([{ imageSetId: project.imageSetId, score: { cells: 8 } }]);
    expect(
      table.readers.map(
        ({ authorId, layerName, score }: { authorId?: number; layerName?: string; score: { counts: number[] } }) => [
          authorId ?? layerName,
          score.counts,
        ],
      ),
    ).toEqual([
      [ada.principal.userId, [2, 1, 1, 0, 1]],
      [ben.principal.userId, [0, 1, 0, 0, 1]],
      ['Model', [0, 0, 0, 1, 0]],
    ]);
    expect(table.imageReaders).toHaveLength(3);
    const csv: string = await get(boss, '/scores/csv');
    expect(csv.split('\r\n')).toHaveLength(1 + 1 + 1 + 1 + 3 + 3 + 1);
    expect(csv).toMatch(new RegExp(`^reader,,,${ada.principal.userId},,2,1,1,0,1,5,140\\.00,`, 'm'));
    expect((await get(boss, '/score?layers=' + layer.id)).score.counts).toEqual([0, 0, 0, 1, 0]);
    await tell(boss, 'DELETE', `/layers/${layer.id}?annotations=1`, undefined);
  });
});

describe('the explanation', () => {
  it('lists page by page just the cells that are counted', async () => {
    const query = `imageId=${imageId}&box=50,-5,200,100`;
    const { score } = await get(ada, `/score?${query}`);
    const seen: CountedCell[] = [];
    let cursor: string | undefined;
    do {
      const page = await get(ada, `/cells?${query}&limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      expect(page.items.length).toBeGreaterThan(0);
      seen.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined);
    const counts = [0, 1, 2, 3, 4].map((grade) => seen.filter((one) => one.grade === grade).length);
    expect(counts).toEqual(score.counts);
    expect(new Set(seen.map(({ uuid }) => uuid)).size).toBe(seen.length);
    const fours = await get(ada, `/cells?${query}&grade=4`);
    expect(fours.items.map(({ grade }: CountedCell) => grade)).toEqual([4, 4]);
  });
});

describe('the border queue', () => {
  it('has unverified cells near a border, nearest first, then by what readers disagree on', async () => {
    const other = (await kernel.image(project.imageSetId, boss, { name: 'b.svs', bytes: await readFile(SLIDE) })).id;
    const disputed = cell(1, 500, 0, { score: 1.45 });
    const drafts = [
      cell(1, 0, 0, { score: 1.55 }),
      cell(1, 100, 0, { score: 1.5 }),
      cell(2, 200, 0, { score: 2 }),
      cell(0, 300, 0, { score: 0.58 }),
      cell(4, 400, 0, { score: 'high' }),
      disputed,
    ];
    await draw(ada, drafts, other);
    await draw(ben, [cell(4, 505, 3)], other);
    const queue = await get(ben, `/border?imageId=${other}`);
    expect(queue).toMatchObject({ scoreKey: 'score', distance: 0.1, scored: 5, unscored: 2, total: 4 });
    expect(queue.items.map(({ score, distance }: QueuedCell) => [score, distance])).toEqual([
      [1.5, 0],
      [1.45, 0.05],
      [1.55, 0.05],
      [0.58, 0.08],
    ]);
    expect(queue.items[1]).toMatchObject({ gradeOfScore: 1, gradeOfClass: 1, cut: 1.5, readers: 2, disagreement: 1.5 });
    expect(queue.items[0]).toMatchObject({ gradeOfScore: 2, gradeOfClass: 1, readers: 1, disagreement: 0 });
    expect(queue.fromScores).toMatchObject({ available: true, cells: 5 });
    expect(queue.fromScores.value).toBeCloseTo((100 * (1.55 + 1.5 + 2 + 0.58 + 1.45)) / 5, 9);

    await tell(ben, 'POST', `/images/${other}/annotations/changes`, {
      changeId: randomUUID(),
      verify: [{ uuid: disputed.uuid, revision: 1, verdict: 'accepted' }],
    });
    expect((await get(ben, `/border?imageId=${other}&offset=1&limit=1`)).items).toMatchObject([{ score: 1.55 }]);
    expect((await get(ben, `/border?imageId=${other}`)).total).toBe(3);
    expect((await get(ben, `/border?imageId=${other}&verified=all`)).total).toBe(4);
  });

  it('is empty, in words, where no cell has a score', async () => {
    const queue = await get(ada, `/border?imageId=${imageId}`);
    expect(queue).toMatchObject({
      scored: 0,
      unscored: 7,
      total: 0,
      fromScores: { available: false, reason: 'no-scores' },
    });
  });
});

describe('who reads blind', () => {
  it('gets scores of own cells and names of own work only, whatever others have drawn', async () => {
    const blind = await kernel.project({ boss: 'manager', ada: 'annotator', ben: 'annotator' });
    await kernel.enable(blind.id, 'eiph-score', true);
    const image = (await kernel.image(blind.imageSetId, boss, { name: 'c.svs', bytes: await readFile(SLIDE) })).id;
    const product = await tell(boss, 'POST', `/projects/${blind.id}/products`, { name: 'B' });
    const ids: number[] = [];
    for (const name of ['0', '1', '2'])
      ids.push(
        (await tell(boss, 'POST', `/projects/${blind.id}/products/${product.id}/templates`, { name, kind: 'box' })).id,
      );
    const shape = { kind: 'box', x: 5, y: 5, width: 20, height: 20 };
    await draw(ada, [{ uuid: randomUUID(), templateId: ids[2], geometry: shape, meta: { score: 1.5 } }], image);
    await draw(ben, [{ uuid: randomUUID(), templateId: ids[0], geometry: shape }], image);
    await tell(boss, 'PATCH', `/projects/${blind.id}`, { collaboration: 'blind' });
    const table = await get(ben, '/scores', blind.id);
    expect(table.readers.map(({ authorId }: { authorId: number }) => authorId)).toEqual([ben.principal.userId]);
    expect(table.all.counts).toEqual([1, 0, 0, 0, 0]);
    expect((await get(ben, `/score?imageId=${image}&authors=${ada.principal.userId}`, blind.id)).score.cells).toBe(0);
    expect((await get(ben, '/cells', blind.id)).items).toHaveLength(1);
    expect((await get(ben, '/border', blind.id)).total).toBe(0);
    expect((await get(ada, '/border', blind.id)).items).toMatchObject([{ readers: 1, disagreement: 0 }]);
    expect((await get(boss, '/border', blind.id)).items).toMatchObject([{ readers: 2, disagreement: 1 }]);
  });
});
