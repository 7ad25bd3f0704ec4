import { randomUUID } from 'node:crypto';
import { decodeCentres, decodeFrame, decodeOverview, FRAME_FLAGS, readUuid } from '@exact/geometry';
import type { Annotation, AnnotationChanges } from '@exact/sdk/contract';
import type { TestPerson } from '@exact/sdk/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { append } from '../../db/outbox/store.ts';
import { type BootedKernel, bootTestKernel } from '../../testing.ts';
import { toPredicate } from '../visibility.ts';
import { readCentres, readFrame } from './packed.ts';

let kernel: BootedKernel;
let anna: TestPerson;
let ben: TestPerson;
let projectId: number;
let imageSetId: number;
let imageId: number;
let templates: { readonly box: number; readonly image: number };

beforeAll(async () => {
  kernel = await bootTestKernel({
    plugins: [
      {
        id: 'blind',
        manifest: { contributes: { hooks: ['annotations.visible'] }, permissions: { uses: [], defines: [] } },
        setup(ctx) {
          ctx.hooks.annotations.visible.tap((filter, { principal }) => ({
            ...filter,
            authorIds: [principal?.userId ?? 0],
          }));
        },
      },
    ],
  });
  ({ id: projectId, imageSetId } = await kernel.project({ anna: 'verifier', ben: 'annotator', mia: 'manager' }));
  [anna, ben] = [await kernel.person('anna'), await kernel.person('ben')];
  const manager = await kernel.person('mia');
  const products = `/api/v2/projects/${projectId}/products`;
  const product = await manager.request('POST', products, { name: 'Cells' });
  const template = async (name: string, kind: string): Promise<number> =>
    (await manager.request('POST', `${products}/${product.body.id}/templates`, { name, kind })).body.id;
  templates = { box: await template('Cell', 'box'), image: await template('Good slide', 'image') };
  imageId = await makeImage();
});
afterAll(() => kernel?.close());

async function makeImage(): Promise<number> {
  const [row] = await kernel.platform.database.sql.query<{ id: number }>(
    `insert into core.image (image_set_id, public_name, private_name, state, original_key, size_bytes, sha256, content_version, width, height)
     values ($1, $2, 'x', 'ready', $2, 1, '\\x00', 'v', 4000, 3000) returning id`,
    [imageSetId, randomUUID()],
  );
  return row?.id ?? 0;
}

const box = (x: number, y: number, width = 10, height = 20) => ({
  uuid: randomUUID(),
  templateId: templates.box,
  geometry: { kind: 'box' as const, x, y, width, height },
});

async function change(who: TestPerson, changes: Partial<AnnotationChanges>, on = imageId): Promise<Annotation[]> {
  const { status, body } = await who.request('POST', `/api/v2/images/${on}/annotations/changes`, {
    changeId: randomUUID(),
    ...changes,
  });
  expect(status, JSON.stringify(body)).toBe(200);
  return body.items;
}

interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

