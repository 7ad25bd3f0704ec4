import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createTestKernel, type TestKernel, type TestPerson } from '@exact/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageScores } from '../shared/model.ts';
import { bmp } from './bmp.testing.ts';

const folder = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** 4 mm × 3 mm at 20 µm per pixel: the window of 2.37 mm² has 88.9 × 66.7 px. */
const IMAGE = { width: 200, height: 150 };
const MPP = 20;
const WINDOW = { width: Math.sqrt((2.37 * 4) / 3) * (1000 / MPP), height: Math.sqrt((2.37 * 3) / 4) * (1000 / MPP) };

let kernel: TestKernel;
let boss: TestPerson;
let ada: TestPerson;
let ben: TestPerson;
let project: { readonly id: number; readonly imageSetId: number };
/** `tissue` on its right side, `empty` without any. */
let images: Record<'tissue' | 'other' | 'empty', number>;
let otherSetId: number;
const templates = new Map<string, number>();

beforeAll(async () => {
  kernel = await createTestKernel({ plugins: [folder('cell-scores'), folder('format-image'), folder('format-tiff')] });
  [boss, ada, ben] = [await kernel.person('boss'), await kernel.person('ada'), await kernel.person('ben')];
  project = await kernel.project({ boss: 'manager', ada: 'annotator', ben: 'annotator' });
  await kernel.enable(project.id, 'cell-scores', true);
  otherSetId = (await tell(boss, 'POST', `/projects/${project.id}/image-sets`, { name: '=Other, set' })).id;
  const rightSide = bmp(IMAGE, (x) => (x >= 100 ? [150, 80, 140] : [240, 240, 240]));
  const add = async (setId: number, bytes: Uint8Array): Promise<number> =>
    (await kernel.image(setId, boss, { name: 'slide.bmp', bytes })).id;
  images = {
    tissue: await add(project.imageSetId, rightSide),
    other: await add(
      otherSetId,
      bmp(IMAGE, () => [150, 80, 140]),
    ),
    empty: await add(
      otherSetId,
      bmp(IMAGE, () => [240, 240, 240]),
    ),
  };
  const product = await tell(boss, 'POST', `/projects/${project.id}/products`, { name: 'Cells' });
  for (const name of [
    'Makrophagen',
    'Lymohozyten',
    'Neutrophile',
    'Mastzellen',
    'Eosinophile',
    'Epithel',
    'mitotic figure',
    'non-mitotic',
  ])
    templates.set(
      name,
      (
        await tell(boss, 'POST', `/projects/${project.id}/products/${product.id}/templates`, {
          ...{ name, kind: 'box', defaultWidth: 4, defaultHeight: 4 },
        })
      ).id,
    );
});
afterAll(() => kernel?.close());

async function tell(person: TestPerson, method: string, path: string, body?: unknown) {
  const answer = await person.request(method, `/api/v2${path}`, body);
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body;
}
/** A cell of 4 px about a middle. */
const cell = (name: string, x: number, y: number) => ({
  uuid: randomUUID() as string,
  templateId: templates.get(name),
  geometry: { kind: 'box', x: x - 2, y: y - 2, width: 4, height: 4 },
});
const draw = (person: TestPerson, imageId: number, create: readonly object[]) =>
  tell(person, 'POST', `/images/${imageId}/annotations/changes`, { changeId: randomUUID(), create });
const base = (id = project.id): string => `/projects/${id}/plugins/cell-scores`;
const ask = (person: TestPerson, path: string, id = project.id) => person.request('GET', `/api/v2${base(id)}${path}`);
const get = (person: TestPerson, path: string, id = project.id) => tell(person, 'GET', `${base(id)}${path}`);
const set = (settings: object) => tell(boss, 'PUT', `/projects/${project.id}/plugins/cell-scores`, { settings });

