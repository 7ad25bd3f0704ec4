import { randomUUID } from 'node:crypto';
import {
  AnnotationConflictError,
  AnnotationInvalidError,
  type Annotation,
  type AnnotationsChanged,
} from '@exact/sdk/contract';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PROPERTY_SEED } from '../../../test/seed.ts';
import { createScene, type Scene } from './fixture.testing.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene.close());
afterEach(() => scene.services.taps.clear());

const count = async (text: string, values: readonly unknown[] = []): Promise<number> => {
  const [row] = await scene.services.database.sql.query<{ n: number }>(
    `select count(*)::int as n from ${text}`,
    values,
  );
  return row?.n ?? -1;
};
const lastEvent = async (): Promise<AnnotationsChanged> => {
  const [row] = await scene.services.database.sql.query<{ event: AnnotationsChanged }>(
    'select event from core.outbox order by id desc limit 1',
  );
  return row!.event; // there is one: every change writes it
};
const createBox = async (x?: number): Promise<Annotation> =>
  (await scene.change(scene.ada, { create: [scene.box(x)] })).items[0]!;
/** What a promise fails with. */
const failure = async (promise: Promise<unknown>): Promise<{ code: string; data: never }> => {
  try {
    await promise;
  } catch (error) {
    return error as { code: string; data: never };
  }
  throw new Error('It went well.');
};

describe('creating', () => {
  it('stores all six kinds and reads them back as they were drawn', async () => {
    const polygon = {
      kind: 'polygon',
      polygons: [
        [
          [0, 0, 100.5, 0, 100, 100, 0, 100],
          [20, 20, 20, 40, 40, 40],
        ],
      ],
    } as const;
    const draft = {
      uuid: randomUUID(),
      templateId: scene.templates.polygon,
      geometry: polygon,
      description: 'mitosis?',
      meta: { score: 0.5, by: ['a', null] },
    };
    const { items } = await scene.change(scene.ada, { create: [draft, scene.box()] });
    expect(items).toMatchObject([
      { ...draft, authorId: scene.ada.userId, revision: 1, deleted: false },
      { geometry: { kind: 'box' } },
    ]);
    expect(await scene.annotations.get(draft.uuid, scene.contextOf(scene.ben))).toEqual(items[0]);
  });

  it('tells every wrong item with list, index and code, and stores nothing', async () => {
    const before = await count('core.annotation');
    const bad = [
      scene.box(),
      { ...scene.box(), uuid: 'x' },
      {
        ...scene.box(),
        templateId: scene.templates.point,
        geometry: { kind: 'box', x: 0, y: 0, width: -1, height: 1 },
      },
      { ...scene.box(), description: 'x'.repeat(10_001) },
      { ...scene.box(), meta: JSON.parse('{"__proto__": 1}') as Record<string, unknown> },
      { ...scene.box(), description: 'a\0b' },
      { ...scene.box(), meta: { a: '\ud800' } },
    ] as never;
    const error = await failure(scene.change(scene.ada, { create: bad }));
    expect(error).toBeInstanceOf(AnnotationInvalidError);
    expect(
      (error.data as { items: { index: number; code: string }[] }).items.map((item) => [item.index, item.code]),
    ).toEqual([
      [1, 'UUID_INVALID'],
      [2, 'GEOMETRY_EMPTY'],
      [3, 'DESCRIPTION_TOO_LONG'],
      [4, 'META_INVALID'],
      [5, 'TEXT_NOT_STORABLE'],
      [6, 'TEXT_NOT_STORABLE'],
    ]);
    const ground = [
      { ...scene.box(), templateId: scene.templates.foreign },
      { ...scene.box(), templateId: scene.templates.retired },
      { ...scene.box(), templateId: scene.templates.point },
      scene.box(50_000),
    ];
    const second = await failure(scene.change(scene.ada, { create: ground }));
    expect((second.data as { items: { code: string }[] }).items.map((item) => item.code)).toEqual([
      'TEMPLATE_UNKNOWN',
      'TEMPLATE_INACTIVE',
      'TEMPLATE_KIND',
      'GEOMETRY_OUTSIDE_IMAGE',
    ]);
    expect(await count('core.annotation')).toBe(before);
  });

  it.each([
    null,
    7,
    [],
    {},
    { changeId: 'x', create: [{}] },
    { changeId: randomUUID() },
    { changeId: randomUUID(), create: {} },
    { changeId: randomUUID(), delete: [null] },
  ])('refuses %j with a declared error', async (body) => {
    const { ada, contextOf, projectId, imageId, annotations } = scene;
    const error = await failure(
      annotations.change(ada, projectId, imageId, body, 'client', { ...contextOf(ada), role: 'annotator' }),
    );
    expect(['INVALID_REQUEST', 'ANNOTATION_INVALID']).toContain(error.code);
  });

  it('refuses an image of another project as if it were not there', async () => {
    const error = await failure(scene.change(scene.ada, { create: [scene.box()] }, scene.foreignImageId));
    expect(error.code).toBe('NOT_FOUND');
  });

  it('stores content once when it comes again under another change id, and gives it back', async () => {
    const draft = { ...scene.box(), meta: { b: 1, a: { d: 1, c: 2 } } };
    await scene.change(scene.ada, { create: [draft] });
    const fresh = scene.box();
    const { items } = await scene.change(scene.ada, {
      create: [fresh, { ...draft, meta: { a: { c: 2, d: 1 }, b: 1 } }],
    });
    expect(items.map((item) => item.uuid)).toEqual([fresh.uuid, draft.uuid]);
    expect(await count('core.annotation where uuid = $1', [draft.uuid])).toBe(1);
  });

  it('conflicts without content where a UUID is taken by somebody else or on another image', async () => {
    const draft = scene.box();
    await scene.change(scene.ada, { create: [draft] });
    const attempts = [
      scene.change(scene.ben, { create: [draft] }),
      scene.change(scene.ada, { create: [draft] }, scene.secondImageId),
    ];
    for (const error of await Promise.all(attempts.map((attempt) => failure(attempt)))) {
      expect(error).toBeInstanceOf(AnnotationConflictError);
      expect(error.data).toEqual({ conflicts: [{ uuid: draft.uuid }] });
    }
  });
});

