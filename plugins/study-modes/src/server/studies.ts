import { randomInt, randomUUID } from 'node:crypto';
import { NotFoundError } from '@exact/sdk/contract';
import type { PluginContext, Principal, Sql } from '@exact/sdk/server';
import { checkStudy, emptyStudy, fitStudy, hashOf, type StudyDocument, type StudyProblem } from '@exact/study';
import type { LogEntry, Study, StudySummary } from '../shared/contract.ts';
import {
  DraftChangedError,
  NothingChangedError,
  StudyEndedError,
  StudyInvalidError,
  StudyRunningError,
} from '../shared/errors.ts';
import {
  lockProject,
  log,
  phaseState,
  readLatest,
  readPhases,
  readStudy,
  readVersions,
  type VersionRow,
} from './rows.ts';
import { readWorld } from './world.ts';

/** Studies of projects: drafts and versions. Rights are checked before. */
export interface Studies {
  list(projectId: number): Promise<StudySummary[]>;
  create(principal: Principal, projectId: number, given: StudyDocument | string): Promise<Study>;
  get(projectId: number, studyId: string): Promise<Study>;
  saveDraft(projectId: number, studyId: string, revision: number, document: StudyDocument): Promise<Study>;
  makeVersion(principal: Principal, projectId: number, studyId: string, reason: string): Promise<Study>;
  /** A version, or the draft. */
  document(projectId: number, studyId: string, version?: number): Promise<StudyDocument>;
  remove(projectId: number, studyId: string): Promise<void>;
  log(projectId: number, studyId: string): Promise<LogEntry[]>;
}

export function createStudies(
  { db, images }: Pick<PluginContext, 'db' | 'images'>,
  tell: (projectId: number) => Promise<void>,
): Studies {
  async function get(projectId: number, studyId: string): Promise<Study> {
    return db.transaction(async (sql) => {
      const row = await readStudy(sql, projectId, studyId);
      const latest = await readLatest(sql, studyId);
      const phases = new Map((await readPhases(sql, studyId)).map((phase) => [phase.phase_id, phase]));
      const world = await readWorld(sql, projectId);
      const [project] = await sql.query<{ collaboration: Study['collaboration'] }>(
        'select collaboration from core.project where id = $1',
        [projectId],
      );
      return {
        id: row.id,
        state: row.state,
        draft: row.draft,
        draftRevision: row.draft_revision,
        draftSha256: hashOf(row.draft),
        problems: [
          ...checkStudy(row.draft),
          ...fitStudy(row.draft, world).problems,
          ...(await checkRecorded(sql, studyId, latest, row.draft)),
        ],
        versions: await readVersions(sql, studyId),
        phases: (latest?.document ?? row.draft).phases.map(({ id }) => phaseState(id, phases.get(id))),
        collaboration: project?.collaboration ?? 'cooperative',
      };
    });
  }

  return {
    get,
    async list(projectId) {
      const rows = await db.query<Omit<StudySummary, 'createdAt'> & { readonly createdAt: Date }>(
        `select s.id, coalesce(v.document, s.draft) ->> 'title' as title, s.state, coalesce(v.number, 0) as version,
                s.created_at as "createdAt"
           from study s left join lateral (select number, document from version where study_id = s.id order by number desc limit 1) v on true
          where s.project_id = $1 order by s.created_at desc`,
        [projectId],
      );
      return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
    },
    async create(principal, projectId, given) {
      const id = randomUUID();
      const draft = typeof given === 'string' ? emptyStudy(given, randomInt(2 ** 32)) : given;
      await db.transaction(async (sql) => {
        await sql.query('insert into study (id, project_id, draft, created_by) values ($1, $2, $3, $4)', [
          id,
          projectId,
          JSON.stringify(draft),
          principal.userId,
        ]);
        if (typeof given === 'string') await log(sql, id, principal.userId, 'study.created', { title: given });
        else await log(sql, id, principal.userId, 'study.imported', { title: given.title, sha256: hashOf(given) });
      });
      return get(projectId, id);
    },
    async saveDraft(projectId, studyId, revision, document) {
      await db.transaction(async (sql) => {
        const row = await readStudy(sql, projectId, studyId, true);
        if (row.state === 'ended') throw new StudyEndedError({ title: row.draft.title });
        if (row.draft_revision !== revision) throw new DraftChangedError({ revision, current: row.draft_revision });
        await sql.query('update study set draft = $2, draft_revision = draft_revision + 1 where id = $1', [
          studyId,
          JSON.stringify(document),
        ]);
      });
      return get(projectId, studyId);
    },
    async makeVersion(principal, projectId, studyId, reason) {
      await db.transaction(async (sql) => {
        await lockProject(sql, projectId);
        await freeze(sql, principal, projectId, studyId, reason);
      });
      await images.visibilityChanged(projectId);
      await tell(projectId);
      return get(projectId, studyId);
    },
    async document(projectId, studyId, version) {
      const row = await readStudy(db, projectId, studyId);
      if (version === undefined) return row.draft;
      const [found] = await db.query<{ document: StudyDocument }>(
        'select document from version where study_id = $1 and number = $2',
        [studyId, version],
      );
      if (!found) throw new NotFoundError({ what: 'version', id: version });
      return found.document;
    },
    async remove(projectId, studyId) {
      await db.transaction(async (sql) => {
        const row = await readStudy(sql, projectId, studyId, true);
        if (row.state === 'running') throw new StudyRunningError({ title: row.draft.title, studyId });
        if (row.state === 'ended') throw new StudyEndedError({ title: row.draft.title });
        await sql.query('delete from study where id = $1', [studyId]);
      });
    },
    async log(projectId, studyId) {
      await readStudy(db, projectId, studyId);
      const rows = await db.query<Omit<LogEntry, 'at'> & { readonly at: Date }>(
        'select at, user_id as "userId", kind, detail from record where study_id = $1 order by id',
        [studyId],
      );
      return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
    },
  };
}

