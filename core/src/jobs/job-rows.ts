import type { Job } from '@exact/sdk/contract';

/** A row of core.job as the driver gives it. */
export interface JobRow {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly project_id: number | null;
  readonly image_id: number | null;
  readonly state: Job['state'];
  readonly progress: number;
  readonly step: string;
  readonly problem_code: string | null;
  readonly problem_message: string | null;
  readonly input: Readonly<Record<string, unknown>>;
  readonly created_by: number | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
}

/** Columns of {@link JobRow}, of a table or alias `j`. */
export const JOB_COLUMNS =
  'j.id, j.kind, j.title, j.project_id, j.image_id, j.state, j.progress, j.step, j.problem_code, j.problem_message, j.input, j.created_by, j.created_at, j.started_at, j.ended_at';

export function toJob(row: JobRow): Job {
  return {
    id: row.id,
    kind: row.kind,
    title: row.title,
    projectId: row.project_id,
    imageId: row.image_id,
    state: row.state,
    progress: row.progress,
    step: row.step,
    ...(row.problem_code === null ? {} : { problem: { code: row.problem_code, message: row.problem_message ?? '' } }),
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
  };
}
