import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createTestKernel, type TestKernel, type TestPerson } from '@exact/sdk/testing';
import { canonicalText, orderFor, type StudyDocument } from '@exact/study';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cohenKappa, fleissKappa, krippendorffAlpha, stateOf } from './numbers.ts';

const plugin = (name: string): string => fileURLToPath(new URL(`../../plugins/${name}`, import.meta.url));
const SLIDE = fileURLToPath(new URL('../../plugins/demo-datasets/data/CMU-1-Small-Region.svs', import.meta.url));

const READERS = ['ada', 'ben', 'cleo', 'dan'] as const;
const TASKS = ['mitoses', 'cells', 'vessels'] as const;
const IMAGES_OF_TASK = 4;
const OBJECTS_OF_IMAGE = 5;
const RULE = { k: 3, quorum: 0.5, margin: 1, strict: false, authorCounts: false };
const STRICT_RULE = { ...RULE, k: 4, strict: true };
const VERDICTS = ['accept', 'accept', 'accept', 'reject', 'reject', 'unsure'] as const;

/** What a reader drew of an object that is really there; the raw events that all numbers are computed from. */
interface Drawn {
  readonly reader: number;
  readonly image: number;
  readonly object: number;
  readonly templateId: number;
  readonly uuid: string;
}
interface Said {
  readonly annotation: string;
  readonly reader: number;
  readonly verdict: string;
}

