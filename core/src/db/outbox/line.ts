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
  /** Takes the lock of a name; it is lost with the connection, then `isHeld` says so. */
  tryLock(name: string): Promise<boolean>;
  isHeld(name: string): boolean;
  unlock(name: string): Promise<void>;
}

export function createLine(pool: pg.Pool, log: Logger): Line {
  let client: pg.PoolClient | undefined;
  let opening: Promise<void> | undefined;
  let isSequencer = false;
  let hear: (notice: string) => void = () => undefined;
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
    next.on('notification', ({ payload, processId }) => {
      // Own notices come back as well.
      if (processId !== (next as unknown as { processID: number }).processID) hear(payload ?? '');
    });
    await query(`listen ${CHANNEL}`);
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
    async notify(notice) {
      await query('select pg_notify($1, $2)', [CHANNEL, notice]);
    },
    onNotice(handler) {
      hear = handler;
    },
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
