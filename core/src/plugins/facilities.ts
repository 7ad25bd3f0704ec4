import { type Contract, PermissionNotDeclaredError } from '@exact/sdk/contract';
import type { Use } from '@exact/sdk/manifest';
import type {
  Annotations,
  Events,
  Images,
  Jobs as PluginJobs,
  PluginDatabase,
  Projects as PluginProjects,
  Routes,
  Slides,
  StorageDriver,
} from '@exact/sdk/server';
import { type CoreAnnotations, createPluginAnnotations, type ResolveAccess } from '../annotations/index.ts';
import type { AnnotationImports } from '../annotations/import/imports.ts';
import type { Database } from '../db/database.ts';
import type { EventOutbox } from '../db/outbox.ts';
import { inTransaction, sqlOn } from '../db/sql.ts';
import type { Dispatcher } from '../http/dispatch.ts';
import { implement } from '../http/implement.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Processes } from '../jobs/processes.ts';
import type { MediaService } from '../media/media.ts';
import { createPluginMedia, type ResolveAnnotation } from '../media/plugin-service.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type Facilities, NotDeclaredError } from '../kernel/plugin-context.ts';
import type { PluginHandle } from '../kernel/plugin-handle.ts';
import type { PluginDocuments } from './documents.ts';
import type { PluginSwitches } from './switches.ts';

/** What the services of plugin contexts are made from. */
export interface FacilityParts {
  readonly kernel: Kernel;
  readonly database: Database;
  readonly dispatcher: Dispatcher;
  readonly jobs: Jobs;
  readonly processes: Processes;
  readonly outbox: EventOutbox;
  readonly annotations: CoreAnnotations;
  readonly imports: AnnotationImports;
  readonly resolveAnnotations: ResolveAccess;
  readonly media: MediaService;
  readonly resolveAnnotation: ResolveAnnotation;
  readonly documents: PluginDocuments;
  readonly switches: PluginSwitches;
  readonly storage: StorageDriver;
  /** Services that look the same to every plugin. */
  readonly images: Images;
  readonly imageFiles: unknown;
  readonly slides: Slides;
  readonly projects: PluginProjects;
  readonly provision: unknown;
}

/** Time for one event handler of a plugin before it counts as failed; the outbox calls it again. */
const EVENT_LIMIT_MS = 60_000;

/** The services of the plugin context. What holds something registers its undo in the plugin's scope. */
export function createFacilities(parts: FacilityParts): Facilities {
  const same = (service: unknown) => () => service;
  return {
    routes: { uses: ['routes'], create: (plugin) => routesOf(plugin, parts) },
    jobs: { uses: ['jobs'], create: (plugin) => jobsOf(plugin, parts) },
    db: { uses: ['db:own'], create: (plugin) => databaseOf(plugin, parts.database) },
    kv: { uses: ['kv'], create: (plugin) => parts.documents.of(plugin.id) },
    images: { uses: ['images:read', 'images:write'], create: (plugin) => imagesOf(plugin, parts.images) },
    imageFiles: { uses: ['images:files'], create: same(parts.imageFiles) },
    slides: { uses: ['slides:read'], create: same(parts.slides) },
    annotations: {
      uses: ['annotations:read', 'annotations:write', 'annotations:attribute'],
      create: (plugin) => annotationsOf(plugin, parts),
    },
    projects: {
      uses: ['projects:read', 'projects:manage'],
      create: (plugin) => projectsOf(plugin, parts.projects),
    },
    settings: {
      uses: [],
      create: (plugin) => ({
        project: (projectId: number) => Promise.resolve(parts.switches.settings(plugin.id, projectId)),
      }),
    },
    events: { uses: ['events'], create: (plugin) => eventsOf(plugin, parts) },
    storage: { uses: ['storage'], create: (plugin) => storageOf(plugin, parts.storage) },
    provision: { uses: ['provision'], create: same(parts.provision) },
  };
}

function demand(plugin: PluginHandle, permission: Use): void {
  if (!plugin.manifest.permissions.uses.includes(permission))
    throw new PermissionNotDeclaredError({ plugin: plugin.id, permission });
}

function routesOf(plugin: PluginHandle, { dispatcher }: FacilityParts): Routes {
  return {
    implement<C extends Contract>(contract: C, handlers: never) {
      if (!plugin.manifest.contributes.routes)
        throw new NotDeclaredError({ plugin: plugin.id, what: 'routes', where: 'contributes.routes' });
      const own = new Set(plugin.manifest.permissions.defines.map((permission) => permission.id));
      for (const [name, spec] of Object.entries(contract)) {
        if ('public' in spec.access || !spec.access.permission.startsWith(`${plugin.id}:`)) continue;
        if (!own.has(spec.access.permission)) {
          throw new NotDeclaredError({
            plugin: plugin.id,
            what: `permission "${spec.access.permission}" of endpoint ${name}`,
            where: 'permissions.defines',
          });
        }
      }
      plugin.fulfil('routes');
      return plugin.scope.add(
        'routes',
        dispatcher.mountPlugin(plugin.id, plugin.manifest.level, implement(contract, handlers)),
      );
    },
  };
}

