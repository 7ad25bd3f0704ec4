import { canonicalText, hashOf, type StudyDocument } from '@exact/study';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Study } from '../shared/contract.ts';
import { blindStudy, makeStudyWorld, type StudyWorld } from './world.testing.ts';

let world: StudyWorld;
beforeAll(async () => {
  world = await makeStudyWorld();
});
afterEach(() => world.clear());
afterAll(() => world?.kernel.close());

const codesOf = (body: Study): string[] => body.problems.map(({ code }) => code);

describe('a study that cannot be', () => {
  it.each<[string, Partial<StudyDocument>, string, string | number]>([
    ['without readers', { readers: [] }, 'NO_READERS', 0],
    ['of users whom nobody knows', { readers: ['ada', 'nobody'] }, 'PERSON_UNKNOWN', 'nobody'],
    ['of a manager who reads blind', { readers: ['ada', 'boss'] }, 'READER_SEES_ALL', 'boss'],
    ['of a viewer who is to draw', { readers: ['ada', 'vera'] }, 'READER_CANNOT_ANNOTATE', 'vera'],
    [
      'of an image that is not here',
      {
        images: [{ name: 'gone', sha256: 'a'.repeat(64) }],
        tasks: [{ id: 'cells', title: 'Cells', instruction: '', images: ['gone'], classes: [] }],
      },
      'IMAGE_MISSING',
      'gone',
    ],
    [
      'of arms that show the same',
      {
        arms: [
          { id: 'a', title: 'A', layers: [] },
          { id: 'b', title: 'B', layers: [] },
        ],
      },
      'ARM_WITHOUT_LAYERS',
      'B',
    ],
    [
      'of a layer that is not here',
      { arms: [{ id: 'unaided', title: 'A', layers: ['Model 9'] }] },
      'LAYER_MISSING',
      'Model 9',
    ],
  ])('%s is kept as a draft, told why, and not opened', async (_, part, code, value) => {
    const study = await world.make(blindStudy(world, part.readers ?? ['ada', 'ben'], part));
    expect(study.problems).toContainEqual(expect.objectContaining({ code, value }));
    const opened = await world.open(study, 'blind');
    expect([opened.status, opened.body.code]).toEqual([422, 'STUDY_INVALID']);
    expect(opened.body.detail).toContain(code);
    expect((await world.ask('boss', 'GET', `/studies/${study.id}`)).body).toMatchObject({
      state: 'draft',
      versions: [],
    });
    expect((await world.ask('boss', 'DELETE', `/studies/${study.id}`)).status).toBe(204);
  });

  it('asks one reader for two opinions is told so', async () => {
    const document = blindStudy(world, ['ada']);
    const [phase] = document.phases;
    phase!.mode = 'secondOpinion';
    phase!.rule = { k: 2, quorum: 0.5, margin: 1, strict: false, authorCounts: false };
    const study = await world.make(document);
    expect(study.problems).toContainEqual(expect.objectContaining({ code: 'TOO_FEW_READERS', value: 2 }));
  });

  it.each([
    ['a document of another kind', { document: { format: 'other' } }],
    ['neither title nor document', {}],
    ['a title of nothing', { title: '' }],
    ['control characters in a title', { title: 'a\u0007' }],
  ])('is refused as %s', async (_, body) => {
    const answer = await world.ask('boss', 'POST', '/studies', body);
    expect([answer.status, answer.body.code]).toEqual([422, 'INVALID_REQUEST']);
  });
});

it('answers addresses that name nothing with 4xx, whatever they hold', async () => {
  const study = await world.make(blindStudy(world, ['ada']));
  for (const [path, status] of [
    [`/studies/${study.id}/phases/%00/progress`, 422],
    [`/studies/${study.id}/phases/none/progress`, 404],
    [`/studies/${study.id}/document?version=99999999999`, 422],
    [`/studies/${study.id}/document?version=-1`, 422],
    [`/studies/00000000-0000-4000-8000-000000000000`, 404],
    [`/studies/1`, 422],
  ] as const)
    expect((await world.ask('boss', 'GET', path)).status, path).toBe(status);
  await world.ask('boss', 'DELETE', `/studies/${study.id}`);
});

describe('a draft', () => {
  it('is saved only by who has seen it last, and never half', async () => {
    const { body: study } = (await world.ask('boss', 'POST', '/studies', { title: 'New' })) as { body: Study };
    expect(codesOf(study)).toEqual(['NO_READERS', 'NO_TASKS', 'PHASE_WITHOUT_READINGS']);
    const save = (revision: number, title: string) =>
      world.ask('boss', 'PUT', `/studies/${study.id}/draft`, { revision, document: { ...study.draft, title } });
    expect((await save(1, 'Mine')).body).toMatchObject({ draftRevision: 2, draft: { title: 'Mine' } });
    expect((await save(1, 'Theirs')).body).toMatchObject({ status: 409, code: 'DRAFT_CHANGED' });
    expect((await world.ask('boss', 'GET', `/studies/${study.id}`)).body.draft.title).toBe('Mine');
    expect((await world.ask('boss', 'DELETE', `/studies/${study.id}`)).status).toBe(204);
  });

  it('is for managers, in their own project only', async () => {
    const study = await world.make(blindStudy(world, ['ada']));
    for (const who of ['ada', 'vera'] as const) {
      expect((await world.ask(who, 'GET', '/studies')).status).toBe(403);
      expect((await world.ask(who, 'GET', `/studies/${study.id}`)).status).toBe(403);
      expect((await world.ask(who, 'GET', '/choices')).status).toBe(403);
    }
    const other = await world.kernel.project({ boss: 'manager' });
    await world.kernel.enable(other.id, 'study-modes', true);
    const foreign = await world.people.boss.request(
      'GET',
      `/api/v2/projects/${other.id}/plugins/study-modes/studies/${study.id}`,
    );
    expect([foreign.status, foreign.body.code]).toEqual([404, 'NOT_FOUND']);
    await world.ask('boss', 'DELETE', `/studies/${study.id}`);
  });
});

