import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineError } from '@exact/sdk/contract';
import type { PluginDefinition } from '@exact/sdk/server';
import type { Manifest } from '@exact/sdk/manifest';
import type { Logger } from '@exact/sdk/server';
import { attribute } from './attribution.ts';
import { createPluginContext, type Facilities } from './plugin-context.ts';
import type { PluginEntry, PluginHandle } from './plugin-handle.ts';
import type { HookSlot } from './hook-slots.ts';
import { createScope } from './scope.ts';
import type { TokenRegistry } from './tokens.ts';

/** Time that `setup` may take. */
export const SETUP_LIMIT_MS = 10_000;

export const SetupLateError = defineError<{ plugin: string }>({
  code: 'SETUP_LATE',
  status: 500,
  message: (d) =>
    `Plugin "${d.plugin}" did not finish its setup within ${SETUP_LIMIT_MS / 1000} s. Start long work with the first request, event or job.`,
});

export const NotFulfilledError = defineError<{ plugin: string; missing: readonly string[] }>({
  code: 'NOT_FULFILLED',
  status: 500,
  message: (d) => `Plugin "${d.plugin}" declares but does not register: ${d.missing.join(', ')}.`,
});

export const BadEntryError = defineError<{ plugin: string; entry: string; reason: string }>({
  code: 'BAD_ENTRY',
  status: 500,
  message: (d) => `The server entry "${d.entry}" of plugin "${d.plugin}" cannot be used: ${d.reason}`,
});

export interface ActivationParts {
  readonly slots: ReadonlyMap<string, HookSlot>;
  readonly tokens: TokenRegistry;
  readonly facilities: Facilities;
  readonly log: Logger;
  readonly setupLimitMs: number;
  /** Imports a plugin's server entry; tests hand in definitions instead of files. */
  readonly load: (folder: string, entry: string) => Promise<unknown>;
}

/** Runs a plugin's setup. On any failure all it has registered is undone again and the plugin is `failed`. */
export async function activate(entry: PluginEntry, parts: ActivationParts): Promise<void> {
  const { manifest } = entry.found;
  if (!manifest) throw new Error(`Plugin "${entry.found.id}" has no manifest.`);
  entry.states.to('activating');
  const log = parts.log.child({ plugin: manifest.id });
  const scope = createScope((label, error) => log.warn({ err: error, label }, 'an undo failed and was passed over'));
  const fulfilled = new Set<string>();
  const handle: PluginHandle = {
    id: manifest.id,
    version: entry.found.version,
    folder: entry.found.folder,
    manifest,
    log,
    scope,
    fulfil: (what) => fulfilled.add(what),
  };
  try {
    if (manifest.server) {
      const definition = asDefinition(await parts.load(handle.folder, manifest.server.entry), handle);
      const context = createPluginContext(handle, parts);
      await withSetupLimit(handle.id, parts.setupLimitMs, () =>
        attribute({ plugin: handle.id, doing: 'setup' }, () => definition.setup(context)),
      );
    }
    const missing = declaredBy(manifest).filter((what) => !fulfilled.has(what));
    if (missing.length > 0) throw new NotFulfilledError({ plugin: handle.id, missing });
  } catch (error) {
    await scope.end();
    entry.states.to('failed', error instanceof Error ? error.message : String(error), error);
    return;
  }
  entry.running = { handle, fulfilled };
  entry.breaker.reset();
  entry.states.to('active');
}

/** Undoes everything that a running plugin holds. */
export async function deactivate(entry: PluginEntry, reason: string): Promise<void> {
  const { running } = entry;
  if (!running) return;
  entry.states.to('stopping', reason);
  await running.handle.scope.end();
  delete entry.running;
  entry.states.to('inactive', reason);
}

/** What a manifest promises of the server half, in the words of `fulfil`. */
export function declaredBy(manifest: Manifest): string[] {
  const { contributes } = manifest;
  return [
    ...contributes.hooks.map((hook) => `hook ${hook}`),
    ...contributes.tokens.map((token) => `token ${token}`),
    ...contributes.jobs.map((job) => `job ${job.id}`),
    ...contributes.events.map((topic) => `event ${topic}`),
    ...(contributes.routes ? ['routes'] : []),
  ];
}

/**
 * Imports the server entry. In the source tree, where nothing is built, `dist/….js` stands for `src/….ts`.
 */
export async function importEntry(folder: string, entry: string): Promise<unknown> {
  const built = join(folder, entry);
  const source = join(folder, entry.replace(/^dist\//, 'src/').replace(/\.js$/, '.ts'));
  return import(pathToFileURL(existsSync(source) ? source : built).href);
}

function asDefinition(module: unknown, { id, manifest }: PluginHandle): PluginDefinition {
  const definition = (module as { default?: unknown } | undefined)?.default;
  if (typeof (definition as PluginDefinition | undefined)?.setup === 'function') return definition as PluginDefinition;
  throw new BadEntryError({
    plugin: id,
    entry: manifest.server?.entry ?? '',
    reason: 'it has no default export made by definePlugin.',
  });
}

async function withSetupLimit(plugin: string, limitMs: number, work: () => void | Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SetupLateError({ plugin })), limitMs);
  });
  try {
    await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
