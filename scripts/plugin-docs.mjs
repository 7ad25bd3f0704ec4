// What each plugin of the repository uses of the platform, as a page: read from manifests and from the sources themselves, so that the
// page says what is and not what was planned. `scripts/docs.mjs` writes it, `test/architecture.test.ts` keeps it true.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param {string} root - the repository @returns {string} sdk/docs/plugins.md */
export function pluginsPage(root) {
  const plugins = readdirSync(join(root, 'plugins'))
    .filter((name) => existsSync(join(root, 'plugins', name, 'package.json')))
    .sort()
    .map((name) => readPlugin(root, name));
  return [
    '# What the plugins of this repository use',
    '',
    'Made from their manifests and imports by `scripts/docs.mjs`. Everything beyond stands in `sdk` and in packages that know nothing of the platform: no plugin imports `core`, `ui` or another plugin.',
    '',
    ...table(
      'On the server',
      ['plugin', 'level', 'hooks', 'services of `ctx`', 'permissions that it uses', 'and defines', 'jobs'],
      plugins.map((one) => [one.level, ...[one.hooks, one.services, one.uses, one.defines, one.jobs].map(list)]),
      plugins,
    ),
    ...table(
      'In the browser',
      ['plugin', 'slots', 'commands', 'functions of `@exact/sdk/ui`', 'of the viewer', 'components of the platform'],
      plugins.map((one) => [
        list(one.slots),
        one.commands === 0 ? '' : String(one.commands),
        ...[one.functions, one.viewer, one.components].map(list),
      ]),
      plugins,
    ),
    ...table(
      'Between plugins, and packages',
      ['plugin', 'events heard', 'events told', 'tokens offered', 'tokens used', 'packages', 'from outside'],
      plugins.map((one) => [one.heard, one.told, one.offered, one.taken, one.packages, one.outside].map(list)),
      plugins,
    ),
  ].join('\n');
}

const list = (names) => names.map((name) => `\`${name}\``).join(', ');

function table(title, [first, ...heads], rows, plugins) {
  return [
    `## ${title}`,
    '',
    `| ${[first, ...heads].join(' | ')} |`,
    `|${' --- |'.repeat(heads.length + 1)}`,
    ...rows.map((row, i) => `| [${plugins[i].id}](../../plugins/${plugins[i].id}) | ${row.join(' | ')} |`),
    '',
  ];
}

function readPlugin(root, name) {
  const folder = join(root, 'plugins', name);
  const { exactPlugin: manifest, dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { contributes = {}, permissions = {} } = manifest;
  const sources = readSources(join(folder, 'src'));
  const server = sources.filter(({ file }) => !file.startsWith('ui/'));
  const browser = sources.filter(({ file }) => file.startsWith('ui/'));
  return {
    id: name,
    level: manifest.level,
    hooks: contributes.hooks ?? [],
    services: servicesIn(server, membersOf(root, 'sdk/src/server/plugin.ts', 'PluginContext')),
    uses: permissions.uses ?? [],
    defines: (permissions.defines ?? []).map(({ id }) => id),
    jobs: (contributes.jobs ?? []).map(({ id }) => id),
    slots: unique([...(contributes.panels ?? []), ...(contributes.overlays ?? [])].map(({ slot }) => slot)),
    commands: (contributes.commands ?? []).length,
    functions: importsOf(browser, '@exact/sdk/ui').filter((one) => /^use[A-Z]/.test(one)),
    viewer: viewerIn(root, browser),
    components: componentsIn(root, browser),
    heard: unique([...(contributes.events ?? []), ...found(browser, /\b(?:useLiveEvent|onEvent)\(\s*'([^']+)'/g)]),
    told: found(server, /\bevents\.publish\(\s*'([^']+)'/g).map((event) => `${manifest.id}:${event}`),
    offered: contributes.tokens ?? [],
    taken: tokensIn(root, server),
    packages: Object.keys(dependencies)
      .filter((one) => one.startsWith('@exact/'))
      .sort(),
    outside: Object.keys(dependencies)
      .filter((one) => !one.startsWith('@exact/'))
      .sort(),
  };
}

const unique = (names) => [...new Set(names)].sort();

/** TypeScript and Vue files below a folder, tests left out. */
function readSources(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (file) => /\.(ts|vue)$/.test(file) && !/\.(test|testing|fixture)\.ts$|(^|\/)(node_modules|dist)\//.test(file),
    )
    .map((file) => ({ file: file.replaceAll('\\', '/'), text: readFileSync(join(folder, file), 'utf8') }));
}

const found = (sources, pattern) => unique(sources.flatMap(({ text }) => [...text.matchAll(pattern)].map((m) => m[1])));

/** Names that are imported from a module. */
function importsOf(sources, module) {
  const pattern = new RegExp(`import\\s+(?!type\\b)\\{([^}]*)\\}\\s+from\\s+'${module}'`, 'g');
  return unique(
    found(sources, pattern).flatMap((names) =>
      names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '' && !name.startsWith('type ')),
    ),
  );
}

/** Members of an interface, as its source declares them. */
function membersOf(root, file, name) {
  const text = readFileSync(join(root, file), 'utf8');
  const start = text.indexOf(`interface ${name} {`);
  const body = text.slice(start, text.indexOf('\n}\n', start));
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)[<(:?]/gm)].map((m) => m[1]);
}

