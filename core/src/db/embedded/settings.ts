import { totalmem } from 'node:os';
import type { Client } from 'pg';

import { EmbeddedDatabaseError } from './errors.ts';

/** `full`: an acknowledged write survives a power cut. `none`: quick, for throw-away databases of tests only. */
export type Durability = 'full' | 'none';

const DURABLE = ['fsync', 'synchronous_commit', 'full_page_writes'] as const;
const GIB = 2 ** 30;

/**
 * Settings for one small machine that does other work, too: buffers of an eighth of the memory within 128–256 MB (the
 * operating system's cache serves the rest), and rooms for one pool of the program, the job queue and a few visitors.
 */
export function serverSettings(socketFolder: string, port: number, durability: Durability): Record<string, string> {
  const memory = totalmem();
  const state = durability === 'full' ? 'on' : 'off';
  return {
    listen_addresses: '', // a network port with trusting sign-in would be an open door
    unix_socket_directories: socketFolder,
    unix_socket_permissions: '0700',
    port: String(port),
    cluster_name: 'exact',
    max_connections: '100',
    shared_buffers: memory >= 2 * GIB ? '256MB' : '128MB',
    effective_cache_size: `${Math.max(256, Math.round(memory / 2 / 2 ** 20))}MB`,
    maintenance_work_mem: '128MB',
    max_wal_size: '2GB',
    random_page_cost: '1.1', // solid-state disks
    autovacuum: 'on',
    jit: 'off', // the package has no LLVM
    log_checkpoints: 'off',
    log_timezone: 'UTC',
    timezone: 'UTC',
    ...Object.fromEntries(DURABLE.map((name) => [name, state])),
  };
}

/**
 * Makes sure that what is said to be saved is saved: asks a session, because a database or a role can override the server.
 *
 * @throws {@link EmbeddedDatabaseError} `EMBEDDED_DB_UNSAFE_SETTING` with the setting and how to put it back
 */
export async function checkDurability(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string; setting: string; source: string }>(
    'select name, setting, source from pg_settings where name = any($1)',
    [DURABLE],
  );
  for (const { name, setting, source } of rows) {
    if (setting !== 'on') {
      throw new EmbeddedDatabaseError(
        'EMBEDDED_DB_UNSAFE_SETTING',
        `The embedded database has ${name} = ${setting} (set by: ${source}), so saved annotations could be lost in a power ` +
          `cut. Undo it with "alter database … reset ${name}" or "alter role … reset ${name}".`,
      );
    }
  }
}
