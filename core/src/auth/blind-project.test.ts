import { randomUUID } from 'node:crypto';
import { decodeFrame } from '@exact/geometry';
import type { AnnotationChanges } from '@exact/sdk/contract';
import type { PluginContext } from '@exact/sdk/server';
import type { TestPerson } from '@exact/sdk/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BootedKernel, bootTestKernel } from '../testing.ts';

let kernel: BootedKernel;
let plugin: PluginContext;
/** Declares less. */
let meek: PluginContext;
let mia: TestPerson;
let ada: TestPerson;
let ben: TestPerson;
let vera: TestPerson;
let admin: TestPerson;
let projectId: number;
let imageSetId: number;
let imageId: number;
let templateId: number;

beforeAll(async () => {
  kernel = await bootTestKernel({
    plugins: [
      {
        id: 'toy',
        manifest: {
          contributes: {},
          permissions: {
            uses: [
              'projects:read',
              'projects:manage',
              'annotations:read',
              'annotations:write',
              'annotations:attribute',
            ],
            defines: [],
          },
        },
        setup(ctx) {
          plugin = ctx;
        },
      },
      {
        id: 'meek',
        manifest: {
          contributes: {},
          permissions: { uses: ['projects:read', 'annotations:read', 'annotations:write'], defines: [] },
        },
        setup(ctx) {
          meek = ctx;
        },
      },
    ],
  });
  const roles = { mia: 'manager', ada: 'annotator', ben: 'annotator', vera: 'verifier' } as const;
  ({ id: projectId, imageSetId } = await kernel.project(roles));
  admin = await kernel.person('root', { isAdmin: true });
  [mia, ada, ben, vera] = (await Promise.all(Object.keys(roles).map((name) => kernel.person(name)))) as [
    TestPerson,
    TestPerson,
    TestPerson,
    TestPerson,
  ];
  const { sql } = kernel.platform.database;
  const [image] = await sql.query<{ id: number }>(
    `insert into core.image (image_set_id, public_name, private_name, state, original_key, size_bytes, sha256, content_version, width, height)
     values ($1, 'a', 'x', 'ready', 'a', 1, '\\x00', 'v', 4000, 3000) returning id`,
    [imageSetId],
  );
  imageId = image?.id ?? 0;
  const product = await mia.request('POST', `/api/v2/projects/${projectId}/products`, { name: 'Cells' });
  const template = await mia.request('POST', `/api/v2/projects/${projectId}/products/${product.body.id}/templates`, {
    name: 'Cell',
    kind: 'point',
  });
  templateId = template.body.id;
});
afterAll(() => kernel?.close());
beforeEach(() => setMode('cooperative'));

const project = (): string => `/api/v2/projects/${projectId}`;
const annotations = (): string => `/api/v2/images/${imageId}/annotations`;

async function setMode(collaboration: string, who = mia): Promise<{ status: number; body: { code?: string } }> {
  return who.request('PATCH', project(), { collaboration });
}

function change(who: TestPerson, changes: Partial<AnnotationChanges>): ReturnType<TestPerson['request']> {
  return who.request('POST', `${annotations()}/changes`, { changeId: randomUUID(), ...changes });
}

/** Draws a point as somebody, before anybody works blind: any UUID will do then. */
async function draw(who: TestPerson, x = 5): Promise<string> {
  const uuid = randomUUID();
  const answer = await change(who, { create: [{ uuid, templateId, geometry: { kind: 'point', x, y: 5 } }] });
  expect(answer.status).toBe(200);
  return uuid;
}

async function makeLayer(draft: object = {}): Promise<number> {
  const answer = await mia.request('POST', `${project()}/layers`, {
    name: randomUUID(),
    purpose: 'guidance',
    ...draft,
  });
  expect(answer.status).toBe(201);
  return answer.body.id;
}

const moveInto = (uuid: string, layerId: number | null, who = mia, revision = 1) =>
  change(who, { update: [{ uuid, revision, layerId }] });

/** An answer without what the caller has said, and without the number of the request. */
function plain({ status, body }: { status: number; body: unknown }, said: string): string {
  return JSON.stringify({ status, body: { ...(body as object), requestId: '' } }).replaceAll(said, '#');
}

