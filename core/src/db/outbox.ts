import type { LiveEvent } from '@exact/sdk/contract';
import type { Logger, Sql } from '@exact/sdk/server';
import type { Database } from './database.ts';
import { createDeliveries } from './outbox/deliveries.ts';
import { type Channel, createLine } from './outbox/line.ts';
import { createPump, type Why } from './outbox/pump.ts';
import * as store from './outbox/store.ts';

/** Events written in the transaction of their data and delivered after its commit, in order, at least once. */
export interface Outbox {
  /** Writes an event through the connection of the data's transaction. @returns its row id */
  append(sql: Sql, event: LiveEvent): Promise<number>;
  /** Call after the commit: delivery starts at once instead of with the next poll. */
  wake(): void;
}

/** An event with its place in the one order that all readers see; the cursor is the place as text. */
export interface SequencedEvent {
  readonly cursor: string;
  readonly event: LiveEvent;
}

/** The outbox with its delivery. One for each process; any number of processes may share a database. */
export interface EventOutbox extends Outbox {
  start(): void;
  /** Ends delivery; what is not delivered yet stays in the database. */
  stop(): Promise<void>;
  /**
   * Cursor from which a reader misses nothing that is committed from now on: the last full second or two before, by the
   * database's clock. It tells the time and nothing else, so everybody may have it.
   */
  current(): Promise<string>;
  /** Place of the last event that this process knows of: tells whether others do something, so it is for the server only. */
  last(): Promise<number>;
  /**
   * Reads what came after a cursor in some projects, oldest first.
   *
   * @returns nothing when the cursor is none of ours, or so old that events after it have been swept
   */
  after(cursor: string, projects: readonly number[], limit: number): Promise<SequencedEvent[] | undefined>;
  /** Is told of all events from now on, in order, in batches; also of those of other processes. Must not throw. */
  subscribe(handler: (events: readonly SequencedEvent[]) => void): () => void;
  /**
   * Delivers events to a plugin from where it stopped last time, at least once and in order, by one process at a time. A
   * handler that throws or takes longer than a minute is called again with the same event, later and later (at most every
   * minute). A plugin that subscribes for the first time gets what comes from then on.
   */
  on(pluginId: string, topic: LiveEvent['topic'], handle: (event: LiveEvent) => Promise<void>): () => void;
  /** Forgets how far a plugin was: for plugins that are removed for good, so that they do not keep old events. */
  forget(pluginId: string): Promise<void>;
  /** Something that processes tell each other beside events, by the one connection that each of them listens on. */
  channel(name: string): Channel;
  /** Removes events older than `days` that all plugins have handled. Runs by itself once an hour. */
  sweep(days?: number): Promise<number>;
}

const KEPT_DAYS = 7;
const SWEEP_EVERY_MS = 3_600_000;

/**
 * Makes the outbox of this process.
 *
 * Rows are written without a place in the order; after their commit one process at a time, the sequencer, numbers them by
 * the clock. So a transaction that ends late gets a late number, and a reader who remembers a number never misses a row. Once
 * a second the sequencer writes down the time, the tick: what it numbers later comes after it. A NOTIFY by
 * the sequencer for each batch, never one in the transaction of the data: that was measured at a third of the commits a
 * second. Survives the loss of the database: what was committed is delivered when it is back.
 */
export function createOutbox(database: Database, log: Logger): EventOutbox {
  const listeners = new Set<(events: readonly SequencedEvent[]) => void>();
  const line = createLine(database.pool, log);
  const deliveries = createDeliveries(database.sql, line, log);
  /** Place of the last event told to the listeners; unknown until the first turn. */
  let tail: number | undefined;
  let findingTail: Promise<number> | undefined;
  /** All events up to here were told to the listeners. */
  let tick: number | undefined;
  let findingTick: Promise<number> | undefined;
  let sweptAt = Date.now();

  const pump = createPump(turn, log);
  line.onNotice((notice) => {
    // "wake": another process has committed something; only the sequencer has to do with it.
    if (notice !== 'wake' || line.isSequencer()) pump.soon();
  });

  async function turn({ isWoken, isPoll }: Why): Promise<void> {
    await line.open();
    await findTail();
    if (await line.trySequencer()) {
      if (isPoll) await line.moveTick();
      while ((await line.sequence()) === store.BATCH);
    } else if (isWoken) {
      await line.notify('wake');
    }
    // Read before the events: all that come before the tick are among them. Not with turns that something woke: then it would
    // be newer where more happens.
    const next = isPoll ? await store.readTick(database.sql) : undefined;
    await tellListeners();
    if (next !== undefined) tick = next;
    deliveries.run(tail ?? 0);
    if (line.isSequencer() && Date.now() - sweptAt > SWEEP_EVERY_MS) await sweep();
  }

  /** Where this process begins. Asked once: who was told it as a cursor must get all that comes after. */
  async function findTail(): Promise<number> {
    findingTail ??= store.lastPosition(database.sql).then((position) => (tail = position));
    return findingTail.catch((error: unknown) => {
      findingTail = undefined;
      throw error;
    });
  }

  /** Before the first turn the one of the database will do: whatever it numbers from now on comes later. */
  async function findTick(): Promise<number> {
    if (pump.isStarted()) await findTail();
    findingTick ??= store.readTick(database.sql).finally(() => (findingTick = undefined));
    return findingTick;
  }

  async function tellListeners(): Promise<void> {
    for (;;) {
      const rows = await store.readAfter(database.sql, tail ?? 0);
      if (rows.length === 0) return;
      tail = rows.at(-1)?.position ?? tail;
      const events = rows.map(toSequenced);
      for (const listener of listeners) {
        try {
          listener(events);
        } catch (error) {
          log.error({ err: error }, 'a listener of the outbox failed');
        }
      }
      if (rows.length < store.BATCH) return;
    }
  }

  async function sweep(days = KEPT_DAYS): Promise<number> {
    sweptAt = Date.now();
    await deliveries.save();
    return store.sweep(database.sql, days);
  }

  return {
    append: store.append,
    wake: pump.wake,
    start: pump.start,
    async stop() {
      await pump.stop();
      await deliveries.stop();
      line.close();
    },
    current: async () => String(tick ?? (await findTick())),
    last: async () => tail ?? (pump.isStarted() ? findTail() : store.lastPosition(database.sql)),
    async after(cursor, projects, limit) {
      const position = store.positionOf(cursor);
      if (position === undefined || !(await store.isKept(database.sql, position))) return undefined;
      return (await store.readAfter(database.sql, position, { projects, limit })).map(toSequenced);
    },
    subscribe(handler) {
      listeners.add(handler);
      return () => listeners.delete(handler);
    },
    on(pluginId, topic, handle) {
      const off = deliveries.add(pluginId, topic, handle);
      pump.soon();
      return off;
    },
    async forget(pluginId) {
      await database.sql.query('delete from core.event_cursor where plugin_id = $1', [pluginId]);
    },
    channel: line.channel,
    sweep,
  };
}

function toSequenced(row: store.EventRow): SequencedEvent {
  return { cursor: String(row.position), event: row.event };
}
