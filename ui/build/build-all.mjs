// Builds everything that browsers load: the shared modules, the shell, and the browser half of each plugin.
//
//   node --conditions=source ui/build/build-all.mjs [--force] [--quiet] [--strict]     (from anywhere)
//
// Writes, and the server (`core/src/http/shell-page.ts`) reads, `ui/dist/shell.json`:
//
//   interface ShellDescription {
//     version: 1;
//     scripts: string[];                 // addresses of ES modules to load with <script type="module" src>
//     preloads: string[];                // addresses for <link rel="modulepreload">
//     styles: string[];                  // addresses for <link rel="stylesheet">
//     importMap: { imports: Record<string, string> };  // to be written as is into <script type="importmap">, allowed by its hash
//     pluginEntries: Record<string, {    // by plugin id; only plugins with exactPlugin.ui.entry
//       file: string;                    // name below plugins/<id>/dist/ui/
//       hash: string;                    // of the content of the entry and all its chunks
//       url: string;                     // /assets/plugins/<id>/<file>?v=<hash>: what ProjectPlugin.uiEntry carries
//     }>;
//   }
//
// All addresses are absolute paths on the own origin. Who serves what, from where:
//
//   /assets/app/*           ui/dist/app/*              names carry a hash: immutable
//   /assets/shared/*        ui/dist/shared/*           names carry a hash: immutable
//   /assets/plugins/<id>/*  plugins/<id>/dist/ui/*     entry by ?v=<hash>, the rest by name: immutable
//
// The page also needs <div id="app"></div> and <meta property="csp-nonce" nonce="…">: Vuetify writes its theme into a <style>
// element, which `style-src 'self' 'nonce-…'` lets pass. Nothing else needs a nonce.
//
// A plugin that cannot be built is told and left out, as one that cannot start is on the server; `--strict` ends with exit code 1
// then (tests, releases). A part whose sources have not changed since its last build (`ui/dist/.stamp`) is left alone.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildPlugin, buildShared, buildShell } from './parts.mjs';
import { hashSources } from './sources.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const DIST = join(ROOT, 'ui/dist');
const STAMP = join(DIST, '.stamp');

/** Sources that every part is made from. */
const COMMON = ['ui/vite.config.ts', 'ui/build', 'package-lock.json'];

/**
 * Builds what has changed.
 *
 * @param options.force - builds everything anew
 * @param options.log   - gets one line for each part that was built or could not be
 * @returns the content of shell.json, and the ids of plugins that could not be built
 */
export async function buildAll({ force = false, log = console.log } = {}) {
  mkdirSync(DIST, { recursive: true });
  const before = force ? {} : readJson(STAMP, {});
  const after = {};

  /** Runs `make` unless the sources are those of the last build, whose result is then given back. */
  const part = async (name, sources, make) => {
    const hash = hashSources(ROOT, [...COMMON, ...sources]);
    const known = before[name];
    if (known?.hash === hash) return (after[name] = known).result;
    const start = performance.now();
    const result = await make();
    after[name] = { hash, result };
    log(`built ${name} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
    writeFileSync(STAMP, JSON.stringify({ ...before, ...after }));
    return result;
  };

  const sdk = ['sdk/src', 'packages/geometry/src'];
  const imports = await part('shared modules', ['sdk/src'], () => buildShared(ROOT));
  const shell = await part('shell', ['ui/src', 'ui/package.json', ...sdk], () => buildShell(ROOT));
  const pluginEntries = {};
  const failed = [];
  for (const plugin of findUiPlugins()) {
    try {
      pluginEntries[plugin.id] = await part(`plugin ${plugin.id}`, [plugin.folder, 'sdk/src', 'packages'], () =>
        buildPlugin(ROOT, plugin),
      );
    } catch (error) {
      failed.push(plugin.id);
      log(`plugin ${plugin.id} could not be built and is left out: ${error.message}`);
    }
  }
  const description = { version: 1, ...shell, importMap: { imports }, pluginEntries };
  writeFileSync(join(DIST, 'shell.json.new'), `${JSON.stringify(description, null, 2)}\n`);
  renameSync(join(DIST, 'shell.json.new'), join(DIST, 'shell.json')); // a running server reads the old one or the new one
  writeFileSync(STAMP, JSON.stringify(after));
  return { description, failed };
}

/** Plugins below `plugins/` whose manifest names a browser half. */
function findUiPlugins() {
  const found = [];
  for (const name of readdirSync(join(ROOT, 'plugins')).sort()) {
    const manifest = readJson(join(ROOT, 'plugins', name, 'package.json'), {}).exactPlugin;
    if (manifest?.ui?.entry) found.push({ id: manifest.id, folder: `plugins/${name}`, entry: manifest.ui.entry });
  }
  return found;
}

function readJson(file, fallback) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return fallback;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const has = (flag) => process.argv.includes(flag);
  if (has('--clean')) rmSync(DIST, { recursive: true, force: true });
  const { failed } = await buildAll({ force: has('--force'), ...(has('--quiet') ? { log: () => {} } : {}) });
  if (failed.length > 0 && has('--strict')) process.exitCode = 1;
}
