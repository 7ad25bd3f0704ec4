import { randomUUID } from 'node:crypto';
import type { AnnotationDraft, LiveEvent } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { Principal } from '@exact/sdk/server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createScene, type Scene } from '../../annotations/fixture.testing.ts';
import { markUuid, uuidMarkOf } from '../../annotations/uuid-mark.ts';
import { createEventFilter, type EventFilter } from './event-filter.ts';

let scene: Scene;
let filter: EventFilter;
/** Ada and Ben work blind; Max manages. Layer 1 is shown, layer 2 is not. */
let max: Principal;
let projectId: number;
let imageId: number;
const layers: number[] = [];

beforeAll(async () => {
  scene = await createScene();
  ({ projectId, imageId } = scene);
  const { sql } = scene.services.database;
  const [row] = await sql.query<{ id: number }>(
    `insert into core.app_user (username, display_name) values ('max', 'max') returning id`,
  );
  max = { userId: row?.id ?? 0, username: 'max', isAdmin: false, via: 'session' };
  for (const [person, role] of [
    [scene.ada, 'annotator'],
    [scene.ben, 'annotator'],
    [max, 'manager'],
  ] as const)
    await sql.query('insert into core.project_member (project_id, user_id, role) values ($1, $2, $3)', [
      projectId,
      person.userId,
      role,
    ]);
  for (const shown of [true, false]) {
    const [layer] = await sql.query<{ id: number }>(
      `insert into core.annotation_layer (project_id, name, purpose, shown) values ($1, $2, 'guidance', $3) returning id`,
      [projectId, `shown: ${shown}`, shown],
    );
    layers.push(layer?.id ?? 0);
  }
  await setMode('blind');
  filter = createEventFilter(scene.services, scene.annotations);
});
afterEach(async () => {
  scene.services.taps.clear();
  await setMode('blind');
});
afterAll(() => scene.close());

async function setMode(mode: 'blind' | 'cooperative'): Promise<void> {
  await scene.services.database.sql.query('update core.project set collaboration = $2 where id = $1', [
    projectId,
    mode,
  ]);
  scene.services.notices.apply({ about: 'everything' });
}

const draftOf = ({ userId }: Principal): AnnotationDraft => ({
  ...scene.box(),
  uuid: markUuid(randomUUID(), uuidMarkOf(userId)),
});

/** Stores annotations and moves them into a layer. @returns their UUIDs and the change by which they were drawn */
async function draw(by: Principal, count: number, layerId?: number): Promise<{ uuids: string[]; changeId: string }> {
  const drafts = Array.from({ length: count }, () => draftOf(by));
  const { changeId } = await scene.change(by, { create: drafts });
  const uuids = drafts.map(({ uuid }) => uuid);
  if (layerId !== undefined)
    await scene.services.database.sql.query('update core.annotation set layer_id = $2 where uuid = any($1)', [
      uuids,
      layerId,
    ]);
  return { uuids, changeId };
}

function changed(by: Principal, more: Partial<Record<string, unknown>>): LiveEvent {
  const lists = { created: [], updated: [], deleted: [], many: false };
  const head = { topic: 'annotations.changed', projectId, imageId, changeId: randomUUID(), userId: by.userId } as const;
  return { ...head, ...lists, ...more } as LiveEvent;
}

