import { randomUUID } from 'node:crypto';
import type { AnnotationDraft } from '@exact/sdk/contract';
import type { Annotations } from '@exact/sdk/server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createScene, type Scene } from '../fixture.testing.ts';
import { createPluginAnnotations } from '../plugin-service.ts';
import { toPredicate } from '../visibility.ts';
import { readCentreColumns } from './centre-columns.ts';

const NASTY = `it's 100 % \\ "$1" _x_`;
let scene: Scene;
let service: Pick<Annotations, 'centres' | 'list'>;
let created: readonly AnnotationDraft[];

beforeAll(async () => {
  scene = await createScene();
  const [label] = await scene.services.database.sql.query<{ id: number }>(
    `insert into core.template (product_id, name, colour, kind) select product_id, 'good', '#000000', 'image' from core.template where id = $1 returning id`,
    [scene.templates.box],
  );
  const box = (x: number, meta?: AnnotationDraft['meta']): AnnotationDraft => ({
    ...scene.box(x, 20),
    geometry: { kind: 'box', x, y: 20, width: 31, height: 40 },
    ...(meta ? { meta } : {}),
  });
  created = [
    box(0, { score: 2.5 }),
    box(100.75, { attributes: { score: 3 } }),
    box(-9, { score: '4' }),
    box(300, { score: 1, attributes: { score: 9 } }),
    box(400),
    { ...box(500), templateId: scene.templates.point, geometry: { kind: 'point', x: 7.9, y: 8.2 } },
  ];
  await scene.change(scene.ada, { create: created.slice(0, 3) });
  await scene.change(scene.ben, {
    create: [...created.slice(3), { uuid: randomUUID(), templateId: label?.id ?? 0, geometry: { kind: 'image' } }],
  });
  await scene.change(scene.ben, { create: [box(0, { [NASTY]: -7 })] }, scene.secondImageId);
  service = createPluginAnnotations(
    scene.annotations,
    async () => ({ projectId: scene.projectId, role: 'annotator' }),
    { id: 'toy', log: scene.services.log, signal: new AbortController().signal },
    { complete: () => Promise.reject(new Error('not asked for')) },
  );
});
afterAll(() => scene.close());
afterEach(() => scene.services.taps.clear());

describe('centres for plugins', () => {
  it('are all annotations in columns, oldest first, in whole pixels, without labels of whole images', async () => {
    const got = await service.centres(scene.ada, { imageId: scene.imageId });
    expect(got.count).toBe(6);
    expect([...got.x]).toEqual([15, 116, 6, 315, 415, 7]);
    expect([...got.y]).toEqual([40, 40, 40, 40, 40, 8]);
    const { box, point } = scene.templates;
    expect([...got.templateId]).toEqual([box, box, box, box, box, point]);
    expect(new Set(got.imageId)).toEqual(new Set([scene.imageId]));
    const [a, b] = [scene.ada.userId, scene.ben.userId];
    expect([...got.authorId]).toEqual([a, a, a, b, b, b]);
    expect(created.map((_, i) => got.uuid(i))).toEqual(created.map(({ uuid }) => uuid));
    expect(got.number).toBeUndefined();
    expect(() => got.uuid(6)).toThrow('There is no annotation 6');
  });

  it('are those of all images of a project, and tell of which', async () => {
    const got = await service.centres(scene.ada, { projectId: scene.projectId });
    expect([...got.imageId]).toEqual([...Array<number>(6).fill(scene.imageId), scene.secondImageId]);
  });

  it('bring the number of a key along: of the meta data, else of the attributes; NaN where it is none', async () => {
    const { number } = await service.centres(scene.ada, { imageId: scene.imageId }, { metaNumber: 'score' });
    expect([...(number ?? [])]).toEqual([2.5, 3, NaN, 1, NaN, NaN]);
    const odd = await service.centres(scene.ada, { imageId: scene.secondImageId }, { metaNumber: NASTY });
    expect([...(odd.number ?? [])]).toEqual([-7]);
  });

  it('take a number that no machine can hold for none', async () => {
    const { sql } = scene.services.database;
    const huge = `{"huge": 1${'0'.repeat(400)}}`;
    await sql.query(`update core.annotation set meta = $1::jsonb where uuid = $2`, [huge, created[4]?.uuid]);
    const got = await service.centres(
      scene.ada,
      { uuids: [created[4]?.uuid ?? ''], imageId: scene.imageId },
      {
        metaNumber: 'huge',
      },
    );
    expect([...(got.number ?? [])]).toEqual([NaN]);
  });

  it('are none of another project, and none that a plugin hides from the person', async () => {
    const wrong = await service.centres(scene.ada, { projectId: scene.otherProjectId, imageId: scene.imageId });
    expect(wrong.count).toBe(0);
    scene.services.taps.set('annotations.visible', ((
      filter: object,
      { principal }: { principal?: { userId: number } },
    ) => ({
      ...filter,
      authorIds: [principal?.userId ?? 0],
    })) as never);
    const own = await service.centres(scene.ben, { projectId: scene.projectId });
    expect(new Set(own.authorId)).toEqual(new Set([scene.ben.userId]));
    expect(own.count).toBe(4);
  });

  it('are more than one answer holds: an error says so, also in the middle of growing', async () => {
    const { pool } = scene.services.database;
    const all = toPredicate([{ imageId: scene.imageId }]);
    const options = { signal: new AbortController().signal };
    expect((await readCentreColumns(pool, all, options, 6)).count).toBe(6);
    await expect(readCentreColumns(pool, all, options, 5)).rejects.toMatchObject({ code: 'TOO_MANY_ANNOTATIONS' });
  });

  it('grow as far as they have to', async () => {
    const create = Array.from({ length: 2500 }, (_, i) => ({ ...scene.box(i * 2, i), meta: { n: i } }));
    await scene.change(scene.ada, { create }, scene.secondImageId);
    const filter = { imageId: scene.secondImageId, authorIds: [scene.ada.userId] };
    const got = await service.centres(scene.ada, filter, { metaNumber: 'n' });
    expect([...got.x]).toEqual(create.map((_, i) => i * 2 + 15));
    expect([...(got.number ?? [])]).toEqual(create.map((_, i) => i));
    expect(got.uuid(2499)).toBe(create[2499]?.uuid);
  });

  it('end with the signal of who asked', async () => {
    const signal = AbortSignal.abort(new Error('no longer wanted'));
    await expect(service.centres(scene.ada, { imageId: scene.imageId }, { signal })).rejects.toThrow(
      'no longer wanted',
    );
  });
});
