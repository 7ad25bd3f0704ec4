import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HOOK_NAMES } from '@exact/sdk/hooks';
import { describe, expect, it } from 'vitest';
import { pluginsPage } from '../scripts/plugin-docs.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Who may import whom: packages ← sdk ← core, ui, plugins. Its own workspace is always allowed. */
const MAY_IMPORT: Readonly<Record<string, RegExp>> = {
  packages:
    /^@exact\/(geometry(\/ops)?|tiff|agreement|annotation-formats|opinion|scores|screening(\/outline)?|sound(\/decode)?|study)$/,
  sdk: /^@exact\/geometry$/,
  core: /^@exact\/(sdk\/\w+|geometry(\/ops)?|tiff)$/,
  ui: /^@exact\/(sdk\/\w+|geometry(\/ops)?)$/,
  plugins:
    /^@exact\/(sdk\/\w+|geometry(\/ops)?|tiff|agreement|annotation-formats|opinion|scores|screening(\/outline)?|sound(\/decode)?|study)$/,
};

/** What the shell gives the bundles of all plugins, see `ui/build`. */
const SHARED_IN_BROWSER = ['vue'];

interface Source {
  readonly file: string;
  readonly workspace: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const sources: Source[] = ['packages', 'sdk', 'core', 'ui', 'plugins'].flatMap((top) => readSources(join(ROOT, top)));

describe('imports', () => {
  it('are read from the whole tree', () => {
    expect(sources.length).toBeGreaterThan(300);
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(1000);
  });

  it('run one way: packages ← sdk ← core, ui, plugins', () => {
    const wrong = sources.flatMap(({ file, imports }) => {
      const top = file.split('/')[0] ?? '';
      return imports
        .filter((name) => name.startsWith('@exact/') && !MAY_IMPORT[top]?.test(name))
        .map((name) => `${file} imports ${name}`);
    });
    expect(wrong).toEqual([]);
  });

  it('of plugins reach the SDK, packages and dependencies that they declare, and nothing else', () => {
    const wrong = sources
      .filter(({ file }) => file.startsWith('plugins/') && !isTest(file))
      .flatMap(({ file, workspace, imports }) => {
        const declared = dependenciesOf(workspace);
        return imports
          .filter((name) => !/^(\.|node:|@exact\/sdk\/)/.test(name))
          .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
          .filter(
            (name) => !declared.includes(name) && !(SHARED_IN_BROWSER.includes(name) && file.includes('/src/ui/')),
          )
          .map((name) => `${file} imports ${name}, which ${workspace}package.json does not declare`);
      });
    expect(wrong).toEqual([]);
  });

  it('of plugins are all that they declare', () => {
    const workspaces = [...new Set(sources.map(({ workspace }) => workspace))].filter((name) => /^plugins/.test(name));
    const wrong = workspaces.flatMap((workspace) => {
      const used = sources.filter((source) => source.workspace === workspace).flatMap(({ imports }) => imports);
      return dependenciesOf(workspace)
        .filter((name) => !used.some((one) => one === name || one.startsWith(`${name}/`)))
        .map((name) => `${workspace}package.json declares ${name}, which nothing imports`);
    });
    expect(wrong).toEqual([]);
  });

  it('never leave their workspace by a relative path', () => {
    const wrong = sources
      .filter(({ file }) => !isTest(file))
      .flatMap(({ file, workspace, imports }) =>
        imports
          .filter((name) => name.startsWith('.') && !join(file, '..', name).startsWith(workspace))
          .map((name) => `${file} imports ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  it('keep the kernel free of images, users and HTTP', () => {
    const wrong = sources
      .filter(({ file }) => file.startsWith('core/src/kernel/') && !isTest(file))
      .flatMap(({ file, imports }) =>
        imports.filter((name) => name.startsWith('../')).map((name) => `${file} imports ${name}`),
      );
    expect(wrong).toEqual([]);
  });
});

describe('the kernel', () => {
  it('stays within its budget of 1,800 lines', () => {
    const lines = sources
      .filter(({ file }) => file.startsWith('core/src/kernel/') && !isTest(file))
      .reduce((sum, { text }) => sum + text.split('\n').length - 1, 0);
    expect(lines).toBeLessThanOrEqual(1800);
  });
});

describe('sources', () => {
  it('write text into pages as text: no v-html, no innerHTML', () => {
    const wrong = sources
      .filter(
        ({ file, text }) =>
          /^(ui|plugins)\//.test(file) && !isTest(file) && /v-html|\.innerHTML\s*=|insertAdjacentHTML/.test(text),
      )
      .map(({ file }) => file);
    expect(wrong).toEqual([]);
  });

  it('write problem documents in one file only', () => {
    const wrong = sources
      .filter(
        ({ file, text }) =>
          file.startsWith('core/src/') && !isTest(file) && text.includes("'application/problem+json'"),
      )
      .map(({ file }) => file)
      .filter((file) => !['core/src/http/problem.ts', 'core/src/http/openapi.ts'].includes(file));
    expect(wrong).toEqual([]);
  });

  it('of plugins use what the page about them says', () => {
    const page = readFileSync(join(ROOT, 'sdk/docs/plugins.md'), 'utf8');
    // Prettier has aligned the columns.
    const plain = (text: string): string => text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---').trim();
    expect(plain(page), 'run scripts/docs.mjs and Prettier').toBe(plain(pluginsPage(ROOT)));
  });

  it('have a page for each hook of the catalogue', () => {
    const page = readFileSync(join(ROOT, 'sdk/docs/hooks.md'), 'utf8');
    expect(HOOK_NAMES.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

function dependenciesOf(workspace: string): string[] {
  const manifest = JSON.parse(readFileSync(join(ROOT, workspace, 'package.json'), 'utf8')) as Record<string, object>;
  return Object.keys({ ...manifest['dependencies'] });
}

function readSources(folder: string): Source[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|vue)$/.test(name) && !/(^|\/)(node_modules|dist)\//.test(name))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => {
      const file = relative(ROOT, path);
      const text = readFileSync(path, 'utf8');
      const [top = '', second = ''] = file.split('/');
      const workspace = ['packages', 'plugins'].includes(top) ? `${top}/${second}/` : `${top}/`;
      return {
        file,
        workspace,
        text,
        imports: [...text.matchAll(/^\s*(?:import|export)\b[^'"]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm)].map(
          (m) => m[1] ?? m[2] ?? '',
        ),
      };
    });
}

/** Tests, their fixtures and benchmarks may look around: shared helpers of the root's test folder, raw files of neighbours. */
const isTest = (file: string): boolean =>
  /\.(test|fixture|testing)\.ts$|\/(test|bench)\/|test-(plugins|support|database)\.ts$|\/testing\.ts$/.test(file);
