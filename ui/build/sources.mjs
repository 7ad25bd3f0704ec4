import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SKIPPED = new Set(['dist', 'node_modules', 'bench', 'fixtures']);

/** Hash of the names and contents of files and folders, without tests and build results. */
export function hashSources(root, paths) {
  const hash = createHash('sha256');
  for (const path of paths)
    for (const file of filesOf(root, path)) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

function filesOf(root, path) {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (!stats) return [];
  if (!stats.isDirectory()) return /\.test\.|\.md$/.test(path) ? [] : [path];
  const names = readdirSync(join(root, path)).filter((name) => !SKIPPED.has(name));
  return names.sort().flatMap((name) => filesOf(root, `${path}/${name}`));
}