async function get(who: TestPerson, path: string, known?: string, on = imageId): Promise<Got> {
  const response = await fetch(`${kernel.url}/api/v2/images/${on}/annotations/${path}`, {
    headers: { cookie: who.cookie, ...(known === undefined ? {} : { 'if-none-match': known }) },
  });
  return { status: response.status, headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
}

const PACKED = ['overview', 'centres', 'frame'] as const;

describe('three levels of detail', () => {
  it('show the same annotations: counts, dots and shapes; labels of the image have no place, large shapes can be had alone', async () => {
    const [first] = await change(anna, {
      create: [
        box(100, 100),
        box(105, 100),
        box(0, 0, 1024, 5),
        { ...box(0, 0), templateId: templates.image, geometry: { kind: 'image' } },
      ],
    });
    await change(anna, { verify: [{ uuid: first?.uuid ?? '', revision: 1, verdict: 'rejected' }] });
    const overview = decodeOverview((await get(ben, 'overview')).bytes);
    expect([overview.cellSize, overview.columns, overview.rows, overview.total, overview.large]).toEqual([
      32, 125, 94, 4, 1,
    ]);
    expect([...overview.templateIds]).toEqual([templates.box, templates.image]);
    expect([...overview.totals]).toEqual([3, 1]);
    const counts = overview.countsOf(0);
    expect([counts[3 * 125 + 3], counts[16], counts.reduce((a, b) => a + b)]).toEqual([2, 1, 3]);
    expect(overview.countsOf(1).every((count) => count === 0)).toBe(true);

    const centres = decodeCentres((await get(ben, 'centres?large=no')).bytes);
    expect([...centres.x]).toEqual([105, 110, 2000]);
    expect([...centres.size]).toEqual([20, 20, 4000]);
    expect(centres.flags[0]).toBe(FRAME_FLAGS.rejected);
    const large = decodeFrame((await get(ben, 'frame?large=only')).bytes);
    expect(large.count).toBe(1);
    expect(large.boundsAt(0)).toEqual({ minX: 0, minY: 0, maxX: 1024, maxY: 5 });
    const { body } = await ben.request('GET', `/api/v2/images/${imageId}/annotations/counts`);
    expect(body).toEqual([
      { templateId: templates.box, count: 3 },
      { templateId: templates.image, count: 1 },
    ]);
  });

  it('give dots with their UUIDs to who asks for them, without labels of the image, under a validator of their own', async () => {
    const plain = await get(ben, 'centres');
    const named = await get(ben, 'centres?with=uuids');
    const frame = decodeFrame((await get(ben, 'frame')).bytes);
    const { uuids, count } = decodeCentres(named.bytes);
    const places = Array.from({ length: frame.count }, (_, i) => i).filter((i) => frame.geometryAt(i).kind !== 'image');
    expect(count).toBe(places.length);
    expect(places.map((i) => frame.uuidAt(i))).toEqual(places.map((_, at) => readUuid(uuids!, 16 * at)));
    expect(decodeCentres(plain.bytes).uuids).toBeUndefined();
    const etag = named.headers.get('etag') ?? '';
    await vi.waitFor(async () => {
      const again = (await get(ben, 'centres?with=uuids')).headers.get('etag') ?? '';
      expect((await get(ben, 'centres?with=uuids', again)).status).toBe(304);
    });
    expect((await get(ben, 'centres', etag)).status).toBe(200);
    expect((await get(ben, 'centres?with=names')).status).toBe(422);
  });

  it('count exactly for any filter, also for those that the kept counts cannot tell', async () => {
    const total = async (query: string): Promise<number> =>
      decodeOverview((await get(ben, `overview${query}`)).bytes).total;
    expect(await total(`?templates=${templates.image}`)).toBe(1);
    expect(await total(`?authors=${ben.principal.userId}`)).toBe(0);
    expect(await total('?verified=rejected')).toBe(1);
    expect(await total('?box=90,90,101,101')).toBe(2); // one box, and the label of the image
    expect(await total('?deleted=only')).toBe(0);
    expect((await get(ben, 'overview?large=some')).status).toBe(422);
  });

  it('refuse what one answer does not hold, and say the way out', async () => {
    const { pool } = kernel.platform.database;
    const all = toPredicate([{ imageId }]);
    const options = { cursor: 0, signal: new AbortController().signal };
    const limits = { annotations: 3, geometryBytes: 1000 };
    await expect(readFrame(pool, all, options, limits)).rejects.toMatchObject({
      code: 'TOO_MANY_ANNOTATIONS',
      status: 422,
      message: expect.stringContaining('by "box"'),
    });
    await expect(readFrame(pool, all, options, { annotations: 9, geometryBytes: 20 })).rejects.toThrow('20 bytes');
    await expect(readCentres(pool, all, options, 3)).rejects.toMatchObject({ code: 'TOO_MANY_ANNOTATIONS' });
    expect(decodeCentres(await readCentres(pool, all, options, 4)).count).toBe(4);
  });
});

describe('going through annotations', () => {
  it('goes on and back in the order in which they were made, by class, verdict and view, and ends at the ends', async () => {
    const on = await makeImage();
    const made = await change(anna, { create: [box(0, 0), box(1000, 0), box(2000, 0), box(1000, 900)] }, on);
    const label = await change(
      anna,
      { create: [{ ...box(0, 0), templateId: templates.image, geometry: { kind: 'image' } }] },
      on,
    );
    const uuids = [...made, ...label].map(({ uuid }) => uuid);
    await change(anna, { verify: [{ uuid: uuids[1] ?? '', revision: 1, verdict: 'accepted' }] }, on);
    await change(anna, { delete: [{ uuid: uuids[2] ?? '', revision: 1 }] }, on);
    const walk = async (query: string): Promise<number[]> => {
      const seen: number[] = [];
      for (let after: string | undefined; seen.length < 9;) {
        const { status, body } = await ben.request(
          'GET',
          `/api/v2/images/${on}/annotations/next?${query}${after === undefined ? '' : `&after=${after}`}`,
        );
        expect(status).toBe(200);
        if (body === null) return seen;
        after = body.uuid as string;
        seen.push(uuids.indexOf(after));
      }
      return seen;
    };
    expect(await walk('')).toEqual([0, 1, 3, 4]);
    expect(await walk('direction=previous')).toEqual([4, 3, 1, 0]);
    expect(await walk(`templates=${templates.box}`)).toEqual([0, 1, 3]);
    expect(await walk('verified=none&direction=previous')).toEqual([4, 3, 0]);
    expect(await walk('verified=accepted')).toEqual([1]);
    expect(await walk('deleted=all')).toEqual([0, 1, 2, 3, 4]);
    expect(await walk(`templates=${templates.box}&box=900,0,1100,2000`)).toEqual([1, 3]);
    expect(await walk('templates=')).toEqual([]);
    // From one that does not match itself, and from none that is there.
    const from = (after: string) => ben.request('GET', `/api/v2/images/${on}/annotations/next?after=${after}`);
    expect((await from(uuids[2] ?? '')).body.uuid).toBe(uuids[3]);
    expect((await from(randomUUID())).status).toBe(404);
    expect((await ben.request('GET', `/api/v2/images/${imageId}/annotations/next?after=${uuids[0]}`)).status).toBe(404);
    expect((await from('12')).status).toBe(422);
  });
});

describe('kept answers', () => {
  it('stay good until somebody changes the image, and are old at once for who changed it', async () => {
    for (const form of PACKED) {
      // The event of the change before gets its place while we look.
      const [first, etag] = await vi.waitFor(
        async () => {
          const got = await get(ben, form);
          const label = got.headers.get('etag') ?? '';
          const again = await get(ben, form, label);
          expect([again.status, again.bytes.length, again.headers.get('etag')]).toEqual([304, 0, label]);
          return [got, label] as const;
        },
        { timeout: 10_000, interval: 10 },
      );
      expect(etag).toMatch(/^W\/"/);
      expect(first.headers.get('cache-control')).toBe('private, no-cache');
      expect((await get(ben, `${form}?templates=${templates.box}`, etag)).status).toBe(200);
      const [made] = await change(anna, { create: [box(50, 50)] });
      const after = await get(anna, form, etag);
      expect(after.status).toBe(200);
      expect(Buffer.compare(after.bytes, first.bytes)).not.toBe(0);
      await change(anna, { delete: [{ uuid: made?.uuid ?? '', revision: 1 }] });
    }
  });

  it('grow old with what another process has written, by its event', async () => {
    const { database } = kernel.platform;
    const etags = await Promise.all(PACKED.map(async (form) => (await get(ben, form)).headers.get('etag') ?? ''));
    const before = decodeOverview((await get(ben, 'overview')).bytes).total;
    await database.transaction(async ({ sql }) => {
      await sql.query(
        `insert into core.annotation (uuid, image_id, template_id, author_id, editor_id, kind, box, geometry)
         select gen_random_uuid(), image_id, template_id, author_id, editor_id, kind, box, geometry from core.annotation
         where image_id = $1 and deleted_at is null limit 1`,
        [imageId],
      );
      const nobody = { created: [], updated: [], deleted: [], many: true };
      await append(sql, {
        ...{ topic: 'annotations.changed', projectId, imageId, changeId: randomUUID(), userId: 1 },
        ...nobody,
      });
    });
    await database.sql.query(`select pg_notify('exact_outbox', 'wake')`); // as another process does
    const now = async (): Promise<number> => decodeOverview((await get(ben, 'overview')).bytes).total;
    await vi.waitFor(async () => expect(await now()).toBe(before + 1), { timeout: 10_000, interval: 10 });
    for (const [i, form] of PACKED.entries()) expect((await get(ben, form, etags[i])).status).toBe(200);
  });

  it('are not had by who may not read the image, whatever they know', async () => {
    const stranger = await kernel.person('stranger');
    for (const form of PACKED) {
      const etag = (await get(ben, form)).headers.get('etag') ?? '';
      expect((await get(stranger, form, etag)).status).toBe(404);
    }
  });
});

describe('where a plugin shows everybody their own only', () => {
  it('every answer is the same to the last byte and header whether or not others have annotated', async () => {
    await kernel.enable(projectId, 'blind', true);
    const on = await makeImage();
    const [own] = await change(ben, { create: [box(10, 10), box(500, 500, 2000, 9)] }, on);
    const paths = [
      ...PACKED,
      ...PACKED.map((form) => `${form}?templates=${templates.box}&verified=none`),
      'frame?large=only',
      'next',
      `next?after=${own?.uuid}`,
      'next?direction=previous',
      'counts',
      '',
    ];
    const read = async (): Promise<string[]> =>
      Promise.all(
        paths.map(async (path) => {
          const { status, headers, bytes } = await get(ben, path, undefined, on);
          const told = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
          return JSON.stringify([path, status, told, Buffer.from(bytes).toString('base64')]);
        }),
      );
    const etags = await Promise.all(
      PACKED.map(async (form) => (await get(ben, form, undefined, on)).headers.get('etag')),
    );
    const before = await read();
    const made = await change(anna, { create: [box(10, 10), box(11, 11), box(0, 0, 3000, 5)] }, on);
    await change(anna, { delete: [{ uuid: made[1]?.uuid ?? '', revision: 1 }] }, on);
    await kernel.platform.database.sql.query('select core.compact_annotation_tally($1)', [on]);
    expect(await read()).toEqual(before);
    for (const [i, form] of PACKED.entries()) expect((await get(ben, form, etags[i] ?? '', on)).status).toBe(304);
    // What others have made is not even a place to start from.
    const missing = await ben.request('GET', `/api/v2/images/${on}/annotations/next?after=${randomUUID()}`);
    const hidden = await ben.request('GET', `/api/v2/images/${on}/annotations/next?after=${made[0]?.uuid}`);
    expect([hidden.status, hidden.body.code]).toEqual([missing.status, missing.body.code]);
    // And their own changes are seen.
    await change(ben, { create: [box(90, 90)] }, on);
    for (const [i, form] of PACKED.entries()) expect((await get(ben, form, etags[i] ?? '', on)).status).toBe(200);
    expect(decodeOverview((await get(anna, 'overview', undefined, on)).bytes).total).toBe(2);
    await kernel.enable(projectId, 'blind', false);
  });
});
