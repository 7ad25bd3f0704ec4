import { randomUUID } from 'node:crypto';
import { NotFoundError } from '@exact/sdk/contract';
import type { PluginContext } from '@exact/sdk/server';
import type { Comparison, Question, Result } from '../shared/comparison.ts';
import { MAX_KEPT } from '../shared/contract.ts';

interface Row {
  readonly id: string;
  readonly question: Question;
  readonly created_by: number;
  readonly created_at: Date;
  readonly done_at: Date | null;
  readonly state: string | null;
  readonly problem: string | null;
  readonly result: Result | null;
}

/** The comparisons of projects, with the jobs that work on them. */
export interface Comparisons {
  /** Stores a question and queues its job, in one transaction. */
  create(projectId: number, userId: number, question: Question): Promise<Comparison>;
  list(projectId: number): Promise<Comparison[]>;
  /** @throws NotFoundError */
  get(projectId: number, id: string): Promise<Comparison>;
  finish(id: string, result: Result): Promise<void>;
  /** @throws NotFoundError */
  remove(projectId: number, id: string): Promise<void>;
}

export const COMPARE_JOB = 'agreement:comparison';

const columns = (result: string): string =>
  `c.id, c.question, c.created_by, c.created_at, c.done_at, j.state, j.problem_message as problem, ${result} as result
   from comparison c left join core.job j on j.id = c.job_id`;

export function createComparisons({ db, jobs }: Pick<PluginContext, 'db' | 'jobs'>): Comparisons {
  async function get(projectId: number, id: string): Promise<Comparison> {
    const [row] = await db.query<Row>(`select ${columns('c.result')} where c.project_id = $1 and c.id = $2`, [
      projectId,
      id,
    ]);
    if (!row) throw new NotFoundError({ what: 'comparison', id });
    return toComparison(row);
  }

  return {
    get,
    async create(projectId, userId, question) {
      const id = randomUUID();
      await db.transaction(async (sql) => {
        await sql.query('insert into comparison (id, project_id, question, created_by) values ($1, $2, $3, $4)', [
          id,
          projectId,
          JSON.stringify(question),
          userId,
        ]);
        const draft = {
          kind: COMPARE_JOB,
          title: 'Compare readers',
          projectId,
          createdBy: userId,
          input: { comparisonId: id },
        };
        const job = await jobs.enqueue(draft, sql);
        await sql.query('update comparison set job_id = $2 where id = $1', [id, job.id]);
        await sql.query(
          `delete from comparison where project_id = $1 and id not in
             (select id from comparison where project_id = $1 order by created_at desc limit $2)`,
          [projectId, MAX_KEPT],
        );
      });
      return get(projectId, id);
    },
    async list(projectId) {
      const rows = await db.query<Row>(`select ${columns('null')} where c.project_id = $1 order by c.created_at desc`, [
        projectId,
      ]);
      return rows.map(toComparison);
    },
    async finish(id, result) {
      await db.query('update comparison set result = $2, done_at = now() where id = $1', [id, JSON.stringify(result)]);
    },
    async remove(projectId, id) {
      const gone = await db.query('delete from comparison where project_id = $1 and id = $2 returning id', [
        projectId,
        id,
      ]);
      if (gone.length === 0) throw new NotFoundError({ what: 'comparison', id });
    },
  };
}

function toComparison(row: Row): Comparison {
  const isOver = row.done_at !== null || row.state === 'done';
  return {
    id: row.id,
    question: row.question,
    state: isOver ? 'done' : row.state === 'failed' || row.state === 'cancelled' ? row.state : 'waiting',
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    doneAt: row.done_at?.toISOString() ?? null,
    problem: isOver ? null : row.problem,
    result: row.result,
  };
}
