import { auditContract, InvalidRequestError } from '@exact/sdk/contract';
import type { Database } from '../db/database.ts';
import { implement, type Operation } from '../http/implement.ts';

interface Row {
  readonly id: string;
  readonly at: Date;
  readonly action: string;
  readonly user_id: number | null;
  readonly project_id: number | null;
  readonly target: string | null;
  readonly request_id: string;
}

export function auditOperations({ sql }: Database): readonly Operation[] {
  return implement(auditContract, {
    async list({ query }) {
      const { limit = 100, cursor } = query;
      if (cursor !== undefined && !/^\d{1,18}$/.test(cursor)) {
        throw new InvalidRequestError({
          fields: [{ path: 'query.cursor', message: 'must be `next` of the page before' }],
        });
      }
      const rows = await sql.query<Row>(
        `select id, at, action, user_id, project_id, target, request_id from core.audit
          where ($1::bigint is null or id < $1) and ($2::text is null or action = $2)
            and ($3::integer is null or user_id = $3) and ($4::integer is null or project_id = $4)
          order by id desc limit $5`,
        [cursor ?? null, query.action ?? null, query.userId ?? null, query.projectId ?? null, limit + 1],
      );
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map((row) => ({
          at: row.at.toISOString(),
          action: row.action,
          userId: row.user_id,
          projectId: row.project_id,
          target: row.target,
          requestId: row.request_id,
        })),
        ...(rows.length > limit && last ? { next: last.id } : {}),
      };
    },
  });
}