describe('changing', () => {
  it('needs the current revision, and a conflict brings the current state', async () => {
    const box = await createBox();
    const ref = { uuid: box.uuid, revision: 1 };
    const first = await scene.change(scene.ben, { update: [{ ...ref, description: 'ben' }] });
    expect(first.items[0]).toMatchObject({
      revision: 2,
      editorId: scene.ben.userId,
      authorId: scene.ada.userId,
      geometry: box.geometry,
    });
    const error = await failure(
      scene.change(scene.ada, { update: [{ ...ref, description: 'ada' }], create: [scene.box()] }),
    );
    expect(error).toBeInstanceOf(AnnotationConflictError);
    expect(error.data).toEqual({ conflicts: [{ uuid: box.uuid, current: first.items[0] }] });
  });

  it('stores a whole batch or nothing of it', async () => {
    const [a, b] = [await createBox(), await createBox()];
    const fresh = scene.box();
    await failure(
      scene.change(scene.ada, {
        create: [fresh],
        update: [{ uuid: a.uuid, revision: 1, description: 'x' }],
        delete: [{ uuid: b.uuid, revision: 9 }],
      }),
    );
    expect(await count('core.annotation where uuid = $1', [fresh.uuid])).toBe(0);
    expect((await scene.annotations.get(a.uuid, scene.contextOf(scene.ada))).revision).toBe(1);
  });

  it('deletes softly, restores, and tells the whole history', async () => {
    const box = await createBox();
    const moved = { kind: 'box', x: 1, y: 2, width: 3, height: 4 } as const;
    await scene.change(scene.ben, { update: [{ uuid: box.uuid, revision: 1, geometry: moved }] });
    await scene.change(scene.ben, { verify: [{ uuid: box.uuid, revision: 2, verdict: 'rejected' }] });
    await scene.change(scene.ben, { delete: [{ uuid: box.uuid, revision: 3 }] });
    const context = scene.contextOf(scene.ada);
    expect((await scene.annotations.list({ imageId: scene.imageId, uuids: [box.uuid] }, context)).items).toEqual([]);
    expect(
      (await scene.annotations.list({ imageId: scene.imageId, uuids: [box.uuid], deleted: 'only' }, context)).items,
    ).toHaveLength(1);
    expect(
      (await failure(scene.change(scene.ada, { update: [{ uuid: box.uuid, revision: 4, description: 'x' }] }))).code,
    ).toBe('ANNOTATION_INVALID');
    const { items } = await scene.change(scene.ada, { restore: [{ uuid: box.uuid, revision: 4 }] });
    expect(items[0]).toMatchObject({
      deleted: false,
      revision: 5,
      geometry: moved,
      verification: { verdict: 'rejected' },
    });
    const history = await scene.annotations.history(box.uuid, context);
    expect(history.map((entry) => [entry.revision, entry.change, entry.deleted])).toEqual([
      [5, 'restore', false],
      [4, 'delete', true],
      [3, 'verify', false],
      [2, 'update', false],
      [1, 'create', false],
    ]);
    expect(history[4]?.geometry).toEqual(box.geometry);
  });

  it('takes a verdict away with shape or template, and keeps it with text or the same shape', async () => {
    const box = await createBox();
    const verified = await scene.change(scene.ben, { verify: [{ uuid: box.uuid, revision: 1, verdict: 'accepted' }] });
    expect(verified.items[0]).toMatchObject({
      editorId: scene.ada.userId,
      verification: { verdict: 'accepted', userId: scene.ben.userId },
    });
    const kept = await scene.change(scene.ada, {
      update: [{ uuid: box.uuid, revision: 2, description: 'x', geometry: box.geometry }],
    });
    expect(kept.items[0]?.verification?.verdict).toBe('accepted');
    const lost = await scene.change(scene.ada, {
      update: [{ uuid: box.uuid, revision: 3, geometry: { kind: 'box', x: 11, y: 20, width: 30, height: 40 } }],
    });
    expect(lost.items[0]?.verification).toBeUndefined();
  });

  it('takes a verdict back as if nobody had looked, and tells both in the history', async () => {
    const box = await createBox();
    await scene.change(scene.ben, { verify: [{ uuid: box.uuid, revision: 1, verdict: 'accepted' }] });
    const { items } = await scene.change(scene.ben, { verify: [{ uuid: box.uuid, revision: 2, verdict: 'none' }] });
    expect(items[0]).not.toHaveProperty('verification');
    const history = await scene.annotations.history(box.uuid, scene.contextOf(scene.ada));
    expect(history.map((entry) => [entry.change, entry.verdict])).toEqual([
      ['verify', undefined],
      ['verify', 'accepted'],
      ['create', undefined],
    ]);
  });

  it('keeps shape, template and existence of a locked annotation until the same patch or one before unlocks it', async () => {
    const box = await createBox();
    const geometry = { kind: 'box', x: 1, y: 2, width: 3, height: 4 } as const;
    const { items } = await scene.change(scene.ada, { update: [{ uuid: box.uuid, revision: 1, locked: true }] });
    expect(items[0]).toMatchObject({ locked: true, revision: 2 });
    const ref = { uuid: box.uuid, revision: 2 };
    for (const changes of [{ update: [{ ...ref, geometry }] }, { delete: [ref] }]) {
      const error = await failure(scene.change(scene.ada, changes));
      expect((error.data as { items: { code: string }[] }).items[0]?.code).toBe('ANNOTATION_LOCKED');
    }
    const text = await scene.change(scene.ada, { update: [{ ...ref, description: 'still to be read' }] });
    expect(text.items[0]).toMatchObject({ locked: true, description: 'still to be read' });
    const moved = await scene.change(scene.ada, { update: [{ ...ref, revision: 3, geometry, locked: false }] });
    expect(moved.items[0]).toMatchObject({ locked: false, geometry });
    expect(
      (await failure(scene.change(scene.ada, { update: [{ ...ref, revision: 4, locked: 'yes' as never }] }))).data,
    ).toMatchObject({ items: [{ code: 'LOCKED_INVALID' }] });
  });

  it('lets only verifiers give verdicts', async () => {
    const box = await createBox();
    const { ada, annotations, projectId, imageId, contextOf } = scene;
    const body = { changeId: randomUUID(), verify: [{ uuid: box.uuid, revision: 1, verdict: 'accepted' }] };
    const error = await failure(
      annotations.change(ada, projectId, imageId, body, 'client', { ...contextOf(ada), role: 'annotator' }),
    );
    expect(error.code).toBe('FORBIDDEN');
  });

  it('keeps kind and template together', async () => {
    const box = await createBox();
    const point = { kind: 'point', x: 1, y: 1 } as const;
    for (const patch of [{ geometry: point }, { templateId: scene.templates.point }]) {
      const error = await failure(scene.change(scene.ada, { update: [{ uuid: box.uuid, revision: 1, ...patch }] }));
      expect((error.data as { items: { code: string }[] }).items[0]?.code).toBe('TEMPLATE_KIND');
    }
    const both = await scene.change(scene.ada, {
      update: [{ uuid: box.uuid, revision: 1, geometry: point, templateId: scene.templates.point }],
    });
    expect(both.items[0]?.geometry).toEqual(point);
  });

  it('treats what one may not see as what is not there', async () => {
    const box = await createBox();
    scene.services.taps.set('annotations.visible', (filter: object) => ({ ...filter, authorIds: [scene.ben.userId] }));
    const hidden = await failure(scene.change(scene.ben, { delete: [{ uuid: box.uuid, revision: 7 }] }));
    const absent = randomUUID();
    const missing = await failure(scene.change(scene.ben, { delete: [{ uuid: absent, revision: 7 }] }));
    expect(JSON.stringify(hidden.data).replace(box.uuid, absent)).toBe(JSON.stringify(missing.data));
  });
});

