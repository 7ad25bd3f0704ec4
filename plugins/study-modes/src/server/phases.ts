import { NotFoundError } from '@exact/sdk/contract';
import type { PluginContext, Principal, Sql } from '@exact/sdk/server';
import { checkStudy, fitStudy, type Phase, type PHASE_MODES } from '@exact/study';
import {
  PhaseNotOpenError,
  PhaseOpenError,
  PhaseOverError,
  StudyEndedError,
  StudyRunningError,
} from '../shared/errors.ts';
import { lockProject, log, readLatest, readPhases, readStudy, type VersionRow } from './rows.ts';
import { demandSound, freeze } from './studies.ts';
import { readWorld } from './world.ts';

/** Opening and closing of phases, by hand and as planned. Rights are checked before. */
export interface Phases {
  open(principal: Principal, projectId: number, studyId: string, phaseId: string): Promise<void>;
  close(principal: Principal, projectId: number, studyId: string, phaseId: string): Promise<void>;
  end(
    principal: Principal,
    projectId: number,
    studyId: string,
    collaboration?: (typeof PHASE_MODES)[number],
  ): Promise<void>;
  /** Opens and closes what is planned for now; in any number of processes. */
  followPlan(): Promise<void>;
}

type Context = Pick<PluginContext, 'db' | 'images' | 'projects' | 'log'>;

export function createPhases(ctx: Context, tell: (projectId: number) => Promise<void>): Phases {
  const { db, images, projects } = ctx;

  /** What is done between the check and the commit is safe from other changes of the project's studies. */
  async function change(projectId: number, work: (sql: Sql) => Promise<void>): Promise<void> {
    await db.transaction(async (sql) => {
      await lockProject(sql, projectId);
      await work(sql);
    });
    await images.visibilityChanged(projectId);
    await tell(projectId);
  }

  const open = (principal: Principal, projectId: number, studyId: string, phaseId: string, isPlanned: boolean) =>
    change(projectId, async (sql) => {
      const study = await readStudy(sql, projectId, studyId, true);
      if (study.state === 'ended') throw new StudyEndedError({ title: study.draft.title });
      await demandOnly(sql, projectId, studyId);
      const version =
        (await readLatest(sql, studyId)) ??
        (await freeze(sql, principal, projectId, studyId, 'First opening of a phase'));
      const phase = phaseOf(version, phaseId);
      const before = await readPhases(sql, studyId);
      if (isPlanned && before.some(({ phase_id }) => phase_id === phaseId)) return; // another process was quicker
      const opened = before.find(({ closed_at }) => closed_at === null);
      if (opened) throw new PhaseOpenError({ phase: phaseOf(version, opened.phase_id).title });
      if (phase.closesAt !== undefined && Date.parse(phase.closesAt) <= Date.now())
        throw new PhaseOverError({ phase: phase.title, closesAt: phase.closesAt });
      const { ids, problems } = fitStudy(version.document, await readWorld(sql, projectId));
      demandSound([...checkStudy(version.document), ...problems]);
      // First the mode, then the phase: whatever fails in between, nobody sees more than the phase allows.
      await projects.setCollaboration(principal, projectId, phase.mode);
      await sql.query('update version set ids = $3 where study_id = $1 and number = $2', [
        studyId,
        version.number,
        JSON.stringify(ids), // an image may have been uploaded anew since
      ]);
      await sql.query(
        `insert into phase (study_id, phase_id, opened_at, opened_by) values ($1, $2, now(), $3)
         on conflict (study_id, phase_id) do update set closed_at = null, closed_by = null`,
        [studyId, phaseId, isPlanned ? null : principal.userId],
      );
      await sql.query(`update study set state = 'running' where id = $1`, [studyId]);
      const { mode } = phase;
      await log(sql, studyId, isPlanned ? undefined : principal.userId, 'phase.opened', {
        phase: phaseId,
        mode,
        version: version.number,
        sha256: version.sha256,
      });
    });

  const close = (userId: number | undefined, projectId: number, studyId: string, phaseId: string, at: Date) =>
    change(projectId, async (sql) => {
      const study = await readStudy(sql, projectId, studyId, true);
      const closed = await sql.query(
        `update phase set closed_at = $3, closed_by = $4
          where study_id = $1 and phase_id = $2 and closed_at is null returning phase_id`,
        [studyId, phaseId, at, userId ?? null],
      );
      if (closed.length === 0 && userId === undefined) return; // another process was quicker
      if (closed.length === 0)
        throw new PhaseNotOpenError({
          phase: study.draft.phases.find(({ id }) => id === phaseId)?.title ?? phaseId,
        });
      await log(sql, studyId, userId, 'phase.closed', { phase: phaseId });
    });

  return {
    open: (principal, projectId, studyId, phaseId) => open(principal, projectId, studyId, phaseId, false),
    close: ({ userId }, projectId, studyId, phaseId) => close(userId, projectId, studyId, phaseId, new Date()),
    end: (principal, projectId, studyId, collaboration) =>
      change(projectId, async (sql) => {
        const study = await readStudy(sql, projectId, studyId, true);
        if (study.state === 'ended') throw new StudyEndedError({ title: study.draft.title });
        const opened = (await readPhases(sql, studyId)).find(({ closed_at }) => closed_at === null);
        if (opened) throw new PhaseOpenError({ phase: opened.phase_id });
        // The study first: while it runs, its readers see no more than it allows.
        await sql.query(`update study set state = 'ended' where id = $1`, [studyId]);
        await log(sql, studyId, principal.userId, 'study.ended', { collaboration: collaboration ?? 'unchanged' });
        if (collaboration) await projects.setCollaboration(principal, projectId, collaboration);
      }),
    async followPlan() {
      for (const due of await readDue(db)) {
        const { project_id: projectId, study_id: studyId, phase_id: phaseId } = due;
        try {
          if (due.closes_at) await close(undefined, projectId, studyId, phaseId, due.closes_at);
          else await open({ ...due.principal, via: 'plugin' }, projectId, studyId, phaseId, true);
        } catch (error) {
          await noteFailure(ctx, studyId, phaseId, error);
        }
      }
    },
  };
}

