import type { Sql } from '@exact/sdk/server';
import type pg from 'pg';
import type { Services } from '../services.ts';

/** What has to be forgotten: all about a person, one session, one token, what people see of a project, or who may read what. */
export type AccessNotice =
  | { readonly about: 'user' | 'session' | 'token' | 'project'; readonly id: number }
  | { readonly about: 'grants' }
  | { readonly about: 'everything' };

/**
 * Keeps the caches of credentials and rights of all processes right: a change tells this process by a call and the others by
 * `NOTIFY`, in the transaction of the change. A listener that lost its line forgets everything when it is back.
 */
export interface AccessNotices {
  /** Tells the other processes, when the transaction of `sql` commits. */
  send(sql: Sql, notice: AccessNotice): Promise<void>;
  /** Tells this process, at once. Call it after the commit. */
  apply(notice: AccessNotice): void;
  /** @returns takes the listener away */
  on(listener: (notice: AccessNotice) => void): () => void;
  /** Begins to hear other processes; resolves when it does, or when the first try failed (it goes on trying). */
  start(): Promise<void>;
  close(): Promise<void>;
}

const CHANNEL = 'exact_auth';
const RETRY_MS = 500;

export function createAccessNotices({ database, log }: Pick<Services, 'database' | 'log'>): AccessNotices {
  const listeners = new Set<(notice: AccessNotice) => void>();
  let client: pg.PoolClient | undefined;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;

  const apply = (notice: AccessNotice): void => listeners.forEach((listener) => listener(notice));

  const lose = (lost: pg.PoolClient): void => {
    if (client !== lost) return;
    client = undefined;
    lost.release(true); // a connection that listens must not go back into the pool
    apply({ about: 'everything' });
    if (!isClosed) retry = setTimeout(() => void listen(), RETRY_MS).unref();
  };

  const listen = async (): Promise<void> => {
    let fresh: pg.PoolClient | undefined;
    try {
      fresh = await database.pool.connect();
      const listening = fresh;
      listening.on('notification', (message) => apply(parse(message.payload)));
      listening.once('error', () => lose(listening));
      listening.once('end', () => lose(listening));
      client = listening;
      await listening.query(`listen ${CHANNEL}`);
      apply({ about: 'everything' }); // what was missed while nobody listened
      if (isClosed) lose(listening);
    } catch (error) {
      log.warn({ err: (error as Error).message }, 'cannot listen for changes of rights; trying again');
      if (fresh) lose(fresh);
      else if (!isClosed) retry = setTimeout(() => void listen(), RETRY_MS).unref();
    }
  };

  return {
    apply,
    start: listen,
    async send(sql, notice) {
      await sql.query('select pg_notify($1, $2)', [CHANNEL, JSON.stringify(notice)]);
    },
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      isClosed = true;
      clearTimeout(retry);
      if (client) lose(client);
    },
  };
}

/** A payload of a newer version that this one does not know makes it forget everything rather than too little. */
function parse(payload: string | undefined): AccessNotice {
  try {
    const notice = JSON.parse(payload ?? '') as AccessNotice;
    if (['user', 'session', 'token', 'project', 'grants'].includes(notice.about)) return notice;
  } catch {
    // not ours, or not JSON
  }
  return { about: 'everything' };
}
