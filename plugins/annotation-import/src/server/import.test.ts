import { randomUUID } from 'node:crypto';
import { createTestKernel, type TestKernel, type TestPerson } from '@exact/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importAs, PLUGINS, readSlide } from './import.testing.ts';

let kernel: TestKernel;
let boss: TestPerson;
let ada: TestPerson;
let ben: TestPerson;
let vera: TestPerson;
let project: { readonly id: number; readonly imageSetId: number };
let imageId: number;
let otherId: number;
let cell: number;
let tumour: number;

beforeAll(async () => {
  kernel = await createTestKernel({ plugins: PLUGINS });
  [boss, ada, ben, vera] = [
    await kernel.person('boss'),
    await kernel.person('ada'),
    await kernel.person('ben'),
    await kernel.person('vera'),
  ];
  project = await kernel.project({ boss: 'manager', ada: 'annotator', ben: 'annotator', vera: 'viewer' });
  await kernel.enable(project.id, 'annotation-import', true);
  const bytes = await readSlide();
  imageId = (await kernel.image(project.imageSetId, boss, { name: 'slide one.svs', bytes })).id;
  otherId = (await kernel.image(project.imageSetId, boss, { name: 'slide two.svs', bytes })).id;
  const product = await boss.request('POST', `/api/v2/projects/${project.id}/products`, { name: 'Things' });
  const template = async (name: string, kind: string): Promise<number> =>
    (await boss.request('POST', `/api/v2/projects/${project.id}/products/${product.body.id}/templates`, { name, kind }))
      .body.id;
  cell = await template('Cell', 'box');
  tumour = await template('Tumour', 'polygon');
});
afterAll(() => kernel?.close());

const box = (x: number, y = 10): object => ({ kind: 'box', x, y, width: 20, height: 20 });
const lines = (...items: object[]): string => items.map((item) => JSON.stringify(item)).join('\n');
const storedOn = async (image: number, who = boss): Promise<{ uuid: string; authorId: number; layerId?: number }[]> =>
  (await who.request('GET', `/api/v2/images/${image}/annotations?limit=1000`)).body.items;
/** In a project of its own kind of image: nobody else's test writes there. */
const freshImage = async (name: string): Promise<number> =>
  (await kernel.image(project.imageSetId, boss, { name, bytes: await readSlide() })).id;