function phaseOf({ document }: VersionRow, phaseId: string): Phase {
  const phase = document.phases.find(({ id }) => id === phaseId);
  if (!phase) throw new NotFoundError({ what: 'phase', id: phaseId });
  return phase;
}

async function demandOnly(sql: Sql, projectId: number, studyId: string): Promise<void> {
  const [other] = await sql.query<{ id: string; title: string }>(
    `select id, draft ->> 'title' as title from study where project_id = $1 and state = 'running' and id <> $2`,
    [projectId, studyId],
  );
  if (other) throw new StudyRunningError({ title: other.title, studyId: other.id });
}

interface Due {
  readonly project_id: number;
  readonly study_id: string;
  readonly phase_id: string;
  /** Set: it is to be closed; else to be opened. */
  readonly closes_at: Date | null;
  /** Who made the version that plans it. */
  readonly principal: Pick<Principal, 'userId' | 'username' | 'isAdmin'>;
}

/** Ends before beginnings, so that one phase can follow the other at once. Only where the plugin is on. */
const readDue = (sql: Sql): Promise<Due[]> =>
  sql.query<Due>(
    `select s.project_id, s.id as study_id, plan ->> 'id' as phase_id,
            case when p.phase_id is not null then (plan ->> 'closesAt')::timestamptz end as closes_at,
            jsonb_build_object('userId', u.id, 'username', u.username, 'isAdmin', u.is_admin) as principal
       from study s
       join core.project_plugin pp on pp.project_id = s.project_id and pp.plugin_id = 'study-modes' and pp.enabled
       join lateral (select * from version where study_id = s.id order by number desc limit 1) v on true
       join core.app_user u on u.id = v.created_by
       cross join lateral jsonb_array_elements(v.document -> 'phases') plan
       left join phase p on p.study_id = s.id and p.phase_id = plan ->> 'id'
      where s.state <> 'ended' and (
        (p.phase_id is null and (plan ->> 'opensAt')::timestamptz <= now()
          and coalesce((plan ->> 'closesAt')::timestamptz > now(), true))
        or (p.phase_id is not null and p.closed_at is null and (plan ->> 'closesAt')::timestamptz <= now()))
      order by p.phase_id is null, plan ->> 'opensAt'`,
  );

/** What could not be opened as planned stands in the record, once, until there is another reason or another version. */
async function noteFailure(
  { db, log: logger }: Context,
  studyId: string,
  phaseId: string,
  error: unknown,
): Promise<void> {
  const { code, message } = error as { code?: string; message: string };
  logger.warn({ err: code ?? message, studyId, phaseId }, 'a phase was not opened or closed as planned');
  await db.query(
    `insert into record (study_id, kind, detail)
     select $1, 'phase.notFollowed', $2::jsonb
      where not exists (select 1 from record where study_id = $1 and kind = 'phase.notFollowed' and detail = $2::jsonb
                          and at > (select max(created_at) from version where study_id = $1))`,
    [studyId, JSON.stringify({ phase: phaseId, code: code ?? 'FAILED', message })],
  );
}
