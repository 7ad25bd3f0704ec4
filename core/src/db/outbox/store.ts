import type { LiveEvent } from '@exact/sdk/contract';
import type { Sql } from '@exact/sdk/server';

/** Most events numbered, read or told at once. */
export const BATCH = 500;

export interface EventRow {
  readonly position: number;
  readonly event: LiveEvent;
}

/** Columns of an event as it is written; its place in the order comes after the commit. */
export const EVENT_COLUMNS = 'topic, project_id, event';
export const eventValues = (event: LiveEvent): unknown[] => [event.topic, event.projectId, JSON.stringify(event)];

export async function append(sql: Sql, event: LiveEvent): Promise<number> {
  const [row] = await sql.query<{ id: string }>(
    `insert into core.outbox (${EVENT_COLUMNS}) values ($1, $2, $3) returning id`,
    eventValues(event),
  );
  return Number(row?.id);
}

/**
 * Numbers committed events in the order of their ids, and tells the other processes. Only for the holder of the
 * sequencer's lock: two at once could commit higher numbers before lower ones.
 */
export const SEQUENCE = `
  with ready as materialized (
    select id from core.outbox where position is null order by id limit ${BATCH}
  ), placed as materialized (
    select id, nextval('core.outbox_position') as position from (select id from ready order by id) as in_order
  ), done as (
    update core.outbox o set position = placed.position from placed where o.id = placed.id returning o.position
  )
  select count(*)::int as count, case when count(*) > 0 then pg_notify('exact_outbox', 'placed') end from done`;

export async function readAfter(
  sql: Sql,
  position: number,
  only: { readonly projects?: readonly number[]; readonly topic?: string; readonly limit?: number } = {},
): Promise<EventRow[]> {
  const rows = await sql.query<{ position: string; event: LiveEvent }>(
    `select position, event from core.outbox
     where position > $1 and ($2::int[] is null or project_id = any($2)) and ($3::text is null or topic = $3)
     order by position limit $4`,
    [position, only.projects ?? null, only.topic ?? null, only.limit ?? BATCH],
  );
  return rows.map((row) => ({ position: Number(row.position), event: row.event }));
}

const SWEPT = `coalesce((select (value #>> '{}')::bigint from core.instance_value where key = 'outbox.swept'), 0)`;
const LAST = `greatest(coalesce((select max(position) from core.outbox), 0), ${SWEPT})`;

export async function lastPosition(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ last: string }>(`select ${LAST} as last`);
  return Number(row?.last ?? 0);
}

/** Tells whether all events after a position are still there. One beyond the end comes from another database. */
export async function isKept(sql: Sql, position: number): Promise<boolean> {
  const [row] = await sql.query<{ kept: boolean }>(`select $1::bigint between ${SWEPT} and ${LAST} as kept`, [
    position,
  ]);
  return row?.kept ?? false;
}

/** Reads a cursor; nothing when it is none. */
export function positionOf(cursor: string): number | undefined {
  if (!/^\d{1,15}$/.test(cursor)) return undefined;
  return Number(cursor);
}

/** Removes events older than `days`, but none that a plugin has yet to handle. @returns how many */
export async function sweep(sql: Sql, days: number): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `with gone as (
       delete from core.outbox
       where position <= coalesce((select min(position) from core.event_cursor), 9223372036854775807)
         and at < now() - make_interval(days => $1)
       returning position
     ), told as (
       insert into core.instance_value (key, value)
       select 'outbox.swept', to_jsonb(max(position)) from gone having count(*) > 0
       on conflict (key) do update set value = excluded.value
     )
     select count(*)::int as count from gone`,
    [days],
  );
  return row?.count ?? 0;
}