describe('what templates stand for', () => {
  it('is told with the reason, so that people see what maps to nothing', async () => {
    const classes = await get(ada, '/classes');
    expect(classes.map(({ name, cell: kind, mitosis }: Record<string, string>) => [name, kind ?? mitosis])).toEqual([
      ['Makrophagen', 'macrophage'],
      ['Lymohozyten', 'lymphocyte'],
      ['Neutrophile', 'neutrophil'],
      ['Mastzellen', 'mastCell'],
      ['Eosinophile', 'eosinophil'],
      ['Epithel', undefined],
      ['mitotic figure', 'figure'],
      ['non-mitotic', 'lookAlike'],
    ]);
    expect(classes[5]).toMatchObject({ cellBy: 'nothing', mitosisBy: 'nothing' });
  });
});

describe('the differential cell count', () => {
  const kinds = ['Makrophagen', 'Makrophagen', 'Lymohozyten', 'Neutrophile', 'Epithel'];

  it('is not available without cells, and no number anywhere', async () => {
    const { differential } = await get(ada, `/differential?imageId=${images.tissue}`);
    expect(differential).toEqual({ available: false, reason: 'no-cells' });
  });

  it('has all five classes in its denominator and tells what was not counted', async () => {
    await draw(
      ada,
      images.tissue,
      kinds.map((name, i) => cell(name, 10 + 10 * i, 20)),
    );
    await draw(ben, images.tissue, [cell('Eosinophile', 11, 21)]);
    const { differential, notCounted, basis } = await get(ada, `/differential?imageId=${images.tissue}`);
    expect(differential).toMatchObject({
      available: true,
      cells: 5,
      classes: { macrophage: { count: 2, share: 40 }, lymphocyte: { count: 1, share: 20 }, mastCell: { count: 0 } },
      warnings: ['few-cells'],
    });
    expect(notCounted).toEqual([{ templateId: templates.get('Epithel'), count: 1 }]);
    expect(basis).toMatchObject({ minimumCells: 400, verified: 'notRejected' });
    expect(basis.scores).toContainEqual({ id: 'differential', version: '1.0.0' });
  });

  it('is that of a reader, of a set and of the project', async () => {
    await draw(ben, images.other, [cell('Mastzellen', 5, 5)]);
    const cellsOf = async (query: string) => (await get(boss, `/differential?${query}`)).differential.cells;
    expect(await cellsOf(`imageId=${images.tissue}&authors=${ada.principal.userId}`)).toBe(4);
    expect(await cellsOf(`authors=${ben.principal.userId}`)).toBe(2);
    expect(await cellsOf(`imageSetId=${project.imageSetId}`)).toBe(5);
    expect(await cellsOf('')).toBe(6);
  });

  it('is that of a box: cells with their middle inside', async () => {
    const countsIn = async (box: string) => {
      const { differential } = await get(
        ada,
        `/differential?imageId=${images.tissue}&authors=${ada.principal.userId}&box=${box}`,
      );
      return differential.available ? differential.cells : differential.reason;
    };
    expect(await countsIn('0,0,25,50')).toBe(2);
    // the middle of the second cell lies in pixel 20, whose own middle is 20.5
    expect(await countsIn('0,0,20.5,50')).toBe(1);
    expect(await countsIn('0,0,21,50')).toBe(2);
    expect(await countsIn('100,100,120,120')).toBe('no-cells');
  });

  it('leaves out what was rejected, or counts only what was accepted, as the project is set', async () => {
    const [gone, good] = [cell('Mastzellen', 60, 60), cell('Mastzellen', 70, 60)];
    await draw(ada, images.tissue, [gone, good]);
    await tell(boss, 'POST', `/images/${images.tissue}/annotations/changes`, {
      changeId: randomUUID(),
      verify: [
        { uuid: gone.uuid, revision: 1, verdict: 'rejected' },
        { uuid: good.uuid, revision: 1, verdict: 'accepted' },
      ],
    });
    const mastCells = async () =>
      (await get(ada, `/differential?imageId=${images.tissue}`)).differential.classes.mastCell.count;
    expect(await mastCells()).toBe(1);
    await set({ verified: 'all' });
    expect(await mastCells()).toBe(2);
    await set({ verified: 'accepted' });
    expect((await get(ada, `/differential?imageId=${images.tissue}`)).differential).toMatchObject({ cells: 1 });
    await set({ verified: 'notRejected' });
  });

  it('is not available where no template stands for a class', async () => {
    await set({ cells: Object.fromEntries([...templates.values()].map((id) => [id, 'none'])) });
    expect((await get(ada, '/differential')).differential).toEqual({ available: false, reason: 'no-class' });
    await set({ cells: {} });
  });

  it.each([
    ['a box without an image', '/differential?box=0,0,1,1', 'imageId'],
    ['a box that is turned round', '/differential?imageId=1&box=5,0,1,1', 'min below max'],
    ['a box of three numbers', '/differential?imageId=1&box=5,0,1', 'minX,minY,maxX,maxY'],
    ['a page that is too long', '/scores?limit=21', 'limit'],
    ['a score that is none', '/scores/csv?score=index', 'score'],
  ])('refuses %s and says why', async (_, path, says) => {
    const answer = await ask(ada, path);
    expect([answer.status, answer.body.code]).toEqual([422, 'INVALID_REQUEST']);
    expect(answer.body.detail).toContain(says);
  });
});

