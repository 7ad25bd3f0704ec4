import { SCALE_TOLERANCE, statesOf, type Visit } from '@exact/screening';
import type { PluginContext, Sql } from '@exact/sdk/server';
import type { z } from 'zod';
import { IdInUseError, VisitsRefusedError } from '../shared/errors.ts';
import type { LoggedVisit, VisitBatch, VisitDraft } from '../shared/model.ts';
import { shiftOf } from './clock.ts';
import { type PlanRow, ruleOf } from './plan-rows.ts';

type Batch = z.output<typeof VisitBatch>;
type Refusal = ConstructorParameters<typeof VisitsRefusedError>[0]['visits'][number];

/** How far clocks may be apart in what was made by different ones. */
const SLACK_MS = 60_000;
/** Nobody looks at one field for longer without a break. */
const MAX_STAY_MS = 86_400_000;

interface Row {
  readonly visit_id: string;
  readonly user_id: number;
  readonly field: number;
  readonly entered_at: Date;
  readonly left_at: Date;
  readonly dwell_ms: number;
  readonly share: number;
  readonly downsample: number;
  readonly marks: boolean;
}
const COLUMNS = 'visit_id, user_id, field, entered_at, left_at, dwell_ms, share, downsample, marks';

export type ReaderVisit = Visit & { readonly readerId: number };

/**
 * Reads the log of a plan.
 *
 * @param readerId - of this reader only
 * @returns in the order in which it was stored
 */
export async function readVisits(sql: Sql, planId: string, readerId?: number): Promise<ReaderVisit[]> {
  const rows = await sql.query<Row>(
    `select ${COLUMNS} from visit where plan_id = $1 and ($2::int is null or user_id = $2) order by seq`,
    [planId, readerId ?? null],
  );
  return rows.map(({ user_id, field, entered_at, left_at, dwell_ms, share, downsample, marks }) => ({
    ...{ readerId: user_id, field, enteredAt: entered_at.getTime(), leftAt: left_at.getTime() },
    ...{ dwellMs: dwell_ms, share, downsample, marks },
  }));
}

/** A page of the log as it is shown. @param after - id of a visit that the reader is shown, too; an unknown one ends nothing */
export async function readLog(
  sql: Sql,
  planId: string,
  { readerId, after, limit }: { readerId: number | undefined; after: string | undefined; limit: number },
): Promise<{ items: LoggedVisit[]; isEnd: boolean }> {
  const rows = await sql.query<Row>(
    `select ${COLUMNS} from visit
     where plan_id = $1 and ($2::int is null or user_id = $2)
       and seq > coalesce((select max(seq) from visit where plan_id = $1 and ($2::int is null or user_id = $2) and visit_id = $3), 0)
     order by seq limit $4`,
    [planId, readerId ?? null, after ?? null, limit + 1],
  );
  const items = rows.slice(0, limit).map((row): LoggedVisit => ({
    ...{ id: row.visit_id, readerId: row.user_id, field: row.field },
    ...{ enteredAt: row.entered_at.toISOString(), leftAt: row.left_at.toISOString() },
    ...{ dwellMs: row.dwell_ms, share: row.share, downsample: row.downsample, marks: row.marks },
  }));
  return { items, isEnd: rows.length <= limit };
}

/** Adds to the log. @returns the states that the fields of the batch have now */
export async function addVisits(
  ctx: Pick<PluginContext, 'db' | 'events'>,
  plan: PlanRow,
  userId: number,
  { sentAt, deviceId, visits }: Batch,
  now = Date.now(),
): Promise<{ stored: number; known: number }> {
  const shift = shiftOf(sentAt, now);
  const skipped = new Set(plan.skipped);
  return ctx.db.transaction(async (sql) => {
    const known = await readKnown(sql, plan, userId, visits);
    const fresh = visits.filter(({ id }) => !known.has(id));
    const refused = findRefusals(plan, fresh, sentAt, shift);
    if (refused.length > 0) throw new VisitsRefusedError({ visits: refused });
    if (fresh.length === 0) return { stored: 0, known: known.size };
    const column = <T>(of: (visit: VisitDraft) => T): T[] => fresh.map(of);
    const stored = await sql.query(
      `insert into visit (visit_id, plan_id, user_id, field, entered_at, left_at, dwell_ms, share, downsample, marks, is_skipped)
       select v.id, $1, $2, v.field, v.entered_at, v.left_at, v.dwell_ms, v.share, v.downsample, v.marks, v.is_skipped
       from unnest($3::uuid[], $4::int[], $5::timestamptz[], $6::timestamptz[], $7::int[], $8::float8[], $9::float8[],
         $10::boolean[], $11::boolean[]) with ordinality
         as v (id, field, entered_at, left_at, dwell_ms, share, downsample, marks, is_skipped, place)
       order by v.place on conflict (user_id, visit_id) do nothing returning visit_id`,
      [
        ...[plan.id, userId, column(({ id }) => id), column(({ field }) => field)],
        column(({ enteredAt }) => new Date(enteredAt + shift).toISOString()),
        column(({ leftAt }) => new Date(leftAt + shift).toISOString()),
        ...[column(({ dwellMs }) => dwellMs), column(({ share }) => share), column(({ downsample }) => downsample)],
        ...[column(({ marks }) => marks), column(({ field }) => skipped.has(field))],
      ],
    );
    const states = statesOf(plan.fields, await readVisits(sql, plan.id, userId), ruleOf(plan));
    const fields = [...new Set(fresh.map(({ field }) => field))];
    await ctx.events.publish(
      'progress',
      plan.project_id,
      {
        ...{ planId: plan.id, imageId: plan.image_id, deviceId },
        states: fields.map((field) => ({ field, state: states[field] ?? 'unseen' })),
      },
      sql,
      [userId],
    );
    return { stored: stored.length, known: visits.length - stored.length };
  });
}

