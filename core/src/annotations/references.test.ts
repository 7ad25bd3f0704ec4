import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScene, type Scene } from './fixture.testing.ts';

// The database checks them by triggers of ours instead of foreign keys: see migration 0007.
let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene?.close());

const FOREIGN_KEY = { code: '23503' };
const ABSENT = 2_000_000_000;

interface Names {
  readonly imageId?: number;
  readonly templateId?: number;
  readonly authorId?: number;
  readonly editorId?: number;
}

function insert(client: Pick<pg.Pool, 'query'>, names: Names = {}): Promise<pg.QueryResult<{ id: string }>> {
  const { imageId = scene.imageId, templateId = scene.templates.box, authorId = scene.ada.userId } = names;
  return client.query(
    `insert into core.annotation (uuid, image_id, template_id, author_id, editor_id, kind, box, geometry)
     values ($1, $2, $3, $4, $5, 1, box(point(1, 1), point(2, 2)), '\\x00') returning id`,
    [randomUUID(), imageId, templateId, authorId, names.editorId ?? authorId],
  );
}

async function template(): Promise<number> {
  const { rows } = await scene.services.database.pool.query<{ id: number }>(
    `insert into core.template (product_id, name, colour, kind)
     select product_id, $1, '#000000', 'box' from core.template limit 1 returning id`,
    [randomUUID()],
  );
  return rows[0]?.id ?? 0;
}

async function withTwo(work: (a: pg.PoolClient, b: pg.PoolClient) => Promise<void>): Promise<void> {
  const { pool } = scene.services.database;
  const [a, b] = [await pool.connect(), await pool.connect()];
  try {
    await a.query('begin');
    await b.query('begin');
    await work(a, b);
  } finally {
    for (const client of [a, b]) {
      await client.query('rollback').catch(() => undefined);
      client.release();
    }
  }
}

/** Whether another connection waits for a lock that this one holds; there is no event to wait for. */
async function untilWaiting(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  await expect
    .poll(
      async () => {
        const waiting = await scene.services.database.pool.query(
          'select 1 from pg_stat_activity where $1 = any(pg_blocking_pids(pid))',
          [rows[0]?.pid],
        );
        return waiting.rowCount;
      },
      { interval: 20, timeout: 10_000 },
    )
    .toBeGreaterThan(0);
}

describe('what annotations refer to', () => {
  it.each<[string, Names]>([
    ['image', { imageId: ABSENT }],
    ['template', { templateId: ABSENT }],
    ['author', { authorId: ABSENT }],
    ['editor', { editorId: ABSENT }],
  ])('has to be there: %s', async (_, names) => {
    await expect(insert(scene.services.database.pool, names)).rejects.toMatchObject(FOREIGN_KEY);
  });

  it('has to be there after a change, too', async () => {
    const { pool } = scene.services.database;
    const { rows } = await insert(pool);
    for (const column of ['template_id', 'image_id', 'author_id', 'editor_id', 'verdict_by']) {
      await expect(
        pool.query(`update core.annotation set ${column} = ${ABSENT} where id = $1`, [rows[0]?.id]),
      ).rejects.toMatchObject(FOREIGN_KEY);
    }
  });

  it('stays there while it is in use, and an image takes its annotations along', async () => {
    const { pool } = scene.services.database;
    const templateId = await template();
    await insert(pool, { templateId, imageId: scene.secondImageId });
    const gone = (table: string, id: number) => pool.query(`delete from core.${table} where id = $1`, [id]);
    await expect(gone('template', templateId)).rejects.toMatchObject(FOREIGN_KEY);
    await expect(gone('app_user', scene.ada.userId)).rejects.toMatchObject(FOREIGN_KEY);
    await gone('image', scene.secondImageId);
    const left = await pool.query('select 1 from core.annotation where image_id = $1', [scene.secondImageId]);
    expect(left.rowCount).toBe(0);
    await gone('template', templateId);
  });

  it('cannot go while a transaction that names it is open', async () => {
    const templateId = await template();
    await withTwo(async (a, b) => {
      await insert(a, { templateId });
      const removing = b.query('delete from core.template where id = $1', [templateId]);
      removing.catch(() => undefined);
      await untilWaiting(a);
      await a.query('commit');
      await expect(removing).rejects.toMatchObject(FOREIGN_KEY);
    });
  });

  it('is not named by a transaction that began while it went', async () => {
    const templateId = await template();
    await withTwo(async (a, b) => {
      await b.query('delete from core.template where id = $1', [templateId]);
      const inserting = insert(a, { templateId });
      inserting.catch(() => undefined);
      await untilWaiting(b);
      await b.query('commit');
      await expect(inserting).rejects.toMatchObject(FOREIGN_KEY);
    });
  });
});
