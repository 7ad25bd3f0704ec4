import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeOverview } from '@exact/geometry';
import { type AnnotationImport, defineError } from '@exact/sdk/contract';
import type { ChangeSet, DraftsOfImage } from '@exact/sdk/hooks';
import type { Principal } from '@exact/sdk/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createJobs, type Jobs } from '../../jobs/jobs.ts';
import { createProcesses, type Processes } from '../../jobs/processes.ts';
import { createFolderDriver } from '../../storage/folder-driver.ts';
import { createScene, type Scene } from '../fixture.testing.ts';
import { type AnnotationImports, createImports, demandImportRights, IMPORT_JOB } from './imports.ts';
import { uuidOfLine } from './check-task.ts';

let scene: Scene;
let jobs: Jobs;
let processes: Processes;
let imports: AnnotationImports;
let folder: string;

beforeAll(async () => {
  scene = await createScene();
  folder = await mkdtemp(join(tmpdir(), 'exact-import-'));
  jobs = await createJobs(scene.services);
  processes = createProcesses({ max: 1 });
  imports = createImports(scene.services, { jobs, processes, storage: createFolderDriver(folder) });
});

afterAll(async () => {
  imports?.close();
  await jobs?.stop();
  processes?.close();
  await scene?.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => scene.services.database.sql.query('delete from core.annotation'));
afterEach(() => scene.services.taps.clear());

const point = (x: number, more: object = {}): object => ({
  templateId: scene.templates.point,
  geometry: { kind: 'point', x, y: 5 },
  ...more,
});
const fileOf = (lines: readonly (object | string)[]): string =>
  lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');

async function* inPieces(text: string | Uint8Array, bytes = 7): AsyncGenerator<Uint8Array> {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes);
}

/** Sends a file and waits until its job has ended. */
async function run(
  file: string | Uint8Array,
  {
    who = scene.ada,
    importId = randomUUID() as string,
    imageId = scene.imageId,
  }: { who?: Principal; importId?: string; imageId?: number } = {},
): Promise<AnnotationImport> {
  const pieces = inPieces(file, Math.max(7, Math.ceil(file.length / 50)));
  await imports.start(who, { projectId: scene.projectId, imageId, importId }, pieces);
  return settled(who, importId);
}

async function settled(who: Principal, importId: string): Promise<AnnotationImport> {
  await expect
    .poll(async () => (await imports.get(who, scene.imageId, importId)).job.state, { timeout: 30_000, interval: 30 })
    .not.toMatch(/waiting|running/);
  return imports.get(who, scene.imageId, importId);
}

const own = (importId: string) => ({ importId, userId: scene.ada.userId, uuidMark: undefined });
const stored = () =>
  scene.annotations
    .list({ imageId: scene.imageId }, scene.contextOf(scene.ada), { limit: 1000 })
    .then((page) => page.items);

