import { type HookContext, type HookDefinition, STAGES, type Stage } from '@exact/sdk/hooks';
import {
  AsyncParallelHook,
  AsyncSeriesBailHook,
  AsyncSeriesHook,
  AsyncSeriesWaterfallHook,
  SyncWaterfallHook,
} from 'tapable';
import { deepFreeze } from './deep-freeze.ts';
import { CALL, type Gate, type GuardedContext, guardTap } from './hook-guard.ts';

type Tap = (value: unknown, context: HookContext) => unknown;

interface TapRecord {
  readonly plugin: string;
  readonly stage: Stage;
  readonly fn: Tap;
}

type Arguments = [unknown, GuardedContext];
type AsyncHook =
  | AsyncSeriesHook<Arguments>
  | AsyncParallelHook<Arguments>
  | AsyncSeriesWaterfallHook<Arguments>
  | AsyncSeriesBailHook<Arguments, unknown>;
type SyncHook = SyncWaterfallHook<Arguments>;

/** One hook of the catalogue with the taps that plugins have put on it. */
export interface HookSlot {
  readonly name: string;
  readonly definition: HookDefinition;
  tap(plugin: string, fn: Tap, stage?: Stage): () => void;
  call(value: unknown, context: HookContext): Promise<unknown>;
  callSync(value: unknown, context: HookContext): unknown;
  /** Runs the taps of one plugin only, also where it is (already) off. */
  callFor(plugin: string, value: unknown, context: HookContext): Promise<unknown>;
  isUsed(projectId?: number): boolean;
  /** Plugins that tap it, in the order of their calls. */
  plugins(): readonly string[];
}

/**
 * tapable has no untap, by design. So the slot keeps the taps as records and builds the tapable hook from them when it is
 * next called; adding or removing a record drops the built hook (about 15 µs a rebuild, no growth over many rounds).
 */
export function createHookSlot(
  name: string,
  definition: HookDefinition,
  gate: Gate,
  order: (plugin: string) => number,
): HookSlot {
  let records: readonly TapRecord[] = [];
  // tapable's classes cannot be told apart by instanceof; the kind of the hook says which of the two it is.
  const isSync = definition.kind === 'syncWaterfall';
  let built: AsyncHook | SyncHook | undefined;

  function build(): AsyncHook | SyncHook {
    const hook = newHook(definition.kind);
    hook.intercept({
      register(tap) {
        const guarded = guardTap(tap.name, name, definition, tap.fn as Tap, gate);
        // tapable insists on a promise; a plugin's tap need not be async.
        return { ...tap, fn: isSync ? guarded : async (...args: Arguments) => guarded(...args) };
      },
    });
    for (const record of inOrder(records, order)) {
      if (isSync) (hook as SyncHook).tap(record.plugin, record.fn as never);
      else (hook as AsyncHook).tapPromise(record.plugin, record.fn as never);
    }
    return hook;
  }

  function prepare(value: unknown, context: HookContext, target?: string): [unknown, GuardedContext] {
    const guarded = {
      ...context,
      [CALL]: { spentMs: new Map<string, number>(), ...(target === undefined ? {} : { target }) },
    };
    return [deepFreeze(value), Object.freeze(guarded)];
  }

  async function run(value: unknown, context: HookContext, target?: string): Promise<unknown> {
    const isWaterfall = definition.kind === 'waterfall';
    if (records.length === 0) return isWaterfall ? value : undefined;
    if (isSync) throw new TypeError(`Hook ${name} is synchronous: use callSync.`);
    return ((built ??= build()) as AsyncHook).promise(...prepare(value, context, target));
  }

  return {
    name,
    definition,
    tap(plugin, fn, stage = 'default') {
      const record: TapRecord = { plugin, fn, stage };
      records = [...records, record];
      built = undefined;
      return () => {
        records = records.filter((other) => other !== record);
        built = undefined;
      };
    },
    call: (value, context) => run(value, context),
    callFor: (plugin, value, context) => run(value, context, plugin),
    callSync(value, context) {
      if (records.length === 0) return value;
      if (!isSync) throw new TypeError(`Hook ${name} is asynchronous: use call.`);
      return ((built ??= build()) as SyncHook).call(...prepare(value, context));
    },
    isUsed: (projectId) => records.some((record) => gate.isOn(record.plugin, projectId)),
    plugins: () => inOrder(records, order).map((record) => record.plugin),
  };
}

function newHook(kind: HookDefinition['kind']): AsyncHook | SyncHook {
  switch (kind) {
    case 'series':
      return new AsyncSeriesHook(['value', 'context']);
    case 'parallel':
      return new AsyncParallelHook(['value', 'context']);
    case 'waterfall':
      return new AsyncSeriesWaterfallHook(['value', 'context']);
    case 'bail':
      return new AsyncSeriesBailHook(['value', 'context']);
    case 'syncWaterfall':
      return new SyncWaterfallHook(['value', 'context']);
  }
}

/** By stage, then in the order in which the plugins start, then as they were tapped. */
function inOrder(records: readonly TapRecord[], order: (plugin: string) => number): readonly TapRecord[] {
  return records
    .map((record, index) => ({ record, index }))
    .sort(
      (a, b) =>
        STAGES.indexOf(a.record.stage) - STAGES.indexOf(b.record.stage) ||
        order(a.record.plugin) - order(b.record.plugin) ||
        a.index - b.index,
    )
    .map(({ record }) => record);
}