describe('how a project works together', () => {
  it('is set by its managers, told to browsers and written down with what it was', async () => {
    const { sql } = kernel.platform.database;
    expect(await setMode('blind')).toMatchObject({ status: 200, body: { collaboration: 'blind' } });
    expect(await setMode('blind')).toMatchObject({ status: 200 }); // no change, nothing to write down
    expect(await setMode('secondOpinion', admin)).toMatchObject({ status: 200 });
    const audit = await sql.query<{ target: string; user_id: number }>(
      `select target, user_id from core.audit where action = 'project.collaboration' order by id desc limit 2`,
    );
    expect(audit).toEqual([
      { target: 'blind secondOpinion', user_id: admin.principal.userId },
      { target: 'cooperative blind', user_id: mia.principal.userId },
    ]);
    const [event] = await sql.query<{ event: object }>(
      `select event from core.outbox where topic = 'project.changed' order by id desc limit 1`,
    );
    expect(event?.event).toMatchObject({ projectId, what: 'project' });
  });

  it('is not for others to set, and knows three ways', async () => {
    for (const who of [ada, vera]) expect(await setMode('blind', who)).toMatchObject({ status: 403 });
    const stranger = await kernel.person('stranger');
    expect(await setMode('blind', stranger)).toMatchObject({ status: 404 });
    expect(await setMode('deaf')).toMatchObject({ status: 422, body: { code: 'INVALID_REQUEST' } });
    expect((await mia.request('GET', project())).body.collaboration).toBe('cooperative');
  });

  it('is set by plugins that declare it, in the name of managers', async () => {
    const { projects } = plugin;
    expect(await projects.setCollaboration(mia.principal, projectId, 'blind')).toMatchObject({
      collaboration: 'blind',
    });
    await expect(projects.setCollaboration(ada.principal, projectId, 'cooperative')).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await expect(async () => meek.projects.setCollaboration(mia.principal, projectId, 'blind')).rejects.toMatchObject({
      code: 'PERMISSION_NOT_DECLARED',
    });
  });
});

