import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

import { serverAccount } from './embedded/account.ts';
import { makeFolder, provideBinaries } from './embedded/binaries.ts';
import { SUPERUSER, provideCluster } from './embedded/cluster.ts';
import { acquireOwnerLock } from './embedded/owner-lock.ts';
import { type Server, type ServerPlan, startServer } from './embedded/server.ts';
import { type Durability, checkDurability, serverSettings } from './embedded/settings.ts';
import { makeSocketFolder } from './embedded/socket-folder.ts';
import { endSurvivor } from './embedded/survivor.ts';

export { EmbeddedDatabaseError, type EmbeddedDatabaseErrorCode } from './embedded/errors.ts';

const PORT = 5432; // part of the socket's name; nothing listens on a network port
const DATABASE = 'exact';
const MAX_BACKOFF_MS = 5_000;

/** How to reach the embedded database with `pg` or an ORM; `host` is the folder of its Unix socket. */
export interface DatabaseConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

export interface EmbeddedPostgresOptions {
  /** Folder that the launcher owns: data, programs, log and lock lie in it. Made when missing. */
  readonly dataDir: string;
  readonly log?: ((message: string) => void) | undefined;
  /** Starts the server again when it ends by itself (default true), after 0.1 s, later after up to 5 s, without end. */
  readonly autoRestart?: boolean;
  /** Told when the server ended without {@link EmbeddedPostgres.stop}. */
  readonly onExit?:
    ((exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null }) => void) | undefined;
  /** `none` is quick and loses data in a power cut: for throw-away databases of tests only. Default `full`. */
  readonly durability?: Durability;
}

/** A running embedded PostgreSQL. Its address stays the same when it is restarted, so pools find it again. */
export interface EmbeddedPostgres {
  readonly connection: DatabaseConnection;
  /** The same as `postgres://…`, for tools that want a URL. */
  readonly url: string;
  /** Process id of the server now; undefined while it is down. */
  readonly pid: number | undefined;
  /** Stops the server (transactions are undone, about 0.1 s) and gives the folder free. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that comes with the program: a real server, reached by a Unix socket only.
 *
 * First start about 1 s (the data folder is made), later 0.1 s. A server that outlived a killed program is ended and
 * replaced; one that was killed itself recovers from its log. Works as root (the server then runs as `postgres` or `nobody`).
 *
 * @throws EmbeddedDatabaseError with a stable code; nothing is left running
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(options.dataDir);
  const durability = options.durability ?? 'full';
  const log = options.log ?? (() => {});
  const account = serverAccount();

  await makeFolder(folder);
  const unlock = acquireOwnerLock(folder);
  const stopping = new AbortController();
  let socketFolder: string | undefined;
  let server: Server | undefined;
  const leave = (): void => {
    if (socketFolder) rmSync(socketFolder, { recursive: true, force: true });
    unlock();
  };

  try {
    const binaries = await provideBinaries(folder, account);
    const data = await provideCluster(folder, binaries, account, durability);
    const survivor = await endSurvivor(data);
    if (survivor !== undefined) log(`ended the database server ${survivor} that a killed program had left behind`);
    socketFolder = makeSocketFolder(account);
    const plan: ServerPlan = {
      program: binaries.postgres,
      data,
      socketFolder,
      port: PORT,
      settings: serverSettings(socketFolder, PORT, durability),
      account,
      logFile: join(folder, 'postgres.log'),
      signal: stopping.signal,
    };
    const connection = { host: socketFolder, port: PORT, user: SUPERUSER, database: DATABASE };
    server = await startServer(plan);
    await provideDatabase(connection);
    if (durability === 'full') await withClient(connection, checkDurability);
    return watch(plan, server, connection, stopping, { ...options, log }, leave);
  } catch (error) {
    await server?.stop();
    leave();
    throw error;
  }
}

/** Keeps the server running until it is told to stop. */
function watch(
  plan: ServerPlan,
  first: Server,
  connection: DatabaseConnection,
  stopping: AbortController,
  options: EmbeddedPostgresOptions & { readonly log: (message: string) => void },
  leave: () => void,
): EmbeddedPostgres {
  let server: Server | undefined = first;
  // The program may end without stop(); a signal is all that can be sent then, and the server ends in peace by itself.
  const onProcessExit = (): void => {
    server?.signalStop();
    leave();
  };
  process.once('exit', onProcessExit);

  const keepRunning = async (): Promise<void> => {
    for (let backoffMs = 100; server;) {
      const startedAt = Date.now();
      const exit = await server.ended;
      const pid = server.pid;
      server = undefined;
      if (stopping.signal.aborted) return;
      options.log(`the database server ${pid} ended by itself (${exit.signal ?? `code ${exit.code}`})`);
      options.onExit?.(exit);
      if (options.autoRestart === false) return;
      if (Date.now() - startedAt > 60_000) backoffMs = 100;
      while (!server) {
        try {
          await delay(backoffMs, undefined, { signal: stopping.signal });
          server = await startServer(plan);
          options.log(`the database server runs again as process ${server.pid}`);
        } catch (error) {
          if (stopping.signal.aborted) return;
          options.log(error instanceof Error ? error.message : String(error));
        }
        backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
      }
    }
  };
  const running = keepRunning();

  const stop = async (): Promise<void> => {
    stopping.abort();
    await server?.stop();
    await running;
    await server?.stop(); // started in the moment between the two
    process.off('exit', onProcessExit);
    leave();
  };
  let stopped: Promise<void> | undefined;
  return {
    connection,
    url: connectionUrl(connection),
    get pid() {
      return server?.pid;
    },
    stop: () => (stopped ??= stop()),
  };
}

/** `postgres://user@localhost/database?host=/folder/of/the/socket`, understood by `pg` and by PostgreSQL's own tools. */
export function connectionUrl({ host, port, user, database }: DatabaseConnection): string {
  return `postgres://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;
}

async function provideDatabase(connection: DatabaseConnection): Promise<void> {
  await withClient({ ...connection, database: 'postgres' }, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [connection.database]);
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(connection.database)}`);
  });
}

async function withClient(connection: DatabaseConnection, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ ...connection, ssl: false });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
