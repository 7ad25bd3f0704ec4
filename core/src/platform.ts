import { access, constants } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ForbiddenError, NotFoundError, NotSignedInError, type ProjectRole } from '@exact/sdk/contract';
import { KERNEL_API } from '@exact/sdk/hooks';
import type { Logger, Principal } from '@exact/sdk/server';
import type { Middleware } from 'koa';
import { checkOrigin } from './auth/origin.ts';
import type { Config } from './config.ts';
import { type Database, type DatabaseAddress, openDatabase } from './db/database.ts';
import { migrate } from './db/migrate.ts';
import { createOutbox } from './db/outbox.ts';
import { createDomain, type Domain } from './domain.ts';
import { createApp } from './http/app.ts';
import { assets } from './http/assets.ts';
import { createDispatcher, type Dispatcher, type SignedIn } from './http/dispatch.ts';
import { DOCS_CSS, docsPage } from './http/docs-page.ts';
import { health } from './http/health.ts';
import { createEventFilter, createLive, type LiveAccess } from './http/live.ts';
import { answerUnreadable } from './http/problem.ts';
import { openApiDocument } from './http/openapi.ts';
import { createShell } from './http/shell-page.ts';
import { discoverPlugins, type FoundPlugin } from './kernel/discovery.ts';
import { createKernel, type Kernel, type KernelOptions, systemContext } from './kernel/kernel.ts';
import type { Facility } from './kernel/plugin-context.ts';
import { createPluginDocuments } from './plugins/documents.ts';
import { createFacilities, type FacilityParts } from './plugins/facilities.ts';
import { pluginOperations } from './plugins/operations.ts';
import { createPluginSwitches, type PluginSwitches } from './plugins/switches.ts';
import { type Actor, systemActor } from './settings/changes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MIGRATIONS = fileURLToPath(new URL('./db/migrations', import.meta.url));
export const VERSION = '0.1.0';

export interface PlatformOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly database: DatabaseAddress;
  /** Folders of plugins besides the first-party ones, or instead of them. */
  readonly pluginFolders?: readonly string[];
  /** Plugins without a package on disk: tests. */
  readonly extraPlugins?: readonly FoundPlugin[];
  readonly load?: KernelOptions['load'];
  /** Checks every answer against its schema. */
  readonly checkAnswers?: boolean;
}

export interface Platform {
  readonly kernel: Kernel;
  readonly database: Database;
  readonly domain: Domain;
  readonly dispatcher: Dispatcher;
  readonly switches: PluginSwitches;
  readonly server: Server;
  /** @returns the address that it listens on */
  listen(): Promise<string>;
  /** Ends in order: no new requests, running ones finish (30 s at most), plugins, jobs, database connections. */
  stop(reason: string): Promise<void>;
}

/**
 * Puts the platform together: database, migrations, kernel, domain, plugins, HTTP. A plugin that fails never stops the start
 * (unless `EXACT_PLUGINS_STRICT=1`).
 */
