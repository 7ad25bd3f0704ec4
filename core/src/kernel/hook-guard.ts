import { ExactError, PluginFailedError } from '@exact/sdk/contract';
import type { HookContext, HookDefinition } from '@exact/sdk/hooks';
import { attribute } from './attribution.ts';
import type { Breaker } from './breaker.ts';
import { deepFreeze } from './deep-freeze.ts';

/** CPU that one tap may hold the event loop for; more belongs in a job. */
export const LOOP_BUDGET_MS = 20;

/** What the guard has to know of a plugin, asked anew at each call. */
export interface Gate {
  /** Running, and on in this project (or the call is not about a project)? */
  isOn(plugin: string, projectId: number | undefined): boolean;
  breaker(plugin: string): Breaker;
  report(event: TapReport): void;
}

export interface TapReport {
  readonly plugin: string;
  readonly hook: string;
  readonly durationMs: number;
  readonly outcome: 'ok' | 'refused' | 'failed' | 'late';
  /** Time for which the tap held the event loop without a pause, when it was more than {@link LOOP_BUDGET_MS}. */
  readonly heldLoopMs?: number;
  readonly error?: unknown;
}

/** What one call keeps for its guards: the plugin it is meant for, and the time each plugin has used. */
export interface CallState {
  readonly target?: string;
  readonly spentMs: Map<string, number>;
}
export const CALL = Symbol('call');
export type GuardedContext = HookContext & { readonly [CALL]: CallState };

type Tap = (value: unknown, context: HookContext) => unknown;
type GuardedTap = (value: unknown, context: GuardedContext) => unknown;

/**
 * Wraps a tap so that it runs only while it should, within its time, and fails as the hook's policy says.
 *
 * When it must not run it answers `undefined`, which is neutral in every kind of hook: that one property makes switching a
 * plugin a matter of a row and not of a restart.
 */
export function guardTap(plugin: string, hook: string, definition: HookDefinition, tap: Tap, gate: Gate): GuardedTap {
  const isSync = definition.kind === 'syncWaterfall';

  function fail(error: unknown, outcome: 'failed' | 'late', startedAt: number): undefined {
    const declared = outcome === 'failed' && error instanceof ExactError && error.status >= 400 && error.status < 500;
    const mayRefuse = definition.policy !== 'contain';
    const refused = declared && mayRefuse;
    if (refused) gate.breaker(plugin).succeed();
    else gate.breaker(plugin).fail();
    gate.report({
      plugin,
      hook,
      durationMs: performance.now() - startedAt,
      outcome: refused ? 'refused' : outcome,
      error,
    });
    if (!mayRefuse) return undefined;
    if (refused) throw error;
    throw new PluginFailedError({ plugin, hook, late: outcome === 'late' }, { cause: error });
  }

  function succeed(answer: unknown, value: unknown, startedAt: number, heldMs: number): unknown {
    let result = answer;
    if (result !== undefined && isWrongShape(definition, value, result)) {
      return fail(
        new TypeError(`answered ${describe(result)} where ${describe(value)} was expected`),
        'failed',
        startedAt,
      );
    }
    if (result !== undefined && definition.narrow) {
      try {
        result = definition.narrow(value, result);
      } catch (error) {
        return fail(error, 'failed', startedAt);
      }
    }
    gate.breaker(plugin).succeed();
    gate.report({
      plugin,
      hook,
      durationMs: performance.now() - startedAt,
      outcome: 'ok',
      ...(heldMs > LOOP_BUDGET_MS ? { heldLoopMs: heldMs } : {}),
    });
    if (definition.kind === 'series' || definition.kind === 'parallel') return undefined;
    return definition.kind === 'bail' ? result : deepFreeze(result);
  }

  return (value, context) => {
    const call = context[CALL];
    if (call.target !== undefined && call.target !== plugin) return undefined;
    // A plugin that is told of its own switching off is off already.
    if (!gate.isOn(plugin, call.target === undefined ? context.projectId : undefined)) return undefined;
    const budgetMs = definition.budgetMs - (call.spentMs.get(plugin) ?? 0);
    if (!gate.breaker(plugin).enter()) {
      // Who may refuse and is not asked has refused: a plugin that fails must not show people more than one that works.
      if (definition.policy === 'deny') throw new PluginFailedError({ plugin, hook });
      return undefined;
    }
    const startedAt = performance.now();
    const spend = (): void => {
      call.spentMs.set(plugin, (call.spentMs.get(plugin) ?? 0) + performance.now() - startedAt);
    };
    if (budgetMs <= 0) return fail(new Error(`no time left of ${definition.budgetMs} ms`), 'late', startedAt);

    let result: unknown;
    try {
      result = attribute({ plugin, doing: `hook ${hook}` }, () => tap(value, context));
    } catch (error) {
      spend();
      return fail(error, 'failed', startedAt);
    }
    const heldMs = performance.now() - startedAt;
    if (heldMs > budgetMs) {
      spend();
      void Promise.resolve(result).catch(() => undefined);
      return fail(new Error(`held the event loop for ${Math.round(heldMs)} ms`), 'late', startedAt);
    }
    if (isSync || !isThenable(result)) {
      spend();
      return succeed(result, value, startedAt, heldMs);
    }
    return withTimeLimit(result, budgetMs - heldMs).then(
      (answer) => {
        spend();
        return succeed(answer, value, startedAt, heldMs);
      },
      (error: unknown) => {
        spend();
        return error === LATE
          ? fail(new Error(`took more than ${definition.budgetMs} ms`), 'late', startedAt)
          : fail(error, 'failed', startedAt);
      },
    );
  };
}

const LATE = Symbol('late');

function withTimeLimit<T>(work: PromiseLike<T>, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    // After a held event loop timers come before what has arrived meanwhile: an answer that is there already is not late.
    const timer = setTimeout(() => setImmediate(reject, LATE), limitMs);
    // A rejection after the limit is swallowed here: the failure has been counted already.
    work.then(
      (answer) => {
        clearTimeout(timer);
        resolve(answer);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/** A waterfall's answer replaces the value for everybody after it: it has to be of its kind. */
function isWrongShape(definition: HookDefinition, value: unknown, result: unknown): boolean {
  if (definition.kind !== 'waterfall' && definition.kind !== 'syncWaterfall') return false;
  return result === null || typeof result !== typeof value || Array.isArray(result) !== Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
