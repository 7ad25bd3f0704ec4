import { execFileSync } from 'node:child_process';
import { chownSync, lchownSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { EmbeddedDatabaseError } from './errors.ts';

/** The account that PostgreSQL runs as when we are root; PostgreSQL refuses to run as root. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** @returns undefined for an ordinary user, whose own account serves */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const line = passwdLine(name)?.split(':');
    const [uid, gid] = [Number(line?.[2]), Number(line?.[3])];
    if (line && uid > 0 && Number.isSafeInteger(gid)) return { name, uid, gid };
  }
  throw new EmbeddedDatabaseError(
    'EMBEDDED_DB_START_FAILED',
    'PostgreSQL refuses to run as root, and this system has neither an account "postgres" nor "nobody" to run it as. Start ' +
      'Exact as an ordinary user, or set DATABASE_URL.',
  );
}

function passwdLine(name: string): string | undefined {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((line) => line.startsWith(`${name}:`));
  } catch {
    return undefined;
  }
}

/** Gives a folder and all in it to the account, unless it has the folder already. */
export function giveFolder(folder: string, account: Account | undefined): void {
  if (!account || statSync(folder).uid === account.uid) return;
  const give = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const child = join(path, entry.name);
      if (entry.isDirectory()) give(child);
      else lchownSync(child, account.uid, account.gid);
    }
    chownSync(path, account.uid, account.gid); // last: an interrupted walk is taken up again
  };
  give(folder);
}

/** How to start a program so that it runs as the account and reaches its folder. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Plans the start of a program of PostgreSQL.
 *
 * As root there is one trap: the data may lie below a folder that only root may enter (`/root`, `mktemp -d`). Then the
 * program keeps the single capability to pass such folders, given by `setpriv` of util-linux; without it, the folder that
 * bars the way is named.
 */
export function planLaunch(
  program: string,
  args: readonly string[],
  folder: string,
  account: Account | undefined,
): Launch {
  if (!account) return { command: program, args };
  const barrier = findBarrier(folder, account);
  if (!barrier) return { command: program, args, uid: account.uid, gid: account.gid };
  const keep = passCapability(account);
  if (!keep) {
    throw new EmbeddedDatabaseError(
      'EMBEDDED_DB_UNREACHABLE_FOLDER',
      `PostgreSQL refuses to run as root, and the account "${account.name}", which it would run as, may not enter ${barrier}. ` +
        `Set EXACT_DATA_DIR to a folder outside of it, start Exact as an ordinary user, or set DATABASE_URL.`,
    );
  }
  return { command: 'setpriv', args: [...keep, program, ...args] };
}

/** The outermost folder on the way that the account may not enter. */
export function findBarrier(folder: string, account: Account): string | undefined {
  const parent = dirname(folder);
  if (parent !== folder) {
    const outer = findBarrier(parent, account);
    if (outer) return outer;
  }
  const { uid, gid, mode } = statSync(folder);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return mode & bit ? undefined : folder;
}

// Containers often have the second, wider one only.
const PASS_CAPABILITIES = ['dac_read_search', 'dac_override'];

/** @returns the arguments of `setpriv` that work here, tried by running nothing under them; undefined when none does */
function passCapability({ uid, gid }: Account): readonly string[] | undefined {
  for (const name of PASS_CAPABILITIES) {
    // no_setuid_fixup: else access(2), by which initdb looks for its programs, leaves the capability out for all but root.
    const identity = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--securebits=+no_setuid_fixup'];
    const args = [...identity, `--inh-caps=+${name}`, `--ambient-caps=+${name}`, '--'];
    try {
      execFileSync('setpriv', [...args, 'true'], { stdio: 'ignore' });
      return args;
    } catch {
      // no setpriv, or not allowed here: the next one, else the message that names the folder
    }
  }
  return undefined;
}