describe('an import of annotations', () => {
  it('stores every line with its author, its history and one event, and leaves no file behind', async () => {
    const uuid = randomUUID();
    const importId = randomUUID();
    const ring = [10, 10, 50, 10, 50.5, 40, 10, 40];
    const before = await scene.services.outbox.current();
    const result = await run(
      fileOf([
        point(1, { uuid, description: 'first', meta: { score: 0.5 } }),
        { templateId: scene.templates.polygon, geometry: { kind: 'polygon', polygons: [[ring]] } },
        {
          templateId: scene.templates.box,
          geometry: { kind: 'box', x: -3, y: 2, width: 9, height: 9 },
          description: '',
        },
        '',
      ]),
      { importId },
    );
    expect(result).toMatchObject({
      lines: 3,
      created: 3,
      known: 0,
      problemCount: 0,
      job: { state: 'done', progress: 1 },
    });
    const items = await stored();
    expect(items).toMatchObject([
      { uuid, description: 'first', meta: { score: 0.5 }, authorId: scene.ada.userId, revision: 1 },
      {
        uuid: uuidOfLine(own(importId), 2),
        geometry: { kind: 'polygon', polygons: [[ring]] },
        description: '',
        meta: {},
      },
      { uuid: uuidOfLine(own(importId), 3), geometry: { kind: 'box', x: -3 } },
    ]);
    const [{ uuid: second } = { uuid: '' }] = items.slice(1);
    expect(await scene.annotations.history(second, scene.contextOf(scene.ada))).toMatchObject([
      { revision: 1, change: 'create', userId: scene.ada.userId, geometry: { kind: 'polygon', polygons: [[ring]] } },
    ]);
    const events = await scene.services.database.sql.query<{ event: object }>(
      `select event from core.outbox where topic = 'annotations.changed' and event ->> 'changeId' = $1`,
      [importId],
    );
    expect(events).toMatchObject([{ event: { many: true, created: [], imageId: scene.imageId } }]);
    expect(before).toBeDefined();
    // The boxes are those that changes write: a look at a part of the image finds them.
    const inBox = await scene.annotations.list(
      { imageId: scene.imageId, box: { minX: 0, minY: 0, maxX: 5, maxY: 6 } },
      scene.contextOf(scene.ada),
    );
    expect(inBox.items.map((item) => item.geometry.kind)).toEqual(['point', 'box']);
    const overview = decodeOverview(
      (await scene.annotations.overview({ imageId: scene.imageId }, scene.contextOf(scene.ada))).bytes as Uint8Array,
    );
    expect([...overview.templateIds].map((id, index) => [id, overview.totals[index]])).toEqual(
      [scene.templates.polygon, scene.templates.box, scene.templates.point].map((id) => [id, 1]),
    );
    expect((await readdir(join(folder, '.scratch'))).filter((name) => name.includes('.ndjson'))).toEqual([]);
  });

  it('stores nothing of a file with wrong lines and says which, why, and how many', async () => {
    await scene.services.database.sql.query('update core.template set attribute_schema = $2 where id = $1', [
      scene.templates.point,
      JSON.stringify({ attributes: [{ key: 'grade', label: 'Grade', type: 'integer' }] }),
    ]);
    const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
    const bad: readonly [object | string, string][] = [
      ['{"templateId": ', 'LINE_NOT_JSON'],
      ['[1, 2]', 'LINE_NO_OBJECT'],
      ['null', 'LINE_NO_OBJECT'],
      ['  ', 'LINE_EMPTY'],
      [{}, 'TEMPLATE_INVALID'],
      [point(1, { uuid: 'no' }), 'UUID_INVALID'],
      [point(1, { templateId: scene.templates.foreign }), 'TEMPLATE_UNKNOWN'],
      [point(1, { templateId: scene.templates.retired }), 'TEMPLATE_INACTIVE'],
      [point(1, { templateId: scene.templates.box }), 'TEMPLATE_KIND'],
      [point(1, { meta: { attributes: { grade: 'high' } } }), 'ANNOTATION_ATTRIBUTE'],
      [point(-1), 'GEOMETRY_OUTSIDE_IMAGE'],
      [`{"templateId":${scene.templates.point},"geometry":{"kind":"point","x":NaN,"y":1}}`, 'LINE_NOT_JSON'],
      [`{"templateId":${scene.templates.point},"geometry":{"kind":"point","x":1e999,"y":1}}`, 'GEOMETRY_NUMBER'],
      [{ templateId: scene.templates.polygon, geometry: { kind: 'polygon', polygons: [] } }, 'GEOMETRY_EMPTY'],
      [
        { templateId: scene.templates.polygon, geometry: { kind: 'polygon', polygons: [[[0, 0, 9, 9, 9, 0, 0, 9]]] } },
        'GEOMETRY_SELF_CROSSING',
      ],
      [
        {
          templateId: scene.templates.polygon,
          geometry: { kind: 'polygon', polygons: [[new Array(200_002).fill(1)]] },
        },
        'GEOMETRY_TOO_LARGE',
      ],
      [
        `{"templateId":${scene.templates.polygon},"geometry":{"kind":"polygon","polygons":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`,
        'GEOMETRY_NUMBER',
      ],
      [point(1, { meta: { text: 'x'.repeat(70_000) } }), 'META_TOO_LARGE'],
      [
        `{"templateId":${scene.templates.point},"geometry":{"kind":"point","x":1,"y":1},"meta":${deep}}`,
        'META_TOO_DEEP',
      ],
      [
        `{"templateId":${scene.templates.point},"geometry":{"kind":"point","x":1,"y":1},"meta":{"__proto__":{"isAdmin":true}}}`,
        'META_INVALID',
      ],
      [point(1, { description: 'half \ud800' }), 'TEXT_NOT_STORABLE'],
      ['x'.repeat(9 * 1024 * 1024), 'LINE_TOO_LONG'],
    ];
    const file = fileOf([point(1), ...bad.map(([line]) => line), point(2), ...Array.from({ length: 200 }, () => '{}')]);
    const result = await run(file);
    expect(result.problems.slice(0, bad.length).map(({ line, code }) => [line, code])).toEqual(
      bad.map(([, code], index) => [index + 2, code]),
    );
    expect(result).toMatchObject({ lines: bad.length + 202, problemCount: bad.length + 200 });
    expect(result.problems).toHaveLength(100);
    expect(result.created).toBeUndefined();
    expect(result.job).toMatchObject({ state: 'failed', problem: { code: 'ANNOTATION_IMPORT_REFUSED' } });
    expect(result.job.problem?.message).toContain(`${bad.length + 200} lines of ${bad.length + 202}`);
    expect(await stored()).toEqual([]);
  });

  it('refuses what is no UTF-8', async () => {
    const result = await run(Buffer.concat([Buffer.from(fileOf([point(1)])), Buffer.from('\n"\xff"', 'latin1')]));
    expect(result.problems).toMatchObject([{ line: 2, code: 'LINE_NOT_UTF8' }]);
  });

  it('refuses an empty body at once', async () => {
    const target = { projectId: scene.projectId, imageId: scene.imageId };
    await expect(imports.start(scene.ada, target, inPieces(''))).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('stores an import once, however often its job runs and its file is sent', async () => {
    const importId = randomUUID();
    const file = fileOf([point(1), point(2)]);
    await run(file, { importId });
    const again = await run('this body is not even read', { importId });
    expect(again).toMatchObject({ created: 2, job: { state: 'done' } });
    // A worker that died after the commit and before it could say so: its job comes again, its file may be gone or there.
    await scene.services.database.sql.query(`update core.job set state = 'failed' where id = $1`, [again.job.id]);
    expect(await run(file, { importId })).toMatchObject({ job: { state: 'done' }, created: 2 });
    expect(await stored()).toHaveLength(2);
    // Another person's import of the same id is another one.
    expect(await run(file, { importId, who: scene.ben })).toMatchObject({ created: 2, job: { state: 'done' } });
    expect(new Set((await stored()).map(({ uuid }) => uuid)).size).toBe(4);
    await expect(run(file, { importId, imageId: scene.secondImageId })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('goes into a layer and in a reader’s name: the author is the reader, the history says who brought it', async () => {
    const { sql } = scene.services.database;
    const [layer] = await sql.query<{ id: number }>(
      `insert into core.annotation_layer (project_id, name, purpose) values ($1, 'Model', 'precomputed') returning id`,
      [scene.projectId],
    );
    const layerId = layer!.id;
    await sql.query(`insert into core.project_member values ($1, $2, 'annotator')`, [
      scene.projectId,
      scene.ben.userId,
    ]);
    const given = { projectId: scene.projectId, imageId: scene.imageId };
    const signal = new AbortController().signal;
    const importId = randomUUID();
    const file = fileOf([point(1, { description: 'found' }), point(2)]);
    const target = { ...given, importId, layerId, authorId: scene.ben.userId };
    expect(await imports.complete(scene.ada, target, inPieces(file), signal)).toEqual({ created: 2, known: 0 });
    const items = await stored();
    expect(items).toMatchObject([
      { layerId, authorId: scene.ben.userId, editorId: scene.ada.userId, description: 'found' },
      { layerId, authorId: scene.ben.userId, editorId: scene.ada.userId },
    ]);
    const history = (): Promise<object[]> => scene.annotations.history(items[0]!.uuid, scene.contextOf(scene.ada));
    const first = { revision: 1, change: 'create', userId: scene.ada.userId, layerId };
    expect(await history()).toMatchObject([first]);
    await scene.change(scene.ben, { update: [{ uuid: items[0]!.uuid, revision: 1, description: 'mine' }] });
    expect(await history()).toMatchObject([{ revision: 2, userId: scene.ben.userId, layerId }, first]);
    // The same file by another import: known as that reader's, and as something else as one's own.
    const uuids = fileOf(items.map(({ uuid }, i) => point(i + 1, { uuid, ...(i === 0 && { description: 'found' }) })));
    const again = { ...target, importId: randomUUID() };
    expect(await imports.complete(scene.ada, again, inPieces(uuids), signal)).toEqual({ created: 0, known: 2 });
    await expect(
      imports.complete(scene.ada, { ...again, importId: randomUUID(), authorId: undefined }, inPieces(uuids), signal),
    ).rejects.toMatchObject({ code: 'ANNOTATION_IMPORT_REFUSED', data: { count: 2 } });
  });

  it('refuses layers that are not the project’s, authors who are not in it, and everybody but managers', async () => {
    const { sql } = scene.services.database;
    const [foreign] = await sql.query<{ id: number }>(
      `insert into core.annotation_layer (project_id, name, purpose) values ($1, 'Theirs', 'precomputed') returning id`,
      [scene.otherProjectId],
    );
    const given = { projectId: scene.projectId, imageId: scene.imageId };
    await expect(imports.start(scene.ada, { ...given, layerId: foreign!.id }, inPieces('x'))).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      data: { fields: [{ path: 'query.layerId' }] },
    });
    await expect(imports.start(scene.ada, { ...given, authorId: 99_999 }, inPieces('x'))).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      data: { fields: [{ path: 'query.authorId', message: 'user 99999 is not in the project; add them to it first' }] },
    });
    for (const role of ['viewer', 'annotator', 'verifier'] as const) {
      expect(() => demandImportRights(scene.ada, role, { layerId: 1 })).toThrow('layers:write');
      expect(() => demandImportRights(scene.ada, role, { authorId: 1 })).toThrow('annotations:attribute');
      expect(() => demandImportRights(scene.ada, role, {})).not.toThrow();
    }
    expect(() => demandImportRights(scene.ada, 'manager', { layerId: 1, authorId: 1 })).not.toThrow();
  });

  it('stores nothing when its layer has gone meanwhile', async () => {
    const { sql } = scene.services.database;
    const [layer] = await sql.query<{ id: number }>(
      `insert into core.annotation_layer (project_id, name, purpose) values ($1, 'Gone', 'precomputed') returning id`,
      [scene.projectId],
    );
    scene.services.taps.set('annotations.beforeCreate', async () => {
      await sql.query('delete from core.annotation_layer where id = $1', [layer!.id]);
    });
    const target = { projectId: scene.projectId, imageId: scene.imageId, layerId: layer!.id };
    const signal = new AbortController().signal;
    await expect(imports.complete(scene.ada, target, inPieces(fileOf([point(1)])), signal)).rejects.toMatchObject({
      code: 'IMPORT_NOT_STORED',
      message: expect.stringContaining('layer'),
    });
    expect(await stored()).toEqual([]);
  });

  it('leaves out what the same person has stored before, and refuses UUIDs of anything else', async () => {
    const [a, b] = [randomUUID(), randomUUID()];
    await run(fileOf([point(1, { uuid: a, meta: { b: 1, a: 2 } })]));
    const merged = await run(fileOf([point(2, { uuid: b }), point(1, { uuid: a, meta: { a: 2, b: 1 } })]));
    expect(merged).toMatchObject({ created: 1, known: 1, job: { state: 'done' } });

    const refused = await run(fileOf([point(3), point(9, { uuid: a }), point(4, { uuid: b }), point(4, { uuid: b })]));
    expect(refused.problems.map(({ line, code }) => [line, code])).toEqual([
      [2, 'UUID_TAKEN'],
      [3, 'UUID_TAKEN'],
      [4, 'UUID_TWICE'],
      [4, 'UUID_TAKEN'],
    ]);
    const ofBen = await run(fileOf([point(1, { uuid: a, meta: { b: 1, a: 2 } })]), { who: scene.ben });
    expect(ofBen.problems).toMatchObject([{ line: 1, code: 'UUID_TAKEN' }]);
    expect(await stored()).toHaveLength(2);
  });

  it('lets plugins complete and refuse the lines in batches, and tells them of what was stored', async () => {
    const batches: number[] = [];
    const told: number[] = [];
    const file = fileOf(Array.from({ length: 2500 }, (_, x) => point(x)));
    scene.services.taps.set('annotations.beforeCreate', (value: DraftsOfImage) => {
      batches.push(value.drafts.length);
      return { ...value, drafts: value.drafts.map((draft) => ({ ...draft, description: 'by a plugin' })) };
    });
    scene.services.taps.set('annotations.afterCreate', (change: ChangeSet) => {
      told.push(change.created.length);
      expect(change.origin).toBe('import');
    });
    expect(await run(file)).toMatchObject({ created: 2500 });
    expect(batches).toEqual([1000, 1000, 500]);
    expect(told).toEqual([1000, 1000, 500]);
    const [first] = await stored();
    expect(first).toMatchObject({ description: 'by a plugin', revision: 1 });

    await scene.services.database.sql.query('delete from core.annotation');
    const FullError = defineError<object>({ code: 'SLIDE_FULL', status: 422, message: () => 'No more on this slide.' });
    scene.services.taps.set('annotations.beforeCreate', (value: DraftsOfImage) => {
      if (value.drafts.length === 500) throw new FullError({});
    });
    expect((await run(file)).job).toMatchObject({
      state: 'failed',
      problem: { code: 'SLIDE_FULL', message: 'No more on this slide.' },
    });
    expect(await stored()).toEqual([]);
  });

  it('stores nothing of an import that was cancelled while its rows were written', async () => {
    const importId = randomUUID();
    const cancelled = Promise.withResolvers<void>();
    scene.services.taps.set('annotations.beforeCreate', async () => {
      // By another process: this one is told by its look at the row only.
      await scene.services.database.sql.query(
        `update core.job set state = 'cancelled', ended_at = now() where kind = $1 and input ->> 'importId' = $2`,
        [IMPORT_JOB, importId],
      );
      cancelled.resolve();
    });
    const result = await run(fileOf([point(1)]), { importId });
    await cancelled.promise;
    expect(result.job.state).toBe('cancelled');
    scene.services.taps.clear();
    expect(await run(fileOf([point(2)]), { importId })).toMatchObject({ created: 1, job: { state: 'done' } });
    expect(await stored()).toMatchObject([{ geometry: { x: 2 } }]);
  });

  it('is told apart from those of others', async () => {
    const importId = randomUUID();
    await run(fileOf([point(1)]), { importId });
    await expect(imports.get(scene.ben, scene.imageId, importId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(imports.get(scene.ada, scene.secondImageId, importId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
