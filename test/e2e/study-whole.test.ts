import type { Annotation } from '@exact/sdk/contract';
import type { TestPerson } from '@exact/sdk/testing';
import { orderFor } from '@exact/study';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cohenKappa, fleissKappa, krippendorffAlpha, type Rule, stateOf } from '../study/numbers.ts';
import { changeRule, closePhase, openPhase, setUpStudy } from './study-whole/manage.ts';
import * as plan from './study-whole/plan.ts';
import { allVotesSent, decideHere, draw, openImage, shownObject, signIn } from './study-whole/read.ts';
import { record, type Tape } from './study-whole/tape.ts';
import { type Complaints, makeWorld, type World } from './world.ts';

// A reader study by its pages, from the set-up to the numbers: a short one, and all of 3 tasks × 4 images × 4 readers by `npm run study`.
// The numbers are compared with what follows from marks set and keys pressed, which is written down here and nowhere read back.

const { ARMS, CLASSES, READERS, RULE, STRICT_RULE, TASKS } = plan;
const TIMEOUT_MS = plan.IS_WHOLE ? 900_000 : 120_000;

interface Seat {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly person: TestPerson;
  readonly tape: Tape;
  readonly complaints: Complaints;
}
interface Drawn extends plan.Mark {
  readonly reader: number;
  readonly task: number;
  readonly image: number;
  readonly uuid: string;
}

let world: World;
let boss: TestPerson;
let projectId: number;
let manager: Awaited<ReturnType<World['open']>>;
let dora: Awaited<ReturnType<World['open']>>;
const seats: Seat[] = [];
/** Image ids by name. */
const ids = new Map<string, number>();
const placeOf = new Map<number, { task: number; image: number; name: string }>();
const templates: number[] = [];
const layerUuids = new Map<number, string[]>();

