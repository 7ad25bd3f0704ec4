import type { Logger } from '@exact/sdk/server';
import type pg from 'pg';
import { MOVE_TICK, SEQUENCE } from './store.ts';

/** Locks are numbers in two parts; ours have this first part, see `LOCK` in ../migrate.ts for another one. */
const LOCKS = 727_002;
const SEQUENCER = 0;
const CHANNEL = 'exact_outbox';

/**
 * The one connection of a process that hears notices and holds locks. When it breaks, PostgreSQL gives the locks to
 * another process at once, so a lock held means: this process, and no other.
 */
export interface Line {
  /** Connects, unless it is connected. */
  open(): Promise<void>;
  close(): void;
  isSequencer(): boolean;
  /** Takes up numbering, unless another process does it. */
  trySequencer(): Promise<boolean>;
  /** Numbers a batch of events. @returns how many */
  sequence(): Promise<number>;
  /** Tells all processes the time, see {@link MOVE_TICK}. */
  moveTick(): Promise<void>;
  notify(notice: 'wake'): Promise<void>;
  onNotice(handler: (notice: string) => void): void;
  /** Notices of another kind by the same connection; `name` is an identifier of PostgreSQL, without quotes. */
  channel(name: string): Channel;
  /** Takes the lock of a name; it is lost with the connection, then `isHeld` says so. */
  tryLock(name: string): Promise<boolean>;
  isHeld(name: string): boolean;
  unlock(name: string): Promise<void>;
}

/** What processes tell each other now and nobody keeps: lost while the connection is, and never part of a transaction. */
export interface Channel {
  /** To all other processes; below 8,000 bytes. Fails while there is no connection. */
  send(notice: string): Promise<void>;
  /** What others have sent. The handler must not throw. */
  onNotice(handler: (notice: string) => void): void;
}

export function createLine(pool: pg.Pool, log: Logger): Line {
  let client: pg.PoolClient | undefined;
  let opening: Promise<void> | undefined;
  let isSequencer = false;
  const hearers = new Map<string, (notice: string) => void>();
  const held = new Set<string>();
  /** One query after the other, as `pg` wants it. */
  let turns: Promise<unknown> = Promise.resolve();

  function drop(broken: pg.PoolClient): void {
    if (client !== broken) return;
    client = undefined;
    isSequencer = false;
    held.clear();
    // Destroys the connection: it must not go back into the pool with its locks.
    broken.release(true);
  }

  async function connect(): Promise<void> {
    const next = await pool.connect();
    client = next;
    next.once('error', () => drop(next));
    next.once('end', () => drop(next));
    next.on('notification', ({ channel, payload, processId }) => {
      // Own notices come back as well.
      if (processId !== (next as unknown as { processID: number }).processID) hearers.get(channel)?.(payload ?? '');
    });
    for (const channel of new Set([CHANNEL, ...hearers.keys()])) await query(`listen ${channel}`);
  }

  function query<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
    const result = turns.then(() => queryNow<T>(text, values));
    turns = result.catch(() => undefined);
    return result;
  }

  async function queryNow<T extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<T[]> {
    const used = client;
    if (!used) throw new Error('The connection for events is closed.');
    try {
      return (await used.query<T>(text, values)).rows;
    } catch (error) {
      log.debug({ err: error }, 'the connection for events is made anew');
      drop(used);
      throw error;
    }
  }

  async function lock(second: string, value: number | string): Promise<boolean> {
    const [row] = await query<{ ok: boolean }>(`select pg_try_advisory_lock(${LOCKS}, ${second}) as ok`, [value]);
    return row?.ok ?? false;
  }

  async function notify(channel: string, notice: string): Promise<void> {
    await query('select pg_notify($1, $2)', [channel, notice]);
  }

  return {
    async open() {
      if (client) return;
      await (opening ??= connect().finally(() => (opening = undefined)));
    },
    close() {
      if (client) drop(client);
    },
    isSequencer: () => isSequencer,
    async trySequencer() {
      isSequencer ||= await lock('$1::int', SEQUENCER);
      return isSequencer;
    },
    async sequence() {
      const [row] = await query<{ count: number }>(SEQUENCE);
      return row?.count ?? 0;
    },
    async moveTick() {
      await query(MOVE_TICK);
    },
    notify: (notice) => notify(CHANNEL, notice),
    onNotice: (handler) => void hearers.set(CHANNEL, handler),
    channel: (name) => ({
      send: (notice) => notify(name, notice),
      onNotice(handler) {
        hearers.set(name, handler);
        // Should it fail, the connection is made anew, and then listens to this channel as well.
        if (client) query(`listen ${name}`).catch(() => undefined);
      },
    }),
    async tryLock(name) {
      if (held.has(name)) return true;
      const ok = await lock('hashtext($1)', name);
      if (ok) held.add(name);
      return ok;
    },
    isHeld: (name) => held.has(name),
    async unlock(name) {
      if (held.delete(name)) await query(`select pg_advisory_unlock(${LOCKS}, hashtext($1))`, [name]);
    },
  };
}
