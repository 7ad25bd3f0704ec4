import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { findHook, type HookName } from '../hooks/index.ts';
import { checkManifest, type Manifest, PLUGIN_ID, PluginPackage } from '../manifest/index.ts';
import type { PluginDefinition } from '../server/plugin.ts';
import { createTestKernel, type TestKernel, type TestPerson } from './test-kernel.ts';

/** Modules that a browser bundle shares with the shell instead of bringing its own. */
export const SHARED_UI_MODULES = ['vue', '@exact/sdk/ui', 'openseadragon'] as const;

export interface PluginContractOptions {
  /** Folders of plugin packages that this one requires. */
  readonly requires?: readonly string[];
}

/**
 * The checks that every plugin passes: its manifest is right, it does what it declares and nothing else, it leaves nothing
 * behind, it has no effect where it is off, and the platform answers although its taps fail.
 *
 * Call it in `test/contract.test.ts` of the plugin with `import.meta.url`.
 */
export function describePluginContract(testUrl: string, options: PluginContractOptions = {}): void {
  const folder = fileURLToPath(new URL('..', testUrl));
  const json = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  const parsed = PluginPackage.safeParse(json);
  const id = String((json['exactPlugin'] as { id?: unknown } | undefined)?.id);

  describe(`plugin ${id}: package`, () => {
    it('has a manifest that fits the schema', () => {
      expect(parsed.error && z.prettifyError(parsed.error)).toBeUndefined();
    });
    if (!parsed.success) return;
    describePackage(folder, parsed.data);
  });
  if (!parsed.success) return;
  const manifest = parsed.data.exactPlugin;
  if (manifest.server)
    describe(`plugin ${id}: server`, () => describeServer([folder, ...(options.requires ?? [])], manifest));
  if (manifest.ui) describe(`plugin ${id}: browser`, () => describeBrowser(folder, manifest));
}

