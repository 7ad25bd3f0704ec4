import type { Sql } from '@exact/sdk/server';
import type pg from 'pg';

/** Speaks SQL through a pool (each query on its own) or through one client (inside a transaction). */
export function sqlOn(connection: pg.Pool | pg.PoolClient): Sql {
  return {
    async query<T extends object>(text: string, values: readonly unknown[] = []): Promise<T[]> {
      const result = await connection.query(text, values as unknown[]);
      return result.rows as T[];
    },
  };
}

/** Runs `work` in one transaction; rolls back and passes on whatever it throws. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((lost: Error) => {
      broken = lost; // the connection died: it must not go back into the pool
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
