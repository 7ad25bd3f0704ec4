import type { Sql } from '@exact/sdk/server';
import { casesOf, type Phase, type StudyDocument, type StudyIds, type Task } from '@exact/study';
import type { OwnCase } from '../shared/contract.ts';
import type { VersionRow } from './rows.ts';

/** The study that is running in a project, with the version in force. */
export interface Running {
  readonly studyId: string;
  readonly version: number;
  readonly document: StudyDocument;
  readonly ids: StudyIds;
  /** User names in the document, by id. */
  readonly usernames: ReadonlyMap<number, string>;
  /** Absent between phases. */
  readonly phase?: Phase;
  /** Of `phase`, the first time. */
  readonly openedAt?: Date;
  /** Ids of phases that are over. */
  readonly closed: readonly string[];
}

/** A case of a reader; `layerIds` are those that its arm shows. */
export interface ReaderCase extends OwnCase {
  readonly task: Task;
  readonly arm: string;
  readonly sha256: string;
  readonly layerIds: readonly number[];
}

interface RunningRow {
  readonly id: string;
  readonly number: number;
  readonly changed: string;
  readonly phases: readonly { readonly id: string; readonly openedAt: string; readonly closedAt: string | null }[];
}

/** Versions hardly change and can be large: those read last are kept, parsed. */
const MAX_KEPT = 20;
type Kept = Pick<Running, 'document' | 'ids' | 'usernames'>;
const kept = new Map<string, Kept>();

/**
 * Reads what is running in a project, as it stands in the database now: several processes may serve one project, and what readers
 * may see must not lag behind.
 */
export async function readRunning(sql: Sql, projectId: number): Promise<Running | undefined> {
  const [row] = await sql.query<RunningRow>(
    `select s.id, v.number, v.changed,
            coalesce((select jsonb_agg(jsonb_build_object('id', phase_id, 'openedAt', opened_at, 'closedAt', closed_at))
                        from plugin_study_modes.phase p where p.study_id = s.id), '[]') as phases
       from plugin_study_modes.study s
       join lateral (select number, md5(ids::text) as changed from plugin_study_modes.version
                      where study_id = s.id order by number desc limit 1) v on true
      where s.project_id = $1 and s.state = 'running'`,
    [projectId],
  );
  if (!row) return undefined;
  const { document, ids, usernames } = await readVersion(sql, row);
  const open = row.phases.find(({ closedAt }) => closedAt === null);
  const phase = document.phases.find(({ id }) => id === open?.id);
  // The planned end counts to the second, also before anybody has written it down.
  const isOver = phase?.closesAt !== undefined && Date.parse(phase.closesAt) <= Date.now();
  return {
    studyId: row.id,
    version: row.number,
    document,
    ids,
    usernames,
    ...(phase && open && !isOver ? { phase, openedAt: new Date(open.openedAt) } : {}),
    closed: row.phases.flatMap(({ id, closedAt }) => (closedAt !== null || (isOver && id === open?.id) ? [id] : [])),
  };
}

async function readVersion(sql: Sql, { id, number, changed }: RunningRow): Promise<Kept> {
  const key = `${id} ${number} ${changed}`;
  const known = kept.get(key);
  if (known) return known;
  const [row] = await sql.query<Pick<VersionRow, 'document' | 'ids'>>(
    'select document, ids from plugin_study_modes.version where study_id = $1 and number = $2',
    [id, number],
  );
  if (!row) throw new Error(`Version ${number} of study ${id} went away.`);
  const usernames = new Map(Object.entries(row.ids.people).map(([name, userId]) => [userId, name]));
  const fresh = { ...row, usernames };
  const oldest = kept.keys().next().value;
  if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(key, fresh);
  return fresh;
}

/** All cases of a reader in a phase, in their order, with what is recorded of them. Images that are gone are left out. */
export async function readCases(
  sql: Sql,
  running: Pick<Running, 'studyId' | 'document' | 'ids' | 'usernames'>,
  phase: Phase,
  userId: number,
): Promise<readonly ReaderCase[]> {
  const { studyId, document, ids, usernames } = running;
  const username = usernames.get(userId);
  if (username === undefined) return [];
  const planned = casesOf(document, phase, username);
  if (planned.length === 0) return [];
  const imageIds = planned.flatMap(({ image }) => ids.images[image] ?? []);
  const rows = await sql.query<{
    readonly id: number;
    readonly name: string;
    readonly task_id: string | null;
    readonly outcome: OwnCase['outcome'];
    readonly active_ms: string | null;
  }>(
    `select i.id, i.public_name as name, r.task_id, r.outcome, r.active_ms
       from core.image i
       left join plugin_study_modes.case_record r
         on r.study_id = $2 and r.phase_id = $3 and r.reader_id = $4 and r.image_id = i.id
      where i.id = any($1::int[])`,
    [imageIds, studyId, phase.id, userId],
  );
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  const records = new Map(rows.map((row) => [`${row.task_id} ${row.id}`, row]));
  const tasks = new Map(document.tasks.map((task) => [task.id, task]));
  const hashes = new Map(document.images.map(({ name, sha256 }) => [name, sha256]));
  const layers = new Map(
    document.arms.map((arm) => [arm.id, arm.layers.flatMap((name) => ids.layers[name] ?? [])] as const),
  );
  const places = new Map<string, number>();
  return planned.flatMap(({ task: taskId, arm, image }) => {
    const place = (places.get(taskId) ?? 0) + 1;
    places.set(taskId, place);
    const imageId = ids.images[image];
    const task = tasks.get(taskId);
    const imageName = imageId === undefined ? undefined : names.get(imageId);
    if (imageId === undefined || !task || imageName === undefined) return [];
    const record = records.get(`${taskId} ${imageId}`);
    return [
      {
        imageId,
        imageName,
        taskId,
        place,
        outcome: record?.outcome ?? null,
        activeMs: Number(record?.active_ms ?? 0),
        task,
        arm,
        sha256: hashes.get(image) ?? '',
        layerIds: layers.get(arm) ?? [],
      },
    ];
  });
}

/** The first case that is not done. */
export const nextOf = (cases: readonly ReaderCase[]): ReaderCase | undefined =>
  cases.find(({ outcome }) => outcome === null);

/** What a reader may work on: one case after the other, or any. */
export function openCases(cases: readonly ReaderCase[], { sequence }: Phase): readonly ReaderCase[] {
  const next = nextOf(cases);
  if (sequence === 'strict') return next ? [next] : [];
  return cases.filter(({ outcome }) => outcome === null);
}

/** What a reader may look at: besides, done ones where the study shows them. */
export function shownCases(cases: readonly ReaderCase[], phase: Phase): readonly ReaderCase[] {
  const open = new Set(openCases(cases, phase));
  return cases.filter((item) => open.has(item) || (item.outcome !== null && phase.done === 'readOnly'));
}
