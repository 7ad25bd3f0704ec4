import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { ConflictError, NotFoundError, type ProjectRole } from '@exact/sdk/contract';
import type { JobContext, PluginContext, Principal } from '@exact/sdk/server';
import { PlanBlockedError } from '../shared/contract.ts';
import type { DryRun, Mapping, Outcome, Plan } from '../shared/plan.ts';
import { applyPlan } from './apply.ts';
import { type Files, itemsKey, localPath, readStored, withScratch } from './files.ts';
import type { Part } from './part-file.ts';
import type { PlanInput, PlanResult } from './plan-task.ts';
import { refuseUnlessManager, resolveMapping } from './resolve-mapping.ts';
import { findStored } from './stored-annotations.ts';

export const PLAN_JOB = 'annotation-import:count';
export const APPLY_JOB = 'annotation-import:apply';

const TASK = new URL(import.meta.url.endsWith('.ts') ? './plan-task.ts' : './plan-task.js', import.meta.url);
const LIMITS = { timeoutMs: 900_000, memoryMb: 1024 };
/** Plans kept for a file; every change of the mapping makes one. */
const MAX_PLANS = 10;

export type PlanContext = Pick<
  PluginContext,
  'annotations' | 'db' | 'images' | 'jobs' | 'log' | 'projects' | 'storage'
>;

/** A plan with the person and project that it belongs to. */
export interface PlanRow {
  readonly id: string;
  readonly file_id: string;
  readonly project_id: number;
  readonly user_id: number;
  readonly username: string;
  readonly is_admin: boolean;
  readonly file_name: string;
  readonly sha256: string;
  readonly items: number;
  readonly mapping: Mapping;
  readonly dry_run: DryRun | null;
  readonly parts: readonly Part[] | null;
  readonly layer_id: number | null;
  readonly apply_job_id: string | null;
  readonly applied_at: Date | null;
  readonly created_at: Date;
  readonly count_state: string | null;
  readonly count_progress: number | null;
  readonly count_problem: string | null;
  readonly apply_state: string | null;
  readonly apply_progress: number | null;
  readonly apply_problem: string | null;
}

const SELECT = `
  select p.id, p.file_id, p.mapping, p.dry_run, p.parts, p.layer_id, p.apply_job_id, p.applied_at, p.created_at, f.project_id, f.user_id,
    f.name as file_name, f.sha256, (f.inventory->>'items')::int + (f.inventory->>'problemCount')::int as items, u.username, u.is_admin,
    c.state as count_state, c.progress as count_progress, c.problem_message as count_problem,
    a.state as apply_state, a.progress as apply_progress, a.problem_message as apply_problem
  from plan p join file f on f.id = p.file_id join core.app_user u on u.id = f.user_id
    left join core.job c on c.id = p.job_id left join core.job a on a.id = p.apply_job_id`;

export const acceptedKey = ({ file_id, id }: Pick<PlanRow, 'file_id' | 'id'>): string => `${file_id}/${id}/accepted`;
const listKey = ({ file_id, id }: Pick<PlanRow, 'file_id' | 'id'>): string => `${file_id}/${id}/list`;

/** Mappings of files onto a project. Everybody has their own. */
export interface Plans {
  create(
    who: { readonly principal: Principal; readonly projectId: number; readonly role: ProjectRole | undefined },
    fileId: string,
    mapping: Mapping,
  ): Promise<Plan>;
  /** @throws NotFoundError also for plans of other people and projects */
  get(principal: Principal, projectId: number, id: string): Promise<Plan>;
  /** The list of what is not made just so. @throws ConflictError before it is there */
  list(principal: Principal, projectId: number, id: string): Promise<AsyncIterable<Uint8Array>>;
  apply(
    who: { readonly principal: Principal; readonly projectId: number; readonly role: ProjectRole | undefined },
    id: string,
  ): Promise<Plan>;
  /** The job that counts. */
  count(input: Readonly<Record<string, unknown>>, job: JobContext): Promise<void>;
  /** The job that imports. */
  work(input: Readonly<Record<string, unknown>>, job: JobContext): Promise<void>;
}

