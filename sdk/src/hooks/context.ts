import type { Principal } from '../server/principal.ts';
import type { Sql } from '../server/services.ts';
import type { Logger } from '../server/logger.ts';

/** Second argument of every tap. New data about a call goes here, never into a third argument. */
export interface HookContext {
  /** Who caused it; absent for the platform itself (start, sweeps). */
  readonly principal?: Principal;
  /** The project that it happens in; absent outside of projects. Taps of plugins that are off there do not run. */
  readonly projectId?: number;
  readonly requestId: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Inside a transaction: its connection. What is done through it is stored or lost with the data. */
  readonly sql?: Sql;
}