describe('the mitotic count', () => {
  const path = (image: keyof typeof images, query = ''): string => `/images/${images[image]}/mitotic-count${query}`;
  const setScale = async (mpp: number | null) => {
    for (const id of Object.values(images)) await tell(boss, 'PATCH', `/images/${id}`, { mppX: mpp, mppY: mpp });
  };
  /** In clumps on the right side, and a denser one on the left side, where there is no tissue. */
  const figures = [
    ...[120, 122, 125, 130, 190].map((x, i) => [x, 20 + 25 * i] as const),
    ...[20, 22, 24, 26, 28, 30].map((x) => [x, 70] as const),
  ];

  it('is refused while the image has no scale, also in a window that is given', async () => {
    await draw(
      ada,
      images.tissue,
      figures.map(([x, y]) => cell('mitotic figure', x, y)),
    );
    for (const query of ['', '?at=0,0'])
      expect((await get(ada, path('tissue', query))).mitotic).toEqual({ available: false, reason: 'no-scale' });
    await setScale(MPP);
  });

  it('is that of the hot spot on tissue, as trying every place by hand says', async () => {
    const { mitotic, figures: listed, basis } = await get(ada, path('tissue'));
    let most = 0;
    for (let left = 0; left <= IMAGE.width - WINDOW.width; left += 0.5)
      for (let top = 0; top <= IMAGE.height - WINDOW.height; top += 0.5) {
        if (left + WINDOW.width - 100 < WINDOW.width / 2) continue; // half of it has to be tissue
        const inside = figures.filter(
          ([x, y]) =>
            x + 0.5 >= left && x + 0.5 < left + WINDOW.width && y + 0.5 >= top && y + 0.5 < top + WINDOW.height,
        );
        most = Math.max(most, inside.length);
      }
    expect(mitotic).toMatchObject({
      available: true,
      count: most,
      standardCount: most,
      isConverted: false,
      site: 'hot-spot',
    });
    expect(mitotic.perMm2).toBeCloseTo(most / 2.37, 9);
    expect(mitotic.window.width).toBeCloseTo(WINDOW.width, 6);
    expect(mitotic.tissueShare).toBeGreaterThanOrEqual(0.5);
    expect(mitotic.mean).toMatchObject({ count: figures.length, of: 'tissue' });
    expect(mitotic.mean.areaMm2).toBeCloseTo(6, 0);
    expect(listed).toHaveLength(most);
    expect(basis).toMatchObject({ areaMm2: 2.37, shape: '4:3', minimumTissue: 0.5 });
  });

  it('counts look-alikes as nothing', async () => {
    const before = (await get(ada, path('tissue'))).mitotic;
    await draw(
      ada,
      images.tissue,
      Array.from({ length: 20 }, (_, i) => cell('non-mitotic', 120 + i, 40)),
    );
    const after = (await get(ada, path('tissue'))).mitotic;
    expect(after).toEqual({ ...before, lookAlikes: 20 });
  });

  it('is that of a window that a person has put somewhere, with a warning where there is little tissue', async () => {
    const { mitotic } = await get(ada, path('tissue', '?at=0,40'));
    expect(mitotic).toMatchObject({ count: 6, site: 'by-hand', tissueShare: 0, warnings: ['little-tissue'] });
    const area = (await get(ada, path('tissue', '?at=0,40,50,50'))).mitotic;
    expect(area).toMatchObject({ count: 6, isConverted: true, areaMm2: 1, standardCount: 6 * 2.37, perMm2: 6 });
    expect(area.warnings).toEqual(['converted', 'little-tissue']);
  });

  it('is not available without tissue, nor where no template stands for figures', async () => {
    expect((await get(ada, path('empty'))).mitotic).toEqual({ available: false, reason: 'no-tissue' });
    await set({ mitoses: { [String(templates.get('mitotic figure'))]: 'none' } });
    expect((await get(ada, path('tissue'))).mitotic).toEqual({ available: false, reason: 'no-class' });
    await set({ mitoses: {} });
  });

  it('is that of all of an image that is smaller than the window, converted and said to be', async () => {
    await setScale(5); // 1 mm × 0.75 mm
    const { mitotic } = await get(ada, path('other'));
    expect(mitotic).toMatchObject({ count: 0, isConverted: true, warnings: ['converted', 'image-too-small'] });
    expect(mitotic.window).toEqual({ x: 0, y: 0, ...IMAGE });
    await setScale(MPP);
  });

  it('is zero where there is tissue and no figure: a result, and not none', async () => {
    expect((await get(ada, path('other'))).mitotic).toMatchObject({ available: true, count: 0, perMm2: 0 });
  });

  it.each(['?at=1', '?at=1,2,3', '?at=1,2,0,5', '?at=a,b'])('refuses the window %s', async (query) => {
    expect((await ask(ada, path('tissue', query))).status).toBe(422);
  });

  it('finds the tissue once: the same raster comes again', async () => {
    const tissue = await get(ada, `/images/${images.tissue}/tissue`);
    expect(tissue).toMatchObject(IMAGE);
    const bits = Buffer.from(tissue.bits, 'base64');
    const share = bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0) / (200 * 150);
    expect(share).toBeCloseTo(0.5, 1);
    expect(await get(ben, `/images/${images.tissue}/tissue`)).toEqual(tissue);
  });
});

