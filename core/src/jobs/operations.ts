import { ForbiddenError, hasRole, InvalidRequestError, jobsContract, NotFoundError } from '@exact/sdk/contract';
import type { Principal } from '@exact/sdk/server';
import { implement, type Operation } from '../http/implement.ts';
import type { SeeingServices } from '../auth/seeing.ts';
import { JOB_COLUMNS, type JobRow, toJob } from './job-rows.ts';
import type { Jobs } from './jobs.ts';

export function jobsOperations({ database, seeing }: SeeingServices, jobs: Jobs): readonly Operation[] {
  const isBlinded = async (principal: Principal, projectId: number): Promise<boolean> =>
    (await seeing.blinding.of(principal, projectId)).isBlinded;

  /** Projects in which the person sees the jobs of others, too. */
  async function openProjects(principal: Principal): Promise<number[]> {
    const rows = await database.sql.query<{ id: number }>(
      'select project_id as id from core.project_member where user_id = $1',
      [principal.userId],
    );
    const ids: number[] = [];
    for (const { id } of rows) if (!(await isBlinded(principal, id))) ids.push(id);
    return ids;
  }

  return implement(jobsContract, {
    async list({ principal, query }) {
      const limit = query.limit ?? 50;
      const [at, id] = query.cursor === undefined ? [null, null] : decodeCursor(query.cursor);
      const rows = await database.sql.query<JobRow & { at: string }>(
        `select ${JOB_COLUMNS}, j.created_at::text as at
           from core.job j
          where ($1 or j.created_by = $2 or j.project_id = any($8::integer[]))
            and ($3::integer is null or j.project_id = $3)
            and ($4::text is null or j.state = $4)
            and ($5::timestamptz is null or (j.created_at, j.id) < ($5::timestamptz, $6::uuid))
          order by j.created_at desc, j.id desc
          limit $7`,
        [
          principal.isAdmin,
          principal.userId,
          query.projectId ?? null,
          query.state ?? null,
          at,
          id,
          limit + 1,
          await openProjects(principal),
        ],
      );
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map(toJob),
        ...(rows.length > limit && last ? { next: encodeCursor(last.at, last.id) } : {}),
      };
    },
    async cancel({ params, principal, grant }) {
      const job = await jobs.get(params.jobId);
      if (!job || job.projectId !== grant.projectId) throw new NotFoundError({ what: 'job', id: params.jobId });
      // Those of others are not there for who works blind.
      if (job.createdBy !== principal.userId && grant.projectId && (await isBlinded(principal, grant.projectId)))
        throw new NotFoundError({ what: 'job', id: params.jobId });
      const isManager = principal.isAdmin || (grant.role !== undefined && hasRole(grant.role, 'manager'));
      if (job.createdBy !== principal.userId && !isManager) throw new ForbiddenError({ permission: 'jobs:cancel' });
      return jobs.cancel(params.jobId);
    },
  });
}

function encodeCursor(at: string, id: string): string {
  return Buffer.from(JSON.stringify([at, id])).toString('base64url');
}

function decodeCursor(cursor: string): readonly [string, string] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(value) && value.length === 2) {
      const [at, id] = value as [unknown, unknown];
      if (
        typeof at === 'string' &&
        !Number.isNaN(Date.parse(at)) &&
        typeof id === 'string' &&
        /^[0-9a-f-]{36}$/.test(id)
      )
        return [at, id];
    }
  } catch {
    // not JSON
  }
  throw new InvalidRequestError({
    fields: [{ path: 'query.cursor', message: 'is not the `next` of an earlier page' }],
  });
}
