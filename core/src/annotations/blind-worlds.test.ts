import { randomUUID } from 'node:crypto';
import { encodeGeometry } from '@exact/geometry';
import { type Annotation, PROJECT_ROLES } from '@exact/sdk/contract';
import type { AnnotationFilter, Principal } from '@exact/sdk/server';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScene, type Scene } from './fixture.testing.ts';

/** One annotation of a world, by places in the lists below. */
interface Row {
  readonly author: number;
  readonly image: number;
  readonly template: number;
  readonly layer: number;
  readonly x: number;
  readonly size: number;
  readonly isDeleted: boolean;
  readonly verdict: number | null;
}

let scene: Scene;
let people: readonly Principal[];
let images: readonly number[];
/** In no layer, in a shown one, in a hidden one, in a shown one of another project. */
let layers: readonly (number | null)[];

beforeAll(async () => {
  scene = await createScene();
  const { sql } = scene.services.database;
  const insert = async (text: string, values: readonly unknown[]): Promise<number> =>
    (await sql.query<{ id: number }>(`${text} returning id`, values))[0]!.id;
  const userId = await insert('insert into core.app_user (username, display_name) values ($1, $1)', ['cy']);
  people = [scene.ada, scene.ben, { userId, username: 'cy', isAdmin: false, via: 'session' }];
  images = [scene.imageId, scene.secondImageId];
  const layer = (projectId: number, name: string, shown: boolean): Promise<number> =>
    insert(`insert into core.annotation_layer (project_id, name, purpose, shown) values ($1, $2, 'guidance', $3)`, [
      projectId,
      name,
      shown,
    ]);
  layers = [
    null,
    await layer(scene.projectId, 'shown', true),
    await layer(scene.projectId, 'hidden', false),
    await layer(scene.otherProjectId, 'foreign', true),
  ];
  await sql.query(`update core.project set collaboration = 'blind'`);
});
afterAll(() => scene.close());

async function makeWorld(rows: readonly Row[]): Promise<string[]> {
  const { sql } = scene.services.database;
  await sql.query('delete from core.annotation');
  const uuids: string[] = [];
  for (const { author, image, template, layer, x, size, isDeleted, verdict } of rows) {
    const geometry = { kind: 'box', x, y: 10, width: size, height: 20 } as const;
    const uuid = randomUUID();
    uuids.push(uuid);
    const who = people[author]!.userId;
    await sql.query(
      `insert into core.annotation (uuid, image_id, template_id, author_id, editor_id, kind, box, geometry, layer_id, deleted_at,
         verdict, verdict_by, verdict_at)
       values ($1, $2, $3, $4, $4, 1, box(point($5, 10), point($6, 30)), $7, $8, $9, $10, $11, $12)`,
      [
        ...[uuid, images[image], template === 0 ? scene.templates.box : scene.templates.retired, who, x, x + size],
        ...[Buffer.from(encodeGeometry(geometry)), layers[layer], isDeleted ? new Date(0) : null, verdict],
        ...[verdict === null ? null : who, verdict === null ? null : new Date(0)],
      ],
    );
  }
  images.forEach((imageId) => scene.annotations.touch(imageId));
  return uuids;
}

/** Takes away whatever somebody who works blind is not to see. */
async function removeOthers(userId: number): Promise<void> {
  await scene.services.database.sql.query(
    `delete from core.annotation where not (author_id = $1 and layer_id is null) and layer_id is distinct from $2`,
    [userId, layers[1]],
  );
  images.forEach((imageId) => scene.annotations.touch(imageId));
}

async function become(principal: Principal, role: string | undefined): Promise<void> {
  const { database, notices } = scene.services;
  await database.sql.query('delete from core.project_member');
  if (role !== undefined)
    await database.sql.query('insert into core.project_member values ($1, $2, $3)', [
      scene.projectId,
      principal.userId,
      role,
    ]);
  notices.apply({ about: 'user', id: principal.userId });
}

