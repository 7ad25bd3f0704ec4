import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT, must, npm } from './process.mjs';

/** Installs what package-lock.json says when `node_modules` is missing or was made from another one. */
export async function provideDependencies() {
  const state = dependencyState(ROOT);
  if (state === 'present') return;
  console.log(
    state === 'missing'
      ? 'Installing the dependencies (once, a minute or two) …'
      : 'Bringing the dependencies up to date …',
  );
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  await must(
    npm([state === 'missing' ? 'ci' : 'install', ...quiet]),
    'The dependencies could not be installed; npm says why above. Check the network and try again.',
  );
  writeFileSync(stampFile(ROOT), lockHash(ROOT));
}

/**
 * Compares `node_modules` with the lockfile, by content where we installed it ourselves and by time where npm was called by
 * hand: `git checkout` gives an unchanged lockfile a new time, and a needless install takes a while.
 *
 * @returns 'present', 'outdated' or 'missing'
 */
export function dependencyState(root) {
  const installed = join(root, 'node_modules', '.package-lock.json'); // npm writes it last
  if (!existsSync(installed)) return 'missing';
  const lock = join(root, 'package-lock.json');
  if (!existsSync(lock)) return 'outdated';
  const stamp = stampFile(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash(root)) return 'present';
  return statSync(installed).mtimeMs >= statSync(lock).mtimeMs ? 'present' : 'outdated';
}

const stampFile = (root) => join(root, 'node_modules', '.exact-lock-hash');
const lockHash = (root) =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