describe('files', () => {
  it.each([
    ['nothing', '', 422, 'is empty'],
    ['a picture', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]), 0, 'a PNG picture'],
    ['a packed file', Uint8Array.from([0x1f, 0x8b, 8, 0, 1, 2]), 0, 'gzip'],
    ['words', 'dear colleague, please find attached', 0, 'not known'],
    ['JSON that was cut', '{"type":"FeatureCollection","features":[{"type":"Fea', 0, 'cut short'],
    ['nesting without end', '['.repeat(100_000), 0, 'deeper than 64'],
  ])('are refused with a reason: %s', async (_, bytes, status, words) => {
    const { send, ask } = importAs(kernel, project.id, ada);
    const sent = await send('x.json', bytes);
    if (status > 0)
      return expect([sent.status, JSON.stringify(sent.body)]).toEqual([status, expect.stringContaining(words)]);
    await expect
      .poll(async () => (await ask('GET', `/files/${sent.body.id}`)).body.state, { timeout: 30_000, interval: 50 })
      .toBe('failed');
    expect((await ask('GET', `/files/${sent.body.id}`)).body.problem).toContain(words);
    const plan = await ask('POST', `/files/${sent.body.id}/plans`, {
      images: [],
      labels: [],
      author: { by: 'me' },
      target: { kind: 'own' },
      uuids: 'keep',
      repair: false,
      leaveOut: false,
    });
    expect([plan.status, plan.body.code]).toEqual([409, 'CONFLICT']);
  });

  it('and plans of others are not there, not even for managers', async () => {
    const own = importAs(kernel, project.id, ada);
    const file = await own.read('a.jsonl', lines({ image: 'slide one', label: 'Cell', geometry: box(1) }));
    const plan = await own.count(file.id, await own.suggested(file.id));
    for (const [who, status] of [
      [boss, 404],
      [ben, 404],
      [vera, 403],
    ] as const) {
      const other = importAs(kernel, project.id, who);
      for (const [method, path] of [
        ['GET', `/files/${file.id}`],
        ['GET', `/files/${file.id}/suggestion`],
        ['DELETE', `/files/${file.id}`],
        ['POST', `/files/${file.id}/reread`],
        ['GET', `/plans/${plan.id}`],
        ['GET', `/plans/${plan.id}/csv`],
        ['POST', `/plans/${plan.id}/apply`],
      ] as const)
        expect(
          (await other.ask(method, path, path.endsWith('reread') ? {} : undefined)).status,
          `${method} ${path}`,
        ).toBe(status);
    }
    expect((await importAs(kernel, project.id, ben).ask('GET', '/files')).body).toEqual([]);
    const elsewhere = await kernel.project({ ada: 'manager' });
    await kernel.enable(elsewhere.id, 'annotation-import', true);
    expect((await importAs(kernel, elsewhere.id, ada).ask('GET', `/files/${file.id}`)).status).toBe(404);
    expect((await own.ask('DELETE', `/files/${file.id}`)).status).toBe(204);
    expect((await own.ask('GET', `/plans/${plan.id}`)).status).toBe(404);
  });

  it('match images by private names only for those who may read them', async () => {
    const text = lines({ image: 'C:\\slides\\SLIDE ONE.tif', label: 'cell', geometry: box(1) });
    const byBoss = importAs(kernel, project.id, boss);
    const file = await byBoss.read('a.jsonl', text);
    const { body } = await byBoss.ask('GET', `/files/${file.id}/suggestion`);
    expect(body).toMatchObject({
      images: [{ name: 'SLIDE ONE.tif', imageId, by: 'stem' }],
      labels: [{ label: 'cell', templateId: cell }],
    });
    const byAda = importAs(kernel, project.id, ada);
    const same = await byAda.read('a.jsonl', text);
    const told = await byAda.ask('GET', `/files/${same.id}/suggestion`);
    expect(told.body.images).toEqual([{ name: 'SLIDE ONE.tif', imageId: null, by: 'none' }]);
    expect(JSON.stringify(told.body)).not.toContain('slide');
    await byBoss.ask('DELETE', `/files/${file.id}`);
    await byAda.ask('DELETE', `/files/${same.id}`);
  });
});

