import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { browserConfig, SHARED_MODULES } from '../vite.config.ts';
import { linkOwnStyles } from './link-own-styles.mjs';

/** Builds the modules of the import map. @returns addresses by module name */
export async function buildShared(root) {
  const entries = {
    vue: 'ui/build/shared/vue.js',
    openseadragon: 'ui/build/shared/openseadragon.js',
    '@exact/sdk/ui': 'sdk/src/ui/index.ts',
  };
  const imports = {};
  for (const [index, name] of SHARED_MODULES.entries()) {
    const output = await run(root, {
      base: '/assets/shared/',
      outDir: 'ui/dist/shared',
      emptyOutDir: index === 0,
      input: { [name.replace(/^@exact\//, '').replaceAll('/', '-')]: join(root, entries[name]) },
      external: SHARED_MODULES.filter((other) => other !== name),
    });
    imports[name] = `/assets/shared/${entryOf(output).fileName}`;
  }
  return imports;
}

/** Builds the shell. @returns what the page has to load */
export async function buildShell(root) {
  const output = await run(root, {
    base: '/assets/app/',
    outDir: 'ui/dist/app',
    emptyOutDir: true,
    input: { shell: join(root, 'ui/src/app/main.ts') },
    external: [...SHARED_MODULES],
  });
  const entry = entryOf(output);
  const css = new Set([...(entry.viteMetadata?.importedCss ?? [])]);
  const preloads = [];
  const follow = (chunk) => {
    for (const name of chunk.imports) {
      const imported = output.find((item) => item.fileName === name);
      if (!imported || preloads.includes(name)) continue;
      preloads.push(name);
      for (const file of imported.viteMetadata?.importedCss ?? []) css.add(file);
      follow(imported);
    }
  };
  follow(entry);
  const address = (file) => `/assets/app/${file}`;
  return { scripts: [address(entry.fileName)], preloads: preloads.map(address), styles: [...css].map(address) };
}

/** Builds the browser half of a plugin. @returns its row of `pluginEntries` */
export async function buildPlugin(root, { id, folder, entry }) {
  // the manifest names the result, dist/ui/index.js; its source stands at the same place below src
  const source = join(root, folder, entry.replace(/^(\.\/)?dist\//, 'src/').replace(/\.js$/, '.ts'));
  if (!existsSync(source))
    throw new Error(`Plugin "${id}": exactPlugin.ui.entry is "${entry}", but there is no ${source}.`);
  const output = await run(root, {
    base: `/assets/plugins/${id}/`,
    outDir: `${folder}/dist/ui`,
    emptyOutDir: true,
    input: { index: source },
    external: [...SHARED_MODULES],
    entryFileNames: 'index.js',
    cssCodeSplit: false,
    parts: 'shared',
    plugins: [linkOwnStyles()],
  });
  const hash = createHash('sha256');
  for (const item of output) if (item.type === 'chunk') hash.update(item.code);
  const version = hash.digest('hex').slice(0, 12);
  return { file: 'index.js', hash: version, url: `/assets/plugins/${id}/index.js?v=${version}` };
}

async function run(
  root,
  { base, outDir, emptyOutDir, input, external, entryFileNames, cssCodeSplit = true, parts = 'own', plugins = [] },
) {
  const config = browserConfig(parts, { root: join(root, 'ui'), base });
  const result = await build({
    ...config,
    plugins: [...config.plugins, ...plugins],
    build: {
      ...config.build,
      outDir: join(root, outDir),
      emptyOutDir,
      cssCodeSplit,
      rolldownOptions: {
        input,
        external,
        preserveEntrySignatures: 'strict',
        output: {
          format: 'es',
          entryFileNames: entryFileNames ?? '[name]-[hash].js',
          chunkFileNames: '[name]-[hash].js',
          assetFileNames: '[name]-[hash][extname]',
        },
      },
    },
  });
  return result.output;
}

function entryOf(output) {
  return output.find((item) => item.type === 'chunk' && item.isEntry);
}
