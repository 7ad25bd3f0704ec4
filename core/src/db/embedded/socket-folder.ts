import { chmodSync, chownSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Account } from './account.ts';
import { findBarrier } from './account.ts';

export const SOCKET_PREFIX = 'exact-pg-';

// A socket's path has 107 bytes at most, so it never lies beside the data, whose path may be long; the file's own name
// (`/.s.PGSQL.5432.lock`) takes 19.
const MAX_FOLDER_BYTES = 107 - 19;

/** Makes a short folder for the server's socket that only the server's account (and root) may enter. */
export function makeSocketFolder(account: Account | undefined): string {
  const fits = (base: string): boolean =>
    Buffer.byteLength(join(base, `${SOCKET_PREFIX}XXXXXX`)) <= MAX_FOLDER_BYTES &&
    !(account && findBarrier(base, account));
  const folder = mkdtempSync(join(fits(tmpdir()) ? tmpdir() : '/tmp', SOCKET_PREFIX));
  chmodSync(folder, 0o700);
  if (account) chownSync(folder, account.uid, account.gid);
  return folder;
}