function describePackage(folder: string, pack: z.output<typeof PluginPackage>): void {
  const manifest = pack.exactPlugin;

  it('declares only what exists and what is its own', () => {
    expect(checkManifest(manifest)).toEqual([]);
    expect(manifest.id).toMatch(PLUGIN_ID);
    expect(pack.name.endsWith(`plugin-${manifest.id}`)).toBe(true);
  });

  it('has a version, a licence, a README and a change log that name it', () => {
    expect(pack.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(pack['license']).toBeTruthy();
    expect(pack['peerDependencies']).toMatchObject({ '@exact/sdk': expect.any(String) });
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(readme).toContain(manifest.title);
    for (const permission of manifest.permissions.uses)
      expect(readme, `README.md does not mention ${permission}`).toContain(permission);
    expect(readFileSync(join(folder, 'CHANGELOG.md'), 'utf8')).toContain(pack.version);
  });

  it('imports nothing of core and nothing of other plugins', () => {
    const wrong = sourcesOf(folder).flatMap(({ file, imports }) =>
      imports
        .filter(
          (name) =>
            /^@exact\/(core|ui|plugin-)/.test(name) ||
            (name.startsWith('.') && !join(file, '..', name).startsWith(folder.replace(/[\\/]$/, ''))),
        )
        .map((name) => `${file}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  itWhere(manifest.settings.project)('has settings with a JSON Schema whose defaults are valid', () => {
    const schema = z.fromJSONSchema(JSON.parse(readFileSync(join(folder, manifest.settings.project ?? ''), 'utf8')));
    expect(schema.safeParse({}).error).toBeUndefined();
  });
}

function describeServer(packages: readonly string[], manifest: Manifest): void {
  const { id } = manifest;
  let kernel: TestKernel;
  let reader: TestPerson;
  let outsider: TestPerson;
  let on: { id: number };
  let off: { id: number };
  let atStart: readonly string[];

  beforeAll(async () => {
    kernel = await createTestKernel({ plugins: packages });
    reader = await kernel.person('reader');
    outsider = await kernel.person('outsider');
    on = await kernel.project({ reader: 'manager' });
    off = await kernel.project({ reader: 'manager' });
    if (manifest.level === 'project') {
      await kernel.enable(on.id, id, true);
      await kernel.enable(off.id, id, false);
    }
    atStart = kernel.plugin(id).holds;
  });
  afterAll(() => kernel?.close());

  it('starts, and registers all that it declares', () => {
    expect(kernel.plugin(id)).toMatchObject({ state: 'active', failures: 0 });
  });

  it('leaves nothing when it stops, and is the same after twenty rounds', async () => {
    for (let round = 0; round < 20; round++) {
      await kernel.stop(id);
      expect(kernel.plugin(id).holds).toEqual([]);
      expect(kernel.endpoints().filter((endpoint) => endpoint.plugin === id)).toEqual([]);
      await kernel.start(id);
    }
    expect(kernel.plugin(id)).toMatchObject({ state: 'active', holds: atStart });
  });

  it('keeps no timer or socket when it is stopped', async () => {
    await kernel.stop(id);
    const stopped = countResources();
    await kernel.start(id);
    await kernel.stop(id);
    // Workers of the queue end a moment after they were told to; what stays longer is a leak.
    await expect.poll(() => grown(stopped, countResources()), { timeout: 10_000, interval: 50 }).toEqual([]);
    await kernel.start(id);
  });

  it('says of each endpoint what it does, who may call it and what goes in and out', () => {
    for (const endpoint of kernel.endpoints().filter(({ plugin }) => plugin === id)) {
      expect(endpoint.summary, endpoint.path).not.toBe('');
      expect('permission' in endpoint.access || 'public' in endpoint.access, endpoint.path).toBe(true);
      if (['POST', 'PUT', 'PATCH'].includes(endpoint.method))
        expect(endpoint.hasBody || endpoint.hasResponse, endpoint.path).toBe(true);
    }
  });

  itWhere(manifest.level === 'project' && manifest.contributes.routes)(
    'answers in the project where it is on and nowhere else',
    async () => {
      for (const { method, path } of ownEndpoints()) {
        expect((await reader.request(method, fill(path, off.id))).body, path).toMatchObject({
          status: 404,
          code: 'PLUGIN_NOT_ENABLED',
        });
        expect((await reader.request(method, fill(path, on.id))).body?.code, path).not.toBe('PLUGIN_NOT_ENABLED');
      }
    },
  );

  itWhere(manifest.contributes.routes)(
    'tells strangers nothing: 401 without sign-in, 404 for a project of others',
    async () => {
      for (const { method, path, access } of ownEndpoints()) {
        if ('public' in access) continue;
        const address = fill(path, on.id);
        expect((await fetch(kernel.url + address, { method })).status, path).toBe(401);
        if (manifest.level === 'project')
          expect((await outsider.request(method, address)).body, path).toMatchObject({
            status: 404,
            code: 'NOT_FOUND',
          });
      }
    },
  );

  itWhere(manifest.level === 'project')('is asked by hooks only in the project where it is on', () => {
    for (const hook of manifest.contributes.hooks as HookName[]) {
      if (findHook(hook)?.targeted) continue;
      expect(kernel.isHookUsed(hook, on.id), hook).toBe(true);
      expect(kernel.isHookUsed(hook, off.id), hook).toBe(false);
    }
  });

  itWhere(manifest.level === 'project')('bears being switched on and off again and again', async () => {
    for (let round = 0; round < 10; round++) await kernel.enable(on.id, id, round % 2 === 1);
    expect(kernel.plugin(id)).toMatchObject({ state: 'active', failures: 0 });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('made to fail');
      },
    ],
    ['hangs', () => new Promise(() => undefined)],
  ])(
    'lets the platform answer as the policies say when each of its taps %s',
    async (_, evil) => {
      const evilKernel = await createTestKernel({
        plugins: packages,
        replace: (definition) => withTaps(definition, evil),
      });
      try {
        const project = await evilKernel.project({ reader: 'manager' });
        if (manifest.level === 'project') await evilKernel.enable(project.id, id, true);
        for (const hook of manifest.contributes.hooks as HookName[]) {
          const definition = findHook(hook);
          if (!definition || definition.targeted || definition.budgetMs > 3000) continue;
          const call = evilKernel.callHook(hook, {}, { projectId: project.id });
          if (definition.policy === 'contain') await call;
          else await expect(call, hook).rejects.toMatchObject({ code: 'PLUGIN_FAILED' });
        }
        const { request } = await evilKernel.person('reader');
        const { status, body } = await request('GET', `/api/v2/projects/${project.id}`);
        // What a plugin has a say in who sees it is not shown without it.
        const isHidden = status === 500 && body.code === 'PLUGIN_FAILED';
        expect(isHidden ? manifest.contributes.hooks.some(hidesThings) : status === 200, JSON.stringify(body)).toBe(
          true,
        );
        expect((await fetch(`${evilKernel.url}/health/ready`)).status).toBe(200);
      } finally {
        await evilKernel.close();
      }
    },
    60_000,
  );

  const ownEndpoints = (): ReturnType<TestKernel['endpoints']> =>
    kernel.endpoints().filter(({ plugin }) => plugin === id);
}

function describeBrowser(folder: string, manifest: Manifest): void {
  const entry = manifest.ui?.entry ?? '';

  it('offers in the browser exactly what the manifest contributes', async () => {
    const source = join(folder, entry.replace(/^dist\//, 'src/').replace(/\.js$/, '.ts'));
    const { default: definition } = (await import(/* @vite-ignore */ pathToFileURL(source).href)) as {
      default: Record<string, object | undefined>;
    };
    for (const kind of ['panels', 'overlays', 'commands'] as const) {
      const declared = manifest.contributes[kind].map(({ id }) => id).sort();
      expect(Object.keys(definition[kind] ?? {}).sort(), kind).toEqual(declared);
    }
  });

  itWhere(existsSync(join(folder, entry)))(
    'has a bundle that imports only the shared modules and its own chunks',
    () => {
      const built = join(folder, entry, '..');
      for (const name of readdirSync(built).filter((file) => file.endsWith('.js'))) {
        const code = readFileSync(join(built, name), 'utf8');
        const foreign = importsOf(code).filter(
          (module) =>
            !module.startsWith('.') &&
            !(SHARED_UI_MODULES as readonly string[]).includes(module) &&
            !module.startsWith(`/assets/plugins/${manifest.id}/`),
        );
        expect(foreign, name).toEqual([]);
      }
    },
  );
}

const hidesThings = (hook: string): boolean => findHook(hook)?.policy === 'deny' && hook.endsWith('.visible');

/** A check that does not apply to a plugin is not listed: a skipped test is one that should have run. */
const itWhere = (applies: unknown): ((name: string, check: () => unknown) => void) =>
  applies ? (name, check) => it(name, check as () => void) : () => undefined;

/** The plugin with each of its taps replaced by `evil`. */
function withTaps(definition: PluginDefinition, evil: () => unknown): PluginDefinition {
  return {
    setup(ctx) {
      const groups = Object.entries(ctx.hooks).map(([group, hooks]) => [
        group,
        Object.fromEntries(
          Object.entries(hooks).map(([name, point]) => [
            name,
            {
              tap: (_: unknown, options?: object) =>
                (point as { tap(fn: unknown, options?: object): () => void }).tap(evil, options),
            },
          ]),
        ),
      ]);
      // The getters of the context check permissions: they have to stay getters.
      return definition.setup(Object.create(ctx, { hooks: { value: Object.fromEntries(groups) } }) as typeof ctx);
    },
  };
}

/** Parameters that name nothing real: what is asked is only whether the plugin is reached at all. */
const fill = (path: string, projectId: number): string =>
  path
    .replace(':projectId', String(projectId))
    .replace(/:(\w+)/g, (_, name: string) =>
      /uuid|annotation/i.test(name) ? '00000000-0000-4000-8000-000000000000' : '1',
    );

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  // Sockets and promises of the test's own requests come and go; timers and servers of a plugin stay.
  for (const name of process.getActiveResourcesInfo()) {
    if (/Timeout|Immediate|Server|FSEvent|StatWatcher/.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

const grown = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] =>
  [...after]
    .filter(([name, count]) => count > (before.get(name) ?? 0) + 2)
    .map(([name, count]) => `${name}: ${before.get(name) ?? 0} → ${count}`);

function sourcesOf(folder: string): { file: string; imports: string[] }[] {
  return readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|vue|mjs|js)$/.test(name) && !/\.test\.ts$/.test(name))
    .map((name) => {
      const file = join(folder, 'src', name);
      return { file, imports: importsOf(readFileSync(file, 'utf8')) };
    });
}

/** Names of modules hold no `$`, while templates of texts do: `… from "${origin}"` is a message of zod, not an import. */
const importsOf = (code: string): string[] =>
  [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["']([^"'$]+)["']/g)].map((match) => match[1] ?? '');
