import { ExactError, PluginFailedError, type PluginState } from '@exact/sdk/contract';
import { findHook, HOOK_NAMES, hookCatalogue, type HookContext, KERNEL_API } from '@exact/sdk/hooks';
import type { Logger } from '@exact/sdk/server';
import { UI_API } from '@exact/sdk/manifest';
import semver from 'semver';
import { type ActivationParts, activate, deactivate, importEntry, SETUP_LIMIT_MS } from './activation.ts';
import { attribute, currentAttribution } from './attribution.ts';
import { createBreaker } from './breaker.ts';
import type { FoundPlugin } from './discovery.ts';
import { createEnablement, type Enablement } from './enablement.ts';
import { orderPlugins } from './graph.ts';
import type { HookCallers } from './hook-caller.ts';
import { createHookSlot, type HookSlot } from './hook-slots.ts';
import type { Gate, TapReport } from './hook-guard.ts';
import type { Facilities } from './plugin-context.ts';
import type { PluginEntry } from './plugin-handle.ts';
import { createStateMachine, isRunning, type StateChange } from './states.ts';
import { createTokenRegistry } from './tokens.ts';

/** States that an operator should hear of. */
const TROUBLE: ReadonlySet<PluginState> = new Set(['rejected', 'incompatible', 'blocked', 'failed', 'degraded']);

export interface KernelOptions {
  readonly log: Logger;
  readonly facilities: Facilities;
  /** A plugin that cannot start ends the start: for tests and CI. */
  readonly strict?: boolean;
  readonly now?: () => number;
  readonly setupLimitMs?: number;
  readonly load?: ActivationParts['load'];
}

export interface PluginStatus {
  readonly id: string;
  readonly found: FoundPlugin;
  readonly state: PluginState;
  readonly reason: string | undefined;
  readonly since: Date;
  readonly error: unknown;
  readonly failures: number;
  /** What it has registered, oldest first. */
  readonly holds: readonly string[];
  readonly order: number;
}

/** The mechanism: hooks, plugins and their states. It knows no image and no user. */
export interface Kernel {
  readonly hooks: HookCallers;
  readonly slots: ReadonlyMap<string, HookSlot>;
  readonly enablement: Enablement;
  /** Takes the found plugins in, orders them and starts all that may. Forbidden ones stay `inactive`. */
  start(found: readonly FoundPlugin[], isAllowed: (plugin: string) => boolean): Promise<void>;
  stop(reason: string): Promise<void>;
  plugins(): readonly PluginStatus[];
  plugin(id: string): PluginStatus | undefined;
  isRunning(id: string): boolean;
  /** Whether it runs and is on in the project: what the guard asks before each tap. */
  isOn(id: string, projectId: number | undefined): boolean;
  /** Starts a plugin that is inactive or failed, after the ones it requires. */
  activate(id: string): Promise<void>;
  /** Stops a plugin; first the running ones that require it. */
  deactivate(id: string, reason: string): Promise<void>;
  /** Tells one plugin of its own switch (`projects.pluginEnabled`, `.pluginDisabled`). */
  tell(
    plugin: string,
    hook: 'projects.pluginEnabled' | 'projects.pluginDisabled',
    value: unknown,
    context: HookContext,
  ): Promise<void>;
  /** Runs other code of a plugin (a route, a job, an event handler) in its name: failures count, and it has a time limit. */
  run<T>(plugin: string, doing: string, limitMs: number, work: () => Promise<T>): Promise<T>;
  /** Charges a failure that surfaced outside of any call, a late rejection for example, to the plugin that caused it. */
  charge(error: unknown): string | undefined;
  onReport(listener: (report: TapReport) => void): () => void;
}

