import { randomUUID } from 'node:crypto';
import type { StudyDocument } from '@exact/study';
import type { TestPerson } from '@exact/sdk/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { box, type House, openHouse, type Stage } from './stage.testing.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ hasStudies: true });
});
afterAll(() => house?.close());

const studies = (one: Stage, who: TestPerson, method: string, path: string, body?: object) =>
  who.request(method, `/api/v2/projects/${one.id}/plugins/study-modes${path}`, body);

/** Two readers go through both images, in one phase. */
async function documentOf(one: Stage, mode: 'blind' | 'secondOpinion'): Promise<StudyDocument> {
  const { body } = await studies(one, house.people.boss, 'GET', '/choices');
  const images = (body.sets as { images: { name: string; sha256: string }[] }[]).flatMap((set) =>
    set.images.map(({ name, sha256 }) => ({ name, sha256 })),
  );
  const readers = ['ada', 'dora'];
  return {
    ...{ format: 'exact-study', version: 1, title: 'Opinions', description: '', idleAfterS: 30 },
    ...{ images, readers, adjudicators: ['cleo'] },
    arms: [{ id: 'aided', title: 'Aided', layers: [] }],
    tasks: [
      { id: 't', title: 'T', instruction: 'Judge each cell.', images: images.map(({ name }) => name), classes: [] },
    ],
    phases: [
      {
        ...{
          id: 'p',
          title: 'P',
          mode,
          sequence: 'strict',
          done: 'readOnly',
          earlier: 'shown',
          order: { by: 'given' },
        },
        rule: { k: 2, quorum: 0.5, margin: 1, strict: false, authorCounts: false },
        readings: readers.map((reader) => ({ reader, task: 't', arm: 'aided' })),
      },
    ],
  };
}

it('a study brings its readers, cases and rule; images are done through it, and outcomes are written after its end', async () => {
  const one = await house.stage('cooperative');
  const { boss, ada, ben, cleo, dora } = house.people;
  const first = await one.draw(boss, 0, box(10));
  const second = await one.draw(boss, 1, box(10));
  const made = await studies(one, boss, 'POST', '/studies', { document: await documentOf(one, 'secondOpinion') });
  expect(made.body.problems.filter(({ severity }: { severity: string }) => severity === 'error')).toEqual([]);
  const study = `/studies/${made.body.id}`;
  expect((await studies(one, boss, 'POST', `${study}/phases/p/open`)).status).toBeLessThan(300);

  expect((await one.ask(dora, 'GET', '/situation')).body).toMatchObject({
    ...{ mode: 'secondOpinion', isStudy: true, mayVote: true, readers: 2 },
  });
  expect((await one.vote(ben, first, 'accept')).body.code).toBe('NOT_A_READER');
  // the next case only: what comes later is not there yet
  expect((await one.vote(dora, second, 'accept')).status).toBe(404);
  expect((await one.ask(dora, 'GET', '/queue')).body.items).toMatchObject([{ annotation: first }]);

  const done = (who: TestPerson, image: number, recordId: string = randomUUID()) =>
    one.ask(who, 'POST', `/images/${one.images[image]}/records`, { recordId, outcome: 'complete', activeMs: 900 });
  expect((await done(dora, 0)).body.code).toBe('OBJECTS_LEFT');
  await one.vote(dora, first, 'accept');
  const recordId = randomUUID();
  expect((await done(dora, 0, recordId)).status).toBe(201);
  expect((await done(dora, 0, recordId)).status).toBe(201);
  expect((await one.vote(dora, first, 'reject')).body.code).toBe('IMAGE_DONE');
  expect((await studies(one, dora, 'GET', '/mine')).body.next.imageId).toBe(one.images[1]);

  expect((await one.vote(dora, second, 'reject')).status).toBe(201);
  for (const uuid of [first, second]) {
    expect((await one.vote(ada, uuid, 'accept')).status).toBe(201);
    if (uuid === first) expect((await done(ada, 0)).status).toBe(201);
  }
  const review = await one.ask(cleo, 'GET', '/queue?which=review');
  expect(review.body.items).toMatchObject([{ annotation: second, state: 'disputed' }]);
  expect((await one.ask(boss, 'POST', '/outcome/apply', { isDryRun: true })).body.code).toBe('VOTING_OPEN');

  await studies(one, boss, 'POST', `${study}/phases/p/close`);
  await studies(one, boss, 'POST', `${study}/end`, { collaboration: 'cooperative' });
  const written = await one.ask(boss, 'POST', '/outcome/apply', { isDryRun: false, phaseId: 'p' });
  expect(written.body).toMatchObject({ accepted: 1, disputed: 1, skipped: [] });
  expect((await one.get(first)).verification?.verdict).toBe('accepted');
});
