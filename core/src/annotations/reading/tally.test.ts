import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { decodeOverview, LARGE_PX, overviewCell, overviewCellSize, overviewGrid } from '@exact/geometry';
import type { Annotation, AnnotationDraft } from '@exact/sdk/contract';
import type { AnnotationFilter } from '@exact/sdk/server';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createScene, type Scene } from '../fixture.testing.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene.close());
afterEach(() => scene.services.taps.clear());

const SIZE = { width: 20_000, height: 10_000 };

/** What an overview says, by template: total and counts of the cells that are not empty. */
type Said = Record<number, { total: number; cells: Record<number, number> }>;

async function overview(
  filter: AnnotationFilter = {},
  imageId = scene.imageId,
): Promise<{ said: Said; large: number }> {
  const { bytes } = await scene.annotations.overview({ ...filter, imageId }, scene.contextOf(scene.ada));
  const read = decodeOverview(bytes ?? new Uint8Array());
  const said: Said = {};
  read.templateIds.forEach((id, i) => {
    const cells: Record<number, number> = {};
    read.countsOf(i).forEach((count, cell) => {
      if (count > 0) cells[cell] = count;
    });
    said[id] = { total: read.totals[i] ?? 0, cells };
  });
  return { said, large: read.large };
}

/** The same from the annotations themselves, by other code. */
async function counted(filter: AnnotationFilter = {}, size = SIZE): Promise<{ said: Said; large: number }> {
  const said: Said = {};
  let large = 0;
  let cursor: string | undefined;
  do {
    const page = await scene.annotations.list({ ...filter, imageId: scene.imageId }, scene.contextOf(scene.ada), {
      limit: 1000,
      cursor,
    });
    for (const item of page.items) {
      const of = (said[item.templateId] ??= { total: 0, cells: {} });
      of.total++;
      const { geometry } = item;
      if (geometry.kind !== 'box') continue;
      const bounds = {
        minX: geometry.x,
        minY: geometry.y,
        maxX: geometry.x + geometry.width,
        maxY: geometry.y + geometry.height,
      };
      const cell = overviewCell(overviewGrid(size.width, size.height), bounds);
      of.cells[cell] = (of.cells[cell] ?? 0) + 1;
      if (Math.max(geometry.width, geometry.height) >= LARGE_PX) large++;
    }
    cursor = page.next;
  } while (cursor);
  return { said, large };
}

describe('the grid in the database', () => {
  it('is that of @exact/geometry', async () => {
    const side = fc.oneof(
      fc.integer({ min: 1, max: 2 ** 21 }),
      fc.integer({ min: 0, max: 12 }).map((n) => 2 ** (n + 9) + (n % 3) - 1),
    );
    const edge = fc.integer({ min: -(2 ** 20), max: 2 ** 21 }).map((n) => n / 256);
    const samples = fc.sample(fc.tuple(side, side, edge, edge, edge, edge), 500);
    const rows = await scene.services.database.sql.query<{ size: number; cell: number }>(
      `select core.overview_cell_size(w, h) as size,
         core.overview_cell(1::smallint, box(point(x0, y0), point(x1, y1)), w, h, core.overview_cell_size(w, h)) as cell
       from unnest($1::int[], $2::int[], $3::float8[], $4::float8[], $5::float8[], $6::float8[]) with ordinality
         as t(w, h, x0, y0, x1, y1, n) order by n`,
      [0, 1, 2, 3, 4, 5].map((column) => samples.map((sample) => sample[column])),
    );
    samples.forEach(([w, h, x0, y0, x1, y1], i) => {
      const grid = overviewGrid(w, h);
      expect(rows[i], String(samples[i])).toEqual({
        size: overviewCellSize(w, h),
        cell: overviewCell(grid, {
          minX: Math.min(x0, x1),
          minY: Math.min(y0, y1),
          maxX: Math.max(x0, x1),
          maxY: Math.max(y0, y1),
        }),
      });
    });
  });
});

