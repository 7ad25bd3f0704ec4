import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

import {
  type DatabaseConnection,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded.ts';
import { processCommand } from './embedded/process-identity.ts';

// Blanks, an umlaut and more than the 107 bytes that the path of a socket may have.
const base = mkdtempSync(join(tmpdir(), 'exact embedded ü-'));
const folder = join(base, 'deep-'.repeat(30), 'my data');
const fixture = fileURLToPath(new URL('embedded/hold-database.fixture.ts', import.meta.url));

const running: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const database = await startEmbeddedPostgres({ dataDir: folder, ...options });
  running.push(database);
  return database;
}

async function query<Row extends pg.QueryResultRow>(on: DatabaseConnection | string, text: string): Promise<Row[]> {
  const client = new pg.Client(typeof on === 'string' ? on : { ...on });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Starts the database in a process of its own. */
async function holdInOtherProcess(): Promise<{ child: ChildProcess; server: number; connection: DatabaseConnection }> {
  const child = spawn(process.execPath, ['--conditions=source', fixture, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  const { pid, connection } = JSON.parse(line) as { pid: number; connection: DatabaseConnection };
  return { child, server: pid, connection };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

afterEach(async () => {
  for (const database of running.splice(0)) await database.stop();
  for (const child of children.splice(0)) if (child.exitCode === null && child.signalCode === null) await kill(child);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('the embedded PostgreSQL', () => {
  it('is a real, durable PostgreSQL 18 behind a socket that only its owner reaches', async () => {
    const database = await start();
    const rows = await query<{ name: string; setting: string }>(
      database.connection,
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'autovacuum',
       'listen_addresses', 'max_connections', 'server_encoding', 'data_checksums', 'server_version_num')`,
    );
    const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
    expect(settings).toMatchObject({
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      autovacuum: 'on',
      listen_addresses: '',
      max_connections: '100',
      server_encoding: 'UTF8',
      data_checksums: 'on',
    });
    expect(settings.server_version_num).toMatch(/^18/);
    expect(statSync(database.connection.host).mode & 0o777).toBe(0o700);
    await query(database.connection, 'create extension btree_gist; create extension pg_trgm');
    expect(await query(database.url, 'select current_database() as name')).toEqual([{ name: 'exact' }]);
  });

  it('keeps its data over a stop, leaves nothing behind, and runs nothing afterwards', async () => {
    const first = await start();
    const { pid } = first;
    await query(
      first.connection,
      'create table note (id int primary key, at text); insert into note values (1, $$stop$$)',
    );
    await first.stop();
    await first.stop();
    expect(existsSync(first.connection.host)).toBe(false);
    expect(existsSync(join(folder, 'owner.json'))).toBe(false);
    expect(processCommand(pid ?? 0)).toBeUndefined();

    const second = await start();
    expect(await query(second.connection, 'select * from note')).toEqual([{ id: 1, at: 'stop' }]);
  });

  it('starts a killed server again at the same address, with every acknowledged row', async () => {
    const exits: unknown[] = [];
    const database = await start({ onExit: (exit) => exits.push(exit.signal) });
    for (let id = 10; id < 13; id++) {
      const killed = database.pid ?? 0;
      await query(database.connection, `insert into note values (${id}, 'killed')`);
      process.kill(killed, 'SIGKILL');
      await expect.poll(() => database.pid ?? killed, { timeout: 15_000 }).not.toBe(killed);
    }
    expect(await query(database.connection, `select count(*)::int as n from note where at = 'killed'`)).toEqual([
      { n: 3 },
    ]);
    expect(exits).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL']);
  });

  it('stays down after a kill when told not to restart', async () => {
    const ended = Promise.withResolvers<void>();
    const database = await start({ autoRestart: false, onExit: () => ended.resolve() });
    process.kill(database.pid ?? 0, 'SIGKILL');
    await ended.promise;
    expect(database.pid).toBeUndefined();
    await database.stop();
  });

  it('ends the server that outlived a killed program, and keeps its rows', async () => {
    const { child, server, connection } = await holdInOtherProcess();
    await query(connection, `insert into note values (20, 'program killed')`);
    await kill(child);
    expect(processCommand(server)).toContain('postgres'); // it did outlive its program

    const said: string[] = [];
    const database = await start({ log: (message) => said.push(message) });
    expect(said.join()).toContain(String(server));
    expect(processCommand(server)).toBeUndefined();
    expect(existsSync(connection.host)).toBe(false);
    expect(await query(database.connection, 'select at from note where id = 20')).toEqual([{ at: 'program killed' }]);
  });

  it('recovers when the program and its server were killed together', async () => {
    const { child, server, connection } = await holdInOtherProcess();
    await query(connection, `insert into note values (30, 'both killed')`);
    process.kill(server, 'SIGKILL');
    await kill(child);
    const database = await start();
    expect(await query(database.connection, 'select at from note where id = 30')).toEqual([{ at: 'both killed' }]);
  });

  it('refuses a folder in use and names the process, without disturbing it', async () => {
    const { child, server, connection } = await holdInOtherProcess();
    await expect(start()).rejects.toMatchObject({
      code: 'EMBEDDED_DB_IN_USE',
      message: expect.stringMatching(new RegExp(`process ${child.pid}\\b.*EXACT_DATA_DIR`)) as unknown,
    });
    expect(await query(connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(processCommand(server)).toContain('postgres');
  });

  it('does not take a later process with the number of a dead owner for the owner', async () => {
    writeFileSync(join(folder, 'owner.json'), JSON.stringify({ pid: process.pid, identity: 'an earlier boot' }));
    await expect(start()).resolves.toBeDefined();
  });

  it('does not touch a stranger that now has the number of a dead server', async () => {
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    children.push(stranger);
    writeFileSync(join(folder, 'pgdata', 'postmaster.pid'), `${stranger.pid}\n${join(folder, 'pgdata')}\n1\n5432\n\n`);
    await start();
    expect(processCommand(stranger.pid ?? 0)).toBeDefined();
  });

  it('stops the start when somebody switched durability off, and says how to switch it on', async () => {
    const database = await start();
    await query(database.connection, 'alter database exact set synchronous_commit = off');
    await database.stop();
    await expect(start()).rejects.toMatchObject({
      code: 'EMBEDDED_DB_UNSAFE_SETTING',
      message: expect.stringContaining('alter database … reset synchronous_commit') as unknown,
    });
    expect(existsSync(join(folder, 'owner.json'))).toBe(false);
  });

  it('refuses data of another major version and changes nothing', async () => {
    const file = join(folder, 'pgdata', 'PG_VERSION');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, '16\n');
    await expect(start()).rejects.toMatchObject({
      code: 'EMBEDDED_DB_WRONG_VERSION',
      message: expect.stringMatching(/PostgreSQL 16.*PostgreSQL 18/) as unknown,
    });
    writeFileSync(file, before);
  });

  it('makes the data folder anew when a first start was killed half-way', async () => {
    const dataDir = join(base, 'half-made');
    mkdirSync(join(dataDir, 'pgdata.part'), { recursive: true });
    writeFileSync(join(dataDir, 'pgdata.part', 'PG_VERSION'), '18\n');
    const database = await start({ dataDir, durability: 'none' });
    expect(await query(database.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it.runIf(process.getuid?.() === 0 && process.platform === 'linux')(
    'as root, runs below a folder that only root may enter',
    async () => {
      const closed = join(base, 'closed');
      mkdirSync(closed, { mode: 0o700 });
      const database = await start({ dataDir: join(closed, 'pg'), durability: 'none' });
      const status = readFileSync(`/proc/${database.pid}/status`, 'utf8');
      expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe('0');
      expect(await query(database.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    },
  );
});
