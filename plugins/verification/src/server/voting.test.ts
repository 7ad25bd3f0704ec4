import { randomUUID } from 'node:crypto';
import type { RunningStudy } from '@exact/study';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { box, type House, openHouse, type Stage } from './stage.testing.ts';

let house: House;
let stage: Stage;
let uuid: string;

beforeAll(async () => {
  house = await openHouse();
  stage = await house.stage('secondOpinion');
  uuid = await stage.draw(house.people.dora, 0, box(10));
});
afterAll(() => house?.close());

const countVotes = async (): Promise<number> =>
  (await house.db.query<{ n: number }>('select count(*)::int as n from plugin_verification.vote'))[0]?.n ?? -1;
const codeOf = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];

describe('a vote', () => {
  it.each<[string, () => Promise<{ status: number; body: { code?: string } }>, number, string]>([
    ['on what is not there', () => stage.vote(house.people.ada, randomUUID(), 'accept'), 404, 'NOT_FOUND'],
    [
      'on what lies on another image',
      () =>
        stage.ask(house.people.ada, 'POST', `/images/${stage.images[1]}/votes`, {
          voteId: randomUUID(),
          annotation: uuid,
          revision: 1,
          verdict: 'accept',
          activeMs: 1,
        }),
      404,
      'NOT_FOUND',
    ],
    ['by an annotator', () => stage.vote(house.people.dora, uuid, 'accept'), 403, 'NOT_A_READER'],
    ['by a stranger', () => stage.vote(house.people.eve, uuid, 'accept'), 404, 'NOT_FOUND'],
    [
      'on a revision that never was',
      () => stage.vote(house.people.ada, uuid, 'accept', { revision: 9 }),
      409,
      'VOTE_STALE',
    ],
    ['without a class for "relabel"', () => stage.vote(house.people.ada, uuid, 'relabel'), 422, 'VERDICT_INCOMPLETE'],
    [
      'with a class for "accept"',
      () => stage.vote(house.people.ada, uuid, 'accept', { templateId: 1 }),
      422,
      'VERDICT_INCOMPLETE',
    ],
    ['without a shape for "reshape"', () => stage.vote(house.people.ada, uuid, 'reshape'), 422, 'VERDICT_INCOMPLETE'],
    [
      "for a class that is nobody's",
      () => stage.vote(house.people.ada, uuid, 'relabel', { templateId: 999_999 }),
      422,
      'TEMPLATE_NOT_FITTING',
    ],
    [
      'for a class of points',
      () => stage.vote(house.people.ada, uuid, 'relabel', { templateId: stage.templates.point }),
      422,
      'TEMPLATE_NOT_FITTING',
    ],
    [
      'for a class out of use',
      () => stage.vote(house.people.ada, uuid, 'relabel', { templateId: stage.templates.retired }),
      422,
      'TEMPLATE_NOT_FITTING',
    ],
    [
      'for no shape',
      () => stage.vote(house.people.ada, uuid, 'reshape', { geometry: { kind: 'blob' } }),
      422,
      'SHAPE_INVALID',
    ],
    [
      'for a flat box',
      () => stage.vote(house.people.ada, uuid, 'reshape', { geometry: box(0, 0, 0) }),
      422,
      'SHAPE_INVALID',
    ],
    [
      'for a shape outside',
      () => stage.vote(house.people.ada, uuid, 'reshape', { geometry: box(5000) }),
      422,
      'SHAPE_INVALID',
    ],
    [
      'for a shape of another kind',
      () => stage.vote(house.people.ada, uuid, 'reshape', { geometry: { kind: 'point', x: 1, y: 1 } }),
      422,
      'SHAPE_INVALID',
    ],
    ['with a verdict of no kind', () => stage.vote(house.people.ada, uuid, 'perhaps'), 422, 'INVALID_REQUEST'],
    [
      'with negative time',
      () => stage.vote(house.people.ada, uuid, 'accept', { activeMs: -1 }),
      422,
      'INVALID_REQUEST',
    ],
    [
      'with a day of time',
      () => stage.vote(house.people.ada, uuid, 'accept', { activeMs: 86_400_000 }),
      422,
      'INVALID_REQUEST',
    ],
  ])('%s is refused with a code, and nothing is stored', async (_, cast, status, code) => {
    const before = await countVotes();
    expect(codeOf(await cast())).toEqual([status, code]);
    expect(await countVotes()).toBe(before);
  });

  it('on what was deleted, or changed since it was looked at, is refused with what is there now', async () => {
    const { ada, dora } = house.people;
    const gone = await stage.draw(dora, 0, box(40));
    await dora.request('POST', `/api/v2/images/${stage.images[0]}/annotations/changes`, {
      changeId: randomUUID(),
      delete: [{ uuid: gone, revision: 1 }],
    });
    expect(codeOf(await stage.vote(ada, gone, 'accept', { revision: 2 }))).toEqual([404, 'NOT_FOUND']);
    const changed = await stage.draw(dora, 0, box(70));
    await stage.edit(dora, changed, { geometry: box(71) });
    const answer = await stage.vote(ada, changed, 'accept');
    expect(answer.body).toMatchObject({
      code: 'VOTE_STALE',
      status: 409,
      data: { current: { revision: 2, geometry: box(71) } },
    });
    expect((await stage.vote(ada, changed, 'accept', { revision: 2 })).status).toBe(201);
  });

  it('sent twice is stored once, also at the same moment; the same id for something else is refused', async () => {
    const { ada, ben } = house.people;
    const object = await stage.draw(house.people.dora, 0, box(100));
    const voteId = randomUUID();
    const before = await countVotes();
    const answers = await Promise.all([1, 2, 3, 4].map(() => stage.vote(ada, object, 'accept', { voteId })));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(await countVotes()).toBe(before + 1);
    expect(codeOf(await stage.vote(ada, object, 'reject', { voteId }))).toEqual([409, 'ID_IN_USE']);
    // another person may happen on the same id, and learns nothing of it
    expect((await stage.vote(ben, object, 'reject', { voteId })).status).toBe(201);
    expect(await countVotes()).toBe(before + 2);
  });

  it('keeps what was judged, the time and a changed shape, and can be taken back by a newer one', async () => {
    const { ada } = house.people;
    const object = await stage.draw(house.people.dora, 0, box(130));
    const shape = box(131, 51, 22);
    const said = await stage.vote(ada, object, 'reshape', { geometry: shape, activeMs: 1234 });
    expect(said.body).toMatchObject({
      mine: { verdict: 'reshape', geometry: shape, activeMs: 1234, informed: false, isCurrent: true },
      standing: { state: 'open', cast: 1, needed: 2 },
    });
    const [row] = await house.db.query('select * from plugin_verification.vote where annotation = $1', [object]);
    expect(row).toMatchObject({
      judged_revision: 1,
      judged_template: stage.templates.cell,
      judged_shape: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect((await stage.vote(ada, object, 'none')).body).toMatchObject({ mine: null, standing: { cast: 0 } });
    // the row itself is as it was
    expect(await stage.get(object)).toMatchObject({ revision: 1, geometry: box(130) });
  });

  it('stays in the log: nobody changes or removes a line, but an image takes its own along', async () => {
    const other = await house.stage('secondOpinion');
    const object = await other.draw(house.people.dora, 1, box(10));
    await other.vote(house.people.ada, object, 'accept');
    for (const statement of [
      'update plugin_verification.vote set verdict = $1',
      'delete from plugin_verification.vote where verdict <> $1',
    ])
      await expect(house.db.query(statement, ['none'])).rejects.toThrow('can only be added to');
    await expect(house.db.query('truncate plugin_verification.vote')).rejects.toThrow('can only be added to');
    const before = await countVotes();
    const removed = await house.people.boss.request('POST', `/api/v2/image-sets/${other.imageSetId}/images/delete`, {
      imageIds: [other.images[1]],
    });
    expect(removed.status).toBeLessThan(300);
    expect(await countVotes()).toBe(before - 1);
  });
});

describe("others' votes", () => {
  it('are hidden until one has voted oneself: every answer is the same as if nobody had', async () => {
    const { ada, ben, cleo, boss } = house.people;
    const one = await house.stage('secondOpinion');
    const object = await one.draw(house.people.dora, 0, box(10));
    const doors = [
      '/situation',
      `/queue`,
      `/images/${one.images[0]}/opinions/${object}`,
      `/images/${one.images[0]}/records`,
      '/progress',
    ];
    const see = async () =>
      JSON.stringify(await Promise.all(doors.map(async (door) => (await one.ask(cleo, 'GET', door)).body)));
    const before = await see();
    expect(before).toContain('"standing":null');
    await one.vote(ada, object, 'accept');
    await one.vote(ben, object, 'reject');
    await one.ask(ada, 'POST', `/images/${one.images[1]}/records`, {
      recordId: randomUUID(),
      outcome: 'empty',
      activeMs: 5,
    });
    expect(await see()).toBe(before);
    expect(codeOf(await one.ask(cleo, 'GET', '/queue?which=review'))).toEqual([403, 'NOT_AN_ADJUDICATOR']);
    // managers see all, and cleo once she has voted
    const all = await one.ask(boss, 'GET', `/images/${one.images[0]}/opinions/${object}`);
    expect(all.body.standing).toMatchObject({
      state: 'disputed',
      votes: [{ verdict: 'accept' }, { verdict: 'reject' }],
    });
    expect((await one.vote(cleo, object, 'accept')).body.standing).toMatchObject({ state: 'agreed', cast: 3 });
    expect((await one.vote(cleo, object, 'reject')).body.mine).toMatchObject({ informed: true });
  });

  it('are open to all when voting has ended, and nobody votes any more', async () => {
    const { ada, cleo, boss } = house.people;
    const one = await house.stage('secondOpinion');
    const object = await one.draw(house.people.dora, 0, box(10));
    const voteId = randomUUID();
    await one.vote(ada, object, 'accept', { voteId });
    expect((await one.ask(ada, 'PUT', '/voting', { isOpen: false })).status).toBe(403);
    expect((await one.ask(boss, 'PUT', '/voting', { isOpen: false })).body).toMatchObject({ isOpen: false });
    expect(codeOf(await one.vote(cleo, object, 'accept'))).toEqual([409, 'VOTING_CLOSED']);
    expect((await one.vote(ada, object, 'accept', { voteId })).status).toBe(201); // a retry of what was stored
    const seen = await one.ask(cleo, 'GET', `/images/${one.images[0]}/opinions/${object}`);
    expect(seen.body.standing).toMatchObject({ state: 'open', cast: 1 });
  });
});

describe('direct verdicts', () => {
  const accept = async (one: Stage, object: string) =>
    house.people.boss.request('POST', `/api/v2/images/${one.images[0]}/annotations/changes`, {
      changeId: randomUUID(),
      verify: [{ uuid: object, revision: 1, verdict: 'accepted' }],
    });

  it('are refused where second opinions are asked for, with the way to vote; and there only', async () => {
    const one = await house.stage('cooperative');
    const object = await one.draw(house.people.dora, 0, box(10));
    expect(codeOf(await one.vote(house.people.ada, object, 'accept'))).toEqual([409, 'VOTES_NOT_TAKEN']);
    await one.mode('secondOpinion');
    const refused = await accept(one, object);
    expect(refused.body).toMatchObject({
      status: 409,
      code: 'VOTE_INSTEAD',
      detail: expect.stringContaining('Vote on it'),
    });
    expect(codeOf(await one.ask(house.people.ada, 'POST', `/images/${one.images[0]}/verify-all`))).toEqual([
      409,
      'VOTE_INSTEAD',
    ]);
    expect((await one.get(object)).verification).toBeUndefined();
    await one.mode('cooperative');
    expect((await accept(one, object)).status).toBe(200);
  });
});

describe('a study that is running', () => {
  const studyOf = (one: Stage, more: Partial<RunningStudy> = {}): RunningStudy => ({
    studyId: 's',
    phaseId: 'p1',
    mode: 'secondOpinion',
    readerIds: [house.people.dora.principal.userId, house.people.ben.principal.userId],
    adjudicatorIds: [house.people.cleo.principal.userId],
    rule: { k: 2, quorum: 0.5, margin: 0, strict: true, authorCounts: false },
    cases: () =>
      Promise.resolve([
        { imageId: one.images[0] ?? 0, taskId: 't', arm: 'a', done: false },
        { imageId: one.images[1] ?? 0, taskId: 't', arm: 'a', done: true },
      ]),
    ...more,
  });

  it('says who may vote on what, brings its rule and its adjudicators, and knows when images are done', async () => {
    const { ada, ben, cleo, dora, boss } = house.people;
    const one = await house.stage('cooperative');
    const object = await one.draw(boss, 0, box(10));
    const onDone = await one.draw(boss, 1, box(10));
    house.studies.set(one.id, studyOf(one));
    expect((await one.ask(dora, 'GET', '/situation')).body).toMatchObject({
      ...{ mode: 'secondOpinion', isStudy: true, mayVote: true, seesAll: false },
      rule: { k: 2, strict: true },
    });
    expect(codeOf(await one.vote(ada, object, 'accept'))).toEqual([403, 'NOT_A_READER']);
    expect(codeOf(await one.vote(dora, onDone, 'accept'))).toEqual([409, 'IMAGE_DONE']);
    expect(codeOf(await one.ask(boss, 'PUT', '/voting', { isOpen: false }))).toEqual([409, 'RULE_OF_STUDY']);
    await one.vote(dora, object, 'accept');
    await one.vote(ben, object, 'reject');
    const review = await one.ask(cleo, 'GET', '/queue?which=review');
    expect(review.body.items).toMatchObject([{ annotation: object, state: 'disputed' }, { annotation: onDone }]);
    const record = { recordId: randomUUID(), outcome: 'complete', activeMs: 40_000 };
    expect((await one.ask(dora, 'POST', `/images/${one.images[0]}/records`, record)).status).toBe(201);
    expect(house.finished).toContainEqual({
      userId: dora.principal.userId,
      imageId: one.images[0],
      outcome: 'complete',
    });
  });

  it('loses nothing when a reader is taken off the list: their votes stay, new ones are refused', async () => {
    const { ben, dora, boss } = house.people;
    const one = await house.stage('secondOpinion');
    const object = await one.draw(boss, 0, box(10));
    house.studies.set(one.id, studyOf(one));
    await one.vote(dora, object, 'accept');
    house.studies.set(one.id, studyOf(one, { readerIds: [ben.principal.userId] }));
    expect(codeOf(await one.vote(dora, object, 'reject'))).toEqual([403, 'NOT_A_READER']);
    expect((await one.vote(ben, object, 'accept')).body.standing).toMatchObject({ state: 'agreed', cast: 2 });
    expect((await one.ask(boss, 'GET', '/situation')).body.ruleProblem).toMatch(/2 opinions.*only 1/);
  });

  it('counts the votes of its phase, and those of all phases when it has ended', async () => {
    const { ben, dora, boss } = house.people;
    const one = await house.stage('secondOpinion');
    const object = await one.draw(boss, 0, box(10));
    house.studies.set(one.id, studyOf(one));
    await one.vote(dora, object, 'accept');
    house.studies.set(one.id, studyOf(one, { phaseId: 'p2' }));
    const fresh = await one.ask(dora, 'GET', `/images/${one.images[0]}/opinions/${object}`);
    expect(fresh.body).toMatchObject({ mine: null, standing: null });
    await one.vote(ben, object, 'accept');
    house.studies.delete(one.id);
    const all = await one.ask(boss, 'GET', `/images/${one.images[0]}/opinions/${object}`);
    expect(all.body.standing).toMatchObject({ state: 'agreed', cast: 2 });
  });
});
