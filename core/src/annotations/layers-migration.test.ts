import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate, migrateDown } from '../db/migrate.ts';
import { quietLog } from '../test-support.ts';
import { createScene, type Scene } from './fixture.testing.ts';

const MIGRATIONS = fileURLToPath(new URL('../db/migrations', import.meta.url));
let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene.close());

it('the migration of layers can be taken back and made again: annotations and their histories stay', async () => {
  const { sql, pool } = scene.services.database;
  const { items } = await scene.change(scene.ada, { create: [scene.box(1), scene.box(2)] });
  const [moved, plain] = items as unknown as [{ uuid: string }, { uuid: string }];
  await sql.query(`insert into core.annotation_layer (project_id, name, purpose) values ($1, 'L', 'guidance')`, [
    scene.projectId,
  ]);
  await sql.query('update core.annotation set layer_id = (select id from core.annotation_layer) where uuid = $1', [
    moved.uuid,
  ]);
  await scene.change(scene.ben, { update: [{ uuid: moved.uuid, revision: 1, description: 'x' }] });
  const state = () =>
    sql.query<object>(
      `select a.uuid, a.author_id, a.revision as now, h.revision, h.change, h.user_id, h.description
       from core.annotation a join core.annotation_history h on h.annotation_id = a.id order by a.id, h.revision`,
    );
  const before = await state();
  expect(before).toHaveLength(3);

  await migrateDown(pool, 'core', MIGRATIONS, '0008-ids-of-people');
  expect(await state()).toEqual(before);
  const columns = await sql.query(
    `select from information_schema.columns where table_schema = 'core' and column_name = 'layer_id'`,
  );
  expect(columns).toEqual([]);
  await expect(
    sql.query('update core.annotation set author_id = 99999 where uuid = $1', [plain.uuid]),
  ).rejects.toMatchObject({ constraint: 'annotation_author_id_fkey' });

  await migrate(pool, 'core', MIGRATIONS, quietLog);
  expect(await state()).toEqual(before);
  expect(await scene.annotations.get(moved.uuid, scene.contextOf(scene.ada))).not.toHaveProperty('layerId');
});

it('a layer that is not there is named by nothing, whoever writes it', async () => {
  const { sql } = scene.services.database;
  await expect(sql.query('update core.annotation set layer_id = 99999')).rejects.toMatchObject({
    constraint: 'annotation_layer_id_fkey',
  });
});
