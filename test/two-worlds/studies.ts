import { type Phase, type StudyDocument, StudyDocument as Document } from '@exact/study';
import type { Story } from './stories.ts';
import type { World } from './worlds.ts';

/** Names in the document of every study that stories run. */
export const PHASE = 'reading';
export const TASKS = ['all', 'again'] as const;

const OPENED_AT = '2026-01-02T00:00:00.000Z';

/**
 * Runs a blind study in the project of a story: one phase, open, in which the reader and the two others read all images, two of them a
 * second time with the shown layer. Written as rows: ids and times have to be the same in both worlds.
 */
export async function beginStudy({ kernel }: World, story: Story): Promise<void> {
  const { sql } = kernel.platform.database;
  const { studyId, projectId, people } = story;
  if (studyId === undefined) return;
  const images = await sql.query<{ id: number; name: string; sha256: string }>(
    `select id, public_name as name, encode(sha256, 'hex') as sha256 from core.image where id = any($1::int[]) order by id`,
    [story.imageIds],
  );
  const document = documentOf(
    story,
    images.map(({ name, sha256 }) => ({ name, sha256 })),
  );
  const ids = {
    people: Object.fromEntries(Object.values(people).map(({ username, userId }) => [username, userId])),
    images: Object.fromEntries(images.map(({ id, name }) => [name, id])),
    layers: Object.fromEntries(story.layerIds.map((id, n) => [`Layer ${n}`, id])),
    templates: {},
  };
  const manager = people.manager.userId;
  const text = JSON.stringify(document);
  await sql.query(
    `insert into plugin_study_modes.study (id, project_id, state, draft, created_by, created_at) values ($1, $2, 'running', $3, $4, $5)`,
    [studyId, projectId, text, manager, OPENED_AT],
  );
  await sql.query(
    `insert into plugin_study_modes.version (study_id, number, document, sha256, ids, reason, created_by, created_at)
     values ($1, 1, $2, 'made', $3, 'Made', $4, $5)`,
    [studyId, text, JSON.stringify(ids), manager, OPENED_AT],
  );
  await sql.query(
    'insert into plugin_study_modes.phase (study_id, phase_id, opened_at, opened_by) values ($1, $2, $3, $4)',
    [studyId, PHASE, OPENED_AT, manager],
  );
}

/** How a phase leaves its cases to readers changes from story to story. */
function documentOf({ projectId, people }: Story, images: StudyDocument['images']): StudyDocument {
  const variant = projectId / 20;
  const readers = [people.reader, people.annotator, people.verifier].map(({ username }) => username);
  const names = images.map(({ name }) => name);
  const phase: Phase = {
    id: PHASE,
    title: 'Reading',
    mode: 'blind',
    sequence: variant % 2 === 0 ? 'strict' : 'free',
    done: variant % 3 === 0 ? 'hidden' : 'readOnly',
    earlier: variant % 4 < 2 ? 'shown' : 'hidden',
    order: { by: 'shuffle', seed: variant },
    readings: readers.flatMap((reader) => [
      { reader, task: TASKS[0], arm: 'unaided' },
      { reader, task: TASKS[1], arm: 'aided' },
    ]),
  };
  return Document.parse({
    format: 'exact-study',
    version: 1,
    title: 'Study',
    description: '',
    images,
    readers,
    adjudicators: [],
    arms: [
      { id: 'unaided', title: 'Without layers', layers: [] },
      { id: 'aided', title: 'With a layer', layers: ['Layer 0'] },
    ],
    tasks: [
      { id: TASKS[0], title: 'All', instruction: '', images: names, classes: [] },
      { id: TASKS[1], title: 'Again', instruction: '', images: names.slice(0, 2), classes: [] },
    ],
    phases: [phase],
    idleAfterS: 30,
  } satisfies StudyDocument);
}