describe('who works blind is told of changed annotations', () => {
  it('of their own with all that was said, and of nobody else’s', async () => {
    const { uuids } = await draw(scene.ada, 3);
    const event = changed(scene.ada, { created: [uuids[0]], updated: [uuids[1]], deleted: [uuids[2]] });
    expect(await filter(event, scene.ada)).toEqual(event);
    expect(await filter(event, scene.ben)).toBeUndefined();
    expect(await filter(event, max)).toBe(event);
  });

  it('in layers that are shown, without who it was and by which change', async () => {
    const [shown, hidden, own] = [await draw(max, 3, layers[0]), await draw(max, 1, layers[1]), await draw(max, 1)];
    const [a, b, c] = shown.uuids;
    const event = changed(max, {
      created: [a, hidden.uuids[0]],
      updated: [own.uuids[0], b],
      deleted: [c, ...hidden.uuids, ...own.uuids],
    });
    expect(await filter(event, scene.ada)).toEqual({
      topic: 'annotations.changed',
      projectId,
      imageId,
      created: [a],
      updated: [b],
      deleted: [c],
      many: false,
    });
    expect(await filter(changed(max, { created: hidden.uuids }), scene.ada)).toBeUndefined();
  });

  it('not that a change was long, unless it was for them', async () => {
    const shown = await draw(max, 2, layers[0]);
    const { changeId, uuids } = await draw(max, 1001, layers[1]);
    await scene.services.database.sql.query(
      'update core.annotation_change set uuids = uuids || $2::uuid[] where change_id = $1',
      [changeId, shown.uuids],
    );
    const event = changed(max, { changeId, many: true });
    const told = (await filter(event, scene.ada)) as unknown as { updated: string[]; many: boolean };
    expect({ ...told, updated: told.updated.toSorted() }).toEqual({
      topic: 'annotations.changed',
      projectId,
      imageId,
      created: [],
      updated: shown.uuids.toSorted(),
      deleted: [],
      many: false,
    });
    // Without those of the shown layer there is nothing to tell.
    await scene.services.database.sql.query(
      'update core.annotation_change set uuids = $2::uuid[] where change_id = $1',
      [changeId, uuids],
    );
    expect(await filter(event, scene.ada)).toBeUndefined();
    const [long, exact] = [await draw(max, 1001, layers[0]), await draw(max, 1000, layers[0])];
    expect(await filter(changed(max, { changeId: long.changeId, many: true }), scene.ada)).toMatchObject({
      many: true,
      updated: [],
    });
    expect(await filter(changed(max, { changeId: exact.changeId, many: true }), scene.ada)).toMatchObject({
      many: false,
    });
    const own = await draw(scene.ada, 1001);
    const ofAda = changed(scene.ada, { changeId: own.changeId, many: true });
    expect(await filter(ofAda, scene.ada)).toEqual(ofAda);
    expect(await filter(ofAda, scene.ben)).toBeUndefined();
  });

  it('of an import, when they see what it has stored', async () => {
    const { sql } = scene.services.database;
    const imported = async (by: Principal, layerId?: number): Promise<LiveEvent> => {
      const { changeId } = await draw(by, 2, layerId);
      await sql.query(`update core.annotation_change set uuids = '{}' where change_id = $1`, [changeId]);
      return changed(by, { changeId, many: true });
    };
    const own = await imported(scene.ada);
    expect(await filter(own, scene.ada)).toEqual(own);
    expect(await filter(own, scene.ben)).toBeUndefined();
    // Also when it was deleted before it is told: who comes back hears of both.
    await sql.query('update core.annotation set deleted_at = now() where author_id = $1', [scene.ada.userId]);
    expect(await filter(own, scene.ada)).toEqual(own);
    const guidance = await filter(await imported(max, layers[0]), scene.ben);
    expect(guidance).toMatchObject({ many: true, created: [] });
    expect(guidance).not.toHaveProperty('changeId');
    expect(await filter(await imported(max, layers[1]), scene.ben)).toBeUndefined();
    // Another person's import of the same id is not looked at.
    const foreign = { ...own, userId: max.userId } as LiveEvent;
    expect(await filter(foreign, scene.ada)).toBeUndefined();
  });

  it('nothing where a plugin narrows what they see, and everything in a project where people work together', async () => {
    const { uuids } = await draw(scene.ada, 1);
    const event = changed(scene.ada, { created: uuids });
    await setMode('cooperative');
    expect(await filter(event, scene.ben)).toBe(event);
    scene.services.taps.set('annotations.visible', (asked: object, { principal }: { principal?: Principal }) => ({
      ...asked,
      authorIds: [principal?.userId ?? 0],
    }));
    expect(await filter(event, scene.ben)).toBeUndefined();
    expect(await filter(event, scene.ada)).toEqual(event);
  });
});

it('tells a plugin that narrows who asks, where, in the course of what, and how long there is time', async () => {
  const { uuids } = await draw(scene.ada, 1);
  const contexts: HookContext[] = [];
  scene.services.taps.set('annotations.visible', (_: object, context: HookContext) => void contexts.push(context));
  await filter(changed(scene.ada, { created: uuids }), scene.ada);
  expect(contexts).toMatchObject([
    {
      principal: scene.ada,
      projectId,
      requestId: expect.stringMatching(/^live:[0-9a-f-]{36}$/),
      log: expect.anything(),
    },
  ]);
  expect(contexts[0]?.signal.aborted).toBe(false);
});