export function createKernel(options: KernelOptions): Kernel {
  const { log } = options;
  const now = options.now ?? Date.now;
  const entries = new Map<string, PluginEntry>();
  const enablement = createEnablement();
  const tokens = createTokenRegistry();
  const listeners = new Set<(report: TapReport) => void>();

  const gate: Gate = {
    isOn(id, projectId) {
      const entry = entries.get(id);
      // While it sets up, a plugin has taps but is not asked.
      if (!entry || !isRunning(entry.states.current.state)) return false;
      return (
        projectId === undefined || entry.found.manifest?.level === 'instance' || enablement.isEnabled(id, projectId)
      );
    },
    breaker: (id) => entryOf(id).breaker,
    report(report) {
      if (report.outcome === 'failed' || report.outcome === 'late') {
        log.warn(
          { plugin: report.plugin, hook: report.hook, outcome: report.outcome, err: report.error },
          'a tap failed',
        );
      } else if (report.heldLoopMs !== undefined) {
        log.warn(
          { plugin: report.plugin, hook: report.hook, heldLoopMs: Math.round(report.heldLoopMs) },
          'a tap held the event loop: make it a job',
        );
      }
      for (const listener of listeners) listener(report);
    },
  };

  const slots = new Map(
    HOOK_NAMES.map((name) => {
      const definition = findHook(name);
      if (!definition) throw new Error(`Hook "${name}" is not in the catalogue.`);
      return [name as string, createHookSlot(name, definition, gate, (id) => entries.get(id)?.order ?? 0)];
    }),
  );
  const parts: ActivationParts = {
    slots,
    tokens,
    facilities: options.facilities,
    log,
    setupLimitMs: options.setupLimitMs ?? SETUP_LIMIT_MS,
    load: options.load ?? importEntry,
  };
  const hooks = callersOf(slots);

  function entryOf(id: string): PluginEntry {
    const entry = entries.get(id);
    if (!entry) throw new Error(`There is no plugin "${id}". Known: ${[...entries.keys()].join(', ')}.`);
    return entry;
  }

  function enlist(found: FoundPlugin): PluginEntry {
    const onChange = (change: StateChange): void => {
      log[TROUBLE.has(change.to) ? 'warn' : 'debug']({ plugin: found.id, ...change }, 'plugin state');
      void hooks.plugins.stateChanged.call({ plugin: found.id, ...change }, systemContext(log));
    };
    const entry: PluginEntry = {
      found,
      order: 0,
      states: createStateMachine(onChange, now),
      breaker: createBreaker({
        now,
        onChange: (isOpen) => {
          const { state } = entry.states.current;
          if (isOpen && state === 'active')
            entry.states.to('degraded', 'It failed 5 times within a minute and is asked again after a minute.');
          if (!isOpen && state === 'degraded') entry.states.to('active');
        },
      }),
    };
    // A twin keeps the id of the first from being taken over.
    entries.set(entries.has(found.id) ? `${found.id}@${found.folder}` : found.id, entry);
    return entry;
  }

  function settle(entry: PluginEntry): boolean {
    const { manifest, problems } = entry.found;
    if (!manifest || problems.length > 0) {
      entry.states.to('rejected', problems.join(' '));
      return false;
    }
    const misfit = incompatibility(manifest);
    if (misfit) entry.states.to('incompatible', misfit);
    return !misfit;
  }

  async function start(found: readonly FoundPlugin[], isAllowed: (plugin: string) => boolean): Promise<void> {
    const fit = found.map(enlist).filter(settle);
    const nodes = fit.map(({ found: { id, version, manifest } }) => ({ id, version, manifest: manifest! })); // settle() has seen it
    const { order, blocked } = orderPlugins(nodes);
    for (const entry of fit) {
      const reason = blocked.get(entry.found.id);
      enablement.setDefault(entry.found.id, entry.found.manifest?.enabledByDefault ?? false);
      if (reason) entry.states.to('blocked', `Plugin "${entry.found.id}" ${reason}`);
      else entry.states.to('resolved');
    }
    for (const [index, id] of order.entries()) {
      const entry = entryOf(id);
      entry.order = index + 1;
      if (isAllowed(id)) await startOne(entry);
      else entry.states.to('inactive', 'Forbidden by the administrator.');
    }
    if (options.strict) refuseFailed();
  }

  async function startOne(entry: PluginEntry): Promise<void> {
    const missing = Object.keys(entry.found.manifest?.requires ?? {}).find((id) => !gate.isOn(id, undefined));
    if (missing !== undefined) {
      entry.states.to(
        entry.states.current.state === 'failed' ? 'inactive' : 'blocked',
        `It needs plugin "${missing}", which does not run.`,
      );
      return;
    }
    await activate(entry, parts);
  }

  function refuseFailed(): void {
    const bad = [...entries.values()].filter(({ states }) =>
      ['rejected', 'incompatible', 'blocked', 'failed'].includes(states.current.state),
    );
    if (bad.length === 0) return;
    const causes = bad.map((entry) => entry.states.current.error);
    const text = bad
      .map(({ found, states }) => `${found.id}: ${states.current.state}. ${states.current.reason ?? ''}`)
      .join('\n');
    throw new AggregateError(causes, `Plugins that cannot run (EXACT_PLUGINS_STRICT is on):\n${text}`);
  }

  async function stopOne(id: string, reason: string): Promise<void> {
    const dependents = [...entries.values()]
      .filter(
        (entry) =>
          entry.running && Object.hasOwn({ ...entry.found.manifest?.requires, ...entry.found.manifest?.optional }, id),
      )
      .sort((a, b) => b.order - a.order);
    for (const dependent of dependents) await stopOne(dependent.found.id, `Plugin "${id}" was stopped.`);
    await deactivate(entryOf(id), reason);
  }

  return {
    hooks,
    slots,
    enablement,
    start,
    async stop(reason) {
      await hooks.lifecycle.shutdown.call({ reason }, systemContext(log));
      for (const entry of [...entries.values()].sort((a, b) => b.order - a.order)) await deactivate(entry, reason);
    },
    plugins: () => [...entries.values()].map(statusOf),
    plugin: (id) => {
      const entry = entries.get(id);
      return entry && statusOf(entry);
    },
    isRunning: (id) => gate.isOn(id, undefined),
    isOn: gate.isOn,
    async activate(id) {
      const entry = entryOf(id);
      if (entry.running) return;
      if (entry.states.current.state === 'blocked') entry.states.to('resolved');
      for (const needed of Object.keys(entry.found.manifest?.requires ?? {})) await this.activate(needed);
      await startOne(entry);
    },
    deactivate: stopOne,
    async tell(plugin, hook, value, context) {
      await slots.get(hook)?.callFor(plugin, value, context);
    },
    run: (plugin, doing, limitMs, work) => runFor(entryOf(plugin), doing, limitMs, work),
    charge(error) {
      const blame = currentAttribution();
      const entry = blame && entries.get(blame.plugin);
      if (!entry) return undefined;
      entry.breaker.fail();
      log.error({ plugin: blame.plugin, doing: blame.doing, err: error }, 'a plugin failed after its call had ended');
      return blame.plugin;
    },
    onReport(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

async function runFor<T>(entry: PluginEntry, doing: string, limitMs: number, work: () => Promise<T>): Promise<T> {
  const plugin = entry.found.id;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new PluginFailedError({ plugin, hook: doing, late: true })), limitMs);
  });
  try {
    return await Promise.race([attribute({ plugin, doing }, work), late]);
  } catch (error) {
    // A declared refusal is an answer, not a failure.
    if (!(error instanceof ExactError && error.status < 500)) entry.breaker.fail();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Context of calls that no request causes. */
export function systemContext(log: Logger): HookContext {
  return { requestId: 'system', signal: new AbortController().signal, log };
}

function callersOf(slots: ReadonlyMap<string, HookSlot>): HookCallers {
  const groups = Object.entries(hookCatalogue).map(([group, hooks]) => [
    group,
    Object.fromEntries(Object.keys(hooks).map((hook) => [hook, slots.get(`${group}.${hook}`)])),
  ]);
  return Object.freeze(Object.fromEntries(groups)) as HookCallers;
}

function incompatibility(manifest: NonNullable<FoundPlugin['manifest']>): string | undefined {
  if (!semver.satisfies(KERNEL_API, manifest.kernel))
    return `It wants kernel API ${manifest.kernel}; this is ${KERNEL_API}.`;
  if (manifest.ui && !semver.satisfies(UI_API, manifest.ui.api))
    return `It wants UI API ${manifest.ui.api}; this is ${UI_API}.`;
  return undefined;
}

function statusOf(entry: PluginEntry): PluginStatus {
  const { state, reason, since, error } = entry.states.current;
  return {
    id: entry.found.id,
    found: entry.found,
    state,
    reason,
    since,
    error,
    failures: entry.breaker.failures,
    holds: entry.running?.handle.scope.describe() ?? [],
    order: entry.order,
  };
}
