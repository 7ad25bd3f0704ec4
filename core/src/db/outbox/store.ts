import type { LiveEvent } from '@exact/sdk/contract';
import type { Sql } from '@exact/sdk/server';

/** Most events numbered, read or told at once. */
export const BATCH = 500;
const TICK_US = 1_000_000;

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

/** The database's clock as a place: microseconds since 1970. Fits a number (2^53) until the year 2255. */
const NOW = `(extract(epoch from clock_timestamp()) * 1000000)::bigint`;
const valueOf = (key: string): string =>
  `coalesce((select (value #>> '{}')::bigint from core.instance_value where key = '${key}'), 0)`;
const SWEPT = valueOf('outbox.swept');
const TICK = valueOf('outbox.tick');
const LAST = `greatest(coalesce((select max(position) from core.outbox), 0), ${SWEPT})`;

/**
 * Numbers committed events in the order of their ids, and tells the other processes. Only for the holder of the
 * sequencer's lock: two at once could commit higher numbers before lower ones.
 *
 * A place is the time of the numbering, so that it tells nothing else: a counter would tell each reader how much all the
 * others do. It lies after all places and ticks that were given out before, also when the clock was set back.
 */
export const SEQUENCE = `
  with ready as materialized (
    select id, row_number() over (order by id) as n
    from (select id from core.outbox where position is null order by id limit ${BATCH}) as first
  ), start as materialized (
    select greatest(${LAST}, ${TICK}, ${NOW} - 1) as position where exists (select from ready)
  ), done as (
    update core.outbox o set position = start.position + ready.n from ready, start where o.id = ready.id returning 1
  )
  select count(*)::int as count, case when count(*) > 0 then pg_notify('exact_outbox', 'placed') end from done`;

/**
 * Moves the tick to the last full second of the database's clock. Also only for the sequencer: what it numbers afterwards
 * comes after the tick. Whole seconds, and written whether anything happens or not, so that a tick tells the time only. Not
 * waited for until it is on the disk: one that is lost with the database lies before its clock anyway.
 */
export const MOVE_TICK = `
  with now as materialized (
    select ${NOW} / ${TICK_US} * ${TICK_US} as tick, set_config('synchronous_commit', 'off', true) as quick
  )
  insert into core.instance_value as kept (key, value) select 'outbox.tick', to_jsonb(tick) from now where quick = 'off'
  on conflict (key) do update set value = excluded.value where (kept.value #>> '{}')::bigint < (excluded.value #>> '{}')::bigint`;

export async function readTick(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ tick: string }>(`select ${TICK} as tick`);
  return Number(row?.tick ?? 0);
}

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

export async function lastPosition(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ last: string }>(`select ${LAST} as last`);
  return Number(row?.last ?? 0);
}

/**
 * Tells whether all events after a position are still there. One beyond the clock was never given out. Where the last event
 * is does not matter: who guesses cursors must not find it.
 */
export async function isKept(sql: Sql, position: number): Promise<boolean> {
  const [row] = await sql.query<{ kept: boolean }>(
    `select $1::bigint between ${SWEPT} and greatest(${LAST}, ${TICK}, ${NOW}) as kept`,
    [position],
  );
  return row?.kept ?? false;
}

/** Reads a cursor; nothing when it is none. */
export function positionOf(cursor: string): number | undefined {
  const position = /^\d{1,16}$/.test(cursor) ? Number(cursor) : undefined;
  return Number.isSafeInteger(position) ? position : undefined;
}

/**
 * Removes events older than `days`, but none that a plugin has yet to handle. From then on older cursors are too old, whether
 * there was anything to remove or not.
 *
 * @returns how many
 */
export async function sweep(sql: Sql, days: number): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `with old as materialized (
       select ${NOW} - $1::bigint * 86400000000 as position
     ), gone as (
       delete from core.outbox o using old
       where o.position <= old.position and o.at < now() - make_interval(days => $1::int)
         and o.position <= coalesce((select min(position) from core.event_cursor), 9223372036854775807)
       returning 1
     ), told as (
       insert into core.instance_value as kept (key, value) select 'outbox.swept', to_jsonb(position) from old
       on conflict (key) do update set value = excluded.value
       where (kept.value #>> '{}')::bigint < (excluded.value #>> '{}')::bigint
     )
     select count(*)::int as count from gone`,
    [days],
  );
  return row?.count ?? 0;
}
