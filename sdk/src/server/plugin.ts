import type { HooksFacade } from '../hooks/catalogue.ts';
import type { Logger } from './logger.ts';
import type {
  Annotations,
  Events,
  ImageFiles,
  Images,
  Jobs,
  KeyValue,
  PluginDatabase,
  Projects,
  Provision,
  Routes,
  Settings,
  Slides,
} from './services.ts';
import type { StorageDriver } from './storage.ts';
import type { Token } from './token.ts';

/**
 * All that a plugin's server half can reach. What its manifest does not ask for throws PERMISSION_NOT_DECLARED when touched.
 * Everything obtained through it is undone by the platform when the plugin stops, last first.
 */
export interface PluginContext {
  readonly id: string;
  readonly version: string;
  readonly log: Logger;
  /** Aborted when the plugin stops. */
  readonly signal: AbortSignal;
  /** Taps; each has to be listed in `contributes.hooks`. */
  readonly hooks: HooksFacade;
  /** Needs `routes`. */
  readonly routes: Routes;
  /** Needs `jobs`. */
  readonly jobs: Jobs;
  /** Needs `db:own`. */
  readonly db: PluginDatabase;
  /** Needs `kv`. */
  readonly kv: KeyValue;
  /** Needs `images:read`, for adding `images:write`. */
  readonly images: Images;
  /** Needs `images:files`. */
  readonly imageFiles: ImageFiles;
  /** Needs `slides:read`. */
  readonly slides: Slides;
  /** Needs `annotations:read`, for changes `annotations:write`, for imports in others' names `annotations:attribute`. */
  readonly annotations: Annotations;
  /** Needs `projects:read`, for changes `projects:manage`. */
  readonly projects: Projects;
  readonly settings: Settings;
  /** Needs `events`. */
  readonly events: Events;
  /** Needs `storage`; keys are kept below `plugins/<id>/`. */
  readonly storage: StorageDriver;
  /** Needs `provision`. */
  readonly provision: Provision;
  /**
   * For what is not obtained through the context (timers, sockets): `start` begins it and returns its undo.
   * The label names it in `describe` lists and leak reports.
   */
  effect(label: string, start: () => (() => void | Promise<void>) | void): void;
  /** Offers a service to other plugins. */
  provide<T>(token: Token<T>, service: T): void;
  /** Takes a service of a plugin named in `requires`; there since that plugin has started first. */
  require<T>(token: Token<T>): T;
  /** As `require`, for plugins named in `optional`. */
  find<T>(token: Token<T>): T | undefined;
}

export interface PluginDefinition {
  /** Declares what the plugin does and returns quickly (limit 10 s); work starts with the first request, event or job. */
  setup(ctx: PluginContext): void | Promise<void>;
}

/** The default export of a plugin's server entry. */
export function definePlugin(definition: PluginDefinition): PluginDefinition {
  return Object.freeze(definition);
}
