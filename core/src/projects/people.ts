import { NotFoundError, type Person } from '@exact/sdk/contract';
import type { Sql } from '@exact/sdk/server';
import { normalizeUsername } from '../auth/users.ts';

export interface PersonRow {
  readonly id: number;
  readonly username: string;
  readonly display_name: string;
  readonly state: Person['state'];
}

export function personView(row: PersonRow): Person {
  return { id: row.id, username: row.username, displayName: row.display_name, state: row.state };
}

/** @throws {@link NotFoundError} for unknown names, and for people who cannot sign in unless `any state` is asked for */
export async function findPerson(
  sql: Sql,
  username: string,
  states: 'active' | 'any state' = 'active',
): Promise<PersonRow> {
  const [row] = await sql.query<PersonRow>(
    'select id, username, display_name, state from core.app_user where lower(username) = lower($1)',
    [normalizeUsername(username)],
  );
  if (!row || (states === 'active' && row.state !== 'active'))
    throw new NotFoundError({ what: 'active user', id: username });
  return row;
}
