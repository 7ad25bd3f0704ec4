import { randomUUID } from 'node:crypto';
import { decodeCentres, decodeFrame } from '@exact/geometry';
import type { Annotation, AnnotationDraft } from '@exact/sdk/contract';
import type { AnnotationFilter } from '@exact/sdk/server';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createOutbox, type EventOutbox } from '../../db/outbox.ts';
import { quietLog } from '../../test-support.ts';
import { createScene, type Scene } from '../fixture.testing.ts';
import { createAnnotationReader } from '../read.ts';
import { toPredicate } from '../visibility.ts';
import { readCentres, readFrame } from './packed.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const SOON = { minRows: 0, asks: 1, restMs: 0 };

let scene: Scene;
/** Reads as another process than the one that writes: it learns of changes by events only. */
let outbox: EventOutbox;
let reader: ReturnType<typeof createAnnotationReader>;

beforeAll(async () => {
  scene = await createScene();
  outbox = createOutbox(scene.services.database, quietLog);
  reader = createAnnotationReader(scene.services, outbox, SOON);
  outbox.start();
});
afterAll(async () => {
  await outbox.stop();
  await scene.close();
});

const draft = (x: number, y: number, width: number, height: number): AnnotationDraft => ({
  ...scene.box(),
  geometry: { kind: 'box', x, y, width, height },
});

async function held(imageId = scene.imageId): Promise<void> {
  await vi.waitFor(async () => {
    await reader.frame({ imageId }, scene.contextOf(scene.ada));
    expect(reader.hot.isHeld(imageId)).toBe(true);
  }, WAIT);
}

/** Waits until all that was written has been told, then asks memory and database the same. */
async function compare(
  filter: Omit<AnnotationFilter, 'imageId'>,
  ...narrowed: readonly AnnotationFilter[]
): Promise<number> {
  const { imageId } = scene;
  const filters = [{ ...filter, imageId }, ...narrowed];
  const question = { imageId, filters, cursor: 7 };
  const context = scene.contextOf(scene.ada);
  const { pool, sql } = scene.services.database;
  await vi.waitFor(async () => {
    const [row] = await sql.query<{ last: string }>(
      'select max(id)::text as last from core.outbox where position is null having count(*) > 0',
    );
    expect(row).toBeUndefined();
    const [end] = await sql.query<{ position: string }>(
      'select coalesce(max(position), 0)::text as position from core.outbox',
    );
    expect(await outbox.last()).toBe(Number(end?.position));
  }, WAIT);
  await vi.waitFor(async () => {
    const { label } = await reader.revisions.of(scene.imageId);
    expect(reader.hot.frame({ ...question, label })).toBeDefined();
  }, WAIT);
  const { label } = await reader.revisions.of(scene.imageId);
  const options = { cursor: 7, signal: context.signal };
  const frame = reader.hot.frame({ ...question, label }) ?? new Uint8Array();
  expect(Buffer.compare(frame, await readFrame(pool, toPredicate(filters), options)), JSON.stringify(filters)).toBe(0);
  const centres = reader.hot.centres({ ...question, label }) ?? new Uint8Array();
  expect(Buffer.compare(centres, await readCentres(pool, toPredicate(filters), options))).toBe(0);
  expect(decodeCentres(centres).count).toBe(decodeFrame(frame).count);
  return decodeFrame(frame).count;
}

