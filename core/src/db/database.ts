import { MikroORM, type EntityManager, type Options } from '@mikro-orm/postgresql';
import type { Logger, Sql } from '@exact/sdk/server';
import { CompiledQuery, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import { entities } from './entities.ts';
import { sqlOn } from './sql.ts';

/** How to reach PostgreSQL: an address, or a socket folder of the embedded one. */
export interface DatabaseAddress {
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly database?: string;
}

/** A unit of work: entities through `em`, plain statements through `sql`, both on one connection and in one transaction. */
export interface UnitOfWork {
  readonly em: EntityManager;
  readonly sql: Sql;
}

export interface Database {
  /** For lists, bulk and everything measured; each statement on its own. */
  readonly sql: Sql;
  readonly pool: pg.Pool;
  /** A fresh entity manager for reading and for small changes outside of {@link transaction}. */
  em(): EntityManager;
  transaction<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T>;
  /** Whether a statement gets an answer now; for the readiness check. */
  isReachable(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens the one pool that entities, plain SQL and jobs share.
 *
 * A lost connection never ends the process: the query in flight fails with its error, the next one connects again.
 */
export async function openDatabase(
  address: DatabaseAddress,
  log: Logger,
  options: { readonly connections?: number } = {},
): Promise<Database> {
  const pool = new pg.Pool({
    ...poolOptions(address),
    max: options.connections ?? 20,
    connectionTimeoutMillis: 2000,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true, // what waits for work keeps no process alive
    application_name: 'exact',
  });
  pool.on('error', (error) => log.warn({ err: error.message }, 'an idle database connection was lost'));
  pool.on('connect', (client) =>
    client.on('error', (error) => log.warn({ err: error.message }, 'a database connection was lost')),
  );
  const ormOptions: Options = {
    entities,
    dbName: address.database ?? 'exact',
    driverOptions: new PostgresDialect({ pool }),
    // The schema is made by migrations; entities only map it.
    ensureDatabase: false,
    allowGlobalContext: false,
  };
  const orm = await MikroORM.init(ormOptions);
  return {
    sql: sqlOn(pool),
    pool,
    em: () => orm.em.fork(),
    transaction: (work) => orm.em.fork().transactional((em) => work({ em, sql: sqlOfTransaction(em) })),
    async isReachable() {
      try {
        await pool.query('select 1');
        return true;
      } catch {
        return false;
      }
    },
    async close() {
      await orm.close(true);
    },
  };
}

export function poolOptions(address: DatabaseAddress): pg.PoolConfig {
  if (address.url) return { connectionString: address.url };
  return { host: address.host, port: address.port, user: address.user, database: address.database } as pg.PoolConfig;
}

function sqlOfTransaction(em: EntityManager): Sql {
  const transaction = em.getTransactionContext<Transaction<unknown>>();
  if (!transaction) throw new Error('sqlOfTransaction was called outside of a transaction.');
  return {
    async query<T extends object>(text: string, values: readonly unknown[] = []): Promise<T[]> {
      const result = await transaction.executeQuery<T>(CompiledQuery.raw(text, [...values]));
      return result.rows;
    },
  };
}
