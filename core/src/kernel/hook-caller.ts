import type { HookCatalogue, HookContext, HookResult, HookValue } from '@exact/sdk/hooks';

/** What domain modules get of a hook: the right to call it. */
export interface HookCaller<D> {
  /**
   * Runs the taps of the plugins that are on in `context.projectId`.
   *
   * @returns for waterfalls the value after all taps, for bails the first answer or nothing
   * @throws the tap's declared error, or PluginFailedError, where the hook's policy is `abort` or `deny`
   */
  call(value: HookValue<D>, context: HookContext): Promise<HookResult<D>>;
  /** For `syncWaterfall` hooks. */
  callSync(value: HookValue<D>, context: HookContext): HookResult<D>;
  /** Whether any plugin taps it (and is on in the project, when one is given): ask before making costly arguments. */
  isUsed(projectId?: number): boolean;
}

export type HookCallers = {
  readonly [G in keyof HookCatalogue]: { readonly [H in keyof HookCatalogue[G]]: HookCaller<HookCatalogue[G][H]> };
};