describe('kept counts', () => {
  it('are exact after eight writers at once have created, moved, relabelled, deleted and restored, folded meanwhile', async () => {
    const { sql } = scene.services.database;
    const known: Annotation[] = [];
    const boxTemplates = [scene.templates.box, await anotherTemplate()];
    const draft = (random: () => number): AnnotationDraft => {
      const size = random() < 0.1 ? 1100 : 30;
      return {
        uuid: randomUUID(),
        templateId: boxTemplates[Math.floor(random() * 2)] ?? 0,
        geometry: { kind: 'box', x: random() * 19_000, y: random() * 9000, width: size, height: 40 },
      };
    };
    const write = async (seed: number): Promise<void> => {
      const random = mulberry(seed);
      for (let step = 0; step < 30; step++) {
        const who = random() < 0.5 ? scene.ada : scene.ben;
        const one = known[Math.floor(random() * known.length)];
        const ref = one && { uuid: one.uuid, revision: one.revision };
        const create = Array.from({ length: 1 + Math.floor(random() * 3) }, () => draft(random));
        const what = random();
        const next = draft(random);
        const edit =
          !ref || what < 0.2
            ? {}
            : what < 0.4
              ? { update: [{ ...ref, geometry: next.geometry }] }
              : what < 0.6
                ? { update: [{ ...ref, templateId: next.templateId }] }
                : what < 0.7
                  ? { verify: [{ ...ref, verdict: 'accepted' as const }] }
                  : one.deleted
                    ? { restore: [ref] }
                    : { delete: [ref] };
        try {
          const { items } = await scene.change(who, { create, ...edit });
          for (const item of items) {
            const at = known.findIndex(({ uuid }) => uuid === item.uuid);
            if (at < 0) known.push(item);
            else if ((known[at]?.revision ?? 0) < item.revision) known[at] = item;
          }
        } catch (error) {
          // Two edited the same one: that is what it is for.
          expect(['ANNOTATION_CONFLICT', 'ANNOTATION_INVALID']).toContain((error as { code?: string }).code);
        }
      }
    };
    let isWriting = true;
    const fold = async (): Promise<void> => {
      while (isWriting) await sql.query('select core.compact_annotation_tally($1)', [scene.imageId]);
    };
    const compare = async (): Promise<void> => {
      while (isWriting) expect(await differences()).toEqual([]);
    };
    const others = [fold(), fold(), compare()];
    await Promise.all(Array.from({ length: 8 }, (_, i) => write(i + 1))).finally(() => (isWriting = false));
    await Promise.all(others);
    expect(known.length).toBeGreaterThan(100);
    expect(await differences()).toEqual([]);
    expect(await overview()).toEqual(await counted());
    const byBen = { authorIds: [scene.ben.userId], templateIds: [scene.templates.box] };
    expect(await overview(byBen)).toEqual(await counted(byBen));
  }, 60_000);

  it('follow whoever writes, by whatever statement', async () => {
    const { sql } = scene.services.database;
    const statements = [
      `update core.annotation set box = box(point(1, 1), point(5000, 9)) where id % 3 = 0`,
      `update core.annotation set template_id = ${await anotherTemplate()}, author_id = ${scene.ben.userId} where id % 5 = 0`,
      `update core.annotation set deleted_at = case when deleted_at is null then now() end where id % 2 = 0`,
      `update core.annotation set image_id = ${scene.secondImageId} where id % 7 = 0`,
      `delete from core.annotation where id % 11 = 0`,
      `with gone as (delete from core.annotation where id % 13 = 0 returning *), made as (
         insert into core.annotation (uuid, image_id, template_id, author_id, editor_id, kind, box, geometry)
         select gen_random_uuid(), image_id, template_id, author_id, editor_id, 5, box, '\\x05' from gone limit 3 returning id)
       update core.annotation set description = 'x' where id % 17 = 0`,
    ];
    for (const statement of statements) {
      await sql.query(statement);
      expect(await differences(), statement).toEqual([]);
    }
  });

  it('know layers: overviews of who works blind, also folded together, and after layers changed', async () => {
    const { sql } = scene.services.database;
    await sql.query('delete from core.annotation'); // their boxes are no longer those of their shapes
    const layers = await sql.query<{ id: number }>(
      `insert into core.annotation_layer (project_id, name, purpose) values ($1, 'a', 'guidance'), ($1, 'b', 'precomputed') returning id`,
      [scene.projectId],
    );
    const [first = 0, second = 0] = layers.map(({ id }) => id);
    for (const who of [scene.ada, scene.ben]) {
      const create = Array.from({ length: 30 }, (_, i) => scene.box(100 * i, 90 * i));
      await scene.change(who, { create });
    }
    const layer = (text: string) => sql.query(`update core.annotation set layer_id = ${text}`);
    await layer(`case id % 4 when 0 then ${first} when 1 then ${second} end`);
    const own: AnnotationFilter = { authorIds: [scene.ben.userId], layers: [null] };
    const filters: AnnotationFilter[] = [
      { layers: [null] },
      { layers: [first, second] },
      own,
      { anyOf: [own, { layers: [second] }] },
      { anyOf: [own, { layers: [] }], templateIds: [scene.templates.box] },
      { anyOf: [] },
    ];
    const check = async (): Promise<number[]> => {
      const totals: number[] = [];
      for (const filter of filters) {
        const seen = await overview(filter);
        expect(seen, JSON.stringify(filter)).toEqual(await counted(filter));
        totals.push(Object.values(seen.said).reduce((sum, { total }) => sum + total, 0));
      }
      return totals;
    };
    const totals = await check();
    expect(totals[0]).toBeGreaterThan(20);
    expect(totals[3]).toBeGreaterThan(totals[2] ?? 0);
    expect(totals[5]).toBe(0);
    await sql.query('select core.compact_annotation_tally($1)', [scene.imageId]);
    expect(await check()).toEqual(totals);
    await layer(`case when layer_id = ${second} then null else layer_id end`);
    await sql.query('select core.compact_annotation_tally($1)', [scene.imageId]);
    expect((await check())[1]).toBeLessThan(totals[1] ?? 0);
    await layer('null');
    await check();
  });

  it('are counted anew when the image turns out to have another size, while somebody writes', async () => {
    const { sql } = scene.services.database;
    const resize = async (): Promise<void> => {
      for (const width of [0, 900, 64_000, SIZE.width])
        await sql.query('update core.image set width = $1 where id = $2', [width, scene.imageId]);
    };
    const write = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) await scene.change(scene.ada, { create: [scene.box(i * 40, i * 400)] });
    };
    await Promise.all([resize(), write()]);
    expect(await differences()).toEqual([]);
    await sql.query('update core.image set width = 0 where id = $1', [scene.imageId]);
    const before = await overview({});
    expect(Object.values(before.said).every(({ cells }) => Object.keys(cells).length === 0)).toBe(true);
    await sql.query('update core.image set width = $1 where id = $2', [SIZE.width, scene.imageId]);
    expect(await differences()).toEqual([]);
  });

  it('go with the image and with all annotations', async () => {
    const { sql } = scene.services.database;
    const imageId = await anotherImage();
    await scene.change(scene.ada, { create: [scene.box(), scene.box(900)] }, imageId);
    expect(Object.values((await overview({}, imageId)).said)).toMatchObject([{ total: 2 }]);
    await sql.query('delete from core.image where id = $1', [imageId]);
    expect(await sql.query('select * from core.annotation_tally where image_id = $1', [imageId])).toEqual([]);
    await expect(overview({ authorIds: [scene.ada.userId] }, imageId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('are made from what is there when the migration runs', async () => {
    const { pool } = scene.services.database;
    const file = (name: string) =>
      readFile(new URL(`../../db/migrations/0003-overview.${name}.sql`, import.meta.url), 'utf8');
    await pool.query(await file('down'));
    await pool.query(await file('up'));
    expect(await differences()).toEqual([]);
    await pool.query('truncate core.annotation cascade');
    expect((await pool.query('select * from core.annotation_tally')).rows).toEqual([]);
  });
});

/** Sums of the kept counts that differ from those of the rows, in one snapshot. */
async function differences(): Promise<unknown[]> {
  return scene.services.database.sql.query(`
    with grid as (select id, width, height, core.overview_cell_size(width, height) as size from core.image),
    rows as (
      select image_id, author_id, template_id, core.overview_cell(kind, box, width, height, size)::int as cell, count(*) as n
      from core.annotation a join grid on grid.id = a.image_id where deleted_at is null group by 1, 2, 3, 4
    ), kept as (
      select image_id, author_id, template_id, cell::int, sum(n) as n from core.annotation_tally, unnest(cells, counts) as c(cell, n)
      group by 1, 2, 3, 4 having sum(n) <> 0
    ), row_totals as (
      select image_id, author_id, template_id, count(*) as total, count(*) filter (where core.is_large(kind, box)) as large
      from core.annotation where deleted_at is null group by 1, 2, 3
    ), kept_totals as (
      select image_id, author_id, template_id, sum(total) as total, sum(large) as large from core.annotation_tally
      group by 1, 2, 3 having sum(total) <> 0 or sum(large) <> 0
    )
    select 'cell' as what, to_jsonb(r) as rows, to_jsonb(k) as kept
    from (select * from rows where cell >= 0) r full join kept k using (image_id, author_id, template_id, cell) where r.n is distinct from k.n
    union all
    select 'total', to_jsonb(r), to_jsonb(k)
    from row_totals r full join kept_totals k using (image_id, author_id, template_id)
    where (r.total, r.large) is distinct from (k.total, k.large)`);
}

async function anotherTemplate(): Promise<number> {
  const { sql } = scene.services.database;
  const [row] = await sql.query<{ id: number }>(
    `insert into core.template (product_id, name, colour, kind) select product_id, $1, '#111111', 'box' from core.template where id = $2 returning id`,
    [randomUUID(), scene.templates.box],
  );
  return row?.id ?? 0;
}

async function anotherImage(): Promise<number> {
  const [row] = await scene.services.database.sql.query<{ id: number }>(
    `insert into core.image (image_set_id, public_name, private_name, original_key, width, height, size_bytes, sha256, content_version)
     select image_set_id, $2, 'x', 'key', 3000, 3000, 1, '\\x00', '1' from core.image where id = $1 returning id`,
    [scene.imageId, randomUUID()],
  );
  return row?.id ?? 0;
}

/** A small random generator with a seed (mulberry32). */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