describe('in blind mode', () => {
  it('what others have drawn is not there, at every door, and is there again afterwards', async () => {
    const foreign = await draw(ada);
    const own = await draw(ben, 7);
    const seen = async (who: TestPerson) => {
      const { body: page } = await who.request('GET', annotations());
      const response = await fetch(`${kernel.url}${annotations()}/frame`, { headers: { cookie: who.cookie } });
      const frame = decodeFrame(new Uint8Array(await response.arrayBuffer()));
      return {
        listed: page.items
          .map(({ uuid }: { uuid: string }) => uuid)
          .filter((uuid: string) => [foreign, own].includes(uuid)),
        framed: Array.from({ length: frame.count }, (_, i) => frame.uuidAt(i)).length === page.items.length,
        cursor: response.headers.has('exact-cursor'),
        counts: (await who.request('GET', `${annotations()}/counts`)).body[0]?.count === page.items.length,
        image: (await who.request('GET', `/api/v2/images/${imageId}`)).body.annotationCount === page.items.length,
        set: (await who.request('GET', `/api/v2/image-sets/${imageSetId}`)).body.annotationCount === page.items.length,
        one: (await who.request('GET', `/api/v2/annotations/${foreign}`)).status,
        history: (await who.request('GET', `/api/v2/annotations/${foreign}/history`)).status,
        media: (await who.request('GET', `/api/v2/annotations/${foreign}/media`)).status,
      };
    };
    const all = { listed: [foreign, own], framed: true, cursor: true, counts: true, image: true, set: true };
    const open = { ...all, one: 200, history: 200, media: 200 };
    expect(await seen(ben)).toEqual(open);
    await setMode('blind');
    expect(await seen(ben)).toEqual({ ...all, listed: [own], cursor: false, one: 404, history: 404, media: 404 });
    expect(await seen(vera)).toMatchObject({ listed: [], one: 404, counts: false, image: true });
    expect(await seen(mia)).toEqual(open);
    expect(await seen(admin)).toEqual(open);
    await setMode('secondOpinion');
    expect(await seen(ben)).toEqual(open);
  });

  it('a foreign annotation and an absent one get the same answer, whatever is tried', async () => {
    const foreign = await draw(ada);
    const absent = randomUUID();
    await setMode('blind');
    const media = randomUUID();
    const tries: ((uuid: string) => readonly [TestPerson, string, string, unknown?])[] = [
      (uuid) => [ben, 'GET', `/api/v2/annotations/${uuid}`],
      (uuid) => [ben, 'GET', `/api/v2/annotations/${uuid}/history`],
      (uuid) => [ben, 'GET', `/api/v2/annotations/${uuid}/media`],
      (uuid) => [ben, 'PATCH', `/api/v2/annotations/${uuid}/media/${media}`, { caption: 'x' }],
      (uuid) => [ben, 'DELETE', `/api/v2/annotations/${uuid}/media/${media}`],
      (uuid) => [ben, 'POST', `/api/v2/annotations/${uuid}/media/order`, { mediaIds: [] }],
      (uuid) => [ben, 'GET', `${annotations()}/next?after=${uuid}`],
      (uuid) => [ben, 'GET', `${annotations()}?uuids=${uuid}&deleted=all`],
      ...(['update', 'delete', 'restore', 'verify'] as const).map((list) => (uuid: string) => {
        const item = { uuid, revision: 1, description: 'x', verdict: 'accepted' };
        const body = { changeId: media, [list]: [item] };
        return [vera, 'POST', `${annotations()}/changes`, body] as const;
      }),
    ];
    for (const made of tries) {
      const [foreignAnswer, absentAnswer] = await Promise.all(
        [foreign, absent].map(async (uuid) => {
          const [who, method, path, body] = made(uuid);
          return plain(await who.request(method, path, body), uuid);
        }),
      );
      expect(foreignAnswer, made(foreign).slice(1, 3).join(' ')).toBe(absentAnswer);
    }
  });

  it('is what who was promoted, or removed from managing, gets with the next request', async () => {
    const foreign = await draw(ada);
    await setMode('blind');
    const status = async () => (await ben.request('GET', `/api/v2/annotations/${foreign}`)).status;
    expect(await status()).toBe(404);
    await mia.request('PUT', `${project()}/members/${ben.principal.userId}`, { role: 'manager' });
    expect(await status()).toBe(200);
    await mia.request('PUT', `${project()}/members/${ben.principal.userId}`, { role: 'annotator' });
    expect(await status()).toBe(404);
  });
});

