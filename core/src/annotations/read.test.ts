import { decodeFrame, type Frame, FRAME_FLAGS } from '@exact/geometry';
import type { Annotation } from '@exact/sdk/contract';
import type { AnnotationFilter } from '@exact/sdk/server';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { inlineValues } from '../db/copy-rows.ts';
import { createScene, type Scene } from './fixture.testing.ts';
import { createPluginAnnotations } from './plugin-service.ts';
import { toPredicate, visibleWhere } from './visibility.ts';

let scene: Scene;
let all: readonly Annotation[];
const NASTY = `it's 100 % \\ "$1" _x_`;

beforeAll(async () => {
  scene = await createScene();
  const point = (x: number, y: number) => ({
    ...scene.box(),
    templateId: scene.templates.point,
    geometry: { kind: 'point' as const, x, y },
  });
  const first = await scene.change(scene.ada, {
    create: [scene.box(0), scene.box(1000), { ...scene.box(2000), description: NASTY }, point(5, 5)],
  });
  const second = await scene.change(scene.ben, {
    create: [{ ...scene.box(3000), meta: { stain: 'HE', text: NASTY } }, point(3000, 30)],
  });
  await scene.change(scene.ben, { create: [scene.box(0)] }, scene.secondImageId);
  const uuid = (n: number): string => first.items[n]!.uuid;
  await scene.change(scene.ben, {
    verify: [
      { uuid: uuid(0), revision: 1, verdict: 'accepted' },
      { uuid: uuid(3), revision: 1, verdict: 'rejected' },
    ],
  });
  await scene.change(scene.ada, { delete: [{ uuid: uuid(1), revision: 1 }] });
  all = (await scene.annotations.list({ imageId: scene.imageId, deleted: 'all' }, scene.contextOf(scene.ada))).items;
  expect(all.map((item) => item.uuid)).toEqual([...first.items, ...second.items].map((item) => item.uuid));
});
afterAll(() => scene.close());
afterEach(() => scene.services.taps.clear());

const opened = ({ bytes }: { bytes?: Uint8Array }): Frame => decodeFrame(bytes ?? new Uint8Array());

const uuidsOf = async (filter: AnnotationFilter, filters = [filter]): Promise<string[]> => {
  const { text, values } = toPredicate(filters);
  const rows = await scene.services.database.sql.query<{ uuid: string }>(
    `select a.uuid from core.annotation a where ${text} order by a.id`,
    values,
  );
  return rows.map((row) => row.uuid);
};