describe('the document', () => {
  it('goes out in the form that has its hash, and comes in again as the same', async () => {
    const document = blindStudy(world, ['ada', 'ben']);
    const study = await world.make(document);
    expect(study.draftSha256).toBe(hashOf(document));
    const file = await world.ask('boss', 'GET', `/studies/${study.id}/document`);
    const text = canonicalText(file.body);
    expect(file.headers.get('content-type')).toContain('application/json');
    expect(hashOf(JSON.parse(text))).toBe(study.draftSha256);
    const again = await world.make(file.body as StudyDocument);
    expect(again.draftSha256).toBe(study.draftSha256);
    expect((await world.ask('boss', 'GET', `/studies/${study.id}/document?version=1`)).status).toBe(404);
    for (const { id } of [study, again]) await world.ask('boss', 'DELETE', `/studies/${id}`);
  });

  it('finds images by content where they are called something else, and says what it lacks', async () => {
    const document = blindStudy(world, ['ada']);
    const [first, second] = document.images;
    document.tasks[0]!.images = [first!.name, 'elsewhere'];
    document.images = [first!, { name: 'elsewhere', sha256: second!.sha256 }];
    const study = await world.make(document);
    expect(codesOf(study)).toEqual(['IMAGE_RENAMED']);
    await world.ask('boss', 'DELETE', `/studies/${study.id}`);
  });
});

describe('versions', () => {
  it('come from the draft with a reason, keep what was in force, and lose nothing that is recorded', async () => {
    const study = await world.make(blindStudy(world, ['ada', 'ben']));
    expect((await world.ask('boss', 'POST', `/studies/${study.id}/versions`, { reason: '' })).status).toBe(422);
    const opened = (await world.open(study, 'blind')).body as Study;
    expect(opened).toMatchObject({ state: 'running', collaboration: 'blind', versions: [{ number: 1 }] });
    const same = await world.ask('boss', 'POST', `/studies/${study.id}/versions`, { reason: 'no reason' });
    expect(same.body).toMatchObject({ status: 409, code: 'NOTHING_CHANGED' });
    await world.finish('ada', world.imageIds[0]!, 'empty');

    const change = async (document: StudyDocument) => {
      const { body } = (await world.ask('boss', 'GET', `/studies/${study.id}`)) as { body: Study };
      await world.ask('boss', 'PUT', `/studies/${study.id}/draft`, { revision: body.draftRevision, document });
      return world.ask('boss', 'POST', `/studies/${study.id}/versions`, { reason: 'Ada is ill' });
    };
    const phases = blindStudy(world, ['ada']).phases.map((phase) => ({ ...phase, mode: 'cooperative' as const }));
    const wrong = await change(blindStudy(world, ['ada', 'ben'], { phases }));
    expect(wrong.body.detail).toContain('MODE_OF_OPEN_PHASE');
    const tasks = blindStudy(world, []).tasks.map((task) => ({ ...task, id: 'other' }));
    const readings = [{ reader: 'ada', task: 'other', arm: 'unaided' }];
    const reading = blindStudy(world, []).phases.map((phase) => ({ ...phase, readings }));
    expect((await change(blindStudy(world, ['ada'], { tasks, phases: reading }))).body.detail).toContain(
      'TASK_WAS_READ',
    );

    const next = await change(blindStudy(world, ['ben']));
    expect([next.status, next.body.versions.length]).toEqual([201, 2]);
    expect(next.body.versions[0]).toMatchObject({ number: 2, reason: 'Ada is ill' });
    const first = await world.ask('boss', 'GET', `/studies/${study.id}/document?version=1`);
    expect(hashOf(first.body)).toBe(study.draftSha256);
    const progress = await world.ask('boss', 'GET', `/studies/${study.id}/phases/blind/progress`);
    expect(progress.body.readers).toEqual([
      expect.objectContaining({ reader: 'ben', done: 0, total: 3, hasLeft: false }),
      expect.objectContaining({ reader: 'ada', done: 1, empty: 1, total: 1, hasLeft: true }),
    ]);
    expect(await world.mine('ada')).toBeNull();
    expect(await world.seen('ada')).toEqual([]);
    await world.end(study);
    const log = (await world.ask('boss', 'GET', `/studies/${study.id}/log`)).body as { kind: string; userId: number }[];
    expect(log.map(({ kind }) => kind)).toEqual([
      'study.imported',
      'version.made',
      'phase.opened',
      'case.finished',
      'version.made',
      'phase.closed',
      'study.ended',
    ]);
    expect(log.map(({ userId }) => userId)).toEqual(
      [1, 1, 1, 2, 1, 1, 1].map((n) => world.id(n === 1 ? 'boss' : 'ada')),
    );
  });
});