/** Ids that were stored before with the same content. @throws IdInUseError where the content is another one */
async function readKnown(
  sql: Sql,
  plan: PlanRow,
  userId: number,
  visits: readonly VisitDraft[],
): Promise<ReadonlySet<string>> {
  const rows = await sql.query<{ visit_id: string; plan_id: string; field: number; dwell_ms: number; marks: boolean }>(
    'select visit_id, plan_id, field, dwell_ms, marks from visit where user_id = $1 and visit_id = any($2::uuid[])',
    [userId, visits.map(({ id }) => id)],
  );
  const byId = new Map(rows.map((row) => [row.visit_id, row]));
  for (const { id, field, dwellMs, marks } of visits) {
    const row = byId.get(id.toLowerCase());
    if (!row) continue;
    // times are left out: they were shifted to the server's clock
    if (row.plan_id !== plan.id || row.field !== field || row.dwell_ms !== dwellMs || row.marks !== marks)
      throw new IdInUseError({ what: 'visit', id });
  }
  return new Set(visits.map(({ id }) => id).filter((id) => byId.has(id.toLowerCase())));
}

/** What of a plan decides whether a visit can be true. */
type Limits = Pick<PlanRow, 'fields' | 'downsample' | 'created_at' | 'superseded_at' | 'superseded_by'>;

/** Finds visits that cannot be true, each with a code of its own. @param shift - see {@link shiftOf} */
export function findRefusals(plan: Limits, visits: readonly VisitDraft[], sentAt: number, shift: number): Refusal[] {
  const ids = new Set<string>();
  return visits.flatMap((visit): Refusal[] => {
    const refuse = (code: string, message: string): Refusal[] => [
      { id: visit.id, code, message: `Visit ${visit.id} ${message}` },
    ];
    const { id, field, enteredAt, leftAt, dwellMs, downsample } = visit;
    if (ids.has(id.toLowerCase())) return refuse('VISIT_TWICE', 'is in the batch twice.');
    ids.add(id.toLowerCase());
    if (field >= plan.fields)
      return refuse('FIELD_NOT_IN_PLAN', `is of field ${field}, but the plan has ${plan.fields}, counted from 0.`);
    if (leftAt < enteredAt) return refuse('VISIT_ENDS_EARLY', `ends ${enteredAt - leftAt} ms before it begins.`);
    if (leftAt - enteredAt > MAX_STAY_MS) return refuse('VISIT_TOO_LONG', 'goes on for more than a day.');
    if (dwellMs > leftAt - enteredAt)
      return refuse('DWELL_TOO_LONG', `has ${dwellMs} ms on screen in ${leftAt - enteredAt} ms.`);
    if (leftAt > sentAt) return refuse('VISIT_IN_FUTURE', `ends ${leftAt - sentAt} ms after it was sent.`);
    if (downsample > plan.downsample * SCALE_TOLERANCE)
      return refuse(
        'VISIT_TOO_COARSE',
        `shows ${downsample} px for one of the screen; the plan asks for ${plan.downsample} at most.`,
      );
    if (enteredAt + shift < plan.created_at.getTime() - SLACK_MS)
      return refuse('VISIT_BEFORE_PLAN', 'begins before the plan was made.');
    // what was seen before another plan took the place may arrive late
    if (plan.superseded_at && enteredAt + shift > plan.superseded_at.getTime() + SLACK_MS)
      return refuse(
        'PLAN_SUPERSEDED',
        `begins after plan ${plan.superseded_by ?? ''} has taken the place of this one.`,
      );
    return [];
  });
}
