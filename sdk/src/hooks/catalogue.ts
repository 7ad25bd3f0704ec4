import { annotationHooks } from './annotations.ts';
import { imageHooks, slideHooks, storageHooks, tileHooks } from './images.ts';
import { authHooks, httpHooks, jobHooks, lifecycleHooks, pluginHooks, projectHooks, uiHooks } from './platform.ts';
import type { HookDefinition, HookResult, HookValue, Stage } from './define.ts';
import type { HookContext } from './context.ts';

/** Version of the kernel API: the hooks and the plugin context. Plugins range over it in their manifest. */
export const KERNEL_API = '1.0.0';

/** Every hook of the platform. Kernel, contract tests, the admin page and the documentation read this one list. */
export const hookCatalogue = Object.freeze({
  lifecycle: lifecycleHooks,
  plugins: pluginHooks,
  auth: authHooks,
  projects: projectHooks,
  storage: storageHooks,
  slides: slideHooks,
  images: imageHooks,
  tiles: tileHooks,
  annotations: annotationHooks,
  jobs: jobHooks,
  http: httpHooks,
  ui: uiHooks,
});
export type HookCatalogue = typeof hookCatalogue;

/** `annotations.beforeCreate` and so on. */
export type HookName = {
  [G in keyof HookCatalogue & string]: `${G}.${keyof HookCatalogue[G] & string}`;
}[keyof HookCatalogue & string];

export type DefinitionOf<N extends HookName> = N extends `${infer G}.${infer H}`
  ? G extends keyof HookCatalogue
    ? H extends keyof HookCatalogue[G]
      ? HookCatalogue[G][H]
      : never
    : never
  : never;

type Awaitable<T> = T | Promise<T>;

/** A plugin's function at a hook. Values are frozen: return a new one, or nothing. */
export type Tap<D> = (
  value: HookValue<D>,
  context: HookContext,
) => D extends { kind: 'syncWaterfall' } ? HookResult<D> : Awaitable<HookResult<D> | void>;

/** What a plugin gets of a hook: the right to tap it. */
export interface TapPoint<D> {
  /** @returns takes the tap away again; the platform does so by itself when the plugin stops */
  tap(fn: Tap<D>, options?: { readonly stage?: Stage }): () => void;
}

export type HooksFacade = {
  readonly [G in keyof HookCatalogue]: { readonly [H in keyof HookCatalogue[G]]: TapPoint<HookCatalogue[G][H]> };
};

/** The definition behind a name, or nothing when there is no such hook. */
export function findHook(name: string): HookDefinition | undefined {
  const [group, hook] = name.split('.', 2);
  const hooks = (hookCatalogue as unknown as Record<string, Record<string, HookDefinition>>)[group ?? ''];
  return hooks && hook && Object.hasOwn(hooks, hook) ? hooks[hook] : undefined;
}

export const HOOK_NAMES: readonly HookName[] = Object.entries(hookCatalogue).flatMap(([group, hooks]) =>
  Object.keys(hooks).map((hook) => `${group}.${hook}` as HookName),
);