describe('an image held in memory', () => {
  it('answers any part and filter as the database does, to the last byte, also after changes by another process', async () => {
    const places = fc.sample(
      fc.tuple(
        fc.integer({ min: -40, max: 19_999 }),
        fc.integer({ min: -40, max: 9_999 }),
        fc.constantFrom(50, 60, 900, 1023, 1024, 4000),
        fc.integer({ min: 41, max: 300 }),
      ),
      400,
    );
    const known = new Map<string, Annotation>();
    const note = (items: readonly Annotation[]): void => items.forEach((item) => known.set(item.uuid, item));
    note((await scene.change(scene.ada, { create: places.slice(0, 300).map((place) => draft(...place)) })).items);
    await held();
    const one = (n: number): Annotation => [...known.values()][n * 7] as Annotation;
    const ref = (n: number) => ({ uuid: one(n).uuid, revision: one(n).revision });
    note((await scene.change(scene.ben, { create: places.slice(300).map((place) => draft(...place)) })).items);
    note((await scene.change(scene.ben, { delete: [ref(0), ref(1)] })).items);
    note((await scene.change(scene.ben, { restore: [ref(1)] })).items);
    note(
      (
        await scene.change(scene.ben, {
          update: [{ ...ref(2), geometry: { kind: 'box', x: 5, y: 5, width: 9, height: 9 } }],
        })
      ).items,
    );
    note(
      (
        await scene.change(scene.ben, {
          verify: [
            { ...ref(3), verdict: 'accepted' },
            { ...ref(4), verdict: 'rejected' },
          ],
        })
      ).items,
    );
    note((await scene.change(scene.ben, { update: [{ ...ref(2), locked: true }] })).items);
    expect(await compare({})).toBe(399);
    expect(await compare({ templateIds: [scene.templates.box], authorIds: [scene.ben.userId] })).toBe(100);
    expect(await compare({ verified: 'accepted' })).toBe(1);
    expect(await compare({ verified: 'none', large: 'no' })).toBeGreaterThan(100);
    expect(await compare({ large: 'only' })).toBeGreaterThan(50);
    expect(await compare({ templateIds: [] })).toBe(0);
    // Some of ben's belong to layers.
    const { sql } = scene.services.database;
    const layers = await sql.query<{ id: number }>(
      `insert into core.annotation_layer (project_id, name, purpose) values ($1, 'a', 'guidance'), ($1, 'b', 'precomputed') returning id`,
      [scene.projectId],
    );
    const [first = 0, second = 0] = layers.map(({ id }) => id);
    const inLayers = [...known.values()]
      .filter(({ authorId, revision }) => authorId === scene.ben.userId && revision === 1)
      .slice(0, 30)
      .map(({ uuid, revision }, i) => ({ uuid, revision, layerId: i % 3 === 0 ? second : first }));
    await scene.annotations.change(
      scene.ben,
      scene.projectId,
      scene.imageId,
      { changeId: randomUUID(), update: inLayers },
      'client',
      { ...scene.contextOf(scene.ben), role: 'manager' },
    );
    expect(await compare({ layers: [first] })).toBe(20);
    expect(await compare({ layers: [null, second] })).toBe(379);
    const blinded: AnnotationFilter = {
      anyOf: [{ authorIds: [scene.ben.userId], layers: [null] }, { layers: [second] }],
      deleted: 'all',
    };
    expect(await compare({}, blinded)).toBe(80);
    expect(await compare({}, { anyOf: [] })).toBe(0);
    expect(await compare({}, { anyOf: [{ authorIds: [] }, { layers: [] }] })).toBe(0);

    const side = fc.constantFrom(0, 64, 700, 5000, 30_000);
    const box = fc
      .tuple(fc.integer({ min: -300, max: 21_000 }), fc.integer({ min: -300, max: 11_000 }), side, side)
      .map(([x, y, w, h]) => ({ minX: x, minY: y, maxX: x + w, maxY: y + h }));
    const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 1 });
    const fields = {
      box: some(box),
      authorIds: some(fc.subarray([scene.ada.userId, scene.ben.userId, 0])),
      layers: some(fc.subarray([null, first, second, 999])),
      templateIds: some(fc.subarray([scene.templates.box, scene.templates.point])),
      verified: some(fc.constantFrom('accepted' as const, 'rejected' as const, 'none' as const)),
      large: some(fc.constantFrom('all' as const, 'no' as const, 'only' as const)),
    };
    const plain = fc.record(fields);
    const nested = fc.record({
      ...fields,
      anyOf: some(fc.array(plain, { maxLength: 3 })),
      allOf: some(fc.array(plain, { maxLength: 2 })),
    });
    const narrowed = nested.map((filter) => ({ ...filter, deleted: 'all' as const }));
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(box, fc.option(narrowed, { nil: undefined }), nested, async (asked, filter, other) => {
        const given = (loose: object) => JSON.parse(JSON.stringify(loose)) as AnnotationFilter; // leaves undefined out
        hits += await compare(
          { box: asked },
          ...(filter ? [given(filter), given({ anyOf: [blinded, other] })] : [blinded]),
        );
      }),
      { numRuns: 200 },
    );
    expect(hits).toBeGreaterThan(100);
    hits = 0;
    await fc.assert(
      fc.asyncProperty(box, async (asked) => {
        hits += await compare({ box: asked });
      }),
      { numRuns: 60 },
    );
    expect(hits).toBeGreaterThan(100);
  }, 60_000);

  it('is not asked where the database knows better', async () => {
    await held();
    const { imageId } = scene;
    const { label } = await reader.revisions.of(imageId);
    const ask = (filter: AnnotationFilter, at = label) =>
      reader.hot.frame({ imageId, filters: [filter], label: at, cursor: 0 });
    expect(ask({ imageId })).toBeDefined();
    for (const filter of [
      { text: 'x' },
      { uuids: [randomUUID()] },
      { deleted: 'all' },
      { box: { minX: 9, minY: 0, maxX: 0, maxY: 9 } },
    ] as const)
      expect(ask({ imageId, ...filter })).toBeUndefined();
    expect(ask({ imageId }, `${label}.other`)).toBeUndefined();
    // What a plugin narrows holds in memory, too.
    scene.services.taps.set('annotations.visible', () => ({ authorIds: [] }));
    const { bytes } = await reader.frame({ imageId }, scene.contextOf(scene.ben));
    expect(decodeFrame(bytes ?? new Uint8Array()).count).toBe(0);
    scene.services.taps.clear();
  });

  it('is let go when more changes than are listed, and read again', async () => {
    await held();
    await scene.change(scene.ada, { create: Array.from({ length: 1200 }, (_, i) => draft(i, i, 9, 9)) });
    await vi.waitFor(() => expect(reader.hot.isHeld(scene.imageId)).toBe(false), WAIT);
    await held();
    expect(await compare({})).toBe(1599);
  });

  it('is read again in the middle of changes without missing one', async () => {
    const { sql } = scene.services.database;
    let isWriting = true;
    const writing = (async () => {
      for (let i = 0; i < 40; i++) await scene.change(scene.ada, { create: [draft(i * 100, 50, 8, 8)] });
      isWriting = false;
    })();
    while (isWriting) {
      // As after a conversion: the image is let go.
      await sql.query('select 1');
      reader.revisions.touch(scene.imageId);
      await reader.frame({ imageId: scene.imageId }, scene.contextOf(scene.ada));
    }
    await writing;
    await held();
    expect(await compare({})).toBe(1639);
  });

  it('stays within the memory that it may take: the image asked for last stays', async () => {
    const { imageId, secondImageId } = scene;
    const create = Array.from({ length: 1600 }, (_, i) => draft(i, i, 9, 9));
    await scene.change(scene.ada, { create }, secondImageId);
    const ask = async (hot: typeof reader, id: number): Promise<boolean> => {
      await hot.frame({ imageId: id }, scene.contextOf(scene.ada));
      return hot.hot.isHeld(id);
    };
    // Room for one: they take some 130 kB each, and half as much again while they are read.
    const small = createAnnotationReader(scene.services, outbox, { ...SOON, maxBytes: 230_000 });
    for (const [id, other] of [
      [imageId, secondImageId],
      [secondImageId, imageId],
    ] as const) {
      await vi.waitFor(async () => expect(await ask(small, id)).toBe(true), WAIT);
      expect(small.hot.isHeld(other)).toBe(false);
    }
    const none = createAnnotationReader(scene.services, outbox, { ...SOON, maxBytes: 100_000, restMs: 60_000 });
    for (let i = 0; i < 5; i++) expect(await ask(none, imageId)).toBe(false);
  });
});
