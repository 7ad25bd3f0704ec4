import type { LiveEvent } from '@exact/sdk/contract';
import type { Sql } from '@exact/sdk/server';

/** Events written in the transaction of their data and delivered after its commit, in order, at least once. */
export interface Outbox {
  /** Writes an event through the connection of the data's transaction. @returns its row id */
  append(sql: Sql, event: LiveEvent): Promise<number>;
  /** Call after the commit: delivery starts at once instead of with the next poll. */
  wake(): void;
}
