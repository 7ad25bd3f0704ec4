import { FIELD_STATES, statesOf } from '@exact/screening';
import type { PluginContext, Sql } from '@exact/sdk/server';
import type { z } from 'zod';
import { MAX_MARKS } from '../shared/contract.ts';
import { FieldNotInPlanError, TimeInFutureError, PlanSupersededError, TooManyMarksError } from '../shared/errors.ts';
import type { Mark, Position, PositionDraft, ProgressEvent, ReaderState } from '../shared/model.ts';
import { shiftOf } from './clock.ts';
import { type PlanRow, ruleOf } from './plan-rows.ts';
import { assignedTo, readSharing } from './sharing.ts';
import { readVisits } from './visits.ts';

type Context = Pick<PluginContext, 'db' | 'events'>;

interface PositionRow {
  readonly field: number;
  readonly x: number;
  readonly y: number;
  readonly downsample: number;
  readonly at: Date;
  readonly device_id: string;
}

/** Where a reader is in a plan, and what they want to come back to. Their other browsers are told of each change. */
export async function readState(sql: Sql, plan: PlanRow, userId: number): Promise<ReaderState> {
  const states = statesOf(plan.fields, await readVisits(sql, plan.id, userId), ruleOf(plan));
  const assigned = assignedTo((await readSharing(sql, [plan.id])).get(plan.id)?.shares, userId);
  return {
    planId: plan.id,
    states: states.map((state) => FIELD_STATES.indexOf(state)).join(''),
    position: (await readPosition(sql, plan.id, userId)) ?? null,
    marks: await readMarks(sql, plan.id, userId),
    assigned: assigned ? [...assigned] : null,
  };
}

export async function setPosition(
  ctx: Context,
  plan: PlanRow,
  userId: number,
  { sentAt, deviceId, at, field, x, y, downsample }: z.output<typeof PositionDraft>,
  now = Date.now(),
): Promise<Position> {
  if (plan.superseded_by) throw new PlanSupersededError({ planId: plan.id, by: plan.superseded_by });
  demandField(plan, field);
  if (at > sentAt) throw new TimeInFutureError({ field: 'at', value: at, sentAt });
  return ctx.db.transaction(async (sql) => {
    const changed = await sql.query(
      `insert into reader_position as p (plan_id, user_id, field, x, y, downsample, at, device_id)
       values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (plan_id, user_id) do update set field = excluded.field, x = excluded.x, y = excluded.y,
         downsample = excluded.downsample, at = excluded.at, device_id = excluded.device_id
       where p.at < excluded.at returning 1`,
      [plan.id, userId, field, x, y, downsample, new Date(at + shiftOf(sentAt, now)).toISOString(), deviceId],
    );
    const position = await readPosition(sql, plan.id, userId);
    if (!position) throw new Error(`The position in plan ${plan.id} has vanished in its own transaction.`);
    if (changed.length > 0) await tell(ctx, sql, plan, userId, { deviceId, position });
    return position;
  });
}

export async function setMark(
  ctx: Context,
  plan: PlanRow,
  userId: number,
  field: number,
  { note, deviceId }: { readonly note: string; readonly deviceId?: string | undefined },
): Promise<Mark[]> {
  demandField(plan, field);
  return ctx.db.transaction(async (sql) => {
    await sql.query(
      `insert into field_mark (plan_id, user_id, field, note) values ($1, $2, $3, $4)
       on conflict (plan_id, user_id, field) do update set note = excluded.note, at = now()
       where field_mark.note <> excluded.note`,
      [plan.id, userId, field, note],
    );
    const marks = await readMarks(sql, plan.id, userId);
    if (marks.length > MAX_MARKS) throw new TooManyMarksError({ limit: MAX_MARKS });
    await tell(ctx, sql, plan, userId, { deviceId: deviceId ?? null, marks });
    return marks;
  });
}

export async function removeMark(
  ctx: Context,
  plan: PlanRow,
  userId: number,
  field: number,
  deviceId: string | undefined,
): Promise<Mark[]> {
  demandField(plan, field);
  return ctx.db.transaction(async (sql) => {
    const gone = await sql.query(
      'delete from field_mark where plan_id = $1 and user_id = $2 and field = $3 returning 1',
      [plan.id, userId, field],
    );
    const marks = await readMarks(sql, plan.id, userId);
    if (gone.length > 0) await tell(ctx, sql, plan, userId, { deviceId: deviceId ?? null, marks });
    return marks;
  });
}

const tell = (
  ctx: Context,
  sql: Sql,
  plan: PlanRow,
  userId: number,
  data: Omit<ProgressEvent, 'planId' | 'imageId'>,
): Promise<void> =>
  ctx.events.publish('progress', plan.project_id, { planId: plan.id, imageId: plan.image_id, ...data }, sql, [userId]);

function demandField({ fields }: PlanRow, field: number): void {
  if (field >= fields) throw new FieldNotInPlanError({ field, fields });
}

async function readPosition(sql: Sql, planId: string, userId: number): Promise<Position | undefined> {
  const [row] = await sql.query<PositionRow>(
    'select field, x, y, downsample, at, device_id from reader_position where plan_id = $1 and user_id = $2',
    [planId, userId],
  );
  if (!row) return undefined;
  const { field, x, y, downsample, at, device_id } = row;
  return { field, x, y, downsample, at: at.toISOString(), deviceId: device_id };
}

async function readMarks(sql: Sql, planId: string, userId: number): Promise<Mark[]> {
  const rows = await sql.query<{ field: number; note: string; at: Date }>(
    'select field, note, at from field_mark where plan_id = $1 and user_id = $2 order by field',
    [planId, userId],
  );
  return rows.map(({ field, note, at }) => ({ field, note, at: at.toISOString() }));
}
