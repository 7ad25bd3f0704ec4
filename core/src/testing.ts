import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Manifest } from '@exact/sdk/manifest';
import { definePlugin, type PluginDefinition } from '@exact/sdk/server';
import type { TestKernel, TestKernelOptions, TestPerson, ToyPlugin } from '@exact/sdk/testing';
import { loadConfig } from './config.ts';
import { createTestDatabase } from './db/test-database.ts';
import { importEntry } from './kernel/activation.ts';
import { discoverPlugins, type FoundPlugin } from './kernel/discovery.ts';
import { systemContext } from './kernel/kernel.ts';
import { createPlatform, type Platform } from './platform.ts';
import { systemActor } from './settings/changes.ts';
import { prepareTemplate, quietLog } from './test-support.ts';

const PASSWORD = 'only-for-this-test-run';

/** What {@link TestKernel} is made of; reached by tests of core, which want to look behind it. */
export interface BootedKernel extends TestKernel {
  readonly platform: Platform;
  readonly dataDir: string;
  /** For another process on the same database. */
  readonly databaseUrl: string;
}

/** Boots a whole platform on a free port, with a database and a storage of its own. */
export async function bootTestKernel(options: TestKernelOptions): Promise<BootedKernel> {
  const dataDir = await mkdtemp(join(tmpdir(), 'exact-test-'));
  const database = await createTestDatabase(prepareTemplate, 'core migrations');
  const toys = options.plugins.filter((plugin) => typeof plugin !== 'string');
  const packages = await discoverPlugins({
    folders: [],
    packages: options.plugins.filter((plugin) => typeof plugin === 'string'),
  });
  const platform = await createPlatform({
    config: loadConfig({ PORT: '0', EXACT_DATA_DIR: dataDir, EXACT_DEMO: '0', EXACT_WORKERS: '1' }),
    log: quietLog,
    database: { url: database.url },
    pluginFolders: [],
    extraPlugins: [...packages, ...toys.map(foundToy)],
    load: (folder, entry) => loadFor(toys, options.replace, folder, entry),
    checkAnswers: true,
  });
  const url = await platform.listen();
  const { provision } = platform.domain;
  const admin = await person('test-admin', { isAdmin: true });
  const people = new Map<string, TestPerson>([['test-admin', admin]]);
  const team = await provision.ensureTeam('Test team', [{ principal: admin.principal, isTeamAdmin: true }]);
  let projects = 0;

  async function person(
    username: string,
    { isAdmin = false }: { readonly isAdmin?: boolean } = {},
  ): Promise<TestPerson> {
    const principal = await provision.ensureUser({ username, displayName: username, password: PASSWORD, isAdmin });
    const response = await fetch(`${url}/api/v2/auth/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password: PASSWORD }),
    });
    if (!response.ok)
      throw new Error(`Signing in as ${username} answered ${response.status}: ${await response.text()}`);
    const cookie = response.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    return { principal, cookie, request: (method, path, body) => send(url, cookie, method, path, body) };
  }

  async function anyone(username: string): Promise<TestPerson> {
    const known = people.get(username) ?? (await person(username));
    people.set(username, known);
    return known;
  }

  return {
    url,
    platform,
    dataDir,
    databaseUrl: database.url,
    async person(username, given) {
      const made = await person(username, given);
      people.set(username, made);
      return made;
    },
    async project(roles) {
      const members = await Promise.all(
        Object.entries(roles).map(async ([username, role]) => ({
          principal: (await anyone(username)).principal,
          role,
        })),
      );
      await provision.ensureTeam(
        'Test team',
        members.map(({ principal }) => ({ principal, isTeamAdmin: false })),
      );
      const project = await provision.ensureProject(admin.principal, team.id, {
        name: `Project ${++projects}`,
        description: '',
        members,
        plugins: [],
      });
      const { id: imageSetId } = await provision.ensureImageSet(admin.principal, project.id, {
        name: 'Images',
        description: '',
        tags: [],
      });
      return { id: project.id, imageSetId };
    },
    async image(imageSetId, by, { name, bytes }) {
      const { id } = await platform.domain.images.add(by.principal, imageSetId, { name, source: once(bytes) });
      await until(async () => {
        const { body } = await by.request('GET', `/api/v2/images/${id}`);
        if (body.state === 'failed') throw new Error(`${name}: ${body.problem?.message}`);
        return body.state === 'ready';
      });
      return { id };
    },
    async enable(projectId, plugin, enabled) {
      await platform.switches.set(systemActor(quietLog, 'test'), projectId, plugin, { enabled });
    },
    plugin(id) {
      const status = platform.kernel.plugin(id);
      if (!status) throw new Error(`There is no plugin "${id}".`);
      return status;
    },
    start: (id) => platform.kernel.activate(id),
    stop: (id) => platform.kernel.deactivate(id, 'test'),
    async callHook(name, value, context) {
      const slot = platform.kernel.slots.get(name);
      const full = { ...systemContext(quietLog), ...context };
      return slot?.definition.kind === 'syncWaterfall' ? slot.callSync(value, full) : slot?.call(value, full);
    },
    isHookUsed: (name, projectId) => platform.kernel.slots.get(name)?.isUsed(projectId) ?? false,
    endpoints: () =>
      platform.dispatcher.operations().map(({ spec, fullPath, plugin }) => ({
        method: spec.method,
        path: fullPath,
        plugin,
        access: spec.access,
        summary: spec.summary,
        hasBody: spec.body !== undefined || spec.rawBody !== undefined,
        hasResponse: spec.response !== undefined,
      })),
    async close() {
      platform.server.closeAllConnections();
      await platform.stop('test');
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function foundToy({ id, version = '1.0.0', manifest = {} }: ToyPlugin): FoundPlugin {
  const parsed = Manifest.parse({
    manifest: 1,
    id,
    title: id,
    kernel: '^1.0.0',
    level: 'project',
    server: { entry: 'dist/server/index.js' },
    ...manifest,
  });
  return { id, folder: `toy:${id}`, packageName: `@test/${id}`, version, manifest: parsed, problems: [] };
}

async function loadFor(
  toys: readonly ToyPlugin[],
  replace: TestKernelOptions['replace'],
  folder: string,
  entry: string,
): Promise<unknown> {
  const toy = toys.find(({ id }) => folder === `toy:${id}`);
  if (toy) return { default: definePlugin({ setup: toy.setup ?? (() => undefined) }) };
  const module = (await importEntry(folder, entry)) as { default: PluginDefinition };
  return replace ? { default: replace(module.default) } : module;
}

async function send(
  url: string,
  cookie: string,
  method: string,
  path: string,
  body: unknown,
): ReturnType<TestPerson['request']> {
  const response = await fetch(url + path, {
    method,
    headers: { cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, body: isJson && text !== '' ? JSON.parse(text) : text, headers: response.headers };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Waits for something that comes by itself, with a limit; there is no event that a test could wait for instead. */
async function until(isSo: () => Promise<boolean>, limitMs = 60_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`It has not happened within ${limitMs} ms.`);
    await delay(50);
  }
}
