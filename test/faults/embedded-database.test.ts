import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';

import { type DatabaseConnection, startEmbeddedPostgres } from '../../core/src/db/embedded.ts';
import { endSurvivor } from '../../core/src/db/embedded/survivor.ts';

const ROUNDS = Number(process.env.EXACT_FAULT_ROUNDS ?? 6);
const WRITERS = 8;
const fixture = fileURLToPath(new URL('../../core/src/db/embedded/hold-database.fixture.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'exact-faults-'));
let holder: ChildProcess | undefined;

afterEach(async () => {
  if (holder) await killHolder(holder);
  await endSurvivor(join(folder, 'pgdata')); // a test that failed may have left the server of a killed program
  rmSync(folder, { recursive: true, force: true });
});

async function hold(): Promise<{ child: ChildProcess; server: number; connection: DatabaseConnection }> {
  const child = spawn(process.execPath, ['--conditions=source', fixture, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  holder = child;
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  const { pid, connection } = JSON.parse(line) as { pid: number; connection: DatabaseConnection };
  return { child, server: pid, connection };
}

async function killHolder(child: ChildProcess): Promise<void> {
  holder = undefined;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

it(
  `loses no acknowledged row and doubles none in ${ROUNDS} kills under ${WRITERS} writers`,
  { timeout: ROUNDS * 60_000 },
  async () => {
    let held = await hold();
    let database = held.connection;
    const admin = new pg.Client({ ...database });
    await admin.connect();
    await admin.query('create table written (id uuid primary key, sent int not null)');
    await admin.end();

    const acknowledged = new Set<string>();
    const running = new AbortController();
    // A writer sends the same row until it is acknowledged, as a client of the platform does.
    const write = async (): Promise<void> => {
      let client: pg.Client | undefined;
      while (!running.signal.aborted) {
        const id = randomUUID();
        for (let sent = 1; !running.signal.aborted; sent++) {
          try {
            if (!client) {
              client = new pg.Client({ ...database, connectionTimeoutMillis: 2_000, query_timeout: 5_000 });
              client.on('error', () => {});
              await client.connect();
            }
            await client.query('insert into written values ($1, $2) on conflict (id) do nothing', [id, sent]);
            acknowledged.add(id);
            break;
          } catch {
            await client?.end().catch(() => {});
            client = undefined;
            await delay(20); // the pace of a client that tries again, not a wait of the test
          }
        }
      }
      await client?.end().catch(() => {});
    };
    const writers = Array.from({ length: WRITERS }, write);

    for (let round = 0; round < ROUNDS; round++) {
      const before = acknowledged.size;
      await expect.poll(() => acknowledged.size, { timeout: 30_000 }).toBeGreaterThan(before + 50);
      if (round % 3 === 0) {
        process.kill(held.server, 'SIGKILL'); // the database alone: the program starts it again at the same address
        held = { ...held, server: await serverAfter(database, held.server) };
      } else {
        if (round % 3 === 1) process.kill(held.server, 'SIGKILL'); // both at once, else the program alone
        await killHolder(held.child);
        held = await hold();
        database = held.connection;
      }
    }
    running.abort();
    await Promise.all(writers);
    await killHolder(held.child);

    const last = await startEmbeddedPostgres({ dataDir: folder });
    const client = new pg.Client({ ...last.connection });
    await client.connect();
    const { rows } = await client.query<{ id: string }>('select id from written');
    await client.end();
    await last.stop();
    const stored = new Set(rows.map(({ id }) => id));
    expect(stored.size).toBe(rows.length);
    expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
    // At most one row of each writer may be there without its writer having heard of it.
    expect(stored.size - acknowledged.size).toBeLessThanOrEqual(WRITERS);
    process.stdout.write(`${acknowledged.size} acknowledged rows, ${stored.size} stored\n`);
  },
);

/** Waits for the server that replaces a killed one, and finds its process id by asking it. */
async function serverAfter(connection: DatabaseConnection, killed: number): Promise<number> {
  let pid = killed;
  await expect
    .poll(
      async () => {
        const client = new pg.Client({ ...connection, connectionTimeoutMillis: 2_000 });
        client.on('error', () => {});
        try {
          await client.connect();
          const { rows } = await client.query<{ pid: string }>(
            `select split_part(pg_read_file('postmaster.pid'), e'\\n', 1) as pid`,
          );
          pid = Number(rows[0]?.pid);
          await client.end();
        } catch {
          // still away
        }
        return pid;
      },
      { timeout: 30_000 },
    )
    .not.toBe(killed);
  return pid;
}