describe('layers', () => {
  it('are made, renamed, shown and deleted by managers; names are taken once in a project', async () => {
    const made = await mia.request('POST', `${project()}/layers`, {
      name: 'Model 1',
      purpose: 'precomputed',
      source: { program: 'detector', version: '1.2', sha256: 'a'.repeat(64) },
    });
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'Model 1', projectId, purpose: 'precomputed', shown: false, annotationCount: 0 },
    });
    const layer = `/api/v2/layers/${made.body.id}`;
    expect(await mia.request('POST', `${project()}/layers`, { name: 'model 1', purpose: 'guidance' })).toMatchObject({
      status: 409,
      body: { code: 'CONFLICT' },
    });
    expect(await mia.request('PATCH', layer, { name: 'Model 2', shown: true })).toMatchObject({
      status: 200,
      body: { name: 'Model 2', shown: true, source: { program: 'detector' } },
    });
    expect(await mia.request('PATCH', layer, {})).toMatchObject({ status: 422 });
    expect(await mia.request('PATCH', layer, { source: { sha256: 'no' } })).toMatchObject({ status: 422 });
    expect(await mia.request('POST', `${project()}/layers`, { name: 'x', purpose: 'art' })).toMatchObject({
      status: 422,
    });
    for (const who of [ada, vera]) expect((await who.request('PATCH', layer, { shown: false })).status).toBe(403);
    expect((await mia.request('DELETE', layer)).status).toBe(204);
    expect((await mia.request('DELETE', layer)).status).toBe(404);
  });

  it('take in what managers mark, with revision and history, and give it back', async () => {
    const uuid = await draw(ada);
    const layerId = await makeLayer();
    expect(await moveInto(uuid, layerId)).toMatchObject({ status: 200, body: { items: [{ layerId, revision: 2 }] } });
    expect((await mia.request('GET', `${annotations()}?layers=${layerId}`)).body.items).toMatchObject([
      { uuid, layerId },
    ]);
    expect((await mia.request('GET', `${annotations()}?layers=none&uuids=${uuid}`)).body.items).toEqual([]);
    const back = await moveInto(uuid, null, mia, 2);
    expect(back.body.items[0]).not.toHaveProperty('layerId');
    const history = await ada.request('GET', `/api/v2/annotations/${uuid}/history`);
    expect(
      history.body.map((revision: { layerId?: number; userId: number }) => [revision.layerId, revision.userId]),
    ).toEqual([
      [undefined, mia.principal.userId],
      [layerId, mia.principal.userId],
      [undefined, ada.principal.userId],
    ]);
  });

  it('take nothing in from others, from other projects, or without sense', async () => {
    const uuid = await draw(ada);
    const layerId = await makeLayer();
    expect(await moveInto(uuid, layerId, ada)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    const other = await kernel.project({ mia: 'manager' });
    const foreign = await mia.request('POST', `/api/v2/projects/${other.id}/layers`, {
      name: 'f',
      purpose: 'guidance',
    });
    for (const [id, code] of [
      [foreign.body.id, 'LAYER_UNKNOWN'],
      [2_000_000_000, 'LAYER_UNKNOWN'],
      ['x', 'LAYER_INVALID'],
      [0, 'LAYER_INVALID'],
    ])
      expect(await moveInto(uuid, id as number)).toMatchObject({ status: 422, body: { data: { items: [{ code }] } } });
  });

  it('are shared by who works blind when they are shown, and read only', async () => {
    const uuid = await draw(ada);
    const own = await draw(ben);
    const layerId = await makeLayer();
    await moveInto(uuid, layerId);
    await setMode('blind');
    const status = async () => (await ben.request('GET', `/api/v2/annotations/${uuid}`)).status;
    expect(await status()).toBe(404);
    expect((await ben.request('GET', `${project()}/layers`)).body).toEqual([]);
    expect((await ben.request('PATCH', `/api/v2/layers/${layerId}`, { shown: true })).status).toBe(404);
    await mia.request('PATCH', `/api/v2/layers/${layerId}`, { shown: true });
    expect(await status()).toBe(200);
    const [layer] = (await ben.request('GET', `${project()}/layers`)).body;
    expect(layer).toMatchObject({ id: layerId, shown: true });
    expect(layer).not.toHaveProperty('annotationCount');
    expect(layer).not.toHaveProperty('source');
    expect((await mia.request('GET', `${project()}/layers`)).body).toContainEqual(
      expect.objectContaining({ id: layerId, annotationCount: 1, source: {} }),
    );
    expect((await ben.request('PATCH', `/api/v2/layers/${layerId}`, { shown: false })).status).toBe(403);

    const refused = { status: 403, body: { code: 'LAYER_READ_ONLY', data: { uuids: [uuid] } } };
    const item = { uuid, revision: 2 };
    expect(await change(ben, { update: [{ ...item, description: 'mine' }] })).toMatchObject(refused);
    expect(await change(ben, { delete: [item] })).toMatchObject(refused);
    expect(await change(vera, { verify: [{ ...item, verdict: 'accepted' }] })).toMatchObject(refused);
    expect(await ben.request('POST', `/api/v2/annotations/${uuid}/media/order`, { mediaIds: [] })).toMatchObject(
      refused,
    );
    expect(await change(ben, { update: [{ uuid: own, revision: 1, description: 'mine' }] })).toMatchObject({
      status: 200,
    });
    expect(await change(mia, { update: [{ ...item, description: 'as it should be' }] })).toMatchObject({ status: 200 });
  });

  it('go with their annotations when the number is repeated, and not without', async () => {
    const uuid = await draw(ada);
    const layerId = await makeLayer();
    await moveInto(uuid, layerId);
    const path = `/api/v2/layers/${layerId}`;
    expect(await mia.request('DELETE', path)).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    expect(await mia.request('DELETE', `${path}?annotations=2`)).toMatchObject({ status: 409 });
    const before = (await mia.request('GET', `${annotations()}/counts`)).body[0].count;
    expect((await mia.request('DELETE', `${path}?annotations=1`)).status).toBe(204);
    expect((await mia.request('GET', `/api/v2/annotations/${uuid}`)).status).toBe(404);
    expect((await mia.request('GET', `${annotations()}/counts`)).body[0].count).toBe(before - 1);
  });

  it('are found or made by plugins in the name of managers', async () => {
    const { projects } = plugin;
    const draft = { name: 'From the plugin', purpose: 'precomputed', shown: true } as const;
    const [one, two] = await Promise.all([
      projects.ensureLayer(mia.principal, projectId, draft),
      projects.ensureLayer(mia.principal, projectId, { ...draft, name: 'from the PLUGIN' }),
    ]);
    expect(one.id).toBe(two.id);
    expect(await projects.layers(ada.principal, projectId)).toContainEqual(expect.objectContaining({ id: one.id }));
    await expect(projects.ensureLayer(ada.principal, projectId, draft)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(async () => meek.projects.ensureLayer(mia.principal, projectId, draft)).rejects.toMatchObject({
      code: 'PERMISSION_NOT_DECLARED',
    });
  });
});

