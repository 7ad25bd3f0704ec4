import type { Logger } from '@exact/sdk/server';
import type { Config } from './config.ts';
import type { Database } from './db/database.ts';
import type { Outbox } from './db/outbox.ts';
import type { HookCallers } from './kernel/hook-caller.ts';

/** What every domain module is made from. */
export interface Services {
  readonly config: Config;
  readonly log: Logger;
  readonly database: Database;
  readonly hooks: HookCallers;
  readonly outbox: Outbox;
}
