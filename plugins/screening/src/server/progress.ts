import { SCALE_TOLERANCE, SEEN_SHARE } from '@exact/screening';
import type { Sql } from '@exact/sdk/server';
import type { ReaderProgress } from '../shared/model.ts';
import { assignedTo, readSharing } from './sharing.ts';
import type { PlanRow } from './plan-rows.ts';

interface CountRow {
  readonly plan_id: string;
  readonly user_id: number;
  readonly seen: number;
  readonly touched: number;
  readonly last_at: Date;
}

/**
 * Who has got how far in plans: fields that are not skipped, counted in the database, since a list names many plans.
 *
 * @param userId - this reader only, who is listed even without a visit; all with visits or fields of their own when undefined
 */
export async function readProgress(
  sql: Sql,
  plans: readonly PlanRow[],
  userId: number | undefined,
  self: number,
): Promise<Map<string, ReaderProgress[]>> {
  const ids = plans.map(({ id }) => id);
  // the same rule as `isSeenBy` of the package; a test compares both
  const rows = await sql.query<CountRow>(
    `select v.plan_id, v.user_id, max(v.left_at) as last_at, count(distinct v.field)::int as touched,
       (count(distinct v.field) filter (where v.marks and v.share >= $3 and v.dwell_ms >= p.dwell_ms
          and v.downsample <= p.downsample * $4))::int as seen
     from visit v join plan p on p.id = v.plan_id
     where v.plan_id = any($1::uuid[]) and ($2::int is null or v.user_id = $2) and not v.is_skipped
     group by v.plan_id, v.user_id order by v.user_id`,
    [ids, userId ?? null, SEEN_SHARE, SCALE_TOLERANCE],
  );
  const counts = Map.groupBy(rows, ({ plan_id }) => plan_id);
  const sharing = await readSharing(sql, ids);
  return new Map(
    plans.map((plan): [string, ReaderProgress[]] => {
      const shares = sharing.get(plan.id)?.shares;
      const mine = plan.audience === 'all' || plan.created_by === self ? [self] : [];
      const readers = new Set([
        ...mine,
        ...(counts.get(plan.id) ?? []).map(({ user_id }) => user_id),
        ...(userId === undefined ? (shares ?? []).map((share) => share.userId) : []),
      ]);
      const list = [...readers]
        .sort((a, b) => a - b)
        .map((readerId): ReaderProgress => {
          const row = counts.get(plan.id)?.find(({ user_id }) => user_id === readerId);
          const [seen, touched] = [row?.seen ?? 0, row?.touched ?? 0];
          const assigned = assignedTo(shares, readerId)?.length ?? null;
          return { readerId, seen, partial: touched - seen, assigned, lastAt: row?.last_at.toISOString() ?? null };
        });
      return [plan.id, list];
    }),
  );
}
