import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CaseRecord, Mine, Study } from '../shared/contract.ts';
import { blindStudy, makeStudyWorld, type StudyWorld } from './world.testing.ts';

let world: StudyWorld;
let first: number;
let second: number;
let third: number;
beforeAll(async () => {
  world = await makeStudyWorld();
  [first = 0, second = 0, third = 0] = world.imageIds;
});
afterEach(() => world.clear());
afterAll(() => world?.kernel.close());

const study = async (more: Parameters<typeof blindStudy>[2] = {}, readers = ['ada', 'ben']): Promise<Study> => {
  const made = await world.make(blindStudy(world, readers, more));
  const opened = await world.open(made, 'blind');
  expect(opened.body).toMatchObject({ state: 'running' });
  return made;
};
/** A phase of {@link blindStudy} with other settings. */
const phaseWith = (more: object, readers = ['ada', 'ben']): Parameters<typeof blindStudy>[2] => ({
  phases: blindStudy(world, readers).phases.map((phase) => ({ ...phase, ...more })),
});

describe('what does not go', () => {
  it('is a second phase, a second study, a phase that is nobody’s, and closing what is not open', async () => {
    const running = await study();
    const other = await world.make(blindStudy(world, ['ada']));
    expect((await world.open(running, 'blind')).body.code).toBe('PHASE_OPEN');
    const refused = await world.open(other, 'blind');
    expect([refused.status, refused.body.code]).toEqual([409, 'STUDY_RUNNING']);
    expect(refused.body.detail).toContain('"Cells"');
    expect((await world.open(running, 'none')).body.code).toBe('NOT_FOUND');
    expect((await world.close(other, 'blind')).body.code).toBe('PHASE_NOT_OPEN');
    expect((await world.ask('boss', 'POST', `/studies/${running.id}/end`, {})).body.code).toBe('PHASE_OPEN');
    expect((await world.ask('boss', 'DELETE', `/studies/${running.id}`)).body.code).toBe('STUDY_RUNNING');
    await world.end(running);
    expect((await world.open(running, 'blind')).body.code).toBe('STUDY_ENDED');
    await world.ask('boss', 'DELETE', `/studies/${other.id}`);
  });

  it('is a phase whose planned end is past, or whose reader has become a manager meanwhile', async () => {
    const late = await world.make(blindStudy(world, ['ada'], phaseWith({ closesAt: '2020-01-01T00:00:00Z' }, ['ada'])));
    expect((await world.open(late, 'blind')).body.code).toBe('PHASE_OVER');
    const running = await study();
    await world.close(running, 'blind');
    const role = (name: string) =>
      world.people.boss.request('PUT', `/api/v2/projects/${world.projectId}/members/${world.id('ben')}`, {
        role: name,
      });
    await role('manager');
    const again = await world.open(running, 'blind');
    expect(again.body.detail).toContain('READER_SEES_ALL');
    await role('annotator');
    await world.end(running);
  });
});