// The raw events.
const drawn: Drawn[] = [];
/** The last verdict of each reader on an object, in each phase. */
const decidedBlind: { reader: number; annotation: string }[] = [];
const said = new Map<string, Map<number, string>>();
const settled = new Set<string>();

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- JSON of any endpoint
async function ask(who: TestPerson, method: string, path: string, body?: object): Promise<any> {
  const answer = await who.request(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
const goTo = async (page: Page, contribution: string): Promise<void> => {
  await page.goto(`/projects/${projectId}/${contribution}`);
  await page.locator(`[data-contribution="${contribution}"]`).waitFor();
};

beforeAll(async () => {
  world = await makeWorld();
  boss = await world.kernel.person('anna');
  ({ id: projectId } = await world.kernel.project({
    anna: 'manager',
    dora: 'annotator',
    ...Object.fromEntries(READERS.map((name) => [name, 'annotator'] as const)),
  }));
  for (const name of ['study-modes', 'verification', 'agreement']) await world.kernel.enable(projectId, name, true);
  const project = `/api/v2/projects/${projectId}`;
  for (const [task, title] of TASKS.entries()) {
    const set = await ask(boss, 'POST', `${project}/image-sets`, { name: title });
    for (let image = 0; image < plan.IMAGES_OF_TASK; image++) {
      const name = plan.nameOf(task, image);
      const { id } = await world.kernel.image(set.id, boss, { name, bytes: await plan.pictureOf(task, image) });
      ids.set(name, id);
      placeOf.set(id, { task, image, name });
    }
  }
  const product = await ask(boss, 'POST', `${project}/products`, { name: 'Things' });
  for (const name of CLASSES)
    templates.push(
      (
        await ask(boss, 'POST', `${project}/products/${product.id}/templates`, {
          ...{ name, kind: 'box', defaultWidth: plan.SIDE, defaultHeight: plan.SIDE },
        })
      ).id,
    );
  const layer = await ask(boss, 'POST', `${project}/layers`, {
    ...{ name: 'Model 1', purpose: 'precomputed', shown: true, source: { program: 'model', version: '1' } },
  });
  for (const imageId of ids.values()) {
    const changes = `/api/v2/images/${imageId}/annotations/changes`;
    const create = plan.FOUND_BY_MODEL.map(({ x, y }) => ({
      uuid: crypto.randomUUID(),
      templateId: templates[0],
      geometry: {
        ...{ kind: 'box', x: x - plan.SIDE / 2, y: y - plan.SIDE / 2, width: plan.SIDE, height: plan.SIDE },
      },
    }));
    const { items } = await ask(boss, 'POST', changes, { changeId: crypto.randomUUID(), create });
    await ask(boss, 'POST', changes, {
      changeId: crypto.randomUUID(),
      update: items.map(({ uuid, revision }: Annotation) => ({ uuid, revision, layerId: layer.id })),
    });
    layerUuids.set(
      imageId,
      create.map(({ uuid }) => uuid),
    );
  }
  manager = await world.open('anna');
  dora = await world.open('dora');
  for (const name of READERS) {
    const person = await world.kernel.person(name);
    const context = await world.browser.newContext({
      baseURL: world.kernel.url,
      viewport: { width: 1280, height: 800 },
    });
    const page = await context.newPage();
    const complaints: Complaints = { list: [] };
    page.on('pageerror', (error) => complaints.list.push(String(error)));
    seats.push({ context, page, person, tape: record(page), complaints });
  }
}, 180_000);
afterAll(() => world?.close());

/** Reads all cases of a reader, each opened by the page of the study or by the end of the one before. */
async function readAll(reader: number): Promise<string[]> {
  const { page, person } = seats[reader] as Seat;
  const order: string[] = [];
  await signIn(page, READERS[reader] ?? '');
  const total = TASKS.length * plan.IMAGES_OF_TASK;
  while (order.length < total) {
    // the first case of each task is taken from the page of the study, the others follow by themselves
    if (order.length % plan.IMAGES_OF_TASK === 0) {
      await goTo(page, 'study-modes:page');
      await page.getByTestId('study-next').click();
    }
    const imageId = await openImage(page);
    const place = placeOf.get(imageId);
    if (!place) throw new Error(`Image ${imageId} is none of the study.`);
    const { task, image, name } = place;
    order.push(name);
    const ofTask = ((order.length - 1) % plan.IMAGES_OF_TASK) + 1;
    await page.getByTestId('study-case-place').getByText(`Case ${ofTask} of ${plan.IMAGES_OF_TASK}`).waitFor();
    // beside it are the images that one has read, and no other
    await expect.poll(() => page.getByTestId('image-list').getByRole('listitem').count()).toBe(ofTask);
    const isAided = plan.armOf(reader, task) === 1;
    const fromLayer = isAided ? plan.FOUND_BY_MODEL.length : 0;
    const shown = page.getByTestId('annotation-total');
    await expect.poll(() => shown.textContent()).toMatch(new RegExp(`^\\s*${fromLayer} `));
    if (isAided) {
      const pressed = await decideHere(page, (index) => (index === reader % 2 ? 'j' : 'k'));
      expect([...pressed.keys()].sort()).toEqual(layerUuids.get(imageId)?.toSorted());
      decidedBlind.push(...[...pressed.keys()].map((annotation) => ({ reader, annotation })));
    }
    const marks = plan.marksOf(reader, task, image);
    await draw(page, marks);
    // what the page shows is one's own and the layer, whatever others have drawn meanwhile
    await expect.poll(() => shown.textContent()).toMatch(new RegExp(`^\\s*${fromLayer + marks.length} `));
    const text = await page.locator('body').innerText();
    for (const other of READERS.filter((_, i) => i !== reader)) expect(text).not.toContain(other);
    await keepUuids(person, imageId, reader, marks);

    // at the end of an image on which nothing was found "nothing here" is said
    const isNothing = marks.length === 0 && !isAided;
    await page.getByTestId(isNothing ? 'study-nothing' : 'study-finish').click();
    // what stands in the way is told instead of the address
    const where = async (): Promise<string> =>
      (await page.getByRole('alert').allTextContents()).join(' ') || new URL(page.url()).pathname;
    if (order.length < total)
      await expect.poll(where, { timeout: 30_000 }).toMatch(new RegExp(`^/images/(?!${imageId}$)\\d+$`));
    else await page.getByText('You have read all cases of this phase').waitFor();
  }
  return order;
}

/** Finds the ids of what a reader has just placed, and that it stands where they have clicked. */
async function keepUuids(person: TestPerson, imageId: number, reader: number, marks: readonly plan.Mark[]) {
  const { items } = await ask(person, 'GET', `/api/v2/images/${imageId}/annotations`);
  const own = (items as Annotation[]).filter(({ layerId }) => layerId === undefined);
  expect(own).toHaveLength(marks.length);
  const place = placeOf.get(imageId);
  for (const mark of marks) {
    const found = own.find(
      ({ geometry }) =>
        geometry.kind === 'box' &&
        Math.hypot(geometry.x + geometry.width / 2 - mark.x, geometry.y + geometry.height / 2 - mark.y) < 2,
    );
    expect(found, `nothing stands at ${mark.x}, ${mark.y}`).toMatchObject({
      templateId: templates[mark.class],
      authorId: person.principal.userId,
    });
    drawn.push({ ...mark, reader, task: place?.task ?? 0, image: place?.image ?? 0, uuid: found?.uuid ?? '' });
  }
}

const KEYS = { j: 'accept', k: 'reject', u: 'unsure' } as const;
const voteOn = (uuid: string, reader: number, verdict: string): void =>
  void said.set(uuid, (said.get(uuid) ?? new Map<number, string>()).set(reader, verdict));

/** Gives second opinions on all that was drawn for the first task, by keyboard alone. */
async function vote(reader: number): Promise<void> {
  const { page } = seats[reader] as Seat;
  const chance = plan.createChance(1000 + reader);
  await goTo(page, 'verification:page');
  await page.getByTestId('verification-go').click();
  let before: string | undefined;
  for (let shown = await shownObject(page); shown !== undefined; shown = await shownObject(page, shown)) {
    // others' opinions show after one's own, not before
    expect(await page.getByTestId('verification-standing').count()).toBe(0);
    if (before !== undefined && chance() < 0.15) {
      // a second thought about the one before
      await page.keyboard.press('b');
      expect(await shownObject(page, shown)).toBe(before);
      await page.getByTestId('verification-standing').waitFor();
      await page.keyboard.press('k');
      voteOn(before, reader, 'reject');
      expect(await shownObject(page, before)).toBe(shown);
      before = undefined;
    }
    // only the first reader has the time for all
    if (reader > 0 && chance() < 0.1) {
      await page.keyboard.press('n');
      before = undefined;
      continue;
    }
    const key = (['j', 'j', 'j', 'k', 'k', 'u'] as const)[Math.floor(chance() * 6)] ?? 'j';
    await page.keyboard.press(key);
    voteOn(shown, reader, KEYS[key]);
    before = shown;
  }
  await allVotesSent(page);
}

const ofFirstTask = (): Drawn[] => drawn.filter(({ task }) => task === 0);
const stateByRule = (uuid: string, rule: Rule): string =>
  stateOf([...(said.get(uuid)?.values() ?? [])], rule, settled.has(uuid));

/** What the page says of each image: its objects by state. */
async function shownStates(page: Page): Promise<Record<string, Record<string, number>>> {
  await goTo(page, 'verification:page');
  const table = page.getByTestId('verification-progress');
  await table.waitFor();
  const columns = ['Objects', 'open', 'agreed', 'disputed', 'decided', 'rejected'];
  const heads = (await table.locator('thead th').allTextContents()).map((text) => text.trim());
  const rows = await table.locator('tbody tr').evaluateAll((all) =>
    all.map((row) => ({
      imageId: Number(row.querySelector('a')?.getAttribute('href')?.split('/').at(-1)),
      cells: [...row.children].map((cell) => cell.textContent?.trim() ?? ''),
    })),
  );
  return Object.fromEntries(
    rows.map(({ imageId, cells }) => [
      placeOf.get(imageId)?.name,
      Object.fromEntries(columns.map((column) => [column, Number(cells[heads.indexOf(column)])])),
    ]),
  );
}
/** The same from what was drawn and pressed. */
function expectedStates(rule: Rule): Record<string, Record<string, number>> {
  return Object.fromEntries(
    [...ids].map(([name, id]) => {
      const place = placeOf.get(id);
      const uuids = drawn
        .filter(({ task, image }) => task === place?.task && image === place.image)
        .map(({ uuid }) => uuid);
      const counts = { Objects: 0, open: 0, agreed: 0, disputed: 0, decided: 0, rejected: 0 };
      for (const uuid of [...uuids, ...(layerUuids.get(id) ?? [])]) {
        const state = stateByRule(uuid, rule);
        counts.Objects++;
        counts[state === 'adjudicated' ? 'decided' : (state as 'open')]++;
      }
      return [name, counts];
    }),
  );
}
const votesOfAll = (): Promise<object[]> =>
  Promise.all(
    ofFirstTask().map(async ({ uuid, task, image }) => {
      const imageId = ids.get(plan.nameOf(task, image));
      const path = `/api/v2/projects/${projectId}/plugins/verification/images/${imageId}/opinions/${uuid}`;
      const { standing } = await ask(boss, 'GET', path);
      return [...standing.votes, ...standing.decisions];
    }),
  );

describe(`a study of ${TASKS.length} tasks × ${plan.IMAGES_OF_TASK} images × ${READERS.length} readers`, () => {
  it('is set up and opened by its manager, and read blind by mouse and keys', { timeout: TIMEOUT_MS }, async () => {
    const { page } = manager;
    await goTo(page, 'study-modes:page');
    await setUpStudy(page);
    await openPhase(page, 'Blind reading');

    const orders = await Promise.all(READERS.map((_, reader) => readAll(reader)));
    for (const [reader, order] of orders.entries())
      expect(order).toEqual(
        TASKS.flatMap((_, task) =>
          orderFor(
            Array.from({ length: plan.IMAGES_OF_TASK }, (_, image) => plan.nameOf(task, image)),
            { by: 'shuffle', seed: plan.SEED },
            { phase: 'phase-1', task: `task-${task + 1}`, reader: READERS[reader] ?? '' },
          ),
        ),
      );

    const done = page
      .getByTestId('study-progress')
      .getByText(`${plan.IMAGES_OF_TASK} / ${plan.IMAGES_OF_TASK}`, { exact: true });
    await expect.poll(() => done.count(), { timeout: 20_000 }).toBe(READERS.length * TASKS.length);
    await closePhase(page, 'Blind reading');
  });

  it('tells no reader of what others have drawn while all read', async () => {
    expect(drawn.length).toBeGreaterThan(READERS.length * 2);
    for (const [reader, { tape }] of seats.entries())
      for (const { uuid, reader: author } of drawn)
        expect(await tape.has(uuid), `${READERS[reader]} and a box of ${READERS[author]}`).toBe(author === reader);
  });

  it('has second opinions given by keyboard, and disputes decided with a reason', { timeout: TIMEOUT_MS }, async () => {
    await openPhase(manager.page, 'Second opinions');
    await Promise.all(READERS.map((_, reader) => vote(reader)));
    // the first reader has seen all, and now knows what others have drawn
    expect([...said].filter(([, verdicts]) => verdicts.has(0))).toHaveLength(ofFirstTask().length);
    for (const { uuid } of ofFirstTask()) expect(await seats[0]?.tape.has(uuid)).toBe(true);
    const { page } = dora;
    expect(await shownStates(page)).toEqual(expectedStates(RULE));

    const disputed = ofFirstTask().filter(({ uuid }) => stateByRule(uuid, RULE) === 'disputed');
    expect(disputed.length).toBeGreaterThan(0);
    await page.getByTestId('verification-review').click();
    let shown = await shownObject(page);
    for (let i = 0; i < disputed.length; i++) {
      await page.locator('[data-testid=verification-standing][data-state=disputed]').waitFor();
      await page.keyboard.press(i % 2 === 0 ? 'j' : 'k');
      await page
        .getByTestId('verification-reason')
        .locator('input')
        .fill(`Looked at once more: ${i + 1}`);
      await page.keyboard.press('Enter');
      settled.add(shown ?? '');
      shown = await shownObject(page, shown);
    }
    expect([...settled].sort()).toEqual(disputed.map(({ uuid }) => uuid).sort());
    expect(await shownStates(page)).toEqual(expectedStates(RULE));
  });

  it('gets other states by another rule, and keeps all verdicts', { timeout: TIMEOUT_MS }, async () => {
    const before = await votesOfAll();
    await changeRule(manager.page, STRICT_RULE, 'One rejection is to be talked about');
    const shown = await shownStates(dora.page);
    expect(shown).toEqual(expectedStates(STRICT_RULE));
    expect(shown).not.toEqual(expectedStates(RULE));
    expect(await votesOfAll()).toEqual(before);
    // the readers' table counts objects on which they have said something, in both phases
    const rows = await dora.page
      .getByTestId('verification-readers')
      .locator('tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent?.trim()).slice(0, 2)));
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(
        READERS.map((name, reader) => {
          const opinions = [...said.values()].filter((verdicts) => verdicts.has(reader)).length;
          return [name, `${opinions + decidedBlind.filter((one) => one.reader === reader).length}`];
        }),
      ),
    );
  });

  it('shows the agreement that follows from what was drawn, and ends', { timeout: TIMEOUT_MS }, async () => {
    const { page } = manager;
    await goTo(page, 'agreement:page');
    const frame = page.locator('[data-contribution="agreement:page"]');
    for (const [reader, name] of READERS.entries())
      await frame.getByLabel(`${name} (${drawn.filter((mark) => mark.reader === reader).length})`).check();
    for (const box of await frame.getByTestId('agreement-form').getByRole('checkbox').all()) {
      const label =
        (await box.getAttribute('aria-label')) ??
        (await box.evaluate((input: HTMLInputElement) => input.labels?.[0]?.textContent ?? ''));
      if (!READERS.some((name) => label.startsWith(`${name} `))) await box.uncheck();
    }
    await frame.getByTestId('agreement-start').click();
    await frame.getByTestId('agreement-result').waitFor({ timeout: 60_000 });

    // a unit is what somebody has found; 0 stands for a reader who has not
    const units = new Map<string, number[]>();
    for (const { unit, reader, class: kind } of drawn) {
      const ratings = units.get(unit) ?? READERS.map(() => 0);
      ratings[reader] = kind + 1;
      units.set(unit, ratings);
    }
    const all = [...units.values()];
    const shown = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(3));
    for (const [a, first] of READERS.entries())
      for (const [b, second] of READERS.entries()) {
        if (a >= b) continue;
        const both = all.flatMap((unit): [number, number][] => {
          const [x = 0, y = 0] = [unit[a], unit[b]];
          return x !== 0 && y !== 0 ? [[x, y]] : [];
        });
        const one = all.filter((unit) => (unit[a] === 0) !== (unit[b] === 0)).length;
        const f1 = frame.getByTitle(new RegExp(`^F1 of (${first} and ${second}|${second} and ${first})$`));
        expect((await f1.textContent())?.trim()).toBe(shown((2 * both.length) / (2 * both.length + one)));
        const kappa = frame.getByTitle(
          new RegExp(`^κ of the labels of (${first} and ${second}|${second} and ${first})$`),
        );
        expect((await kappa.textContent())?.trim()).toBe(shown(cohenKappa(both)));
      }
    const labelled = all.map((unit) => unit.map((rating) => (rating === 0 ? undefined : rating)));
    for (const [name, value] of [
      ['labels', krippendorffAlpha(labelled)],
      ['presence', krippendorffAlpha(all)],
      ['fleiss', fleissKappa(all)],
    ] as const)
      expect(await frame.getByTestId(`agreement-${name}`).locator('strong').textContent(), name).toBe(shown(value));

    await goTo(page, 'study-modes:page');
    await closePhase(page, 'Second opinions');
    await page.getByTestId('study-end').click();
    await page.getByTestId('study-end').waitFor({ state: 'detached' });
    await page.getByTestId('study-tab-record').click();
    const finished = page.getByTestId('study-log').getByText('finished ', { exact: false });
    await expect.poll(() => finished.count()).toBe(READERS.length * TASKS.length * plan.IMAGES_OF_TASK);
    const nothings = READERS.flatMap((_, r) => TASKS.filter((_, t) => ARMS[plan.armOf(r, t)] === ARMS[0])).length;
    expect(await page.getByTestId('study-log').getByText(': empty').count()).toBe(nothings);
    for (const { complaints } of [manager, dora, ...seats]) expect(complaints.list).toEqual([]);
  });
});