describe('scores of many images', () => {
  it('come in pages, with those of each reader', async () => {
    const first = await get(boss, '/scores?limit=2');
    expect(first).toMatchObject({ total: 3, next: String(images.other) });
    const second = await get(boss, `/scores?limit=2&cursor=${first.next}`);
    expect(second.next).toBeUndefined();
    const all = [...first.items, ...second.items] as ImageScores[];
    expect(all.map(({ imageId }) => imageId)).toEqual([images.tissue, images.other, images.empty]);
    const [one] = all;
    expect(one?.who.map(({ authorId }) => authorId).sort()).toEqual(
      [ada.principal.userId, ben.principal.userId].sort(),
    );
    const ofAda = one?.who.find(({ authorId }) => authorId === ada.principal.userId);
    expect(ofAda?.differential).toMatchObject({ cells: 5 });
    expect(ofAda?.mitotic).toMatchObject({ available: true });
    expect((await get(boss, `/scores?imageSetId=${otherSetId}`)).total).toBe(2);
  });

  it('are told as tables, without a word that a spreadsheet would take for a formula', async () => {
    const csv = (await get(boss, '/scores/csv?score=differential')) as string;
    const rows = csv.split('\r\n');
    expect(rows[0]).toMatch(
      /^level,image_set,image_id,image,reader,layer,score,cells,macrophage_count,macrophage_percent/,
    );
    expect(new Set(rows.slice(0, -1).map((row) => row.replace(/"[^"]*"/g, 'x').split(',').length)).size).toBe(1);
    expect(csv).toContain(`"'=Other, set"`);
    expect(csv).toMatch(/\r\nimage_reader,[^\r]*,ada,,differential 1\.0\.0,5,/);
    expect(csv).toMatch(/\r\nproject,,,,,,differential 1\.0\.0,7,/);
    expect(csv).toMatch(/\r\nreader,,,,ben,,differential 1\.0\.0,2,/);
    const mitotic = (await get(boss, '/scores/csv?score=mitotic')) as string;
    expect(
      new Set(
        mitotic
          .split('\r\n')
          .slice(0, -1)
          .map((row) => row.replace(/"[^"]*"/g, 'x').split(',').length),
      ).size,
    ).toBe(1);
    expect(mitotic).toContain('no-tissue');
    expect(csv + mitotic).not.toMatch(/NaN|Infinity|null|undefined|index/i);
  });

  it('are told as one document with rules, versions and parameters', async () => {
    const document = await get(boss, '/scores/json');
    expect(document.scores.map(({ id }: { id: string }) => id)).toEqual(['differential', 'mitotic-count']);
    expect(document.images).toHaveLength(3);
    expect(document.summary.all.differential.cells).toBe(7);
    expect(document.summary.who.map(({ reader }: { reader: string }) => reader).sort()).toEqual(['ada', 'ben']);
    expect(JSON.stringify(document)).not.toMatch(/NaN|Infinity/);
  });

  it('are none of a set of another project', async () => {
    const other = await kernel.project({ ada: 'manager' });
    await kernel.enable(other.id, 'cell-scores', true);
    for (const kind of ['/scores?', '/scores/csv?score=mitotic&', '/scores/json?'])
      expect((await ask(ada, `${kind}imageSetId=${project.imageSetId}`, other.id)).status, kind).toBe(404);
    expect((await get(ada, `/differential?imageId=${images.tissue}`, other.id)).differential.reason).toBe('no-class');
  });

  it('are those of one’s own work only where readers work blind', async () => {
    await tell(boss, 'PATCH', `/projects/${project.id}`, { collaboration: 'blind' });
    const { items } = await get(ben, '/scores');
    expect(items[0].differential).toMatchObject({ cells: 1 });
    expect(items[0].who.map(({ authorId }: { authorId: number }) => authorId)).toEqual([ben.principal.userId]);
    expect(items[0].mitotic).toMatchObject({ available: true, count: 0, lookAlikes: 0, mean: { count: 0 } });
    const csv = (await get(ben, '/scores/csv?score=differential')) as string;
    expect(csv).not.toContain('ada');
    expect((await get(ben, `/images/${images.tissue}/mitotic-count`)).figures).toEqual([]);
    expect((await get(boss, '/scores')).items[0].differential).toMatchObject({ cells: 6 });
    await tell(boss, 'PATCH', `/projects/${project.id}`, { collaboration: 'cooperative' });
  });

  it('have rows of their own for layers, which are nobody’s work', async () => {
    const layer = await tell(boss, 'POST', `/projects/${project.id}/layers`, { name: 'Model', purpose: 'precomputed' });
    const drawn = cell('Eosinophile', 90, 90);
    await draw(boss, images.other, [drawn]);
    await tell(boss, 'POST', `/images/${images.other}/annotations/changes`, {
      changeId: randomUUID(),
      update: [{ uuid: drawn.uuid, revision: 1, layerId: layer.id }],
    });
    const { items } = await get(boss, `/scores?imageSetId=${otherSetId}`);
    expect(items[0].who.map((who: object) => Object.entries(who).filter(([key]) => /Id|Name/.test(key)))).toEqual([
      [['authorId', ben.principal.userId]],
      [
        ['layerId', layer.id],
        ['layerName', 'Model'],
      ],
    ]);
  });
});