/** What the code takes of the plugin's context: touched, or asked for by a function that is given a part of it. */
function servicesIn(sources, members) {
  const touched = found(sources, /\bctx\.(\w+)/g);
  const asked = found(sources, /\bPluginContext(?:,\s*|\[)([^>\]]+)[>\]]/g).flatMap(
    (names) => names.match(/\w+/g) ?? [],
  );
  return unique([...touched, ...asked]).filter((name) => members.includes(name));
}

/** Ids of the tokens whose services the code asks for: a token is a constant of a package or of the plugin that offers it. */
function tokensIn(root, sources) {
  const names = found(sources, /\bctx\.(?:find|require)\(\s*(\w+)/g);
  if (names.length === 0) return [];
  const everything = ['packages', 'plugins'].flatMap((top) => readSources(join(root, top)));
  return unique(
    names.flatMap((name) => found(everything, new RegExp(`\\bconst ${name}\\b[^;]*?'([a-z-]+:[\\w-]+)'`, 'g'))),
  );
}

/** Members of the viewer that are used: of it, of its annotations and of its map. */
function viewerIn(root, sources) {
  const file = 'sdk/src/ui/viewer.ts';
  const parts = [
    ['ViewerFacade', '', 'viewer'],
    ['AnnotationsFacade', 'annotations.', 'annotations'],
    ['NavigatorFacade', 'navigator.', 'navigator'],
  ];
  return parts.flatMap(([name, prefix, variable]) => {
    const members = membersOf(root, file, name);
    const touched = found(sources, new RegExp(`\\b${variable}\\.(\\w+)`, 'g'));
    const taken = found(sources, /\{([^{}]*)\}\s*=\s*useViewer\(\)/g).flatMap((names) => names.match(/\w+/g) ?? []);
    return members
      .filter((member) => touched.includes(member) || (prefix === '' && taken.includes(member)))
      .filter((member) => prefix !== '' || !['annotations', 'navigator'].includes(member))
      .map((member) => `${prefix}${member}`)
      .sort();
  });
}

function componentsIn(root, sources) {
  const text = readFileSync(join(root, 'sdk/src/ui/components.ts'), 'utf8');
  const [, names = ''] = /PLATFORM_COMPONENTS = \[([^\]]*)\]/.exec(text) ?? [];
  const components = names.match(/\w+/g) ?? [];
  return components.filter((name) => sources.some((source) => new RegExp(`<${name}\\b`).test(source.text)));
}