describe('events', () => {
  it('lists what was changed', async () => {
    const [a, b] = [await createBox(), await createBox()];
    const fresh = scene.box();
    const { changeId } = await scene.change(scene.ada, {
      create: [fresh],
      update: [{ uuid: a.uuid, revision: 1, description: 'x' }],
      delete: [{ uuid: b.uuid, revision: 1 }],
    });
    expect(await lastEvent()).toEqual({
      topic: 'annotations.changed',
      projectId: scene.projectId,
      imageId: scene.imageId,
      changeId,
      userId: scene.ada.userId,
      created: [fresh.uuid],
      updated: [a.uuid],
      deleted: [b.uuid],
      many: false,
    });
  });

  it('says "many" instead of listing more than 1,000', async () => {
    const create = Array.from({ length: 1001 }, () => scene.box());
    const { items } = await scene.change(scene.ada, { create });
    expect(items.map((item) => item.uuid)).toEqual(create.map((draft) => draft.uuid));
    expect(await lastEvent()).toMatchObject({ many: true, created: [], updated: [], deleted: [] });
  });
});

describe('hooks', () => {
  it('completes drafts and patches in the transaction, and stores nothing when a tap refuses', async () => {
    const { taps, database } = scene.services;
    taps.set('annotations.beforeCreate', (value: { drafts: object[] }) => ({
      ...value,
      drafts: value.drafts.map((draft) => ({ ...draft, description: 'completed' })),
    }));
    taps.set('annotations.beforeUpdate', (value: { changes: { patch: object }[] }) => ({
      ...value,
      changes: value.changes.map((change) => ({ ...change, patch: { ...change.patch, meta: { seen: true } } })),
    }));
    const box = await createBox();
    expect(box.description).toBe('completed');
    const { items } = await scene.change(scene.ada, { update: [{ uuid: box.uuid, revision: 1, description: 'mine' }] });
    expect(items[0]).toMatchObject({ description: 'mine', meta: { seen: true } });

    const draft = scene.box();
    taps.set(
      'annotations.beforeCreate',
      async (_value: unknown, context: { sql?: { query(text: string): Promise<unknown> } }) => {
        await context.sql?.query(`insert into core.instance_value values ('tap', '1')`);
        throw new Error('no');
      },
    );
    await expect(scene.change(scene.ada, { create: [draft] })).rejects.toThrow('no');
    expect(await count('core.annotation where uuid = $1', [draft.uuid])).toBe(0);
    expect(await database.sql.query(`select from core.instance_value where key = 'tap'`)).toEqual([]);
  });

  it('tells after the commit, and a failing tap does not fail the change', async () => {
    const calls: string[] = [];
    for (const name of ['afterCreate', 'afterUpdate', 'afterDelete', 'afterVerify'] as const) {
      scene.services.taps.set(`annotations.${name}`, () => {
        calls.push(name);
        throw new Error('late');
      });
    }
    const box = await createBox();
    await scene.change(scene.ada, { verify: [{ uuid: box.uuid, revision: 1, verdict: 'accepted' }] });
    await scene.change(scene.ada, { update: [{ uuid: box.uuid, revision: 2, description: 'x' }] });
    await scene.change(scene.ada, { delete: [{ uuid: box.uuid, revision: 3 }] });
    expect(calls).toEqual(['afterCreate', 'afterVerify', 'afterUpdate', 'afterDelete']);
  });
});

