import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { type Account, giveFolder, planLaunch } from './account.ts';
import type { Binaries } from './binaries.ts';
import { EmbeddedDatabaseError } from './errors.ts';

/** Owner of the embedded server and name of its database. Sign-in is by reach of the socket folder, which has mode 0700. */
export const SUPERUSER = 'exact';

/**
 * Provides the data folder of the server: makes it on the first start, checks it on later ones.
 *
 * @returns path of the data folder
 * @throws {@link EmbeddedDatabaseError} `EMBEDDED_DB_WRONG_VERSION` for data of another major version
 */
export async function provideCluster(
  folder: string,
  binaries: Binaries,
  account: Account | undefined,
  durability: 'full' | 'none',
): Promise<string> {
  const data = join(folder, 'pgdata');
  if (existsSync(data)) {
    checkVersion(data, binaries.major);
    giveFolder(data, account);
    return data;
  }
  // Made under another name and renamed when complete: a start that was killed half-way leaves nothing that looks whole.
  const draft = join(folder, 'pgdata.part');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft);
  await chmod(draft, 0o700);
  giveFolder(draft, account);
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const args = [
    '-D',
    draft,
    '-U',
    SUPERUSER,
    '-A',
    'trust',
    '-E',
    'UTF8',
    ...locale,
    ...(durability === 'full' ? [] : ['-N']),
  ];
  await run(binaries.initdb, args, draft, account);
  await rename(draft, data);
  return data;
}

function checkVersion(data: string, major: number): void {
  const found = readVersion(data);
  if (found === String(major)) return;
  throw new EmbeddedDatabaseError(
    'EMBEDDED_DB_WRONG_VERSION',
    found === undefined
      ? `${data} exists but is no database folder of PostgreSQL: it has no file PG_VERSION. Move it away, or set EXACT_DATA_DIR.`
      : `The database in ${data} was made by PostgreSQL ${found}; this version of Exact brings PostgreSQL ${major}, which ` +
          `cannot read it. Nothing was changed. Start the earlier version of Exact, export, and import here; or run a ` +
          `PostgreSQL ${found} on the folder and set DATABASE_URL.`,
  );
}

function readVersion(data: string): string | undefined {
  try {
    return readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  } catch {
    return undefined;
  }
}

async function run(
  program: string,
  args: readonly string[],
  folder: string,
  account: Account | undefined,
): Promise<void> {
  const launch = planLaunch(program, args, folder, account);
  const child = spawn(launch.command, launch.args, { ...spawnIdentity(launch), stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0) {
    throw new EmbeddedDatabaseError(
      'EMBEDDED_DB_START_FAILED',
      `The embedded database could not be made in ${folder}: ${text.trim()}`,
    );
  }
}

/** Options of `spawn` that programs of PostgreSQL need: a folder that their account may be in, and nothing of our environment. */
export function spawnIdentity(launch: { readonly uid?: number; readonly gid?: number }): {
  cwd: string;
  env: Record<string, string>;
  uid?: number;
  gid?: number;
} {
  const { uid, gid } = launch;
  // PGDATA, PGPORT and the like of the person who starts us must not reach the server.
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  return { cwd: '/', env, ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) };
}
