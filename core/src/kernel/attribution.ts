import { AsyncLocalStorage } from 'node:async_hooks';

export interface Attribution {
  readonly plugin: string;
  /** What of the plugin is running: `hook annotations.beforeCreate`, `setup`, `job format-image:pyramid`. */
  readonly doing: string;
}

const storage = new AsyncLocalStorage<Attribution>();

/** Runs `work` so that whatever it starts, however late it fails, can be laid at the plugin's door. */
export function attribute<T>(attribution: Attribution, work: () => T): T {
  return storage.run(attribution, work);
}

/** The plugin whose code is running; also inside `unhandledRejection`, which Node calls in the context of the promise. */
export function currentAttribution(): Attribution | undefined {
  return storage.getStore();
}
