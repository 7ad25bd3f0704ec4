import type { Sql } from '@exact/sdk/server';
import { NotFoundError } from '@exact/sdk/contract';
import { imagesOf } from '@exact/study';
import type { Progress } from '../shared/contract.ts';
import { readLatest, readStudy } from './rows.ts';

interface Done {
  readonly task_id: string;
  readonly reader_id: number;
  readonly image_id: number;
  readonly arm: string;
  readonly outcome: 'complete' | 'empty' | null;
  readonly active_ms: string;
  readonly at: Date;
}
interface Image {
  readonly id: number;
  readonly name: string;
  readonly set: string;
}

/** How far a phase is: as planned now, and beside it what was recorded of readers and images that are no longer part of it. */
export async function readProgress(sql: Sql, projectId: number, studyId: string, phaseId: string): Promise<Progress> {
  const study = await readStudy(sql, projectId, studyId);
  const latest = await readLatest(sql, studyId);
  const document = latest?.document ?? study.draft;
  const phase = document.phases.find(({ id }) => id === phaseId);
  if (!phase) throw new NotFoundError({ what: 'phase', id: phaseId });
  const ids = latest?.ids ?? { people: {}, images: {}, layers: {}, templates: {} };
  const records = await sql.query<Done>(
    `select task_id, reader_id, image_id, arm, outcome, active_ms, coalesce(finished_at, beat_at) as at
       from plugin_study_modes.case_record where study_id = $1 and phase_id = $2`,
    [studyId, phaseId],
  );
  const people = await sql.query<{ id: number; name: string; isMember: boolean }>(
    `select u.id, u.display_name as name, m.user_id is not null as "isMember"
       from core.app_user u left join core.project_member m on m.user_id = u.id and m.project_id = $2
      where u.id = any($1::int[]) or u.id in (select reader_id from plugin_study_modes.case_record where study_id = $3)`,
    [Object.values(ids.people), projectId, studyId],
  );
  const images = new Map(
    (
      await sql.query<Image>(
        `select i.id, i.public_name as name, s.name as set from core.image i join core.image_set s on s.id = i.image_set_id
          where s.project_id = $1`,
        [projectId],
      )
    ).map((image) => [image.id, image]),
  );
  const personOf = new Map(people.map((person) => [person.id, person]));
  const planned = phase.readings.flatMap((reading) => {
    const task = document.tasks.find(({ id }) => id === reading.task);
    const readerId = ids.people[reading.reader];
    if (!task || readerId === undefined) return [];
    return [{ ...reading, readerId, names: imagesOf(task, reading) }];
  });
  const isPlanned = new Set(planned.map(({ readerId, task }) => `${readerId} ${task}`));
  const left = [...new Map(records.map((row) => [`${row.reader_id} ${row.task_id}`, row] as const))]
    .filter(([key]) => !isPlanned.has(key))
    .map(([, row]) => row);
  const rowOf = (
    readerId: number,
    taskId: string,
    arm: string,
    total: number | undefined,
  ): Progress['readers'][number] => {
    const own = records.filter((row) => row.reader_id === readerId && row.task_id === taskId);
    const person = personOf.get(readerId);
    const lastAt = own.reduce((last, { at }) => Math.max(last, at.getTime()), 0);
    return {
      taskId,
      readerId,
      reader: person?.name ?? `#${readerId}`,
      arm,
      done: own.filter(({ outcome }) => outcome !== null).length,
      empty: own.filter(({ outcome }) => outcome === 'empty').length,
      total: total ?? own.length,
      activeMs: own.reduce((sum, { active_ms }) => sum + Number(active_ms), 0),
      lastAt: lastAt === 0 ? null : new Date(lastAt).toISOString(),
      hasLeft: total === undefined || !person?.isMember,
    };
  };
  const imageRows = document.tasks.flatMap(({ id: taskId, images: names }) =>
    names.flatMap((name) => {
      const total = planned.filter((reading) => reading.task === taskId && reading.names.includes(name)).length;
      const imageId = ids.images[name];
      const there = imageId === undefined ? undefined : images.get(imageId);
      const own = records.filter((row) => row.image_id === imageId && row.task_id === taskId);
      if (total === 0 && own.length === 0) return [];
      return [
        {
          taskId,
          imageId: there?.id ?? null,
          name: there?.name ?? name,
          imageSet: there?.set ?? null,
          done: own.filter(({ outcome }) => outcome !== null).length,
          total,
          activeMs: own.reduce((sum, { active_ms }) => sum + Number(active_ms), 0),
        },
      ];
    }),
  );
  const sets = new Map<string, { name: string; done: number; total: number }>();
  for (const { imageSet, done, total } of imageRows) {
    if (imageSet === null) continue;
    const set = sets.get(imageSet) ?? { name: imageSet, done: 0, total: 0 };
    sets.set(imageSet, { name: imageSet, done: set.done + done, total: set.total + total });
  }
  return {
    readers: [
      ...planned.map(({ readerId, task, arm, names }) => rowOf(readerId, task, arm, names.length)),
      ...left.map((row) => rowOf(row.reader_id, row.task_id, row.arm, undefined)),
    ],
    images: imageRows,
    sets: [...sets.values()],
  };
}