describe('a reader of a blind phase', () => {
  it('sees the next case only, finishes it or says that there is nothing, and cannot go back on it', async () => {
    const running = await study();
    const { next, tasks, others } = (await world.mine('ada')) as Mine;
    expect([next?.imageId, next?.place, others]).toEqual([first, 1, undefined]);
    expect(tasks).toEqual([
      { id: 'cells', title: 'Cells', instruction: 'Mark each cell.', classes: [], done: 0, total: 3 },
    ]);
    expect(await world.seen('ada')).toEqual([first]);
    expect((await world.people.ada.request('GET', `/api/v2/images/${second}`)).status).toBe(404);
    expect((await world.people.ada.request('GET', `/api/v2/images/${second}/tiles/0/0/0`)).status).toBe(404);
    expect((await world.draw('ada', second)).status).toBe(404);
    expect((await world.finish('ada', second, 'empty')).body.code).toBe('CASE_NOT_OPEN');

    const nothing = await world.finish('ada', first, 'complete');
    expect([nothing.status, nothing.body.code]).toEqual([409, 'CASE_EMPTY']);
    expect((await world.draw('ada', first)).status).toBe(200);
    expect((await world.finish('ada', first, 'empty')).body.code).toBe('CASE_NOT_EMPTY');
    const finished = await world.finish('ada', first, 'complete');
    expect([finished.status, finished.body.next.imageId, finished.body.tasks[0].done]).toEqual([200, second, 1]);
    expect((await world.finish('ada', first, 'complete')).status).toBe(200); // safe to repeat
    expect((await world.finish('ada', first, 'empty')).body.code).toBe('CASE_FINISHED');
    expect(await world.seen('ada')).toEqual([first, second]);
    const refused = await world.draw('ada', first);
    expect([refused.status, refused.body.code]).toEqual([409, 'CASE_FINISHED']);

    expect((await world.finish('ada', second, 'empty')).body.next.imageId).toBe(third);
    expect((await world.finish('ada', third, 'empty')).body.next).toBeUndefined();
    expect(await world.seen('ben')).toEqual([first]);
    expect(await world.seen('boss')).toEqual([first, second, third]);
    await world.end(running);
    expect(await world.seen('ben')).toEqual([first, second, third]);
  });

  it('is told nothing of what others do, by no address', async () => {
    const running = await study();
    await world.ask('ben', 'POST', `/cases/${first}/beat`, { activeMs: 0 });
    const api = `/api/v2/projects/${world.projectId}`;
    const look = async (): Promise<string[]> => {
      const answers: string[] = [];
      for (const path of [
        `${api}/plugins/study-modes/mine`,
        `${api}/plugins/study-modes/studies`,
        `${api}/plugins/study-modes/studies/${running.id}/log`,
        `${api}/image-sets`,
        `/api/v2/image-sets/${world.imageSetId}/images`,
        `/api/v2/images/${first}`,
        `/api/v2/images/${second}`,
        `/api/v2/images/${first}/annotations`,
        api,
      ]) {
        const { status, body, headers } = await world.people.ben.request('GET', path);
        answers.push(`${path} ${status} ${headers.get('etag')} ${JSON.stringify({ ...body, requestId: '' })}`);
      }
      return answers;
    };
    const before = await look();
    await world.draw('ada', first);
    await world.finish('ada', first, 'complete');
    await world.finish('ada', second, 'empty');
    expect(await look()).toEqual(before);
    await world.end(running);
  });

  it('neither changes nor deletes nor brings back anything in a finished case', async () => {
    const running = await study();
    const change = (changes: object) =>
      world.people.ada.request('POST', `/api/v2/images/${first}/annotations/changes`, {
        changeId: crypto.randomUUID(),
        ...changes,
      });
    const [gone, kept] = [
      (await world.draw('ada', first)).body.items[0],
      (await world.draw('ada', first)).body.items[0],
    ];
    expect((await change({ delete: [{ uuid: gone.uuid, revision: 1 }] })).status).toBe(200);
    expect((await world.finish('ada', first, 'complete')).status).toBe(200);
    for (const changes of [
      { update: [{ uuid: kept.uuid, revision: 1, description: 'later' }] },
      { delete: [{ uuid: kept.uuid, revision: 1 }] },
      { restore: [{ uuid: gone.uuid, revision: 2 }] },
    ])
      expect((await change(changes)).body).toMatchObject({ status: 409, code: 'CASE_FINISHED' });
    await world.end(running);
    expect((await change({ restore: [{ uuid: gone.uuid, revision: 2 }] })).status).toBe(200);
  });

  it('does not see done cases where the study hides them', async () => {
    const running = await study(phaseWith({ done: 'hidden' }));
    await world.finish('ben', first, 'empty');
    expect(await world.seen('ben')).toEqual([second]);
    expect((await world.mine('ben'))?.cases.map(({ imageId }) => imageId)).toEqual([second]);
    await world.end(running);
  });

  it('gets a case back from a manager, with a reason in the record', async () => {
    const running = await study();
    await world.finish('ben', first, 'empty');
    const which = { phaseId: 'blind', taskId: 'cells', readerId: world.id('ben'), imageId: first };
    const reopen = (body: object) => world.ask('boss', 'POST', `/studies/${running.id}/cases/reopen`, body);
    expect((await reopen({ ...which, reason: '' })).status).toBe(422);
    expect((await reopen({ ...which, imageId: third, reason: 'slipped' })).status).toBe(404);
    expect((await reopen({ ...which, reason: 'slipped' })).body).toMatchObject({ outcome: null, reopened: 1 });
    expect((await reopen({ ...which, reason: 'slipped' })).body.code).toBe('CASE_NOT_FINISHED');
    expect((await world.mine('ben'))?.next?.imageId).toBe(first);
    expect((await world.draw('ben', first)).status).toBe(200);
    expect((await world.finish('ben', first, 'complete')).status).toBe(200);
    const { body: log } = await world.ask('boss', 'GET', `/studies/${running.id}/log`);
    expect(log).toContainEqual(
      expect.objectContaining({
        kind: 'case.reopened',
        userId: world.id('boss'),
        detail: expect.objectContaining({ reason: 'slipped', outcome: 'empty' }),
      }),
    );
    await world.end(running);
  });

  it('changes nothing between phases, and sees what they have done', async () => {
    const running = await study();
    expect((await world.finish('cleo', first, 'empty')).body.code).toBe('CASE_NOT_OPEN');
    await world.finish('ben', first, 'empty');
    await world.close(running, 'blind');
    expect((await world.mine('ben'))?.phase).toBeUndefined();
    expect(await world.seen('ben')).toEqual([first]);
    expect((await world.draw('ben', first)).body.code).toBe('NO_PHASE_OPEN');
    expect((await world.finish('ben', second, 'empty')).body.code).toBe('NO_PHASE_OPEN');
    expect((await world.open(running, 'blind')).status).toBe(200);
    expect((await world.mine('ben'))?.next?.imageId).toBe(second);
    await world.end(running);
  });

  it('draws only classes of the task', async () => {
    const tasks = blindStudy(world, []).tasks.map((task) => ({
      ...task,
      classes: [{ product: 'Things', templates: ['Vessel'] }],
    }));
    const running = await study({ tasks });
    expect((await world.mine('ada'))?.tasks[0]?.classes).toEqual(['Vessel']);
    const refused = await world.draw('ada', first);
    expect([refused.status, refused.body.code]).toEqual([422, 'TEMPLATE_NOT_IN_TASK']);
    expect((await world.draw('ada', first, world.templates.vessel)).status).toBe(200);
    await world.end(running);
  });
});

