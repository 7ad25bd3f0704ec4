import { fileURLToPath } from 'node:url';
import type { LiveEvent } from '@exact/sdk/contract';
import { type HookContext, type HookDefinition, hookCatalogue, type HookName } from '@exact/sdk/hooks';
import type { Logger } from '@exact/sdk/server';
import { type Config, loadConfig } from './config.ts';
import { type AccessNotices, createAccessNotices } from './auth/notices.ts';
import { createSeeing, type SeeingServices } from './auth/seeing.ts';
import { openDatabase } from './db/database.ts';
import { migrate } from './db/migrate.ts';
import type { Outbox } from './db/outbox.ts';
import { createTestDatabase } from './db/test-database.ts';
import type { HookCallers } from './kernel/hook-caller.ts';
import type { Services } from './services.ts';

const MIGRATIONS = fileURLToPath(new URL('./db/migrations', import.meta.url));

type TestTap = (value: never, context: HookContext) => unknown;

/** Services over a real database of one's own, without kernel and HTTP: for tests of domain modules. */
export interface TestServices extends SeeingServices {
  /** `apply` makes what is known of people and modes be looked up again. */
  readonly notices: AccessNotices;
  /** One function a hook, as if one plugin tapped it: `taps.set('auth.authorize', fn)`. */
  readonly taps: Map<HookName, TestTap>;
  /** Events in the order in which they were written, those of transactions that were rolled back included. */
  readonly events: LiveEvent[];
  close(): Promise<void>;
}

/** Opens a fresh, migrated database and puts simple hooks and a recording outbox around it. */
export async function createTestServices(config: Partial<Config> = {}): Promise<TestServices> {
  const test = await createTestDatabase(prepareTemplate, 'core migrations');
  const database = await openDatabase({ url: test.url }, quietLog);
  const taps = new Map<HookName, TestTap>();
  const events: LiveEvent[] = [];
  const services: Services = {
    config: { ...loadConfig({}), ...config },
    log: quietLog,
    database,
    hooks: hooksOver(taps),
    outbox: outboxInto(events),
  };
  const notices = createAccessNotices(services);
  return {
    ...services,
    seeing: createSeeing(services, notices),
    notices,
    taps,
    events,
    async close() {
      await database.close();
      await test.drop();
    },
  };
}

export async function prepareTemplate(url: string): Promise<void> {
  const database = await openDatabase({ url }, quietLog);
  await migrate(database.pool, 'core', MIGRATIONS, quietLog);
  await database.close();
}

/** Says nothing. */
export const quietLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quietLog,
};

function hooksOver(taps: ReadonlyMap<HookName, TestTap>): HookCallers {
  const callers: Record<string, Record<string, unknown>> = {};
  for (const [group, hooks] of Object.entries(hookCatalogue)) {
    callers[group] = {};
    for (const [name, definition] of Object.entries<HookDefinition>(hooks)) {
      callers[group][name] = callerOf(definition, () => taps.get(`${group}.${name}` as HookName));
    }
  }
  return callers as unknown as HookCallers;
}

/** Without the guard of the kernel: what a tap throws reaches the caller. */
function callerOf(definition: HookDefinition, tap: () => TestTap | undefined) {
  const isWaterfall = definition.kind === 'waterfall' || definition.kind === 'syncWaterfall';
  const call = (value: unknown, context: HookContext): unknown => tap()?.(value as never, context);
  return {
    isUsed: () => tap() !== undefined,
    callSync: (value: unknown, context: HookContext) => call(value, context) ?? (isWaterfall ? value : undefined),
    call: async (value: unknown, context: HookContext) =>
      (await call(value, context)) ?? (isWaterfall ? value : undefined),
  };
}

function outboxInto(events: LiveEvent[]): Outbox {
  return {
    async append(sql, event) {
      events.push(event);
      const [row] = await sql.query<{ id: string }>(
        'insert into core.outbox (topic, project_id, event) values ($1, $2, $3) returning id',
        [event.topic, event.projectId, JSON.stringify(event)],
      );
      return Number(row?.id);
    },
    wake: () => undefined,
  };
}
