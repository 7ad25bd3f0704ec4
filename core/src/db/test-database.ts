import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

import { type DatabaseConnection, type EmbeddedPostgres, connectionUrl, startEmbeddedPostgres } from './embedded.ts';
import { hasOwner } from './embedded/owner-lock.ts';
import { endSurvivor } from './embedded/survivor.ts';

/** Name of the variable by which a test run tells its workers the cluster they share. */
const VARIABLE = 'EXACT_TEST_CLUSTER';

const FOLDER_PREFIX = 'exact-test-pg-';

/** A database that one test file has for itself. */
export interface TestDatabase {
  readonly connection: DatabaseConnection;
  readonly url: string;
  /** Removes the database, also under open connections. */
  drop(): Promise<void>;
}

/** The PostgreSQL server that all test files of a run share. */
export interface TestCluster {
  stop(): Promise<void>;
}

/**
 * Starts the server that all test files of a run share, and tells child processes where it is.
 *
 * It runs with fsync off: test databases are thrown away, and without it a database is made in 50 ms. Tests of durability
 * must not use it; they call `startEmbeddedPostgres` with a folder of their own.
 */
export async function startTestCluster(): Promise<TestCluster> {
  await sweepKilledRuns();
  const dataDir = mkdtempSync(join(tmpdir(), FOLDER_PREFIX));
  let server: EmbeddedPostgres;
  try {
    server = await startEmbeddedPostgres({ dataDir, durability: 'none' });
  } catch (error) {
    rmSync(dataDir, { recursive: true, force: true });
    throw error;
  }
  process.env[VARIABLE] = JSON.stringify(server.connection);
  return {
    stop: async () => {
      delete process.env[VARIABLE];
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Ends the servers of runs that were killed, and removes their folders; a run that is just starting is left alone. */
async function sweepKilledRuns(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(FOLDER_PREFIX))) {
    const folder = join(tmpdir(), name);
    try {
      if (hasOwner(folder) || Date.now() - statSync(folder).mtimeMs < 60_000) continue;
      await endSurvivor(join(folder, 'pgdata'));
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // another run sweeps as well, or the folder is another user's
    }
  }
}

/**
 * Gives a fresh database, copied from a template that the run prepares once.
 *
 * @param prepareTemplate - fills the template, for instance with all migrations; must close its connections. Called once per
 *   run and `key`, whichever worker comes first; the others wait.
 * @param key - tells templates apart (default: the source text of `prepareTemplate`, which says nothing about what it closes
 *   over: pass a key when two of them share their text)
 */
export async function createTestDatabase(
  prepareTemplate?: (url: string) => Promise<void>,
  key = prepareTemplate?.toString(),
): Promise<TestDatabase> {
  const cluster = await sharedCluster();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onCluster(cluster, async (client) => {
    const template =
      prepareTemplate && key !== undefined ? await provideTemplate(cluster, client, prepareTemplate, key) : 'template0';
    await client.query(`create database ${name} template ${template} strategy file_copy`);
  });
  const connection = { ...cluster, database: name };
  return {
    connection,
    url: connectionUrl(connection),
    drop: () =>
      onCluster(cluster, async (client) => void (await client.query(`drop database if exists ${name} with (force)`))),
  };
}

/** @returns name of the template, complete: its name is given only after the preparation went well */
async function provideTemplate(
  cluster: DatabaseConnection,
  client: pg.Client,
  prepare: (url: string) => Promise<void>,
  key: string,
): Promise<string> {
  const name = `template_${createHash('sha256').update(key).digest('hex').slice(0, 24)}`;
  await client.query('select pg_advisory_lock(hashtext($1))', [name]); // let go when the connection ends
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
  if (rowCount === 0) {
    const draft = `${name}_draft`;
    await client.query(`drop database if exists ${draft} with (force)`);
    await client.query(`create database ${draft} template template0 strategy file_copy`);
    await prepare(connectionUrl({ ...cluster, database: draft }));
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [draft]);
    await client.query(`alter database ${draft} rename to ${name}`);
    await client.query(`alter database ${name} with is_template true allow_connections false`);
  }
  await client.query('select pg_advisory_unlock(hashtext($1))', [name]);
  return name;
}

let ownCluster: Promise<TestCluster> | undefined;

/** The cluster of the run; one of its own for a process that nobody gave one, such as the tests of a plugin elsewhere. */
async function sharedCluster(): Promise<DatabaseConnection> {
  if (process.env[VARIABLE] === undefined) await (ownCluster ??= startTestCluster());
  return JSON.parse(process.env[VARIABLE] ?? '') as DatabaseConnection;
}

/** Stops the cluster that this process started for itself, if it did. A shared one is not touched. */
export async function stopOwnTestCluster(): Promise<void> {
  const cluster = ownCluster;
  ownCluster = undefined;
  await (await cluster)?.stop();
}

async function onCluster<T>(cluster: DatabaseConnection, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...cluster, database: 'postgres', ssl: false });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
