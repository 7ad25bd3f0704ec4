// What each plugin of the repository uses of the platform, as a page: read from manifests and from the sources themselves, so that the
// page says what is and not what was planned. `scripts/docs.mjs` writes it, `test/architecture.test.ts` keeps it true.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Source {
  /** Below the folder that was read. */
  readonly file: string;
  readonly text: string;
}
interface Named {
  readonly id: string;
}
/** Of the package.json of a plugin, what is told of it. */
interface Package {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly exactPlugin: {
    readonly id: string;
    readonly level: string;
    readonly permissions?: { readonly uses?: readonly string[]; readonly defines?: readonly Named[] };
    readonly contributes?: {
      readonly hooks?: readonly string[];
      readonly events?: readonly string[];
      readonly tokens?: readonly string[];
      readonly jobs?: readonly Named[];
      readonly commands?: readonly Named[];
      readonly panels?: readonly { readonly slot: string }[];
      readonly overlays?: readonly { readonly slot: string }[];
    };
  };
}

/** @param root - the repository @returns the text of sdk/docs/plugins.md, its tables not aligned */
export function pluginsPage(root: string): string {
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

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

function table(
  title: string,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  plugins: readonly Named[],
): string[] {
  return [
    `## ${title}`,
    '',
    `| ${heads.join(' | ')} |`,
    `|${' --- |'.repeat(heads.length)}`,
    ...plugins.map(({ id }, i) => `| [${id}](../../plugins/${id}) | ${(rows[i] ?? []).join(' | ')} |`),
    '',
  ];
}

function readPlugin(root: string, name: string) {
  const folder = join(root, 'plugins', name);
  const { exactPlugin: manifest, dependencies = {} } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Package;
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

const words = (text: string): string[] => text.match(/\w+/g) ?? [];
const unique = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** TypeScript and Vue files below a folder, tests left out. */
function readSources(folder: string): Source[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (file) => /\.(ts|vue)$/.test(file) && !/\.(test|testing|fixture)\.ts$|(^|\/)(node_modules|dist)\//.test(file),
    )
    .map((file) => ({ file: file.replaceAll('\\', '/'), text: readFileSync(join(folder, file), 'utf8') }));
}

const found = (sources: readonly Source[], pattern: RegExp): string[] =>
  unique(sources.flatMap(({ text }) => [...text.matchAll(pattern)].map((m) => m[1] ?? '')));

/** Names that are imported from a module. */
function importsOf(sources: readonly Source[], module: string): string[] {
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
function membersOf(root: string, file: string, name: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const start = text.indexOf(`interface ${name} {`);
  const body = text.slice(start, text.indexOf('\n}\n', start));
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)[<(:?]/gm)].map((m) => m[1] ?? '');
}

/** What the code takes of the plugin's context: touched, or asked for by a function that is given a part of it. */
function servicesIn(sources: readonly Source[], members: readonly string[]): string[] {
  const touched = found(sources, /\bctx\.(\w+)/g);
  const asked = found(sources, /\bPluginContext(?:,\s*|\[)([^>\]]+)[>\]]/g).flatMap((names) => words(names));
  return unique([...touched, ...asked]).filter((name) => members.includes(name));
}

/** Ids of the tokens whose services the code asks for: a token is a constant of a package or of the plugin that offers it. */
function tokensIn(root: string, sources: readonly Source[]): string[] {
  const names = found(sources, /\bctx\.(?:find|require)\(\s*(\w+)/g);
  if (names.length === 0) return [];
  const everything = ['packages', 'plugins'].flatMap((top) => readSources(join(root, top)));
  return unique(
    names.flatMap((name) => found(everything, new RegExp(`\\bconst ${name}\\b[^;]*?'([a-z-]+:[\\w-]+)'`, 'g'))),
  );
}

/** Members of the viewer that are used: of it, of its annotations and of its map. */
function viewerIn(root: string, sources: readonly Source[]): string[] {
  const file = 'sdk/src/ui/viewer.ts';
  const parts = [
    ['ViewerFacade', '', 'viewer'],
    ['AnnotationsFacade', 'annotations.', 'annotations'],
    ['NavigatorFacade', 'navigator.', 'navigator'],
  ] as const;
  return parts.flatMap(([name, prefix, variable]) => {
    const members = membersOf(root, file, name);
    const touched = found(sources, new RegExp(`\\b${variable}\\.(\\w+)`, 'g'));
    const taken = found(sources, /\{([^{}]*)\}\s*=\s*useViewer\(\)/g).flatMap((names) => words(names));
    return members
      .filter((member) => touched.includes(member) || (prefix === '' && taken.includes(member)))
      .filter((member) => prefix !== '' || !['annotations', 'navigator'].includes(member))
      .map((member) => `${prefix}${member}`)
      .sort();
  });
}

function componentsIn(root: string, sources: readonly Source[]): string[] {
  const text = readFileSync(join(root, 'sdk/src/ui/components.ts'), 'utf8');
  const [, names = ''] = /PLATFORM_COMPONENTS = \[([^\]]*)\]/.exec(text) ?? [];
  const components = words(names);
  return components.filter((name) => sources.some((source) => new RegExp(`<${name}\\b`).test(source.text)));
}
