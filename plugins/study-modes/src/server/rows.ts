import type { Sql } from '@exact/sdk/server';
import { NotFoundError } from '@exact/sdk/contract';
import type { StudyDocument, StudyIds } from '@exact/study';
import type { PhaseState, StudySummary, Version } from '../shared/contract.ts';

export interface StudyRow {
  readonly id: string;
  readonly project_id: number;
  readonly state: StudySummary['state'];
  readonly draft: StudyDocument;
  readonly draft_revision: number;
  readonly created_at: Date;
}

/** What was in force, with the ids that its names stand for. */
export interface VersionRow {
  readonly number: number;
  readonly document: StudyDocument;
  readonly sha256: string;
  readonly ids: StudyIds;
}

export interface PhaseRow {
  readonly phase_id: string;
  readonly opened_at: Date;
  readonly opened_by: number | null;
  readonly closed_at: Date | null;
  readonly closed_by: number | null;
}

/** One study of the project. @param lock - holds the row until the transaction ends, so that changes come one by one */
export async function readStudy(sql: Sql, projectId: number, studyId: string, lock = false): Promise<StudyRow> {
  const [row] = await sql.query<StudyRow>(
    `select id, project_id, state, draft, draft_revision, created_at from plugin_study_modes.study
      where project_id = $1 and id = $2 ${lock ? 'for update' : ''}`,
    [projectId, studyId],
  );
  if (!row) throw new NotFoundError({ what: 'study', id: studyId });
  return row;
}

export async function readLatest(sql: Sql, studyId: string): Promise<VersionRow | undefined> {
  const [row] = await sql.query<VersionRow>(
    `select number, document, sha256, ids from plugin_study_modes.version where study_id = $1 order by number desc limit 1`,
    [studyId],
  );
  return row;
}

export async function readVersions(sql: Sql, studyId: string): Promise<Version[]> {
  const rows = await sql.query<Omit<Version, 'createdAt'> & { readonly createdAt: Date }>(
    `select number, sha256, reason, created_by as "createdBy", created_at as "createdAt"
       from plugin_study_modes.version where study_id = $1 order by number desc`,
    [studyId],
  );
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
}

export const readPhases = (sql: Sql, studyId: string): Promise<PhaseRow[]> =>
  sql.query<PhaseRow>(
    `select phase_id, opened_at, opened_by, closed_at, closed_by from plugin_study_modes.phase where study_id = $1`,
    [studyId],
  );

export function phaseState(id: string, row: PhaseRow | undefined): PhaseState {
  return {
    id,
    state: !row ? 'planned' : row.closed_at ? 'closed' : 'open',
    openedAt: row?.opened_at.toISOString() ?? null,
    openedBy: row?.opened_by ?? null,
    closedAt: row?.closed_at?.toISOString() ?? null,
    closedBy: row?.closed_by ?? null,
  };
}

/** Writes into the record of the study, in the transaction of what it tells of. @param userId - nobody: as planned */
export async function log(
  sql: Sql,
  studyId: string,
  userId: number | undefined,
  kind: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await sql.query('insert into plugin_study_modes.record (study_id, user_id, kind, detail) values ($1, $2, $3, $4)', [
    studyId,
    userId ?? null,
    kind,
    JSON.stringify(detail),
  ]);
}

/** Opening, closing and ending of a project's studies come one after the other, in all processes. */
export async function lockProject(sql: Sql, projectId: number): Promise<void> {
  await sql.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`study-modes ${projectId}`]);
}
