import type { LiveEvent } from '@exact/sdk/contract';
import type { Logger, Sql } from '@exact/sdk/server';
import type { Line } from './line.ts';
import { readAfter } from './store.ts';

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 60_000;
const HANDLER_LIMIT_MS = 60_000;
const PAGE = 100;
/** A plugin that has nothing to do is noted as up to date this often, so that it does not keep old events. */
const SAVE_IDLE_EVERY_MS = 600_000;

interface Subscription {
  readonly key: string;
  readonly pluginId: string;
  readonly topic: string;
  readonly handle: (event: LiveEvent) => Promise<void>;
  /** Where delivery stood when it subscribed; unknown before the start. */
  readonly since: number | undefined;
  /** Everything up to here is handled; unknown until the lock is held. */
  position: number | undefined;
  savedAt: number;
  failures: number;
  retry: NodeJS.Timeout | undefined;
  isStopped: boolean;
  isAsked: boolean;
  work: Promise<void> | undefined;
}

export interface Deliveries {
  add(pluginId: string, topic: string, handle: (event: LiveEvent) => Promise<void>): () => void;
  /** Looks for events up to `tail` for all subscriptions; each works on its own, none waits for another. */
  run(tail: number): void;
  /** Notes how far each subscription is. */
  save(): Promise<void>;
  stop(): Promise<void>;
}

/** Brings events to plugins in order and at least once: the cursor moves only after the handler is through. */
export function createDeliveries(sql: Sql, line: Line, log: Logger): Deliveries {
  const subscriptions = new Map<string, Subscription>();
  /** Ends of those taken away, so that the next one of the same name does not run beside it. */
  const endings = new Map<string, Promise<void>>();
  let lastTail: number | undefined;

  function ask(subscription: Subscription): void {
    if (subscription.isStopped || subscription.retry) return;
    if (subscription.work) {
      subscription.isAsked = true;
      return;
    }
    subscription.isAsked = false;
    subscription.work = attend(subscription)
      .catch((error: unknown) => {
        log.debug({ err: error, plugin: subscription.pluginId }, 'delivery to a plugin waits for the database');
      })
      .finally(() => {
        subscription.work = undefined;
        if (subscription.isAsked) ask(subscription);
      });
  }

  async function attend(subscription: Subscription): Promise<void> {
    await endings.get(subscription.key);
    if (!line.isHeld(subscription.key)) {
      if (!(await line.tryLock(subscription.key))) return; // another process delivers to this plugin
      subscription.position = undefined;
    }
    subscription.position ??= await readCursor(sql, subscription, lastTail ?? 0);
    while (!subscription.isStopped && line.isHeld(subscription.key)) {
      const tail = lastTail ?? 0;
      const rows = await readAfter(sql, subscription.position, { topic: subscription.topic, limit: PAGE });
      for (const row of rows) {
        if (subscription.isStopped || !line.isHeld(subscription.key)) return;
        if (!(await tryHandle(subscription, row.event))) return;
        subscription.position = row.position;
        await save(subscription);
      }
      if (rows.length === PAGE) continue;
      subscription.position = Math.max(subscription.position, tail);
      if (Date.now() - subscription.savedAt > SAVE_IDLE_EVERY_MS) await save(subscription);
      return;
    }
  }

  async function tryHandle(subscription: Subscription, event: LiveEvent): Promise<boolean> {
    try {
      await withLimit(subscription.handle(event));
      subscription.failures = 0;
      return true;
    } catch (error) {
      const waitMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** subscription.failures++);
      log.warn(
        {
          err: error,
          plugin: subscription.pluginId,
          topic: subscription.topic,
          failures: subscription.failures,
          waitMs,
        },
        'a plugin failed to handle an event and gets it again',
      );
      if (subscription.isStopped) return false;
      subscription.retry = setTimeout(() => {
        subscription.retry = undefined;
        ask(subscription);
      }, waitMs);
      return false;
    }
  }

  async function save(subscription: Subscription): Promise<void> {
    if (subscription.position === undefined) return;
    await sql.query(
      'update core.event_cursor set position = greatest(position, $3) where plugin_id = $1 and topic = $2',
      [subscription.pluginId, subscription.topic, subscription.position],
    );
    subscription.savedAt = Date.now();
  }

  async function end(subscription: Subscription): Promise<void> {
    subscription.isStopped = true;
    clearTimeout(subscription.retry);
    await subscription.work;
    await line.unlock(subscription.key).catch(() => undefined); // a broken line has unlocked already
  }

  return {
    add(pluginId, topic, handle) {
      const key = `${pluginId} ${topic}`;
      if (subscriptions.has(key)) throw new Error(`Plugin "${pluginId}" already handles the event "${topic}".`);
      const subscription: Subscription = {
        key,
        pluginId,
        topic,
        handle: async (event) => handle(event),
        since: lastTail,
        position: undefined,
        savedAt: 0,
        failures: 0,
        retry: undefined,
        isStopped: false,
        isAsked: false,
        work: undefined,
      };
      subscriptions.set(key, subscription);
      return () => {
        if (subscriptions.get(key) !== subscription) return;
        subscriptions.delete(key);
        const ending = end(subscription).finally(() => {
          if (endings.get(key) === ending) endings.delete(key);
        });
        endings.set(key, ending);
      };
    },
    run(tail) {
      lastTail = tail;
      for (const subscription of subscriptions.values()) ask(subscription);
    },
    async save() {
      for (const subscription of subscriptions.values()) if (line.isHeld(subscription.key)) await save(subscription);
    },
    async stop() {
      await Promise.all([...subscriptions.values()].map(end));
      await Promise.all(endings.values());
      subscriptions.clear();
    },
  };
}

/** @returns how far the plugin is; one that subscribes for the first time begins where delivery stood then */
async function readCursor(sql: Sql, { pluginId, topic, since }: Subscription, tail: number): Promise<number> {
  const [row] = await sql.query<{ position: string }>(
    `insert into core.event_cursor (plugin_id, topic, position) values ($1, $2, $3)
     on conflict (plugin_id, topic) do update set position = core.event_cursor.position returning position`,
    [pluginId, topic, since ?? tail],
  );
  return Number(row?.position ?? tail);
}

async function withLimit(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`The handler took longer than ${HANDLER_LIMIT_MS} ms.`)),
      HANDLER_LIMIT_MS,
    );
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