describe('arms', () => {
  it('show a layer to those readers only whose arm has it', async () => {
    const layer = await world.people.boss.request('POST', `/api/v2/projects/${world.projectId}/layers`, {
      name: 'Model 1',
      purpose: 'precomputed',
      shown: false,
    });
    const arms = [
      { id: 'unaided', title: 'Unaided', layers: [] },
      { id: 'aided', title: 'Aided', layers: ['Model 1'] },
    ];
    const readings = [
      { reader: 'ada', task: 'cells', arm: 'aided' },
      { reader: 'ben', task: 'cells', arm: 'unaided' },
    ];
    const hidden = await world.make(blindStudy(world, ['ada', 'ben'], { arms, ...phaseWith({ readings }) }));
    expect(hidden.problems).toContainEqual(expect.objectContaining({ code: 'LAYER_NOT_SHOWN', value: 'Model 1' }));
    await world.people.boss.request('PATCH', `/api/v2/layers/${layer.body.id}`, { shown: true });

    const drawn = await world.draw('boss', first);
    const { uuid, revision } = drawn.body.items[0];
    const moved = await world.people.boss.request('POST', `/api/v2/images/${first}/annotations/changes`, {
      changeId: crypto.randomUUID(),
      update: [{ uuid, revision, layerId: layer.body.id }],
    });
    expect(moved.status).toBe(200);
    expect((await world.open(hidden, 'blind')).status).toBe(200);
    const uuidsOf = async (who: 'ada' | 'ben'): Promise<string[]> =>
      (await world.people[who].request('GET', `/api/v2/images/${first}/annotations`)).body.items
        .filter((item: { layerId?: number }) => item.layerId !== undefined)
        .map((item: { uuid: string }) => item.uuid);
    expect(await uuidsOf('ada')).toEqual([uuid]);
    expect(await uuidsOf('ben')).toEqual([]);
    expect((await world.people.ben.request('GET', `/api/v2/annotations/${uuid}`)).status).toBe(404);
    // A reader whose arm has objects to judge may be done without drawing one.
    await world.finish('ada', first, 'complete');
    expect((await world.mine('ada'))?.next?.imageId).toBe(second);
    await world.end(hidden);
  });

  it('hide own work from before, where the same images are read again', async () => {
    await world.draw('cleo', first);
    const count = async (): Promise<number> =>
      (await world.people.cleo.request('GET', `/api/v2/images/${first}/annotations?authors=${world.id('cleo')}`)).body
        .items.length;
    const before = await count();
    expect(before).toBeGreaterThan(0);
    const running = await study(phaseWith({ earlier: 'hidden' }, ['cleo']), ['cleo']);
    expect(await count()).toBe(0);
    expect((await world.finish('cleo', first, 'complete')).body.code).toBe('CASE_EMPTY');
    await world.draw('cleo', first);
    expect(await count()).toBe(1);
    await world.end(running);
    expect(await count()).toBe(before + 1);
  });
});

describe('a phase in which readers see each other', () => {
  it('tells everybody how far all are, and lets them choose among their cases', async () => {
    const running = await study(phaseWith({ mode: 'cooperative', sequence: 'free' }));
    expect(await world.seen('ada')).toEqual([first, second, third]);
    await world.finish('ada', second, 'empty');
    const mine = (await world.mine('ben')) as Mine;
    expect(mine.others).toEqual([
      { userId: world.id('ada'), name: 'ada', done: 1, total: 3 },
      { userId: world.id('ben'), name: 'ben', done: 0, total: 3 },
    ]);
    expect(mine.cases.map(({ imageId }) => imageId)).toEqual([first, second, third]);
    expect((await world.draw('ada', second)).status).toBe(200);
    await world.end(running);
  });
});

