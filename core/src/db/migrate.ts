import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineError } from '@exact/sdk/contract';
import type { Logger } from '@exact/sdk/server';
import type pg from 'pg';
import { inTransaction } from './sql.ts';

export const MigrationChangedError = defineError<{ owner: string; name: string }>({
  code: 'MIGRATION_CHANGED',
  status: 500,
  message: (d) =>
    `Migration "${d.name}" of ${d.owner} is not the one that this database was made with. Released migrations never change: restore the file, and put the change into a new one.`,
});

export const DatabaseTooNewError = defineError<{ owner: string; names: readonly string[] }>({
  code: 'DATABASE_TOO_NEW',
  status: 500,
  message: (d) =>
    `The database holds migrations of ${d.owner} that this version does not know (${d.names.join(', ')}). Start the newer version again, or restore a backup.`,
});

interface Migration {
  readonly name: string;
  readonly up: string;
  readonly checksum: string;
}

/** Any number will do as long as all processes use the same: only one migrates, the others wait. */
const LOCK = 727_001;

/**
 * Brings a schema to the newest version: runs each `*.up.sql` of a folder that the journal does not hold yet, in the order of
 * their names, each in a transaction of its own.
 *
 * @param owner - `core` or `plugin:<id>`; one journal serves all
 * @returns names of the migrations that ran
 * @throws {@link MigrationChangedError}, {@link DatabaseTooNewError}, or the error of the statement that failed
 */
export async function migrate(pool: pg.Pool, owner: string, folder: string, log: Logger): Promise<string[]> {
  const migrations = await readMigrations(folder);
  const lock = await pool.connect();
  try {
    await lock.query('select pg_advisory_lock($1)', [LOCK]);
    await lock.query(`create schema if not exists exact;
      create table if not exists exact.migration (
        owner text not null, name text not null, checksum text not null,
        applied_at timestamptz not null default now(), primary key (owner, name))`);
    const done = await lock.query<{ name: string; checksum: string }>(
      'select name, checksum from exact.migration where owner = $1',
      [owner],
    );
    const journal = new Map(done.rows.map((row) => [row.name, row.checksum]));
    refuseChanged(owner, migrations, journal);
    const pending = migrations.filter((m) => !journal.has(m.name));
    for (const migration of pending) {
      await inTransaction(pool, async (client) => {
        await client.query(`set local lock_timeout = '3s'`);
        await client.query(migration.up);
        await client.query('insert into exact.migration (owner, name, checksum) values ($1, $2, $3)', [
          owner,
          migration.name,
          migration.checksum,
        ]);
      });
      log.info({ owner, migration: migration.name }, 'migrated');
    }
    return pending.map((m) => m.name);
  } finally {
    // Closing the connection also releases the lock when the line is broken.
    await lock.query('select pg_advisory_unlock($1)', [LOCK]).catch(() => undefined);
    lock.release();
  }
}

/** Takes the migrations of an owner back, newest first, down to (not including) `keep`; for tests and for developers. */
export async function migrateDown(pool: pg.Pool, owner: string, folder: string, keep = ''): Promise<void> {
  const done = await pool.query<{ name: string }>(
    'select name from exact.migration where owner = $1 and name > $2 order by name desc',
    [owner, keep],
  );
  for (const { name } of done.rows) {
    const down = await readFile(join(folder, `${name}.down.sql`), 'utf8');
    await inTransaction(pool, async (client) => {
      await client.query(down);
      await client.query('delete from exact.migration where owner = $1 and name = $2', [owner, name]);
    });
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.up.sql')).sort();
  return Promise.all(
    files.map(async (file) => {
      const up = await readFile(join(folder, file), 'utf8');
      return { name: file.slice(0, -'.up.sql'.length), up, checksum: createHash('sha256').update(up).digest('hex') };
    }),
  );
}

function refuseChanged(owner: string, migrations: readonly Migration[], journal: ReadonlyMap<string, string>): void {
  for (const { name, checksum } of migrations) {
    const applied = journal.get(name);
    if (applied !== undefined && applied !== checksum) throw new MigrationChangedError({ owner, name });
  }
  const known = new Set(migrations.map((m) => m.name));
  const unknown = [...journal.keys()].filter((name) => !known.has(name));
  if (unknown.length > 0) throw new DatabaseTooNewError({ owner, names: unknown });
}
