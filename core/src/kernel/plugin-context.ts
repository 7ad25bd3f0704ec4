import { PermissionNotDeclaredError } from '@exact/sdk/contract';
import { hookCatalogue, type HookContext, type Stage } from '@exact/sdk/hooks';
import type { Use } from '@exact/sdk/manifest';
import type { PluginContext, Token } from '@exact/sdk/server';
import { defineError } from '@exact/sdk/contract';
import { attribute } from './attribution.ts';
import type { HookSlot } from './hook-slots.ts';
import type { PluginHandle } from './plugin-handle.ts';
import type { TokenRegistry } from './tokens.ts';

export const NotDeclaredError = defineError<{ plugin: string; what: string; where: string }>({
  code: 'NOT_DECLARED',
  status: 500,
  message: (d) =>
    `Plugin "${d.plugin}" registers ${d.what}, which its manifest does not declare. Add it to ${d.where}.`,
});

/** Makes one service of the context for one plugin. The kernel does not know what the services are about. */
export interface Facility {
  /** Any of these in `permissions.uses` opens it; without any it is open to all. */
  readonly uses: readonly Use[];
  create(plugin: PluginHandle): unknown;
}
/** Services by the name they have on the context. */
export type Facilities = Readonly<Record<string, Facility>>;

/** Builds the one object that a plugin's code is given. */
export function createPluginContext(
  plugin: PluginHandle,
  parts: {
    readonly slots: ReadonlyMap<string, HookSlot>;
    readonly tokens: TokenRegistry;
    readonly facilities: Facilities;
  },
): PluginContext {
  const { id, manifest, scope } = plugin;
  const context: Record<string, unknown> = {
    id,
    version: plugin.version,
    log: plugin.log,
    signal: scope.signal,
    hooks: hooksFacade(plugin, parts.slots),
    effect(label: string, start: () => (() => void | Promise<void>) | void) {
      const undo = attribute({ plugin: id, doing: `effect ${label}` }, start);
      if (undo) scope.add(`effect ${label}`, undo);
    },
    provide<T>(token: Token<T>, service: T) {
      if (!manifest.contributes.tokens.includes(token.id)) {
        throw new NotDeclaredError({ plugin: id, what: `token "${token.id}"`, where: 'contributes.tokens' });
      }
      scope.add(`token ${token.id}`, parts.tokens.provide(id, token, service));
      plugin.fulfil(`token ${token.id}`);
    },
    require: <T>(token: Token<T>) => parts.tokens.require(id, allowed(token)),
    find: <T>(token: Token<T>) => parts.tokens.find(allowed(token)),
  };

  function allowed<T>(token: Token<T>): Token<T> {
    const owner = token.id.split(':')[0] ?? '';
    if (owner !== id && !Object.hasOwn(manifest.requires, owner) && !Object.hasOwn(manifest.optional, owner)) {
      throw new NotDeclaredError({ plugin: id, what: `a use of "${token.id}"`, where: 'requires or optional' });
    }
    return token;
  }

  for (const [name, facility] of Object.entries(parts.facilities)) {
    let made: unknown;
    Object.defineProperty(context, name, {
      enumerable: true,
      get() {
        if (facility.uses.length > 0 && !facility.uses.some((use) => manifest.permissions.uses.includes(use))) {
          throw new PermissionNotDeclaredError({ plugin: id, permission: facility.uses.join('" or "') });
        }
        return (made ??= facility.create(plugin));
      },
    });
  }
  return Object.freeze(context) as unknown as PluginContext;
}

function hooksFacade(plugin: PluginHandle, slots: ReadonlyMap<string, HookSlot>): unknown {
  const groups = Object.entries(hookCatalogue).map(([group, hooks]) => {
    const points = Object.keys(hooks).map((hook) => [hook, tapPoint(plugin, `${group}.${hook}`, slots)]);
    return [group, Object.freeze(Object.fromEntries(points))];
  });
  return Object.freeze(Object.fromEntries(groups));
}

function tapPoint(plugin: PluginHandle, name: string, slots: ReadonlyMap<string, HookSlot>): unknown {
  return Object.freeze({
    tap(fn: (value: unknown, context: HookContext) => unknown, options: { readonly stage?: Stage } = {}) {
      if (!plugin.manifest.contributes.hooks.includes(name)) {
        throw new NotDeclaredError({ plugin: plugin.id, what: `a tap on "${name}"`, where: 'contributes.hooks' });
      }
      const slot = slots.get(name);
      if (!slot) throw new Error(`The kernel has no slot for "${name}".`); // the catalogue and the slots are one list
      const undo = plugin.scope.add(`hook ${name}`, slot.tap(plugin.id, fn, options.stage));
      plugin.fulfil(`hook ${name}`);
      return undo;
    },
  });
}