export function createPlans(ctx: PlanContext, files: Files): Plans {
  const { db, jobs, storage } = ctx;

  async function find(principal: Principal, projectId: number, id: string): Promise<PlanRow> {
    const [row] = await db.query<PlanRow>(`${SELECT} where f.project_id = $1 and f.user_id = $2 and p.id = $3`, [
      projectId,
      principal.userId,
      id,
    ]);
    if (!row) throw new NotFoundError({ what: 'import plan', id });
    return row;
  }

  async function get(principal: Principal, projectId: number, id: string): Promise<Plan> {
    const row = await find(principal, projectId, id);
    const outcomes = await db.query<OutcomeRow>(
      'select image_id, author_id, state, created, known, problem from outcome where plan_id = $1 order by image_id, author_id',
      [id],
    );
    return toPlan(row, outcomes);
  }

  /** The row of a job, with who gave it; rights are looked at again by every service that is asked in their name. */
  async function forJob(
    input: Readonly<Record<string, unknown>>,
  ): Promise<{ row: PlanRow; principal: Principal } | undefined> {
    const [row] = await db.query<PlanRow>(`${SELECT} where p.id = $1`, [String(input['planId'])]);
    if (!row) return undefined; // forgotten meanwhile
    const { user_id: userId, username, is_admin: isAdmin } = row;
    return { row, principal: { userId, username, isAdmin, via: 'plugin' } };
  }

  return {
    get,
    async create({ principal, projectId, role }, fileId, mapping) {
      const file = await files.ready(principal, projectId, fileId);
      refuseUnlessManager(principal, role, mapping);
      await resolveMapping(ctx, principal, projectId, mapping);
      const id = randomUUID();
      const surplus = await db.transaction(async (sql) => {
        await sql.query('insert into plan (id, file_id, mapping) values ($1, $2, $3)', [
          id,
          file.id,
          JSON.stringify(mapping),
        ]);
        return sql.query<{ id: string }>(
          `delete from plan where file_id = $1 and apply_job_id is null and id not in
             (select id from plan where file_id = $1 order by created_at desc, id limit $2) returning id`,
          [file.id, MAX_PLANS],
        );
      });
      for (const old of surplus)
        for await (const { key } of storage.list(`${file.id}/${old.id}/`)) await storage.delete(key);
      const job = await jobs.enqueue({
        kind: PLAN_JOB,
        title: 'Count what an import would do',
        projectId,
        createdBy: principal.userId,
        input: { planId: id },
      });
      await db.query('update plan set job_id = $2 where id = $1', [id, job.id]);
      return get(principal, projectId, id);
    },
    async list(principal, projectId, id) {
      const row = await find(principal, projectId, id);
      if (!row.dry_run)
        throw new ConflictError({ what: 'The list', reason: 'it is not counted yet. Try again in a moment.' });
      return readStored(ctx, listKey(row));
    },
    async apply({ principal, projectId, role }, id) {
      const row = await find(principal, projectId, id);
      const { state } = toPlan(row, []);
      refuseUnlessManager(principal, role, row.mapping);
      if (!row.dry_run)
        throw new ConflictError({ what: 'This import', reason: 'it is not counted yet. Try again in a moment.' });
      if (row.dry_run.refused > 0 && !row.mapping.leaveOut)
        throw new PlanBlockedError({ refused: row.dry_run.refused });
      if (state === 'applying') return get(principal, projectId, id);
      await db.query('update plan set applied_at = null where id = $1', [id]); // before the job, which sets it
      const job = await jobs.enqueue({
        kind: APPLY_JOB,
        title: 'Import annotations from a file',
        projectId,
        createdBy: principal.userId,
        input: { planId: id },
      });
      await db.query('update plan set apply_job_id = $2 where id = $1', [id, job.id]);
      return get(principal, projectId, id);
    },
    async count(input, job) {
      const found = await forJob(input);
      if (!found) return;
      const { row, principal } = found;
      const mapping = await resolveMapping(ctx, principal, row.project_id, row.mapping);
      const result = await withScratch(async (folder) => {
        const items = await localPath(ctx, itemsKey(row.file_id), folder);
        const run = (name: string, stored: string | undefined, from: number, to: number): Promise<PlanResult> => {
          const task: PlanInput = {
            ...mapping,
            sha256: row.sha256,
            items,
            count: row.items,
            stored,
            accepted: join(folder, `${name}-accepted`),
            list: join(folder, `${name}-list`),
            uuidList: join(folder, `${name}-uuids`),
          };
          return jobs.inProcess<PlanResult>(TASK, task, {
            ...LIMITS,
            signal: job.signal,
            onProgress: (fraction, step) => job.progress(from + fraction * (to - from), step),
          });
        };
        let name = 'first';
        let counted = await run(name, undefined, 0, 0.4);
        // Only where some of the UUIDs are stored already the file is gone through once more.
        const stored = await findStored(
          ctx,
          principal,
          row.project_id,
          join(folder, 'first-uuids'),
          join(folder, 'stored'),
          job,
        );
        if (stored > 0) {
          name = 'second';
          counted = await run(name, join(folder, 'stored'), 0.6, 0.95);
        }
        await storage.write(acceptedKey(row), createReadStream(join(folder, `${name}-accepted`)), job.signal);
        await storage.write(listKey(row), createReadStream(join(folder, `${name}-list`)), job.signal);
        return counted;
      });
      await db.query('update plan set dry_run = $2, parts = $3 where id = $1', [
        row.id,
        JSON.stringify(result.dryRun),
        JSON.stringify(result.parts),
      ]);
    },
    async work(input, job) {
      const found = await forJob(input);
      if (found) await applyPlan(ctx, found.row, found.principal, job);
    },
  };
}

interface OutcomeRow {
  readonly image_id: number;
  readonly author_id: number;
  readonly state: 'done' | 'failed';
  readonly created: number;
  readonly known: number;
  readonly problem: string | null;
}

function toPlan(row: PlanRow, outcomes: readonly OutcomeRow[]): Plan {
  const isEnded = (state: string | null): boolean => state === 'failed' || state === 'cancelled';
  const isApplying = row.apply_job_id !== null && row.applied_at === null && !isEnded(row.apply_state);
  const state =
    row.applied_at !== null
      ? 'applied'
      : isApplying
        ? 'applying'
        : isEnded(row.apply_state) || (!row.dry_run && isEnded(row.count_state))
          ? 'failed'
          : row.dry_run
            ? 'counted'
            : 'counting';
  const problem = row.apply_job_id ? row.apply_problem : row.count_problem;
  return {
    id: row.id,
    fileId: row.file_id,
    mapping: row.mapping,
    createdAt: row.created_at.toISOString(),
    state,
    progress:
      state === 'applied' || state === 'counted'
        ? 1
        : ((row.apply_job_id ? row.apply_progress : row.count_progress) ?? 0),
    problem: state === 'failed' ? (problem ?? 'It was cancelled. It can be started again.') : null,
    dryRun: row.dry_run,
    layerId: row.layer_id,
    outcomes: outcomes.map(({ image_id, author_id, ...rest }): Outcome => ({
      imageId: image_id,
      authorId: author_id,
      ...rest,
    })),
  };
}