describe('a dry run', () => {
  it('says for each image and class what would be made, what not, where and why, and stores nothing', async () => {
    const { read, suggested, count, ask } = importAs(kernel, project.id, boss);
    const file = await read(
      'mixed.jsonl',
      lines(
        { image: 'slide one.svs', label: 'Cell', geometry: box(10) },
        {
          image: 'slide one.svs',
          label: 'Tumour',
          geometry: { kind: 'polygon', polygons: [[[0, 0, 40, 40, 40, 0, 0, 40]]] },
        },
        { image: 'slide one.svs', label: 'Cell', geometry: box(900_000) },
        { image: 'slide one.svs', label: 'Cell', geometry: { kind: 'point', x: 3, y: 3 } },
        { image: 'slide two.svs', label: 'Unheard of', geometry: box(10) },
        { image: 'slide three.svs', label: 'Cell', geometry: box(10) },
        { image: 'slide two.svs', label: 'Cell', geometry: { kind: 'box', x: 'one' } },
        { image: 'slide two.svs', label: '=Tumour', geometry: box(1), extra: 1 },
      ),
    );
    expect(file.inventory).toMatchObject({ items: 6, problemCount: 2, repairable: 1, format: 'ndjson' });
    const mapping = await suggested(file.id);
    const strict = await count(file.id, mapping);
    expect(strict.dryRun).toMatchObject({ create: 1, refused: 5, skipped: 2, repaired: 0, known: 0 });
    expect(strict.dryRun?.told.map(({ place, code }) => `${place} ${code}`)).toEqual([
      'line 2 GEOMETRY_SELF_CROSSING',
      'line 3 GEOMETRY_OUTSIDE_IMAGE',
      'line 4 KIND_MISMATCH',
      'line 7 GEOMETRY_NUMBER',
      'line 8 FIELD_UNKNOWN',
    ]);
    expect(strict.dryRun?.images.find(({ name }) => name === 'slide one.svs')).toMatchObject({
      imageId,
      create: 1,
      refused: 3,
    });
    expect(strict.dryRun?.labels.find(({ label }) => label === 'Unheard of')).toMatchObject({
      templateId: null,
      skipped: 1,
    });
    const csv = (await ask('GET', `/plans/${strict.id}/csv`)).body as string;
    expect(csv.split('\n').filter(Boolean)).toHaveLength(8);
    expect(csv).toContain('line 3,slide one.svs,Cell,,,refused,GEOMETRY_OUTSIDE_IMAGE,');
    const blocked = await ask('POST', `/plans/${strict.id}/apply`);
    expect([blocked.status, blocked.body.code]).toEqual([409, 'PLAN_BLOCKED']);
    const cleaned = await count(file.id, { ...mapping, repair: true });
    expect(cleaned.dryRun).toMatchObject({ create: 2, refused: 4, repaired: 1 });
    expect(cleaned.dryRun?.told[0]).toMatchObject({ place: 'line 2', code: 'CLEANED' });
    expect(await storedOn(imageId)).toEqual([]);
    expect(await storedOn(otherId)).toEqual([]);
  });

  it('refuses in words what a mapping names wrongly, and what only managers may do', async () => {
    const { read, suggested, ask } = importAs(kernel, project.id, ada);
    const file = await read('a.jsonl', lines({ label: 'Cell', geometry: box(1) }));
    const mapping = await suggested(file.id);
    for (const [more, status, words] of [
      [{ images: [{ name: '', imageId: 999_999 }] }, 422, 'no image 999999'],
      [{ labels: [{ label: 'Cell', templateId: 999_999 }] }, 422, 'no template 999999'],
      [{ author: { by: 'one', userId: ben.principal.userId } }, 403, 'managers'],
      [{ author: { by: 'name', users: [] } }, 403, 'managers'],
      [{ target: { kind: 'newLayer', name: 'Model', purpose: 'precomputed' } }, 403, 'managers'],
      [{ target: { kind: 'layer', layerId: 1 } }, 403, 'managers'],
      [{ uuids: 'whatever' }, 422, 'uuids'],
    ] as const) {
      const answer = await ask('POST', `/files/${file.id}/plans`, { ...mapping, ...more });
      expect([answer.status, answer.body.detail], JSON.stringify(more)).toEqual([
        status,
        expect.stringContaining(words),
      ]);
    }
    const byBoss = importAs(kernel, project.id, boss);
    const own = await byBoss.read('a.jsonl', lines({ label: 'Cell', geometry: box(1) }));
    for (const [more, words] of [
      [{ author: { by: 'one', userId: 999_999 } }, 'no member 999999'],
      [{ target: { kind: 'layer', layerId: 999_999 } }, 'no such layer'],
    ] as const) {
      const answer = await byBoss.ask('POST', `/files/${own.id}/plans`, {
        ...(await byBoss.suggested(own.id)),
        ...more,
      });
      expect([answer.status, answer.body.detail]).toEqual([422, expect.stringContaining(words)]);
    }
  });
});

