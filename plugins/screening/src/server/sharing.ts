import type { Sql } from '@exact/sdk/server';
import type { Shares } from '../shared/model.ts';

type ShareList = Shares['shares'];
interface Row {
  readonly plan_id: string;
  readonly shares: ShareList;
  readonly set_by: number;
  readonly set_at: Date;
}

/** The sharing of plans that counts; plans that were never shared out are not in it. */
export async function readSharing(sql: Sql, planIds: readonly string[]): Promise<Map<string, Row>> {
  const rows = await sql.query<Row>(
    `select distinct on (plan_id) plan_id, shares, set_by, set_at from sharing where plan_id = any($1::uuid[])
     order by plan_id, id desc`,
    [planIds],
  );
  return new Map(rows.map((row) => [row.plan_id, row]));
}

/** Fields of one reader; undefined where nothing is shared out, so that everything is everybody's. */
export function assignedTo(shares: ShareList | undefined, userId: number): readonly number[] | undefined {
  if (!shares || shares.length === 0) return undefined;
  return shares.find((share) => share.userId === userId)?.fields ?? [];
}

/** @param userId - whose share only; all when undefined */
export function toShares(row: Row | undefined, userId: number | undefined): Shares {
  if (!row) return { setAt: null, setBy: null, shares: [] };
  const shares = row.shares.filter((share) => userId === undefined || share.userId === userId);
  return { setAt: row.set_at.toISOString(), setBy: row.set_by, shares };
}
