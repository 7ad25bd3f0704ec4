import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { EmbeddedDatabaseError } from './errors.ts';
import { processIdentity } from './process-identity.ts';

interface Owner {
  readonly pid: number;
  readonly identity: string | undefined;
}

/**
 * Makes this process the only one that runs a database in the folder.
 *
 * PostgreSQL has a lock of its own, but it guards the server, not the program around it: a second program would take the
 * living server for a survivor of a crash and stop it under the first one.
 *
 * @returns gives the folder free again; may be called twice
 * @throws {@link EmbeddedDatabaseError} `EMBEDDED_DB_IN_USE` with the id of the process that has the folder
 */
export function acquireOwnerLock(folder: string): () => void {
  const path = join(folder, 'owner.json');
  const mine = JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) } satisfies Owner);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, mine);
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      try {
        linkSync(draft, path); // fails when the name exists, and appears with its whole text at once
        return () => {
          if (readText(path) === mine) rmSync(path, { force: true });
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const found = readText(path);
      if (found === undefined) continue;
      const owner = parseOwner(found);
      if (owner && isAlive(owner)) {
        throw new EmbeddedDatabaseError(
          'EMBEDDED_DB_IN_USE',
          `The embedded database in ${folder} is in use by process ${owner.pid}. Stop that process, give this one a folder ` +
            `of its own with EXACT_DATA_DIR, or let both use one PostgreSQL with DATABASE_URL.`,
        );
      }
      removeStale(path, found);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new EmbeddedDatabaseError('EMBEDDED_DB_IN_USE', `Other processes keep taking ${path}; try again.`);
}

/** Whether a living process has the folder. */
export function hasOwner(folder: string): boolean {
  const owner = parseOwner(readText(join(folder, 'owner.json')) ?? '');
  return owner !== undefined && isAlive(owner);
}

/** Moves the stale lock away first: between reading and removing it, another process may have replaced it with its own. */
function removeStale(path: string, judged: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
    if (readText(aside) !== judged) linkSync(aside, path);
  } catch {
    // somebody was quicker; the loop looks again
  }
  rmSync(aside, { force: true });
}

const isAlive = (owner: Owner): boolean =>
  owner.identity !== undefined && processIdentity(owner.pid) === owner.identity;

function parseOwner(text: string): Owner | undefined {
  try {
    const value = JSON.parse(text) as Owner;
    return Number.isSafeInteger(value.pid) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