function jobsOf(plugin: PluginHandle, { jobs, processes, kernel }: FacilityParts): PluginJobs {
  const declared = (kind: string): { memoryMb: number; timeoutS: number; concurrency: number } => {
    const job = plugin.manifest.contributes.jobs.find(({ id }) => id === kind);
    if (!job) throw new NotDeclaredError({ plugin: plugin.id, what: `job "${kind}"`, where: 'contributes.jobs' });
    return job;
  };
  return {
    work(kind, run) {
      const { timeoutS, concurrency } = declared(kind);
      plugin.fulfil(`job ${kind}`);
      const undo = jobs.work(
        kind,
        (input, context) => kernel.run(plugin.id, `job ${kind}`, timeoutS * 1000, async () => run(input, context)),
        { timeoutS, concurrency },
      );
      return plugin.scope.add(`job ${kind}`, undo);
    },
    async enqueue(draft, sql) {
      declared(draft.kind);
      const job = await jobs.enqueue(draft, sql);
      if (!sql) jobs.wake(draft.kind);
      return job;
    },
    inProcess: (module, input, options) => processes.inProcess(module, input, options),
  };
}

function databaseOf(plugin: PluginHandle, { pool }: Database): PluginDatabase {
  const schema = `plugin_${plugin.id.replaceAll('-', '_')}`; // the id's pattern leaves nothing to escape
  const inSchema = <T>(work: (sql: ReturnType<typeof sqlOn>) => Promise<T>): Promise<T> =>
    inTransaction(pool, async (client) => {
      await client.query(`set local search_path to ${schema}, core`);
      return work(sqlOn(client));
    });
  return { schema, query: (text, values) => inSchema((sql) => sql.query(text, values)), transaction: inSchema };
}

function imagesOf(plugin: PluginHandle, images: Images): Images {
  return {
    ...images,
    add(...args) {
      demand(plugin, 'images:write');
      return images.add(...args);
    },
  };
}

function projectsOf(plugin: PluginHandle, projects: PluginProjects): PluginProjects {
  return {
    ...projects,
    ensureLayer(...args) {
      demand(plugin, 'projects:manage');
      return projects.ensureLayer(...args);
    },
    setCollaboration(...args) {
      demand(plugin, 'projects:manage');
      return projects.setCollaboration(...args);
    },
  };
}

function annotationsOf(plugin: PluginHandle, parts: FacilityParts): Annotations {
  const { id, log, scope } = plugin;
  const owner = { id, log, signal: scope.signal };
  const service = createPluginAnnotations(parts.annotations, parts.resolveAnnotations, owner, parts.imports);
  const media = createPluginMedia(parts.media, parts.resolveAnnotation, owner);
  return {
    ...service,
    change(...args) {
      demand(plugin, 'annotations:write');
      return service.change(...args);
    },
    import(...args) {
      demand(plugin, 'annotations:write');
      if (args[3].authorId !== undefined) demand(plugin, 'annotations:attribute');
      return service.import(...args);
    },
    media: {
      ...media,
      add(...args) {
        demand(plugin, 'annotations:write');
        return media.add(...args);
      },
      remove(...args) {
        demand(plugin, 'annotations:write');
        return media.remove(...args);
      },
    },
  };
}

function eventsOf(plugin: PluginHandle, { outbox, kernel, database }: FacilityParts): Events {
  return {
    on(topic, handle) {
      if (!plugin.manifest.contributes.events.includes(topic)) {
        throw new NotDeclaredError({ plugin: plugin.id, what: `event "${topic}"`, where: 'contributes.events' });
      }
      plugin.fulfil(`event ${topic}`);
      const undo = outbox.on(plugin.id, topic, (event) =>
        kernel.run(plugin.id, `event ${topic}`, EVENT_LIMIT_MS, () => handle(event)),
      );
      return plugin.scope.add(`event ${topic}`, undo);
    },
    async publish(name, projectId, data, sql, userIds) {
      const to = userIds === undefined ? {} : { userIds };
      const event = { topic: `${plugin.id}:${name}`, projectId, data, ...to } as const;
      await outbox.append(sql ?? database.sql, event);
      outbox.wake();
    },
  };
}

/** A plugin's corner of the storage: its keys cannot reach out of it. */
function storageOf(plugin: PluginHandle, storage: StorageDriver): StorageDriver {
  const prefix = `plugins/${plugin.id}/`;
  return {
    write: (key, source, signal) => storage.write(prefix + key, source, signal),
    read: (key, offset, length, signal) => storage.read(prefix + key, offset, length, signal),
    size: (key) => storage.size(prefix + key),
    delete: (key) => storage.delete(prefix + key),
    async *list(below) {
      for await (const entry of storage.list(prefix + below)) yield { ...entry, key: entry.key.slice(prefix.length) };
    },
    ...(storage.path ? { path: (key: string) => (storage.path as (key: string) => string)(prefix + key) } : {}),
  };
}