export async function createPlatform(options: PlatformOptions): Promise<Platform> {
  const { config, log } = options;
  const times = stopwatch();
  const database = await openDatabase(options.database, log);
  await migrate(database.pool, 'core', MIGRATIONS, log);
  times.lap('database');

  const outbox = createOutbox(database, log);
  // Filled below, before the first plugin starts: the domain calls the kernel's hooks, and plugins get the domain's services.
  const facilities: Record<string, Facility> = {};
  const kernel = createKernel({
    log,
    strict: config.pluginsStrict,
    facilities,
    ...(options.load ? { load: options.load } : {}),
  });
  const services = { config, log, database, hooks: kernel.hooks, outbox };
  const live = { current: undefined as ReturnType<typeof createLive> | undefined };
  const domain = await createDomain(services, {
    pluginPermissions: () => permissionsOf(kernel),
    enablePlugin: async (projectId, plugin) =>
      void (await switches.set(systemActor(log, 'provision'), projectId, plugin, { enabled: true })),
    onProgress: ({ id, projectId, imageId, progress, step, createdBy }) => {
      if (projectId === undefined) return;
      const job = { id, projectId, ...(imageId === undefined ? {} : { imageId }), progress, step };
      live.current?.publishProgress(job, createdBy);
    },
  });
  const { auth } = domain;
  const dispatcher = createDispatcher({
    kernel,
    resolveAccess: auth.access.resolve,
    checkAnswers: options.checkAnswers ?? false,
  });
  const shell = createShell(join(ROOT, 'ui/dist/shell.json'));
  const documents = createPluginDocuments({ database });
  const switches: PluginSwitches = createPluginSwitches({
    services,
    kernel,
    changes: auth.changes,
    uiEntry: shell.pluginEntry,
  });
  dispatcher.mount([...domain.operations, ...pluginOperations({ kernel, switches, documents })]);
  const parts: FacilityParts = {
    kernel,
    database,
    dispatcher,
    jobs: domain.jobs,
    processes: domain.processes,
    outbox,
    annotations: domain.annotations,
    imports: domain.imports,
    resolveAnnotations: domain.resolveAnnotations,
    media: domain.media,
    resolveAnnotation: domain.resolveAnnotation,
    documents,
    switches,
    storage: domain.storage,
    ...scopedServices(domain, log),
  };
  Object.assign(facilities, createFacilities(parts));
  times.lap('domain');

  const found = [
    ...(await discoverPlugins({ folders: options.pluginFolders ?? [join(ROOT, 'plugins')] })),
    ...(options.extraPlugins ?? []),
  ];
  for (const { id, folder, manifest } of found) {
    if (manifest?.database)
      await migrate(database.pool, `plugin:${id}`, join(folder, manifest.database.migrations), log);
  }
  await switches.load();
  outbox.start();
  await kernel.start(found, switches.isAllowed);
  times.lap('plugins');
  // Switches that another process has stored.
  outbox.subscribe((events) => {
    for (const { event } of events) {
      if (event.topic === 'project.changed' && (event as { what?: string }).what === 'plugins') {
        void switches
          .refresh(event.projectId)
          .catch((error: unknown) => log.warn({ err: error }, 'switches could not be read'));
      }
    }
  });

  let isStopping = false;
  const ownOrigin = (headers: IncomingMessage['headers'], method: string): void => {
    if (headers.authorization !== undefined) return; // no browser adds it by itself
    checkOrigin({
      method,
      origin: headers.origin,
      secFetchSite: headers['sec-fetch-site'] as string | undefined,
      host: headers.host,
      publicUrl: config.publicUrl,
    });
  };
  const app = createApp(
    {
      log,
      authentication: {
        authenticate: (headers) => auth.authenticator.authenticate(headers),
        checkOrigin: ({ method, headers }) => ownOrigin(headers, method),
      },
      behindProxy: config.trustProxy,
      isHttps: config.publicUrl?.startsWith('https:') ?? false,
    },
    health({
      isStopping: () => isStopping,
      checks: {
        database: () => database.isReachable(),
        storage: () => isWritable(join(config.dataDir, 'storage')),
        plugins: () => Promise.resolve(pluginsAreWell(kernel)),
      },
    }),
    assets({
      app: join(ROOT, 'ui/dist/app'),
      shared: join(ROOT, 'ui/dist/shared'),
      plugin: (id) => pluginAssets(kernel, id),
    }),
    domain.serveMedia,
    apiDocument(dispatcher, kernel, log),
    uploadsMiddleware(domain),
    dispatcher.middleware,
    shell.middleware,
  );
  const answer = app.callback();
  const server = createServer({ requestTimeout: 0, headersTimeout: 60_000 }, (req, res) => {
    const otherwise = (): void => void answer(req, res);
    if (!domain.tileRoute(req, res, otherwise)) otherwise();
  });
  live.current = createLive({
    log,
    outbox,
    publicUrl: config.publicUrl,
    filter: createEventFilter({ ...services, seeing: auth.seeing }, domain.annotations),
    access: liveAccess(domain),
  });
  server.on('clientError', answerUnreadable);
  server.on('upgrade', (req, socket, head) => live.current?.handleUpgrade(req, socket, head));
  times.lap('http');
  const running = kernel
    .plugins()
    .filter(({ id }) => kernel.isRunning(id))
    .map(({ id }) => id);
  log.info({ plugins: running, ms: times.laps }, 'put together');

  return {
    kernel,
    database,
    domain,
    dispatcher,
    switches,
    server,
    async listen() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(config.port, config.host, resolve);
      });
      const { port } = server.address() as AddressInfo;
      await kernel.hooks.lifecycle.ready.call(
        {
          kernelApi: KERNEL_API,
          plugins: kernel.plugins().map(({ id, found: { version }, state }) => ({ id, version, state })),
        },
        systemContext(log),
      );
      return config.publicUrl ?? `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
    },
    async stop(reason) {
      isStopping = true;
      await live.current?.close();
      if (server.listening) await closeServer(server);
      await kernel.stop(reason);
      await domain.close();
      await outbox.stop();
      await database.close();
    },
  };
}

/** Domain services in the form that plugins get: rights are resolved for the person named in each call. */
function scopedServices(
  domain: Domain,
  log: Logger,
): Pick<FacilityParts, 'images' | 'imageFiles' | 'slides' | 'projects' | 'provision'> {
  const { access, changes } = domain.auth;
  const actorOf = (principal: Principal): Actor & { readonly principal: Principal } => ({
    ...systemActor(log, 'plugin'),
    principal,
  });
  return {
    images: {
      async get(principal, imageId) {
        const { role } = await access.resolve(
          { permission: 'images:read', in: 'image' },
          { imageId },
          principal,
          'GET',
        );
        return domain.images.get({ principal, role }, imageId);
      },
      async listOfSet(principal, imageSetId) {
        const { role } = await access.resolve(
          { permission: 'images:read', in: 'imageSet' },
          { imageSetId },
          principal,
          'GET',
        );
        const all = [];
        for (let cursor: string | undefined, isMore = true; isMore;) {
          const page = await domain.images.list({ principal, role }, imageSetId, {
            limit: 1000,
            ...(cursor === undefined ? {} : { cursor }),
          });
          all.push(...page.items);
          cursor = page.next;
          isMore = cursor !== undefined;
        }
        return all;
      },
      async add(principal, imageSetId, file) {
        await access.resolve({ permission: 'images:write', in: 'imageSet' }, { imageSetId }, principal, 'POST');
        return domain.images.add(principal, imageSetId, file);
      },
      async visibilityChanged(projectId) {
        await changes.run(systemActor(log, 'plugin'), async ({ forget }) =>
          forget({ about: 'project', id: projectId }),
        );
      },
    },
    imageFiles: domain.imageFiles,
    slides: domain.slides,
    projects: {
      async get(principal, projectId) {
        await access.resolve({ permission: 'project:read', in: 'project' }, { projectId }, principal, 'GET');
        return domain.projects.get(principal, projectId);
      },
      async imageSets(principal, projectId) {
        await access.resolve({ permission: 'imageSets:read', in: 'project' }, { projectId }, principal, 'GET');
        return (await domain.imageSets.list(principal, projectId, { limit: 1000 })).items;
      },
      async products(principal, projectId) {
        await access.resolve({ permission: 'templates:read', in: 'project' }, { projectId }, principal, 'GET');
        return domain.products.list(projectId);
      },
      async layers(principal, projectId) {
        await access.resolve({ permission: 'layers:read', in: 'project' }, { projectId }, principal, 'GET');
        return domain.layers.list(principal, projectId);
      },
      async ensureLayer(principal, projectId, draft) {
        await access.resolve({ permission: 'layers:write', in: 'project' }, { projectId }, principal, 'POST');
        return domain.layers.ensure(actorOf(principal), projectId, draft);
      },
      async setCollaboration(principal, projectId, collaboration) {
        await access.resolve({ permission: 'project:manage', in: 'project' }, { projectId }, principal, 'PATCH');
        return domain.projects.update(actorOf(principal), projectId, { collaboration });
      },
    },
    provision: domain.provision,
  };
}

/** What the live channel asks about rights; any change of credentials or memberships makes it ask again. */
function liveAccess({ auth }: Domain): LiveAccess {
  return {
    authenticate: (headers) => auth.authenticator.authenticate(headers),
    async mayRead(principal, projectId) {
      try {
        await auth.access.resolve({ permission: 'project:read', in: 'project' }, { projectId }, principal, 'GET');
        return true;
      } catch (error) {
        if (error instanceof NotFoundError || error instanceof ForbiddenError) return false;
        throw error;
      }
    },
    isBlinded: async (principal, projectId) => (await auth.seeing.blinding.of(principal, projectId)).isBlinded,
    async mayMeet(principal, projectId, imageId) {
      const { mode } = await auth.seeing.blinding.of(principal, projectId);
      if (mode !== 'cooperative') return false;
      try {
        const grant = await auth.access.resolve(
          { permission: 'images:read', in: 'image' },
          { imageId },
          principal,
          'GET',
        );
        return grant.projectId === projectId;
      } catch (error) {
        if (error instanceof NotFoundError || error instanceof ForbiddenError) return false;
        throw error;
      }
    },
    onAccessChange: (handler) =>
      auth.notices.on((notice) => {
        // What somebody sees of a project is asked event by event; the right to read it stays as it was.
        if (notice.about !== 'project') handler(notice.about === 'user' ? { userId: notice.id } : {});
      }),
  };
}

function permissionsOf(kernel: Kernel): Map<string, readonly ProjectRole[]> {
  return new Map(
    kernel
      .plugins()
      .filter(({ id }) => kernel.isRunning(id))
      .flatMap(
        ({ found }) => found.manifest?.permissions.defines.map(({ id, grantedTo }) => [id, grantedTo] as const) ?? [],
      ),
  );
}

/** Failed plugins are told in the admin page; the platform is ready as long as the kernel works at all. */
const pluginsAreWell = (kernel: Kernel): boolean =>
  kernel.plugins().every(({ state }) => state !== 'activating' && state !== 'discovered');

function pluginAssets(kernel: Kernel, id: string): string | undefined {
  const entry = kernel.plugin(id)?.found;
  return entry?.manifest?.ui && kernel.isRunning(id) ? join(entry.folder, 'dist/ui') : undefined;
}

function apiDocument(dispatcher: Dispatcher, kernel: Kernel, log: Logger): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'GET') return next();
    if (ctx.path === '/api/docs.css') {
      ctx.type = 'text/css';
      ctx.body = DOCS_CSS;
      return;
    }
    if (ctx.path !== '/api/v2/openapi.json' && ctx.path !== '/api/docs') return next();
    const document = kernel.hooks.http.openapi.callSync(
      openApiDocument(dispatcher.operations(), VERSION),
      systemContext(log),
    ) as Record<string, unknown>;
    if (ctx.path === '/api/docs') {
      ctx.type = 'text/html; charset=utf-8';
      ctx.set('content-security-policy', "default-src 'none'; style-src 'self'; frame-ancestors 'none'");
      ctx.body = docsPage(document);
    } else {
      ctx.body = document;
    }
  };
}

/** tus answers on the raw response; Koa only signs in and writes what goes wrong before. */
function uploadsMiddleware({ uploads }: Domain): Middleware {
  return async (ctx, next) => {
    if (!/^\/api\/v2\/uploads(\/|$)/.test(ctx.path)) return next();
    const { principal } = ctx.state as SignedIn;
    if (!principal) throw new NotSignedInError({});
    await uploads.handleUpload(ctx.req, ctx.res, principal);
    ctx.respond = false;
  };
}

const isWritable = (folder: string): Promise<boolean> =>
  access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );

const DRAIN_MS = 30_000;

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(timer);
}

function stopwatch(): { laps: Record<string, number>; lap(name: string): void } {
  let last = performance.now();
  const laps: Record<string, number> = {};
  return {
    laps,
    lap(name) {
      laps[name] = Math.round(performance.now() - last);
      last = performance.now();
    },
  };
}