describe('repeating', () => {
  it('gives the first answer again, whatever came later', async () => {
    const box = await createBox();
    const changes = {
      changeId: randomUUID(),
      create: [scene.box()],
      update: [{ uuid: box.uuid, revision: 1, description: 'first' }],
    };
    const first = await scene.change(scene.ada, changes);
    await scene.change(scene.ben, { update: [{ uuid: box.uuid, revision: 2, description: 'later' }] });
    expect((await scene.change(scene.ada, changes)).items).toEqual(first.items);
  });

  it('takes a change id for one person and one image, and another person’s for another change', async () => {
    const changeId = randomUUID();
    await scene.change(scene.ada, { changeId, create: [scene.box()] });
    expect(
      (await failure(scene.change(scene.ada, { changeId, create: [scene.box()] }, scene.secondImageId))).code,
    ).toBe('CONFLICT');
    // Another person's id is another one.
    const { items } = await scene.change(scene.ben, { changeId, create: [scene.box()] });
    expect(items).toMatchObject([{ authorId: scene.ben.userId }]);
  });

  it('stores one row whatever the schedule: 1,000 of doubled and reordered retries', async () => {
    const step = fc.record({ which: fc.nat(2), isLate: fc.boolean(), isOtherId: fc.boolean() });
    const schedules = fc.sample(fc.array(step, { minLength: 2, maxLength: 4 }), { numRuns: 1000, seed: PROPERTY_SEED });
    const used = new Set<string>();
    const play = async (schedule: (typeof schedules)[number]): Promise<void> => {
      const drafts = [scene.box(), scene.box(), scene.box()];
      const ids = drafts.map(() => randomUUID());
      const sent: Promise<unknown>[] = [];
      for (const { which, isLate, isOtherId } of schedule) {
        used.add(drafts[which]!.uuid);
        sent.push(
          scene.change(scene.ada, { changeId: isOtherId ? randomUUID() : ids[which]!, create: [drafts[which]!] }),
        );
        if (isLate) await sent.at(-1);
      }
      await Promise.all(sent); // none may fail
    };
    // Eight at a time: it is the database that is waited for.
    await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        for (let n = i; n < schedules.length; n += 8) await play(schedules[n]!);
      }),
    );
    const list = [[...used]];
    expect(await count('core.annotation where uuid = any($1)', list)).toBe(used.size);
    expect(
      await count(
        'core.annotation_history r join core.annotation a on a.id = r.annotation_id where uuid = any($1)',
        list,
      ),
    ).toBe(used.size);
  }, 120_000);

  it('loses none of 200 rounds of edits at the same time: one wins, the other is told the state that won', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('update', 'delete', 'verify', 'geometry'), { minLength: 2, maxLength: 3 }),
        async (kinds) => {
          const boxes = [await createBox(), await createBox()];
          const edits = kinds.map((kind, i) => {
            const refs = boxes.map((box) => ({ uuid: box.uuid, revision: 1 }));
            if (i % 2 === 1) refs.reverse();
            switch (kind) {
              case 'delete':
                return { delete: refs };
              case 'verify':
                return { verify: refs.map((ref) => ({ ...ref, verdict: 'accepted' as const })) };
              case 'geometry':
                return {
                  update: refs.map((ref) => ({
                    ...ref,
                    geometry: { kind: 'box' as const, x: i, y: 0, width: 5, height: 5 },
                  })),
                };
              default:
                return { update: refs.map((ref) => ({ ...ref, description: `edit ${i}` })) };
            }
          });
          const results = await Promise.allSettled(
            edits.map((edit, i) => scene.change(i % 2 ? scene.ben : scene.ada, edit)),
          );
          const won = results.filter((result) => result.status === 'fulfilled');
          expect(won).toHaveLength(1);
          const winner = new Map(won[0]!.value.items.map((item) => [item.uuid, item]));
          for (const result of results) {
            if (result.status === 'fulfilled') continue;
            expect(result.reason).toBeInstanceOf(AnnotationConflictError);
            for (const { uuid, current } of (
              result.reason as { data: { conflicts: { uuid: string; current: Annotation }[] } }
            ).data.conflicts) {
              expect(current).toEqual(winner.get(uuid));
            }
          }
          for (const box of boxes)
            expect(await scene.annotations.get(box.uuid, scene.contextOf(scene.ada))).toEqual(winner.get(box.uuid));
        },
      ),
      { numRuns: 200 },
    );
  }, 120_000);
});