const filters = (): fc.Arbitrary<AnnotationFilter> =>
  fc.record(
    {
      imageId: fc.constantFrom(scene.imageId, scene.secondImageId, scene.foreignImageId),
      projectId: fc.constantFrom(scene.projectId, scene.otherProjectId),
      templateIds: fc.subarray([scene.templates.box, scene.templates.point]),
      authorIds: fc.subarray([scene.ada.userId, scene.ben.userId]),
      uuids: fc.subarray(all.map((item) => item.uuid)),
      box: fc.constantFrom({ minX: 0, minY: 0, maxX: 50, maxY: 50 }, { minX: -9, minY: 0, maxX: 2500, maxY: 9999 }),
      verified: fc.constantFrom('accepted', 'rejected', 'none'),
      deleted: fc.constantFrom('no', 'only', 'all'),
      createdAfter: fc.constantFrom('2020-01-01T00:00:00Z', '2999-01-01T00:00:00Z'),
      updatedBefore: fc.constantFrom('2020-01-01T00:00:00Z', '2999-01-01T00:00:00Z'),
      text: fc.constantFrom(NASTY, 'he', '%', '_', '\\', "'", '$1', 'absent'),
      meta: fc.constantFrom({}, { stain: ['HE'] }, { stain: ['HE', 3], text: [NASTY] }, { text: ['%'] }),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<AnnotationFilter>;

describe('visibility', () => {
  it('can only be narrowed: whatever a plugin returns, exactly what both allow is seen', async () => {
    await fc.assert(
      fc.asyncProperty(filters(), filters(), async (asked, returned) => {
        scene.services.taps.set('annotations.visible', () => returned);
        const { text, values } = await visibleWhere(asked, {
          hooks: scene.services.hooks,
          seeing: scene.services.seeing,
          context: scene.contextOf(scene.ada),
        });
        const rows = await scene.services.database.sql.query<{ uuid: string }>(
          `select a.uuid from core.annotation a where ${text} order by a.id`,
          values,
        );
        const allowed = new Set(await uuidsOf(returned));
        expect(rows.map((row) => row.uuid)).toEqual((await uuidsOf(asked)).filter((uuid) => allowed.has(uuid)));
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('is the same for statements with values and with values written into the text', async () => {
    await fc.assert(
      fc.asyncProperty(filters(), async (filter) => {
        const { text, values } = toPredicate([filter]);
        const rows = await scene.services.database.sql.query<{ uuid: string }>(
          inlineValues(`select a.uuid from core.annotation a where ${text} order by a.id`, values),
        );
        expect(rows.map((row) => row.uuid)).toEqual(await uuidsOf(filter));
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('holds at every door, and a hook that refuses closes all of them', async () => {
    const { annotations, imageId, ada, ben } = scene;
    const context = scene.contextOf(ben);
    const foreign = all.find((item) => item.authorId === ada.userId)!.uuid;
    scene.services.taps.set('annotations.visible', (filter: object) => ({ ...filter, authorIds: [ben.userId] }));
    expect((await annotations.list({ imageId }, context)).items).toHaveLength(2);
    expect(await annotations.count({ imageId }, 'author', context)).toEqual([{ id: ben.userId, count: 2 }]);
    expect(opened(await annotations.frame({ imageId }, context)).count).toBe(2);
    expect(
      (
        await annotations.visibleUuids(
          imageId,
          all.map((item) => item.uuid),
          context,
        )
      ).size,
    ).toBe(2);
    await expect(annotations.get(foreign, context)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(annotations.history(foreign, context)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    scene.services.taps.set('annotations.visible', () => {
      throw new Error('refused');
    });
    const doors = [
      annotations.list({ imageId }, context),
      annotations.frame({ imageId }, context),
      annotations.get(foreign, context),
      annotations.count({ imageId }, 'image', context),
    ];
    for (const result of await Promise.allSettled(doors)) expect(result.status).toBe('rejected');
  });
});

describe('reading', () => {
  it('pages by UUID, so that no internal number goes out', async () => {
    const context = scene.contextOf(scene.ada);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await scene.annotations.list({ imageId: scene.imageId, deleted: 'all' }, context, {
        limit: 2,
        cursor,
      });
      seen.push(...page.items.map((item) => item.uuid));
      cursor = page.next;
    } while (cursor);
    expect(seen).toEqual(all.map((item) => item.uuid));
    await expect(scene.annotations.list({}, context, { cursor: '12' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });

  it('packs the same annotations into a frame as it lists', async () => {
    const answer = await scene.annotations.frame(
      { imageId: scene.imageId, deleted: 'all' },
      scene.contextOf(scene.ada),
    );
    const frame = opened(answer);
    expect(answer.cursor).toMatch(/^\d+$/);
    expect(frame.count).toBe(all.length);
    all.forEach((item, i) => {
      expect(frame.uuidAt(i)).toBe(item.uuid);
      expect(frame.geometryAt(i)).toEqual(item.geometry);
      expect([frame.templateIds[i], frame.authorIds[i], frame.revisions[i]]).toEqual([
        item.templateId,
        item.authorId,
        item.revision,
      ]);
      const verdict = item.verification?.verdict;
      const flags =
        (verdict === 'accepted' ? FRAME_FLAGS.verified : verdict === 'rejected' ? FRAME_FLAGS.rejected : 0) |
        (item.deleted ? FRAME_FLAGS.deleted : 0);
      expect(frame.flags[i]).toBe(flags);
    });
    expect(frame.boundsAt(0)).toEqual({ minX: 0, minY: 20, maxX: 30, maxY: 60 });
  });

  it('reads frames of many rows, whose bytes arrive in pieces', async () => {
    const create = Array.from({ length: 3000 }, (_, i) => scene.box(i % 19_000));
    await scene.change(scene.ada, { create }, scene.secondImageId);
    const frame = opened(
      await scene.annotations.frame(
        { imageId: scene.secondImageId, templateIds: [scene.templates.box] },
        scene.contextOf(scene.ada),
      ),
    );
    expect(frame.count).toBe(3001);
    expect(create.map((_, i) => frame.geometryAt(i + 1))).toEqual(create.map((draft) => draft.geometry));
  });
});

describe('the service of plugins', () => {
  it('keeps to the project in which the person has rights', async () => {
    const plugin = { id: 'toy', log: scene.services.log, signal: new AbortController().signal };
    const service = createPluginAnnotations(
      scene.annotations,
      async () => ({ projectId: scene.projectId, role: 'annotator' }),
      plugin,
      { complete: () => Promise.reject(new Error('not asked for')) },
    );
    expect(
      await service.count(scene.ada, { projectId: scene.projectId, deleted: 'all', imageId: scene.imageId }, 'image'),
    ).toEqual([{ id: scene.imageId, count: all.length }]);
    expect((await service.list(scene.ada, { projectId: scene.otherProjectId, imageId: scene.imageId })).items).toEqual(
      [],
    );
    await expect(service.list(scene.ada, {})).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});