/** All that the doors of annotations answer to somebody; what is refused, with its code. */
async function answers(who: Principal, filter: AnnotationFilter, uuids: readonly string[]): Promise<unknown> {
  const { annotations } = scene;
  const context = scene.contextOf(who);
  const of = <T>(answer: Promise<T>): Promise<unknown> =>
    answer.then(
      (value) => value ?? 'nothing',
      (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
    );
  const all: Promise<unknown>[] = [
    of(annotations.list(filter, context)),
    of(annotations.list(filter, context, { limit: 1 })),
    ...(['template', 'image', 'author'] as const).map((by) => of(annotations.count(filter, by, context))),
    ...uuids.flatMap((uuid) => [of(annotations.get(uuid, context)), of(annotations.history(uuid, context))]),
  ];
  for (const imageId of images) {
    const onImage = { ...filter, imageId };
    all.push(
      of(annotations.frame(onImage, context)),
      of(annotations.centres(onImage, context)),
      of(annotations.overview(onImage, context)),
      of(annotations.next(onImage, context)),
      of(annotations.next(onImage, context, { direction: 'previous' })),
      ...uuids.map((after) => of(annotations.next(onImage, context, { after }))),
      of(annotations.visibleUuids(imageId, uuids, context).then((seen) => [...seen].sort())),
    );
  }
  return Promise.all(all);
}

function countBy(items: readonly Annotation[], by: 'template' | 'image' | 'author'): { id: number; count: number }[] {
  const counts = new Map<number, number>();
  for (const item of items) counts.set(item[`${by}Id`], (counts.get(item[`${by}Id`]) ?? 0) + 1);
  return [...counts].map(([id, count]) => ({ id, count })).sort((a, b) => a.id - b.id);
}

const rows = fc.array(
  fc.record({
    author: fc.nat(2),
    image: fc.nat(1),
    template: fc.nat(1),
    layer: fc.nat(3),
    x: fc.integer({ min: 0, max: 5000 }),
    size: fc.constantFrom(10, 2000),
    isDeleted: fc.boolean(),
    verdict: fc.constantFrom(null, 1, 2),
  }),
  { maxLength: 12 },
);

const filters = (depth: number): fc.Arbitrary<AnnotationFilter> =>
  fc.record(
    {
      templateIds: fc.subarray([scene.templates.box, scene.templates.retired]),
      authorIds: fc.subarray(people.map(({ userId }) => userId)),
      layers: fc.subarray([...layers]),
      box: fc.constantFrom({ minX: 0, minY: 0, maxX: 2500, maxY: 50 }),
      verified: fc.constantFrom('accepted', 'rejected', 'none'),
      large: fc.constantFrom('no', 'only', 'all'),
      deleted: fc.constantFrom('no', 'only', 'all'),
      updatedAfter: fc.constantFrom('2020-01-01T00:00:00Z', '2999-01-01T00:00:00Z'),
      ...(depth > 0
        ? {
            anyOf: fc.array(filters(depth - 1), { maxLength: 3 }),
            allOf: fc.array(filters(depth - 1), { maxLength: 2 }),
          }
        : {}),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<AnnotationFilter>;

describe('who works blind', () => {
  it('gets the same answers whether or not others have drawn, whatever is asked', async () => {
    let differences = 0;
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.oneof(filters(2), fc.constant({})),
        fc.constantFrom('viewer', 'annotator', 'verifier', undefined),
        async (world, asked, role) => {
          const filter = { ...asked, projectId: scene.projectId };
          await become(scene.ben, role);
          const uuids = await makeWorld(world);
          const among = await answers(scene.ben, filter, uuids);
          await removeOthers(scene.ben.userId);
          const alone = await answers(scene.ben, filter, uuids);
          expect(among).toEqual(alone);
          // Counts come from elsewhere than lists where they can: both tell of the same annotations.
          const listed = (await scene.annotations.list(filter, scene.contextOf(scene.ben))).items;
          for (const by of ['template', 'image', 'author'] as const) {
            const counts = await scene.annotations.count(filter, by, scene.contextOf(scene.ben));
            expect(counts).toEqual(countBy(listed, by));
          }
          differences += world.some(({ author, layer }) => author !== 1 && layer !== 1) ? 1 : 0;
        },
      ),
      { numRuns: 60, seed: 20_260_701 },
    );
    expect(differences).toBeGreaterThan(20); // worlds in which there was something to hide
  }, 120_000);

  it('is nobody who manages the project or the instance: they see all of it', async () => {
    const world: Row[] = [0, 1, 2].flatMap((author) =>
      [0, 1, 2].map((layer) => ({
        ...{ author, layer, image: 0, template: 0, x: 5, size: 10, isDeleted: false, verdict: null },
      })),
    );
    await makeWorld(world);
    const count = async (who: Principal): Promise<number> =>
      (await scene.annotations.list({ projectId: scene.projectId }, scene.contextOf(who))).items.length;
    const counts: Record<string, number> = {};
    for (const role of PROJECT_ROLES) {
      await become(scene.ben, role);
      counts[role] = await count(scene.ben);
    }
    // Own ones in no layer, and three in the shown layer.
    expect(counts).toEqual({ viewer: 4, annotator: 4, verifier: 4, manager: 9 });
    await become(scene.ben, undefined);
    expect(await count({ ...scene.ben, isAdmin: true })).toBe(9);
  });
});
