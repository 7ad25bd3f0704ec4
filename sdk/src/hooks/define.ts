/* eslint-disable @typescript-eslint/no-explicit-any -- value and result are inferred one at a time */
/**
 * How a hook runs its taps. In every kind `undefined` means "nothing to say".
 *
 * - `series`: one after the other, results ignored · `parallel`: together, results ignored
 * - `waterfall`: each tap may return a new value for the next · `bail`: the first answer wins
 * - `syncWaterfall`: as waterfall, without waiting; for the hottest paths
 */
export type HookKind = 'series' | 'parallel' | 'waterfall' | 'bail' | 'syncWaterfall';

/**
 * What a failing or late tap does.
 *
 * - `contain`: it is counted and passed over · `abort`: the request ends with its error, or with 500/504 naming the plugin
 * - `deny`: the request is refused, never granted by accident
 */
export type FailurePolicy = 'contain' | 'abort' | 'deny';

export interface HookDefinition<V = unknown, R = unknown> {
  readonly kind: HookKind;
  readonly policy: FailurePolicy;
  /** Time for all taps of one plugin in one call. */
  readonly budgetMs: number;
  /** Kernel API version that brought it. */
  readonly since: string;
  /** One sentence for the generated page: when it runs and what may be returned. */
  readonly about: string;
  /** Runs inside the transaction of the data; the context then carries `sql`. */
  readonly inTransaction: boolean;
  /** Only the plugin that the call is about is asked (`projects.pluginEnabled`). */
  readonly targeted: boolean;
  /**
   * Waterfalls that may only take away: joins what a tap answered with what it was given, before the next one gets it. Throws for
   * an answer that is none.
   */
  narrow?(given: V, answer: V): V;
  /** Carries the types; never set. */
  readonly types?: { readonly value: V; readonly result: R };
}

interface HookOptions<V = any> {
  readonly policy: FailurePolicy;
  readonly budgetMs: number;
  readonly since: string;
  readonly about: string;
  readonly inTransaction?: boolean;
  readonly targeted?: boolean;
  narrow?(given: V, answer: V): V;
}

const make =
  (kind: HookKind) =>
  (options: HookOptions): HookDefinition =>
    Object.freeze({ inTransaction: false, targeted: false, ...options, kind });

export const series = make('series') as <V>(options: HookOptions) => HookDefinition<V, void>;
export const parallel = make('parallel') as <V>(options: HookOptions) => HookDefinition<V, void>;
export const waterfall = make('waterfall') as <V>(options: HookOptions<V>) => HookDefinition<V, V | undefined>;
export const syncWaterfall = make('syncWaterfall') as <V>(options: HookOptions) => HookDefinition<V, V | undefined>;
export const bail = make('bail') as <V, R>(options: HookOptions) => HookDefinition<V, R | undefined>;

export type HookValue<D> = D extends HookDefinition<infer V, any> ? V : never;
export type HookResult<D> = D extends HookDefinition<any, infer R> ? R : never;

/** When a tap runs among the taps of one hook; within a stage, in the order of the plugins. */
export const STAGES = ['first', 'normalize', 'default', 'decorate', 'last'] as const;
export type Stage = (typeof STAGES)[number];
