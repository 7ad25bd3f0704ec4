import { NotFoundError } from '@exact/sdk/contract';
import type { PluginContext, Principal, Sql } from '@exact/sdk/server';
import { type CaseOutcome, credibleTime, type Phase, type StudyService } from '@exact/study';
import type { CaseRecord, Mine } from '../shared/contract.ts';
import {
  CaseEmptyError,
  CaseFinishedError,
  CaseNotEmptyError,
  CaseNotFinishedError,
  CaseNotOpenError,
  NoPhaseOpenError,
} from '../shared/errors.ts';
import { log, readStudy } from './rows.ts';
import { nextOf, openCases, readCases, type ReaderCase, readRunning, type Running, shownCases } from './running.ts';

/** Longest stretch between two reports of a page; pages report every ten seconds while somebody is at work. */
export const MAX_BEAT_MS = 60_000;

/** Cases of readers in the running study. */
export interface Cases {
  /** Nothing for who does not read in a running study. */
  mine(principal: Principal, projectId: number): Promise<Mine | undefined>;
  finish(principal: Principal, projectId: number, imageId: number, outcome: CaseOutcome): Promise<Mine>;
  /** @returns active ms on the case so far */
  beat(principal: Principal, projectId: number, imageId: number, activeMs: number): Promise<number>;
  reopen(
    principal: Principal,
    projectId: number,
    studyId: string,
    which: Pick<CaseRecord, 'phaseId' | 'taskId' | 'readerId' | 'imageId'>,
    reason: string,
  ): Promise<CaseRecord>;
  records(projectId: number, studyId: string): Promise<CaseRecord[]>;
}

