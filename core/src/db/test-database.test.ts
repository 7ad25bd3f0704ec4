import pg from 'pg';
import { expect, it } from 'vitest';

import { createTestDatabase } from './test-database.ts';

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

it('prepares a template once, for any number of databases asked for at the same time, and keeps them apart', async () => {
  let prepared = 0;
  const prepare = async (url: string): Promise<void> => {
    prepared += 1;
    await query(url, 'create table thing (id int); insert into thing values (1)');
  };
  const databases = await Promise.all([1, 2, 3].map(() => createTestDatabase(prepare)));
  expect(prepared).toBe(1);
  const [first, second] = databases;
  await query(first?.url ?? '', 'insert into thing values (2)');
  expect(await query(second?.url ?? '', 'select id from thing')).toEqual([{ id: 1 }]);
  await Promise.all(databases.map((database) => database.drop()));
  await expect(query(first?.url ?? '', 'select 1')).rejects.toThrow(/does not exist/);
});

it('prepares the template again after a preparation that failed', async () => {
  let calls = 0;
  const prepare = async (url: string): Promise<void> => {
    calls += 1;
    await query(url, 'create table half_made (id int)');
    if (calls === 1) throw new Error('the first migration fails');
  };
  await expect(createTestDatabase(prepare, 'fails once')).rejects.toThrow('the first migration fails');
  const database = await createTestDatabase(prepare, 'fails once');
  expect(await query(database.url, 'select id from half_made')).toEqual([]);
  await database.drop();
});

it('gives an empty database without a template, and drops it under an open connection', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client(database.connection);
  client.on('error', () => {}); // it is cut off by the drop
  await client.connect();
  expect((await client.query(`select from pg_tables where schemaname = 'public'`)).rowCount).toBe(0);
  await database.drop();
  await expect(client.query('select 1')).rejects.toThrow();
});