describe('an import', () => {
  it('stores what was counted, keeps UUIDs, and makes nothing twice, however often it is given', async () => {
    const image = await freshImage('repeat.svs');
    const uuid = randomUUID();
    const text = lines(
      { label: 'Cell', uuid, geometry: box(10), description: 'first', meta: { score: 0.5 } },
      { label: 'Cell', uuid, geometry: box(10), description: 'first', meta: { score: 0.5 } },
      { label: 'Cell', geometry: box(50) },
    );
    const { read, suggested, count, apply } = importAs(kernel, project.id, ada);
    const file = await read('repeat.jsonl', text);
    const mapping = await suggested(file.id, { images: [{ name: '', imageId: image }] });
    const plan = await count(file.id, mapping);
    expect(plan.dryRun).toMatchObject({ create: 2, known: 1, refused: 0 });
    const applied = await apply(plan.id);
    expect(applied).toMatchObject({
      state: 'applied',
      outcomes: [{ imageId: image, authorId: ada.principal.userId, state: 'done', created: 2 }],
    });
    const first = await storedOn(image);
    expect(first.map((item) => item.uuid)).toContain(uuid);
    expect((await apply(plan.id)).outcomes).toEqual(applied.outcomes);

    const again = await read('repeat.jsonl', text);
    const second = await count(again.id, mapping);
    expect(second.dryRun).toMatchObject({ create: 0, known: 3 });
    await apply(second.id);
    expect(await storedOn(image)).toEqual(first);

    // The same ids elsewhere are refused before anything is stored; new ones may be chosen.
    const elsewhere = { ...mapping, images: [{ name: '', imageId: await freshImage('elsewhere.svs') }] };
    const taken = await count(again.id, elsewhere);
    expect(taken.dryRun).toMatchObject({
      create: 1,
      refused: 2,
      told: [{ code: 'UUID_TAKEN' }, { code: 'UUID_TAKEN' }],
    });
    expect((await count(again.id, { ...elsewhere, uuids: 'new' })).dryRun).toMatchObject({ create: 3, refused: 0 });
  });

  it('gives work to its authors by their names, or puts it into a layer that says where it is from', async () => {
    const image = await freshImage('authors.svs');
    const text = lines(
      { label: 'Cell', author: 'A. Lovelace', geometry: box(10) },
      { label: 'Cell', author: 'B. Enjamin', geometry: box(50) },
      { label: 'Cell', author: 'nobody', geometry: box(90) },
    );
    const { read, suggested, count, apply } = importAs(kernel, project.id, boss);
    const file = await read('authors.jsonl', text);
    expect(file.inventory?.authors.map(({ name }) => name)).toEqual(['A. Lovelace', 'B. Enjamin', 'nobody']);
    const images = [{ name: '', imageId: image }];
    const byName = await count(
      file.id,
      await suggested(file.id, {
        images,
        author: {
          by: 'name',
          users: [
            { name: 'A. Lovelace', userId: ada.principal.userId },
            { name: 'B. Enjamin', userId: ben.principal.userId },
            { name: 'nobody', userId: null },
          ],
        },
      }),
    );
    expect(byName.dryRun).toMatchObject({ create: 2, skipped: 1 });
    expect((await apply(byName.id)).outcomes).toHaveLength(2);
    expect((await storedOn(image)).map(({ authorId }) => authorId).sort()).toEqual(
      [ada.principal.userId, ben.principal.userId].sort(),
    );

    const layered = await count(
      file.id,
      await suggested(file.id, {
        images,
        target: { kind: 'newLayer', name: 'Detector', purpose: 'precomputed', program: 'RetinaNet', version: '1.2' },
      }),
    );
    const applied = await apply(layered.id);
    expect(applied).toMatchObject({ state: 'applied', outcomes: [{ created: 3, state: 'done' }] });
    expect((await storedOn(image)).filter(({ layerId }) => layerId === applied.layerId)).toHaveLength(3);
    const layers = await boss.request('GET', `/api/v2/projects/${project.id}/layers`);
    expect(layers.body).toMatchObject([
      {
        name: 'Detector',
        annotationCount: 3,
        source: { program: 'RetinaNet', version: '1.2', file: 'authors.jsonl', sha256: file.sha256 },
      },
    ]);
  });

  it('records an image that refuses, leaves it untouched, and goes on with the others', async () => {
    const [good, bad] = [await freshImage('good.svs'), await freshImage('bad.svs')];
    const uuid = randomUUID();
    const text = lines(
      { image: 'bad', label: 'Cell', uuid, geometry: box(10) },
      { image: 'bad', label: 'Cell', geometry: box(50) },
      { image: 'good', label: 'Cell', geometry: box(10) },
    );
    const { read, suggested, count, apply } = importAs(kernel, project.id, boss);
    const file = await read('two.jsonl', text);
    const plan = await count(file.id, await suggested(file.id));
    expect(plan.dryRun).toMatchObject({ create: 3, refused: 0 });
    // Between counting and importing somebody takes the id.
    await ada.request('POST', `/api/v2/images/${otherId}/annotations/changes`, {
      changeId: randomUUID(),
      create: [{ uuid, templateId: cell, geometry: box(10) }],
    });
    const applied = await apply(plan.id);
    expect(applied.outcomes.map(({ imageId: id, state, created }) => [id, state, created])).toEqual([
      [good, 'done', 1],
      [bad, 'failed', 0],
    ]);
    expect(applied.outcomes.find(({ imageId: id }) => id === bad)?.problem).toMatch(/Line 1/);
    expect(await storedOn(bad)).toEqual([]);
    expect(await storedOn(good)).toHaveLength(1);
  });

  it('lets a box of one file be what the template says, and cleans a shape only when told to', async () => {
    const image = await freshImage('kinds.svs');
    const { read, suggested, count, apply } = importAs(kernel, project.id, boss);
    const crossing = JSON.stringify({
      type: 'FeatureCollection',
      features: [
        {
          type: 'Feature',
          id: randomUUID(),
          geometry: {
            type: 'Polygon',
            coordinates: [
              [
                [0, 0],
                [40, 40],
                [40, 0],
                [0, 40],
                [0, 0],
              ],
            ],
          },
          properties: { classification: { names: ['Tumour'], color: [1, 2, 3] }, isLocked: true },
        },
      ],
    });
    const file = await read('kinds.geojson', crossing);
    const plan = await count(file.id, await suggested(file.id, { repair: true }));
    expect(plan.dryRun).toMatchObject({ create: 1, repaired: 1 });
    await apply(plan.id);
    const [item] = (await boss.request('GET', `/api/v2/images/${image}/annotations`)).body.items;
    expect(item).toMatchObject({
      templateId: tumour,
      geometry: { kind: 'polygon' },
      meta: { qupath: { isLocked: true } },
    });
  });
});