describe('who works blind is told of files', () => {
  const media = (by: Principal, annotationUuid: string): LiveEvent => ({
    topic: 'media.changed',
    projectId,
    imageId,
    annotationUuid,
    userId: by.userId,
  });

  it('of annotations that they see, with the person only where it is themselves', async () => {
    const [own, shown, hidden] = [
      await draw(scene.ada, 1),
      await draw(max, 1, layers[0]),
      await draw(max, 1, layers[1]),
    ];
    const ofOwn = media(scene.ada, own.uuids[0]!);
    expect(await filter(ofOwn, scene.ada)).toBe(ofOwn);
    expect(await filter(ofOwn, scene.ben)).toBeUndefined();
    const ofShown = await filter(media(max, shown.uuids[0]!), scene.ada);
    expect(ofShown).toEqual({ topic: 'media.changed', projectId, imageId, annotationUuid: shown.uuids[0] });
    expect(await filter(media(max, hidden.uuids[0]!), scene.ada)).toBeUndefined();
    const all = media(scene.ada, own.uuids[0]!);
    expect(await filter(all, max)).toBe(all);
  });
});

describe('other events', () => {
  it('of jobs are for who began them, and for all who do not work blind', async () => {
    const { sql } = scene.services.database;
    const ids = [randomUUID(), randomUUID()];
    for (const [n, { userId }] of [scene.ada, scene.ben].entries())
      await sql.query(`insert into core.job (id, kind, title, project_id, created_by) values ($1, 'k', 't', $2, $3)`, [
        ids[n],
        projectId,
        userId,
      ]);
    const event: LiveEvent = { topic: 'jobs.changed', projectId, jobIds: ids };
    expect(await filter(event, scene.ada)).toEqual({ ...event, jobIds: [ids[0]] });
    expect(await filter({ ...event, jobIds: [ids[1]!] }, scene.ada)).toBeUndefined();
    expect(await filter(event, max)).toBe(event);
  });

  it('of plugins are for those whom they name, or for all but who works blind', async () => {
    const event = { topic: 'toy:seen', projectId, data: { a: 1 } } as const;
    expect(await filter(event, scene.ada)).toBeUndefined();
    expect(await filter(event, max)).toEqual(event);
    expect(await filter({ ...event, userIds: 'all' }, scene.ada)).toEqual(event);
    expect(await filter({ ...event, userIds: [scene.ada.userId] }, scene.ada)).toEqual(event);
    expect(await filter({ ...event, userIds: [scene.ben.userId] }, scene.ada)).toBeUndefined();
    expect(await filter({ ...event, userIds: [scene.ben.userId] }, max)).toBeUndefined();
    await setMode('cooperative');
    expect(await filter(event, scene.ada)).toEqual(event);
  });

  it('of images name those that are there for the person, and of the project are for everybody', async () => {
    const event: LiveEvent = { topic: 'images.changed', projectId, imageSetId: 1, imageIds: [imageId, 77] };
    expect(await filter(event, scene.ada)).toBe(event);
    scene.services.taps.set('images.visible', (asked: object, { principal }: { principal?: Principal }) => ({
      ...asked,
      imageIds: principal?.userId === scene.ada.userId ? [imageId] : [],
    }));
    scene.services.notices.apply({ about: 'everything' });
    expect(await filter(event, scene.ada)).toEqual({ ...event, imageIds: [imageId] });
    expect(await filter(event, scene.ben)).toBeUndefined();
    const members: LiveEvent = { topic: 'project.changed', projectId, what: 'members' };
    expect(await filter(members, scene.ada)).toBe(members);
    // Annotations on images that are not there are not either.
    await setMode('cooperative');
    const { uuids } = await draw(max, 1);
    const drawn = changed(max, { created: uuids });
    expect(await filter(drawn, scene.ben)).toBeUndefined();
    expect(await filter(drawn, scene.ada)).toMatchObject({ created: uuids });
  });
});