/** Park and Miller's generator: what "happens" in the study, the same in each run. */
function createChance(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
const chance = createChance(20_240_607);

let kernel: TestKernel;
let boss: TestPerson;
let dora: TestPerson;
let people: TestPerson[];
let projectId: number;
let images: { id: number; name: string; sha256: string }[];
let templates: [number, number];
let layerId: number;
let studyId: string;
const layerUuids = new Map<number, string>();
const drawn: Drawn[] = [];
const said: Said[] = [];
const decided = new Set<string>();

const at = (name: string): string => `/api/v2/projects/${projectId}/plugins/${name}`;
/** A request that has to succeed. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- JSON of any endpoint
async function ask(who: TestPerson, method: string, path: string, body?: object): Promise<any> {
  const answer = await who.request(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
const study = (path: string): string => `${at('study-modes')}/studies/${studyId}${path}`;
const armOf = (reader: number, task: number): string => ((reader + task) % 2 === 0 ? 'aided' : 'unaided');
const idOf = (person: TestPerson): number => person.principal.userId;
const boxOf = (object: number, shift: number) => ({
  kind: 'box',
  x: 100 + object * 200 + shift,
  y: 300 - shift,
  width: 60,
  height: 60,
});

function documentOf(rule: typeof RULE): StudyDocument {
  const [product, names] = ['Things', images.map(({ name }) => name)];
  return {
    format: 'exact-study',
    version: 1,
    title: 'With and without a model',
    description: 'Three tasks, two arms, then second opinions.',
    images: images.map(({ name, sha256 }) => ({ name, sha256 })),
    readers: [...READERS],
    adjudicators: ['dora'],
    reference: 'ada',
    arms: [
      { id: 'unaided', title: 'Unaided', layers: [] },
      { id: 'aided', title: 'Aided', layers: ['Model 1'] },
    ],
    tasks: TASKS.map((id, task) => ({
      id,
      title: id,
      instruction: `Mark ${id}.`,
      images: names.slice(task * IMAGES_OF_TASK, (task + 1) * IMAGES_OF_TASK),
      classes: [{ product }],
    })),
    phases: [
      {
        id: 'blind',
        title: 'Blind reading',
        mode: 'blind',
        sequence: 'strict',
        done: 'readOnly',
        earlier: 'shown',
        order: { by: 'shuffle', seed: 7 },
        readings: READERS.flatMap((reader, r) => TASKS.map((task, t) => ({ reader, task, arm: armOf(r, t) }))),
      },
      {
        id: 'second',
        title: 'Second opinions',
        mode: 'secondOpinion',
        sequence: 'free',
        done: 'readOnly',
        earlier: 'shown',
        order: { by: 'given' },
        rule,
        readings: READERS.map((reader) => ({ reader, task: 'mitoses', arm: 'unaided' })),
      },
    ],
    idleAfterS: 30,
  };
}

beforeAll(async () => {
  kernel = await createTestKernel({
    plugins: ['study-modes', 'verification', 'agreement', 'format-tiff'].map(plugin),
  });
  boss = await kernel.person('boss');
  dora = await kernel.person('dora');
  people = [];
  for (const name of READERS) people.push(await kernel.person(name));
  const made = await kernel.project({
    boss: 'manager',
    dora: 'annotator',
    ...Object.fromEntries(READERS.map((name) => [name, 'annotator'] as const)),
  });
  projectId = made.id;
  for (const name of ['study-modes', 'verification', 'agreement']) await kernel.enable(projectId, name, true);
  const slide = await readFile(SLIDE);
  const ids: number[] = [];
  for (let i = 0; i < TASKS.length * IMAGES_OF_TASK; i++) {
    // Bytes behind the end of a TIFF say nothing to a reader, and make it another file.
    const bytes = Buffer.concat([slide, Buffer.from([i])]);
    ids.push((await kernel.image(made.imageSetId, boss, { name: `slide-${i}.svs`, bytes })).id);
  }
  const product = await ask(boss, 'POST', `/api/v2/projects/${projectId}/products`, { name: 'Things' });
  const path = `/api/v2/projects/${projectId}/products/${product.id}/templates`;
  const template = async (name: string): Promise<number> => (await ask(boss, 'POST', path, { name, kind: 'box' })).id;
  templates = [await template('Figure'), await template('Look-alike')];
  layerId = (
    await ask(boss, 'POST', `/api/v2/projects/${projectId}/layers`, {
      name: 'Model 1',
      purpose: 'precomputed',
      shown: true,
      source: { program: 'model', version: '1' },
    })
  ).id;
  for (const imageId of ids) {
    const uuid = randomUUID();
    layerUuids.set(imageId, uuid);
    const { items } = await ask(boss, 'POST', `/api/v2/images/${imageId}/annotations/changes`, {
      changeId: randomUUID(),
      create: [{ uuid, templateId: templates[0], geometry: boxOf(0, 1) }],
    });
    await ask(boss, 'POST', `/api/v2/images/${imageId}/annotations/changes`, {
      changeId: randomUUID(),
      update: [{ uuid, revision: items[0].revision, layerId }],
    });
  }
  const choices = await ask(boss, 'GET', `${at('study-modes')}/choices`);
  images = choices.sets[0].images;
}, 120_000);
afterAll(() => kernel?.close());

/** Reads all cases of a reader as the study gives them, and draws what chance lets them find. */
async function readAll(r: number): Promise<string[]> {
  const who = people[r] as TestPerson;
  const order: string[] = [];
  const { uuidMark } = await ask(who, 'GET', `/api/v2/projects/${projectId}`);
  for (;;) {
    const { next } = await ask(who, 'GET', `${at('study-modes')}/mine`);
    if (!next) return order;
    const image = images.findIndex(({ id }) => id === next.imageId);
    const task = Math.floor(image / IMAGES_OF_TASK);
    order.push(next.imageName);
    await ask(who, 'POST', `${at('study-modes')}/cases/${next.imageId}/beat`, { activeMs: 1000 });
    const seen = await ask(who, 'GET', `/api/v2/images/${next.imageId}/annotations`);
    // A blind reader sees nothing of others, and the layer only in the arm that has it.
    const isAided = armOf(r, task) === 'aided';
    expect(seen.items.map(({ uuid }: { uuid: string }) => uuid)).toEqual(isAided ? [layerUuids.get(next.imageId)] : []);
    if (isAided)
      await ask(who, 'POST', `${at('verification')}/images/${next.imageId}/votes`, {
        voteId: randomUUID(),
        annotation: layerUuids.get(next.imageId),
        revision: seen.items[0].revision,
        verdict: chance() < 0.7 ? 'accept' : 'reject',
        activeMs: 500,
      });
    const found: Drawn[] = [];
    // On the last image of each task there is nothing to be found.
    const there = image % IMAGES_OF_TASK === IMAGES_OF_TASK - 1 ? 0 : OBJECTS_OF_IMAGE;
    for (let object = 0; object < there; object++) {
      if (chance() < 0.25) continue;
      const isRight = chance() < 0.75;
      const uuid = randomUUID();
      found.push({
        reader: idOf(who),
        image,
        object,
        templateId: templates[(object % 2 === 0) === isRight ? 0 : 1],
        uuid: uuidMark === undefined ? uuid : uuid.slice(0, -uuidMark.length) + uuidMark,
      });
    }
    if (found.length > 0)
      await ask(who, 'POST', `/api/v2/images/${next.imageId}/annotations/changes`, {
        changeId: randomUUID(),
        create: found.map(({ uuid, templateId, object }) => ({ uuid, templateId, geometry: boxOf(object, r * 2) })),
      });
    drawn.push(...found);
    const outcome = found.length > 0 ? 'complete' : isAided ? 'complete' : 'empty';
    await ask(who, 'POST', `${at('study-modes')}/cases/${next.imageId}/finish`, { outcome });
  }
}

/** The last verdict of each reader on an object. */
const verdictsOn = (annotation: string): string[] => [
  ...new Map(said.filter((vote) => vote.annotation === annotation).map((vote) => [vote.reader, vote.verdict])).values(),
];
/** States of the objects of the second phase, as an adjudicator sees them. */
async function readStates(): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  for (const { id } of images.slice(0, IMAGES_OF_TASK)) {
    const { items } = await ask(dora, 'GET', `${at('verification')}/queue?which=all&imageId=${id}&limit=2000`);
    for (const { annotation, state } of items)
      if (drawn.some(({ uuid }) => uuid === annotation)) states.set(annotation, state);
  }
  return states;
}
const expectedStates = (rule: typeof RULE): Map<string, string> =>
  new Map(
    drawn
      .filter(({ image }) => image < IMAGES_OF_TASK)
      .map(({ uuid }) => [uuid, stateOf(verdictsOn(uuid), rule, decided.has(uuid))]),
  );
