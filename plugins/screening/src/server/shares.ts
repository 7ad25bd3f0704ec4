import type { PluginContext } from '@exact/sdk/server';
import { PlanSupersededError, SharesRefusedError } from '../shared/errors.ts';
import type { Shares } from '../shared/model.ts';
import type { PlanRow } from './plan-rows.ts';
import { readSharing, toShares } from './sharing.ts';

type ShareList = Shares['shares'];

/** Shares the fields of a plan out. What was shared out before stays on record. */
export async function setShares(
  ctx: Pick<PluginContext, 'db' | 'events'>,
  plan: PlanRow,
  managerId: number,
  shares: ShareList,
): Promise<Shares> {
  if (plan.superseded_by) throw new PlanSupersededError({ planId: plan.id, by: plan.superseded_by });
  if (plan.audience !== 'all')
    throw new SharesRefusedError({
      reason: 'This plan is for the person who has made it; only plans for all readers are shared out.',
    });
  const clean = shares.map(({ userId, fields }) => ({
    userId,
    fields: [...new Set(fields)].sort((a, b) => a - b),
  }));
  const fault = findFault(plan, clean) ?? (await findStranger(ctx, plan.project_id, clean));
  if (fault) throw new SharesRefusedError({ reason: fault });
  await ctx.db.transaction(async (sql) => {
    await sql.query('insert into sharing (plan_id, shares, set_by) values ($1, $2, $3)', [
      plan.id,
      JSON.stringify(clean),
      managerId,
    ]);
    await ctx.events.publish('plan', plan.project_id, { planId: plan.id }, sql, 'all');
  });
  return toShares((await readSharing(ctx.db, [plan.id])).get(plan.id), undefined);
}

function findFault({ fields: count, skipped }: PlanRow, shares: ShareList): string | undefined {
  const isSkipped = new Set(skipped);
  const readers = new Set<number>();
  for (const { userId, fields } of shares) {
    if (readers.has(userId)) return `Reader ${userId} is named twice. Give one list of fields for each reader.`;
    readers.add(userId);
    const beyond = fields.find((field) => field >= count);
    if (beyond !== undefined) return `There is no field ${beyond}: the plan has ${count}, counted from 0.`;
    const empty = fields.find((field) => isSkipped.has(field));
    if (empty !== undefined)
      return `Field ${empty} is skipped, because there is no tissue in it. Share out the others, or plan without skipping fields.`;
  }
  return undefined;
}

async function findStranger(
  { db }: Pick<PluginContext, 'db'>,
  projectId: number,
  shares: ShareList,
): Promise<string | undefined> {
  const members = await db.query<{ user_id: number }>('select user_id from core.project_member where project_id = $1', [
    projectId,
  ]);
  const stranger = shares.find(({ userId }) => !members.some(({ user_id }) => user_id === userId));
  return stranger && `Person ${stranger.userId} is no member of this project. Add them first, or choose somebody else.`;
}
