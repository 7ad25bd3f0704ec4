import type { KeyValue, KeyValueScope } from '@exact/sdk/server';
import { InvalidRequestError } from '@exact/sdk/contract';
import type { Database } from '../db/database.ts';

/** Largest document in bytes of JSON. */
export const DOCUMENT_LIMIT = 64 * 1024;

/** Documents of all plugins; each sees its own only. */
export interface PluginDocuments {
  of(plugin: string): KeyValue;
}

export function createPluginDocuments({ database }: { readonly database: Database }): PluginDocuments {
  const where =
    'plugin_id = $1 and project_id is not distinct from $2 and user_id is not distinct from $3 and key = $4';
  return {
    of(plugin) {
      const keys = (scope: KeyValueScope, key: string): unknown[] => [
        plugin,
        scope.projectId ?? null,
        scope.userId ?? null,
        key,
      ];
      return {
        async get(scope, key) {
          const [row] = await database.sql.query<{ value: unknown }>(
            `select value from core.plugin_document where ${where}`,
            keys(scope, key),
          );
          return row?.value;
        },
        async set(scope, key, value) {
          const json = JSON.stringify(value);
          if (json === undefined || Buffer.byteLength(json) > DOCUMENT_LIMIT) {
            throw new InvalidRequestError({
              fields: [{ path: 'body.value', message: `must be JSON of at most ${DOCUMENT_LIMIT} bytes` }],
            });
          }
          await database.sql.query(
            `insert into core.plugin_document (plugin_id, project_id, user_id, key, value) values ($1, $2, $3, $4, $5::jsonb)
             on conflict (plugin_id, project_id, user_id, key) do update set value = excluded.value, changed_at = now()`,
            [...keys(scope, key), json],
          );
        },
        async delete(scope, key) {
          await database.sql.query(`delete from core.plugin_document where ${where}`, keys(scope, key));
        },
      };
    },
  };
}