const sorted = (states: ReadonlyMap<string, string>): [string, string][] => [...states].sort();

describe('a study of 3 tasks × 4 images × 4 readers in two arms', () => {
  it('is read blind, each reader in their own order, with what their arm shows', { timeout: 120_000 }, async () => {
    const document = documentOf(RULE);
    const made = await ask(boss, 'POST', `${at('study-modes')}/studies`, { document });
    expect(made.problems).toEqual([]);
    expect(made.draftSha256).toBe(createHash('sha256').update(canonicalText(document)).digest('hex'));
    studyId = made.id;
    await ask(boss, 'POST', study('/phases/blind/open'));
    for (const [r, reader] of READERS.entries()) {
      const expected = document.tasks.flatMap((task) =>
        orderFor(task.images, { by: 'shuffle', seed: 7 }, { phase: 'blind', task: task.id, reader }),
      );
      expect(await readAll(r)).toEqual(expected);
    }
    await ask(boss, 'POST', study('/phases/blind/close'));
    const cases = await ask(boss, 'GET', study('/cases'));
    expect(cases).toHaveLength(READERS.length * TASKS.length * IMAGES_OF_TASK);
    for (const item of cases) expect(item).toMatchObject({ phaseId: 'blind', version: 1, outcome: expect.any(String) });
    const { readers } = await ask(boss, 'GET', study('/phases/blind/progress'));
    expect(readers.map(({ done, total }: { done: number; total: number }) => `${done}/${total}`)).toEqual(
      Array.from({ length: READERS.length * TASKS.length }, () => '4/4'),
    );
  });

  it('has the agreement that follows from its raw events', { timeout: 60_000 }, async () => {
    const readers = people.map(idOf);
    const { id } = await ask(boss, 'POST', `${at('agreement')}/comparisons`, {
      readers,
      reference: readers[0],
      rule: { by: 'iou', atLeast: 0.5 },
      seed: 1,
    });
    const path = `${at('agreement')}/comparisons/${id}`;
    await expect.poll(async () => (await ask(boss, 'GET', path)).state, { timeout: 45_000 }).toBe('done');
    const { result } = await ask(boss, 'GET', path);

    // An object that is there is a unit when somebody has found it; 0 stands for a reader who has not.
    const units = new Map<string, number[]>();
    for (const { reader, image, object, templateId } of drawn) {
      const unit = units.get(`${image} ${object}`) ?? readers.map(() => 0);
      unit[readers.indexOf(reader)] = templateId;
      units.set(`${image} ${object}`, unit);
    }
    const all = [...units.values()];
    expect(all.length).toBeGreaterThan(40);
    for (const [a, first] of readers.entries())
      for (const [b, second] of readers.entries()) {
        if (a >= b) continue;
        const both = all.flatMap((unit): [number, number][] => {
          const [x = 0, y = 0] = [unit[a], unit[b]];
          return x !== 0 && y !== 0 ? [[x, y]] : [];
        });
        const onlyA = all.filter((unit) => unit[a] !== 0 && unit[b] === 0).length;
        const onlyB = all.filter((unit) => unit[a] === 0 && unit[b] !== 0).length;
        const pair = result.pairs.find((item: { a: number; b: number }) => item.a === first && item.b === second);
        expect(pair).toMatchObject({ both: both.length, onlyA, onlyB });
        expect(pair.f1).toBeCloseTo((2 * both.length) / (2 * both.length + onlyA + onlyB), 12);
        expect(pair.labels.value).toBeCloseTo(cohenKappa(both), 12);
      }
    const labelled = all.map((unit) => unit.map((rating) => (rating === 0 ? undefined : rating)));
    expect(result.labels.value).toBeCloseTo(krippendorffAlpha(labelled), 12);
    expect(result.presence.value).toBeCloseTo(krippendorffAlpha(all), 12);
    expect(result.fleiss.value).toBeCloseTo(fleissKappa(all), 12);
  });

  it('settles objects by second opinions, disputes by an adjudicator', { timeout: 120_000 }, async () => {
    await ask(boss, 'POST', study('/phases/second/open'));
    const objects = drawn.filter(({ image }) => image < IMAGES_OF_TASK);
    for (const [r, who] of people.entries())
      for (const { uuid, image } of objects) {
        if (r > 0 && chance() < 0.15) continue; // only Ada has the time for all
        const imageId = images[image]?.id;
        // Some change their mind: the last word counts, and the first stays in the log.
        const words = chance() < 0.2 ? 2 : 1;
        for (let word = 0; word < words; word++) {
          const verdict = VERDICTS[Math.floor(chance() * VERDICTS.length)] ?? 'accept';
          await ask(who, 'POST', `${at('verification')}/images/${imageId}/votes`, {
            voteId: randomUUID(),
            annotation: uuid,
            revision: 1,
            verdict,
            activeMs: 100,
          });
          said.push({ annotation: uuid, reader: idOf(who), verdict });
        }
      }
    const states = await readStates();
    expect(sorted(states)).toEqual(sorted(expectedStates(RULE)));
    expect(new Set(states.values())).toEqual(new Set(['open', 'agreed', 'disputed', 'rejected']));

    for (const [uuid, state] of states) {
      if (state !== 'disputed' && state !== 'open') continue;
      const imageId = images[drawn.find((item) => item.uuid === uuid)?.image ?? 0]?.id;
      const decision = { decisionId: randomUUID(), annotation: uuid, revision: 1, verdict: 'accept', reason: 'Clear.' };
      const answer = await dora.request('POST', `${at('verification')}/images/${imageId}/decisions`, decision);
      expect(answer.status, state).toBe(state === 'open' ? 409 : 201);
      if (state === 'disputed') decided.add(uuid);
    }
    expect(decided.size).toBeGreaterThan(3);
    expect(sorted(await readStates())).toEqual(sorted(expectedStates(RULE)));
  });

  it('is replayed by another rule: new states, all verdicts kept', { timeout: 60_000 }, async () => {
    const votesOf = async (uuid: string, image: number): Promise<object[]> => {
      const { standing } = await ask(dora, 'GET', `${at('verification')}/images/${images[image]?.id}/opinions/${uuid}`);
      return [...standing.votes, ...standing.decisions];
    };
    const objects = drawn.filter(({ image }) => image < IMAGES_OF_TASK);
    const before = await Promise.all(objects.map(({ uuid, image }) => votesOf(uuid, image)));
    const { draftRevision } = await ask(boss, 'GET', study(''));
    await ask(boss, 'PUT', study('/draft'), { revision: draftRevision, document: documentOf(STRICT_RULE) });
    expect(sorted(await readStates())).toEqual(sorted(expectedStates(RULE))); // a draft changes nothing
    await ask(boss, 'POST', study('/versions'), { reason: 'One rejection is to be talked about' });

    const states = await readStates();
    expect(sorted(states)).toEqual(sorted(expectedStates(STRICT_RULE)));
    expect(sorted(states)).not.toEqual(sorted(expectedStates(RULE)));
    expect(await Promise.all(objects.map(({ uuid, image }) => votesOf(uuid, image)))).toEqual(before);
    expect(before.flat()).toHaveLength(said.length + decided.size);
  });

  it('takes the end of a case from the verification, and ends with its whole record', { timeout: 60_000 }, async () => {
    const [ada] = people;
    const [image] = images;
    if (!ada || !image) throw new Error('nobody is there');
    await ask(ada, 'POST', `${at('verification')}/images/${image.id}/records`, {
      recordId: randomUUID(),
      outcome: 'complete',
      activeMs: 1000,
    });
    const cases = await ask(boss, 'GET', study('/cases'));
    expect(cases).toContainEqual(
      expect.objectContaining({
        phaseId: 'second',
        readerId: idOf(ada),
        imageId: image.id,
        outcome: 'complete',
        version: 2,
      }),
    );
    await ask(boss, 'POST', study('/phases/second/close'));
    await ask(boss, 'POST', study('/end'), { collaboration: 'cooperative' });
    const kinds = (await ask(boss, 'GET', study('/log'))).map(({ kind }: { kind: string }) => kind);
    expect(kinds.filter((kind: string) => kind !== 'case.finished')).toEqual([
      'study.imported',
      'version.made',
      'phase.opened',
      'phase.closed',
      'phase.opened',
      'version.made',
      'phase.closed',
      'study.ended',
    ]);
    expect(kinds.filter((kind: string) => kind === 'case.finished')).toHaveLength(49);
    // The document of the first version is still the one that was cited.
    const first = await ask(boss, 'GET', `${study('/document')}?version=1`);
    expect(canonicalText(first)).toBe(canonicalText(documentOf(RULE)));
  });
});
