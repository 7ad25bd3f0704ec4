import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import process from 'node:process';

import { ROOT, must, npm, run } from './process.mjs';

// All that can end up in a bundle: the shell, the SDK, the libraries, and the plugins' halves for the browser.
const SOURCES = ['ui', 'sdk', 'packages', 'plugins', 'tsconfig.json', 'package-lock.json'];
const SKIPPED = new Set(['node_modules', 'dist', 'test', 'fixtures', 'docs', 'assets']);
const STAMP = join(ROOT, 'ui', 'dist', '.stamp');

/** Builds the user interface and the bundles of the plugins when they are missing or older than their sources. */
export async function provideUi({ always = false } = {}) {
  if (!existsSync(join(ROOT, 'ui', 'index.html')) && !existsSync(join(ROOT, 'ui', 'vite.config.ts'))) return;
  const hash = hashSources(ROOT, SOURCES);
  if (!always && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hash) return;
  console.log('Building the user interface …');
  await must(
    npm(['run', 'build', '--workspace=@exact/ui']),
    'The user interface could not be built; the reason stands above.',
  );
  const plugins = join(ROOT, 'ui', 'build', 'build-all.mjs');
  if (existsSync(plugins)) {
    await must(
      run(process.execPath, ['--conditions=source', plugins]),
      'The bundles of the plugins could not be built; see above.',
    );
  }
  mkdirSync(join(ROOT, 'ui', 'dist'), { recursive: true });
  writeFileSync(STAMP, hash); // last: an interrupted build is done again
}

/**
 * One number for the content of files and folders. By content and not by time, because a checkout gives files new times.
 * Tests and what builds make are left out.
 */
export function hashSources(root, entries) {
  const hash = createHash('sha256');
  const add = (path) => {
    hash.update(`${relative(root, path).split(sep).join('/')}\0`);
    hash.update(readFileSync(path));
  };
  const walk = (folder) => {
    const children = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const child of children) {
      const path = join(folder, child.name);
      if (child.isDirectory()) {
        if (!SKIPPED.has(child.name)) walk(path);
      } else if (child.isFile() && !/\.test\.[a-z]+$/.test(child.name)) add(path);
    }
  };
  for (const entry of entries) {
    const path = join(root, entry);
    if (!existsSync(path)) continue;
    if (/\.\w+$/.test(entry)) add(path);
    else walk(path);
  }
  return hash.digest('hex');
}