/**
 * Makes the draft the version in force.
 *
 * @throws StudyInvalidError with everything that keeps it from being opened; NothingChangedError
 */
export async function freeze(
  sql: Sql,
  principal: Principal,
  projectId: number,
  studyId: string,
  reason: string,
): Promise<VersionRow> {
  const row = await readStudy(sql, projectId, studyId, true);
  if (row.state === 'ended') throw new StudyEndedError({ title: row.draft.title });
  const latest = await readLatest(sql, studyId);
  const sha256 = hashOf(row.draft);
  if (latest?.sha256 === sha256) throw new NothingChangedError({ version: latest.number });
  const { ids, problems } = fitStudy(row.draft, await readWorld(sql, projectId));
  demandSound([...checkStudy(row.draft), ...problems, ...(await checkRecorded(sql, studyId, latest, row.draft))]);
  const version = { number: (latest?.number ?? 0) + 1, document: row.draft, sha256, ids };
  await sql.query(
    `insert into plugin_study_modes.version (study_id, number, document, sha256, ids, reason, created_by)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [studyId, version.number, JSON.stringify(row.draft), sha256, JSON.stringify(ids), reason, principal.userId],
  );
  await log(sql, studyId, principal.userId, 'version.made', { version: version.number, sha256, reason });
  return version;
}

/** @throws StudyInvalidError where one of the problems is an error */
export function demandSound(problems: readonly StudyProblem[]): void {
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new StudyInvalidError({ problems: errors });
}

/** What a new version must keep of a study that has been running: what records name, and how an open phase works. */
async function checkRecorded(
  sql: Sql,
  studyId: string,
  latest: VersionRow | undefined,
  draft: StudyDocument,
): Promise<StudyProblem[]> {
  if (!latest) return [];
  const problems: StudyProblem[] = [];
  const add = (code: string, path: string, value: string, message: string): void =>
    void problems.push({ code, severity: 'error', path, value, message });
  const phases = await readPhases(sql, studyId);
  for (const { phase_id: id, closed_at } of phases) {
    const before = latest.document.phases.find((phase) => phase.id === id);
    const after = draft.phases.find((phase) => phase.id === id);
    if (!after)
      add(
        'PHASE_WAS_OPEN',
        'phases',
        id,
        `Phase "${before?.title ?? id}" has been open and stays in the study. Add it again.`,
      );
    else if (before && !closed_at && after.mode !== before.mode)
      add(
        'MODE_OF_OPEN_PHASE',
        `phases[${draft.phases.indexOf(after)}].mode`,
        after.mode,
        `Phase "${after.title}" is open as "${before.mode}". Close it before you change that.`,
      );
  }
  const read = await sql.query<{ task_id: string; count: number }>(
    'select task_id, count(*)::int as count from plugin_study_modes.case_record where study_id = $1 group by task_id',
    [studyId],
  );
  for (const { task_id: id, count } of read)
    if (!draft.tasks.some((task) => task.id === id))
      add(
        'TASK_WAS_READ',
        'tasks',
        id,
        `Task "${id}" has ${count} case records and stays in the study. Add it again, and take out its readings instead.`,
      );
  return problems;
}