describe('the plan', () => {
  const again = async (): Promise<void> => {
    await world.kernel.stop('study-modes');
    await world.kernel.start('study-modes');
  };
  const stateOf = async ({ id }: Study) => (await world.ask('boss', 'GET', `/studies/${id}`)).body.phases[0] as object;

  it('opens a phase when its time has come, once there is a version, and says that nobody did', async () => {
    const made = await world.make(blindStudy(world, ['ada'], phaseWith({ opensAt: '2020-01-01T00:00:00Z' }, ['ada'])));
    await again();
    expect(await stateOf(made)).toMatchObject({ state: 'planned' }); // a draft is nobody's decision yet
    await world.ask('boss', 'POST', `/studies/${made.id}/versions`, { reason: 'ready' });
    await again();
    await expect.poll(() => stateOf(made), { timeout: 10_000 }).toMatchObject({ state: 'open', openedBy: null });
    expect(await world.seen('ada')).toEqual([first]);
  });

  it('notes once in the record why a phase could not be opened', async () => {
    const running = await study();
    const made = await world.make(blindStudy(world, ['ada'], phaseWith({ opensAt: '2020-01-01T00:00:00Z' }, ['ada'])));
    await world.ask('boss', 'POST', `/studies/${made.id}/versions`, { reason: 'ready' });
    const failures = async () =>
      ((await world.ask('boss', 'GET', `/studies/${made.id}/log`)).body as { kind: string; detail: object }[]).filter(
        ({ kind }) => kind === 'phase.notFollowed',
      );
    for (let round = 0; round < 3; round++) {
      await again();
      await expect.poll(async () => (await failures()).length, { timeout: 10_000 }).toBe(1);
    }
    expect((await failures())[0]?.detail).toMatchObject({ phase: 'blind', code: 'STUDY_RUNNING' });
    await world.end(running);
    await world.ask('boss', 'DELETE', `/studies/${made.id}`);
  });

  it('ends a phase to the second for its readers, and writes down when', async () => {
    const closesAt = new Date(Date.now() + 1500).toISOString();
    const running = await study(phaseWith({ closesAt }));
    expect((await world.mine('ada'))?.phase?.closesAt).toBe(closesAt);
    await expect.poll(async () => (await world.mine('ada'))?.phase, { timeout: 10_000 }).toBeUndefined();
    expect((await world.finish('ada', first, 'empty')).body.code).toBe('NO_PHASE_OPEN');
    await again();
    await expect
      .poll(() => stateOf(running), { timeout: 10_000 })
      .toMatchObject({ state: 'closed', closedAt: closesAt, closedBy: null });
  });
});

describe('time and records', () => {
  it('believe of active time what the clock of the server allows', async () => {
    const running = await study();
    const beat = (activeMs: number) => world.ask('ada', 'POST', `/cases/${first}/beat`, { activeMs });
    expect((await beat(60_000)).body.activeMs).toBeLessThan(10_000); // first shown now
    const { body } = await beat(3_600_000);
    expect(body.activeMs).toBeGreaterThan(0);
    expect(body.activeMs).toBeLessThan(20_000);
    expect((await world.ask('ada', 'POST', `/cases/${second}/beat`, { activeMs: 1 })).body.code).toBe('CASE_NOT_OPEN');
    expect((await world.ask('ada', 'POST', `/cases/${first}/beat`, { activeMs: -1 })).status).toBe(422);
    expect((await world.finish('ada', first, 'empty')).status).toBe(200);
    expect((await beat(1)).body.code).toBe('CASE_FINISHED');

    const { body: records } = (await world.ask('boss', 'GET', `/studies/${running.id}/cases`)) as {
      body: CaseRecord[];
    };
    expect(records).toMatchObject([
      { taskId: 'cells', readerId: world.id('ada'), imageId: first, arm: 'unaided', place: 1, version: 1, reopened: 0 },
    ]);
    const csv = await world.ask('boss', 'GET', `/studies/${running.id}/cases/csv`);
    expect(csv.headers.get('content-type')).toContain('text/csv');
    const [heads, row] = (csv.body as string).split('\r\n');
    expect(heads).toContain('study,version,document_sha256,phase,task,reader,arm,place,image,outcome');
    expect(row).toContain(`Cells,1,${running.draftSha256},blind,cells,ada,unaided,1,`);
    const { body: progress } = await world.ask('boss', 'GET', `/studies/${running.id}/phases/blind/progress`);
    expect(progress.readers).toMatchObject([
      { reader: 'ada', done: 1, total: 3 },
      { reader: 'ben', done: 0, total: 3 },
    ]);
    expect(progress.images[0]).toMatchObject({ imageId: first, done: 1, total: 2, imageSet: 'Images' });
    expect(progress.sets).toEqual([{ name: 'Images', done: 1, total: 6 }]);
    await world.end(running);
  });
});