export function createCases({ db, images, annotations }: Pick<PluginContext, 'db' | 'images' | 'annotations'>): Cases {
  async function mine({ userId }: Principal, projectId: number): Promise<Mine | undefined> {
    return db.transaction(async (sql) => {
      const running = await readRunning(sql, projectId);
      if (!running?.usernames.has(userId)) return undefined;
      const { document, phase } = running;
      const cases = phase ? await readCases(sql, running, phase, userId) : [];
      if (phase ? cases.length === 0 : !document.readers.includes(running.usernames.get(userId) ?? ''))
        return undefined;
      const isNext = nextOf(cases);
      return {
        title: document.title,
        ...(phase ? { phase: phaseOf(phase) } : {}),
        idleAfterS: document.idleAfterS,
        tasks: document.tasks.flatMap(({ id, title, instruction, classes }) => {
          const own = cases.filter(({ taskId }) => taskId === id);
          if (own.length === 0) return [];
          const names = classes.flatMap(({ product, templates }) => templates ?? [product]);
          return [
            {
              id,
              title,
              instruction,
              classes: names,
              done: own.filter(({ outcome }) => outcome).length,
              total: own.length,
            },
          ];
        }),
        ...(isNext ? { next: ownCase(isNext) } : {}),
        cases: phase ? shownCases(cases, phase).map(ownCase) : [],
        ...(phase && phase.mode !== 'blind' ? { others: await readOthers(sql, running, phase) } : {}),
      };
    });
  }

  async function demandMine(principal: Principal, projectId: number, imageId: number): Promise<Mine> {
    const known = await mine(principal, projectId);
    if (!known) throw new CaseNotOpenError({ imageId });
    return known;
  }

  return {
    mine,
    async finish(principal, projectId, imageId, outcome) {
      await db.transaction(async (sql) => {
        // Writes of the reader on this image are over, or come after this and are refused.
        await lockCase(sql, principal.userId, imageId, 'exclusive');
        const found = await findCase(sql, principal, projectId, imageId);
        if (found.case.outcome === outcome) return; // said before
        demandOpen(found);
        await demandTruth(found, outcome);
        const { running, phase } = found;
        await keepRecord(sql, found, principal.userId);
        await sql.query(
          `update plugin_study_modes.case_record set outcome = $6, finished_at = now(), version = $7
            where study_id = $1 and phase_id = $2 and task_id = $3 and reader_id = $4 and image_id = $5`,
          [running.studyId, phase.id, found.case.taskId, principal.userId, imageId, outcome, running.version],
        );
        await log(sql, running.studyId, principal.userId, 'case.finished', {
          phase: phase.id,
          task: found.case.taskId,
          imageId,
          image: found.case.imageName,
          outcome,
        });
      });
      await images.visibilityChanged(projectId);
      return demandMine(principal, projectId, imageId);

      async function demandTruth({ case: { imageName: image, layerIds }, phase }: Found, said: CaseOutcome) {
        const filter = { projectId, imageId, authorIds: [principal.userId], layers: [null] };
        const counts = await annotations.count(principal, filter, 'image');
        const count = counts.reduce((sum, item) => sum + item.count, 0);
        if (said === 'empty' && count > 0) throw new CaseNotEmptyError({ image, count });
        // Where there are layers or others' objects to judge, a reader may be done without drawing anything.
        const drawsAll = phase.mode === 'blind' && layerIds.length === 0;
        if (said === 'complete' && count === 0 && drawsAll) throw new CaseEmptyError({ image });
      }
    },
    beat: (principal, projectId, imageId, activeMs) =>
      db.transaction(async (sql) => {
        const found = await findCase(sql, principal, projectId, imageId);
        demandOpen(found);
        const key = await keepRecord(sql, found, principal.userId);
        const [row] = await sql.query<{ elapsed: number }>(
          `select extract(epoch from clock_timestamp() - beat_at)::float8 * 1000 as elapsed
             from plugin_study_modes.case_record
            where (study_id, phase_id, task_id, reader_id, image_id) = ($1, $2, $3, $4, $5) for update`,
          key,
        );
        const believed = credibleTime(activeMs, row?.elapsed ?? 0, MAX_BEAT_MS);
        const [after] = await sql.query<{ active_ms: string }>(
          `update plugin_study_modes.case_record set active_ms = active_ms + $6, beat_at = clock_timestamp()
            where (study_id, phase_id, task_id, reader_id, image_id) = ($1, $2, $3, $4, $5) returning active_ms`,
          [...key, believed],
        );
        return Number(after?.active_ms ?? 0);
      }),
    async reopen({ userId }, projectId, studyId, { phaseId, taskId, readerId, imageId }, reason) {
      await db.transaction(async (sql) => {
        await readStudy(sql, projectId, studyId);
        const key = [studyId, phaseId, taskId, readerId, imageId];
        const [row] = await sql.query<{ outcome: string | null; image_name: string }>(
          `select outcome, image_name from case_record
            where (study_id, phase_id, task_id, reader_id, image_id) = ($1, $2, $3, $4, $5) for update`,
          key,
        );
        if (!row) throw new NotFoundError({ what: 'case of image', id: imageId });
        if (row.outcome === null) throw new CaseNotFinishedError({ image: row.image_name });
        await sql.query(
          `update case_record set outcome = null, finished_at = null, reopened = reopened + 1
            where (study_id, phase_id, task_id, reader_id, image_id) = ($1, $2, $3, $4, $5)`,
          key,
        );
        const { outcome, image_name: image } = row;
        await log(sql, studyId, userId, 'case.reopened', {
          phase: phaseId,
          task: taskId,
          readerId,
          imageId,
          image,
          outcome,
          reason,
        });
      });
      await images.visibilityChanged(projectId);
      const records = await readRecords(db, studyId);
      const found = records.find(
        (item) =>
          item.phaseId === phaseId && item.taskId === taskId && item.readerId === readerId && item.imageId === imageId,
      );
      if (!found) throw new NotFoundError({ what: 'case of image', id: imageId });
      return found;
    },
    async records(projectId, studyId) {
      await readStudy(db, projectId, studyId);
      return readRecords(db, studyId);
    },
  };
}

/** For the plugin's token. */
export function createService({ db }: Pick<PluginContext, 'db'>, cases: Pick<Cases, 'finish'>): StudyService {
  return {
    async current(projectId) {
      return db.transaction(async (sql) => {
        const running = await readRunning(sql, projectId);
        if (!running?.phase) return undefined;
        const { studyId, phase, document, ids } = running;
        const members = await sql.query<{ user_id: number }>(
          'select user_id from core.project_member where project_id = $1',
          [projectId],
        );
        const isMember = new Set(members.map(({ user_id }) => user_id));
        const idsOf = (names: readonly string[]): number[] =>
          [...new Set(names)].flatMap((name) => ids.people[name] ?? []).filter((id) => isMember.has(id));
        return {
          studyId,
          phaseId: phase.id,
          mode: phase.mode,
          readerIds: idsOf(phase.readings.map(({ reader }) => reader)),
          adjudicatorIds: idsOf(document.adjudicators),
          ...(phase.rule ? { rule: phase.rule } : {}),
          cases: async (userId) =>
            (await readCases(db, running, phase, userId)).map(({ imageId, taskId, arm, outcome }) => ({
              imageId,
              taskId,
              arm,
              done: outcome !== null,
            })),
        };
      });
    },
    async finishCase(principal, imageId, outcome) {
      const [row] = await db.query<{ project_id: number }>(
        'select s.project_id from core.image i join core.image_set s on s.id = i.image_set_id where i.id = $1',
        [imageId],
      );
      if (!row) throw new CaseNotOpenError({ imageId });
      await cases.finish(principal, row.project_id, imageId, outcome);
    },
  };
}

