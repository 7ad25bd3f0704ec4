import type { PluginState } from '@exact/sdk/contract';

/** From each state, those that may follow. */
const NEXT: Readonly<Record<PluginState, readonly PluginState[]>> = {
  discovered: ['rejected', 'incompatible', 'resolved', 'blocked'],
  rejected: [],
  incompatible: [],
  resolved: ['activating', 'blocked', 'inactive'],
  blocked: ['resolved', 'inactive'],
  activating: ['active', 'failed'],
  active: ['degraded', 'stopping'],
  degraded: ['active', 'stopping'],
  stopping: ['inactive', 'failed'],
  failed: ['activating', 'inactive'],
  inactive: ['activating', 'blocked'],
};

export interface StateRecord {
  readonly state: PluginState;
  /** A sentence: why. */
  readonly reason?: string;
  readonly since: Date;
  readonly error?: unknown;
}

export interface StateMachine {
  readonly current: StateRecord;
  to(state: PluginState, reason?: string, error?: unknown): void;
}

export type StateChange = { readonly from: PluginState; readonly to: PluginState; readonly reason?: string };

/** Holds the state of one plugin; a step that is not allowed is a bug of the kernel and throws. */
export function createStateMachine(onChange: (change: StateChange) => void, now: () => number): StateMachine {
  let current: StateRecord = { state: 'discovered', since: new Date(now()) };
  return {
    get current() {
      return current;
    },
    to(state, reason, error) {
      const from = current.state;
      if (!NEXT[from].includes(state)) throw new Error(`A plugin cannot go from "${from}" to "${state}".`);
      current = {
        state,
        since: new Date(now()),
        ...(reason === undefined ? {} : { reason }),
        ...(error === undefined ? {} : { error }),
      };
      onChange({ from, to: state, ...(reason === undefined ? {} : { reason }) });
    },
  };
}

/** Whether a plugin's code may run in this state. */
export const isRunning = (state: PluginState): boolean => state === 'active' || state === 'degraded';