describe('an import of a reader who works blind', () => {
  it('makes ids that end in their mark, and neither shows nor meets what others have', async () => {
    const blind = await kernel.project({ boss: 'manager', ada: 'annotator', ben: 'annotator' });
    await kernel.enable(blind.id, 'annotation-import', true);
    const image = (await kernel.image(blind.imageSetId, boss, { name: 'blind.svs', bytes: await readSlide() })).id;
    const product = await boss.request('POST', `/api/v2/projects/${blind.id}/products`, { name: 'Blind things' });
    await boss.request('POST', `/api/v2/projects/${blind.id}/products/${product.body.id}/templates`, {
      name: 'Cell',
      kind: 'box',
    });
    await boss.request('PATCH', `/api/v2/projects/${blind.id}`, { collaboration: 'blind' });
    const uuid = randomUUID();
    const text = lines({ label: 'Cell', uuid, geometry: box(10) }, { label: 'Cell', geometry: box(50) });
    const answers: unknown[] = [];
    for (const who of [ada, ben]) {
      const { read, suggested, count, apply } = importAs(kernel, blind.id, who);
      const file = await read('same.jsonl', text);
      const mapping = await suggested(file.id, { images: [{ name: '', imageId: image }] });
      const plan = await count(file.id, mapping);
      const applied = await apply(plan.id);
      answers.push([plan.dryRun, applied.outcomes.map(({ created, known, problem }) => ({ created, known, problem }))]);
      // the same file once more is known, to them alone
      expect((await count(file.id, mapping)).dryRun).toMatchObject({ create: 0, known: 2, refused: 0 });
    }
    // Ben is answered as Ada was, although she was first with the same file and the same ids.
    expect(answers[1]).toEqual(answers[0]);
    for (const who of [ada, ben]) {
      const mark = who.principal.userId.toString(16).padStart(8, '0');
      const own = await storedOn(image, who);
      expect(own).toHaveLength(2);
      expect(own.every((item) => item.uuid.endsWith(mark) && item.authorId === who.principal.userId)).toBe(true);
    }
    expect(await storedOn(image)).toHaveLength(4);
  });
});

describe('an interrupted import', () => {
  it('goes on where it stopped, and makes nothing twice', async () => {
    const images = await Promise.all(['i1.svs', 'i2.svs', 'i3.svs'].map(freshImage));
    const names = ['i1', 'i2', 'i3'];
    const text = lines(
      ...Array.from({ length: 900 }, (_, i) => ({
        image: names[i % 3],
        label: 'Cell',
        geometry: box((i % 30) * 25, Math.floor(i / 30) * 25),
      })),
    );
    const { read, suggested, count, ask, apply } = importAs(kernel, project.id, boss);
    const file = await read('many.jsonl', text);
    const plan = await count(file.id, await suggested(file.id));
    expect(plan.dryRun).toMatchObject({ create: 900, refused: 0 });
    expect((await ask('POST', `/plans/${plan.id}/apply`)).status).toBe(202);
    await kernel.stop('annotation-import');
    await kernel.start('annotation-import');
    let applied = await apply(plan.id);
    // A step that was under way while the plugin was stopped may have failed with it; it is started again as people do.
    if (applied.state === 'failed') applied = await apply(plan.id);
    expect(applied).toMatchObject({ state: 'applied', problem: null });
    expect(applied.outcomes.map(({ state, created, known }) => [state, created + known])).toEqual([
      ['done', 300],
      ['done', 300],
      ['done', 300],
    ]);
    for (const image of images) expect(await storedOn(image)).toHaveLength(300);
  });
});