describe('an import in a reader’s name', () => {
  const line = (): string => JSON.stringify({ templateId, geometry: { kind: 'point', x: 9, y: 9 } });
  async function* file(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(line());
  }
  const send = (who: TestPerson, query: string): Promise<Response> =>
    fetch(`${kernel.url}${annotations()}/import?${query}`, {
      method: 'POST',
      headers: { cookie: who.cookie, 'content-type': 'application/x-ndjson', origin: kernel.url },
      body: line(),
    });

  it('is for managers: of members of the project, into its layers', async () => {
    const layerId = await makeLayer();
    const stranger = await kernel.person('stranger');
    const refused: (readonly [TestPerson, string, number, string])[] = [
      [ada, `layerId=${layerId}`, 403, 'FORBIDDEN'],
      [vera, `authorId=${ada.principal.userId}`, 403, 'FORBIDDEN'],
      [mia, `authorId=${stranger.principal.userId}`, 422, 'INVALID_REQUEST'],
      [mia, 'layerId=2000000000', 422, 'INVALID_REQUEST'],
      [mia, 'layerId=x', 422, 'INVALID_REQUEST'],
    ];
    for (const [who, query, status, code] of refused) {
      const answer = await send(who, query);
      expect([answer.status, ((await answer.json()) as { code: string }).code], query).toEqual([status, code]);
    }
    const answer = await send(mia, `layerId=${layerId}&authorId=${ada.principal.userId}`);
    expect(answer.status).toBe(202);
    const items = () => mia.request('GET', `${annotations()}?layers=${layerId}`);
    await expect.poll(async () => (await items()).body.items.length, { timeout: 20_000 }).toBe(1);
    const people = { authorId: ada.principal.userId, editorId: mia.principal.userId };
    expect((await items()).body.items[0]).toMatchObject({ layerId, ...people });
  });

  it('is that reader’s own in blind mode, and told with who brought it', async () => {
    await setMode('blind');
    const options = { importId: randomUUID(), authorId: ben.principal.userId };
    const who = mia.principal;
    expect(await plugin.annotations.import(who, imageId, file(), options)).toEqual({ created: 1, known: 0 });
    expect(await plugin.annotations.import(who, imageId, file(), options)).toEqual({ created: 1, known: 0 }); // the same one
    const { items } = (await ben.request('GET', `${annotations()}?authors=${ben.principal.userId}`)).body;
    const brought = items.find(({ editorId }: { editorId: number }) => editorId === who.userId);
    expect(brought).toMatchObject({ authorId: ben.principal.userId, editorId: who.userId, revision: 1 });
    expect((await ben.request('GET', `/api/v2/annotations/${brought.uuid}/history`)).body).toMatchObject([
      { revision: 1, change: 'create', userId: who.userId },
    ]);
    expect((await ada.request('GET', `/api/v2/annotations/${brought.uuid}`)).status).toBe(404);
  });

  it('needs its own permission of a plugin, and the rights of the person', async () => {
    const options = () => ({ importId: randomUUID(), authorId: ben.principal.userId });
    await expect(async () => meek.annotations.import(mia.principal, imageId, file(), options())).rejects.toMatchObject({
      code: 'PERMISSION_NOT_DECLARED',
    });
    await expect(plugin.annotations.import(ada.principal, imageId, file(), options())).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});