/** Finishing a case and writing on its image exclude each other. Held until the transaction ends. */
export async function lockCase(sql: Sql, userId: number, imageId: number, how: 'exclusive' | 'shared'): Promise<void> {
  const lock = how === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await sql.query(`select ${lock}(hashtextextended($1, 0))`, [`study-modes case ${userId} ${imageId}`]);
}

interface Found {
  readonly running: Running;
  readonly phase: Phase;
  readonly case: ReaderCase;
  readonly isOpen: boolean;
}

/** The case of an image that its reader is at: the open one, else the done one that may be looked at. */
async function findCase(sql: Sql, { userId }: Principal, projectId: number, imageId: number): Promise<Found> {
  const running = await readRunning(sql, projectId);
  if (!running?.usernames.has(userId)) throw new CaseNotOpenError({ imageId });
  const { phase } = running;
  if (!phase) throw new NoPhaseOpenError({ title: running.document.title });
  const cases = await readCases(sql, running, phase, userId);
  const open = openCases(cases, phase).find((item) => item.imageId === imageId);
  const found = open ?? cases.find((item) => item.imageId === imageId && item.outcome !== null);
  if (!found) throw new CaseNotOpenError({ imageId });
  return { running, phase, case: found, isOpen: open !== undefined };
}

function demandOpen({ case: { imageName: image, outcome }, isOpen }: Found): void {
  if (!isOpen) throw new CaseFinishedError({ image, outcome: outcome ?? 'complete' });
}

/** Makes the record of a case when there is none yet. @returns its key */
async function keepRecord(sql: Sql, { running, phase, case: item }: Found, userId: number): Promise<unknown[]> {
  const key = [running.studyId, phase.id, item.taskId, userId, item.imageId];
  await sql.query(
    `insert into plugin_study_modes.case_record
       (study_id, phase_id, task_id, reader_id, image_id, image_name, image_sha256, arm, place, version)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
    [...key, item.imageName, item.sha256, item.arm, item.place, running.version],
  );
  return key;
}

async function readRecords(sql: Sql, studyId: string): Promise<CaseRecord[]> {
  type Row = Omit<CaseRecord, 'shownAt' | 'finishedAt' | 'activeMs'> & {
    readonly shownAt: Date;
    readonly finishedAt: Date | null;
    readonly activeMs: string;
  };
  const rows = await sql.query<Row>(
    `select phase_id as "phaseId", task_id as "taskId", reader_id as "readerId", image_id as "imageId",
            image_name as "imageName", arm, place, version, shown_at as "shownAt", active_ms as "activeMs", outcome,
            finished_at as "finishedAt", reopened
       from plugin_study_modes.case_record where study_id = $1 order by shown_at, reader_id, task_id, place`,
    [studyId],
  );
  return rows.map((row) => ({
    ...row,
    shownAt: row.shownAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    activeMs: Number(row.activeMs),
  }));
}

async function readOthers(sql: Sql, running: Running, phase: Phase): Promise<NonNullable<Mine['others']>> {
  const people = new Set(phase.readings.flatMap(({ reader }) => running.ids.people[reader] ?? []));
  const names = await sql.query<{ id: number; name: string }>(
    'select id, display_name as name from core.app_user where id = any($1::int[]) order by lower(display_name)',
    [[...people]],
  );
  const others = [];
  for (const { id, name } of names) {
    const cases = await readCases(sql, running, phase, id);
    others.push({ userId: id, name, done: cases.filter(({ outcome }) => outcome).length, total: cases.length });
  }
  return others;
}

const phaseOf = ({ id, title, mode, sequence, closesAt }: Phase): NonNullable<Mine['phase']> => ({
  id,
  title,
  mode,
  sequence,
  ...(closesAt === undefined ? {} : { closesAt }),
});

const ownCase = ({ imageId, imageName, taskId, place, outcome, activeMs }: ReaderCase): Mine['cases'][number] => ({
  imageId,
  imageName,
  taskId,
  place,
  outcome,
  activeMs,
});
