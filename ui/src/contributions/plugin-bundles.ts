import type { ProjectPlugin } from '@exact/sdk/contract';
import type { UiPluginDefinition } from '@exact/sdk/ui';
import { addMessages } from '../i18n/index.ts';

export type BundleSource = Pick<ProjectPlugin, 'id' | 'uiEntry'>;

/** In development Vite serves plugins from their source, with hot reload; the address that the server gives is not used then. */
const sources: Readonly<Record<string, () => Promise<unknown>>> = import.meta.env.DEV
  ? import.meta.glob('../../../plugins/*/src/ui/index.ts')
  : {};

type Importer = (plugin: BundleSource, attempt: number) => Promise<unknown>;

const importBundle: Importer = (plugin, attempt) => {
  const source = sources[`../../../plugins/${plugin.id}/src/ui/index.ts`];
  if (source) return source();
  if (plugin.uiEntry === undefined)
    throw new Error(`Plugin "${plugin.id}" has a contribution for the browser but names no file for it.`);
  const url = new URL(plugin.uiEntry, location.origin);
  // browsers remember that a module has failed to load; another address makes them try again
  if (attempt > 0) url.searchParams.set('attempt', String(attempt));
  return import(/* @vite-ignore */ url.href);
};

/** Loads the browser half of each plugin once, whoever asks; a failed load is tried anew at the next call. */
export function createBundleLoader(
  load: Importer = importBundle,
): (plugin: BundleSource) => Promise<UiPluginDefinition> {
  const loaded = new Map<string, Promise<UiPluginDefinition>>();
  const attempts = new Map<string, number>();

  return (plugin) => {
    const name = `${plugin.id} ${plugin.uiEntry ?? ''}`;
    const known = loaded.get(name);
    if (known) return known;
    const attempt = attempts.get(name) ?? 0;
    const loading = (async () => {
      const definition = checkDefinition(plugin.id, await load(plugin, attempt));
      if (definition.messages) addMessages(plugin.id, definition.messages);
      return definition;
    })();
    loaded.set(name, loading);
    loading.catch(() => {
      loaded.delete(name);
      attempts.set(name, attempt + 1);
    });
    return loading;
  };
}

function checkDefinition(id: string, module: unknown): UiPluginDefinition {
  const definition = (module as { default?: UiPluginDefinition }).default;
  if (typeof definition !== 'object')
    throw new Error(`The bundle of plugin "${id}" has no default export; it should be defineUiPlugin({ … }).`);
  return definition;
}

export const loadBundle = createBundleLoader();
