import { randomUUID } from 'node:crypto';
import { planFields } from '@exact/screening';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan, PlanSummary } from '../shared/model.ts';
import { draft, type House, openHouse, type Stage } from './stage.testing.ts';

let house: House;
let stage: Stage;

beforeAll(async () => {
  house = await openHouse();
  stage = await house.stage();
});
afterAll(() => house?.close());

const countPlans = async (): Promise<number> =>
  (await house.db.query<{ n: number }>('select count(*)::int as n from plugin_screening.plan'))[0]?.n ?? -1;
const codeOf = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];

describe('a plan that cannot be made', () => {
  const magnified = { field: { by: 'magnification', magnification: 40 } };
  it.each<[string, () => Stage['spot'] | string, object, number, string]>([
    ['by magnification on an image without a scale', () => stage.spot, magnified, 422, 'SCALE_UNKNOWN'],
    [
      'by micrometres on an image without a scale',
      () => stage.spot,
      { field: { by: 'um', width: 50, height: 50 } },
      422,
      'SCALE_UNKNOWN',
    ],
    [
      'of a region beside the image',
      () => stage.spot,
      { region: { minX: 400, minY: 0, maxX: 500, maxY: 100 } },
      422,
      'REGION_OUTSIDE',
    ],
    [
      'of a region that ends before it begins',
      () => stage.spot,
      { region: { minX: 100, minY: 0, maxX: 50, maxY: 100 } },
      422,
      'INVALID_REQUEST',
    ],
    [
      'of a region left of the image',
      () => stage.spot,
      { region: { minX: -10, minY: 0, maxX: 50, maxY: 100 } },
      422,
      'INVALID_REQUEST',
    ],
    ['of too many fields', () => stage.spot, { field: { by: 'px', width: 1, height: 1 } }, 422, 'TOO_MANY_FIELDS'],
    ['in fields of no size', () => stage.spot, { field: { by: 'px', width: 0, height: 9 } }, 422, 'INVALID_REQUEST'],
    ['for a window of no size', () => stage.spot, { view: { width: 0, height: 0 } }, 422, 'INVALID_REQUEST'],
    ['that overlaps all over', () => stage.spot, { overlap: 0.9 }, 422, 'INVALID_REQUEST'],
    ['with a mask that is not there', () => stage.spot, { tissueId: randomUUID() }, 404, 'NOT_FOUND'],
    ['in the place of one that is not there', () => stage.spot, { supersedes: randomUUID() }, 404, 'NOT_FOUND'],
    ['for all, by somebody who does not manage', () => stage.spot, { audience: 'all' }, 403, 'SHARED_PLAN'],
    ['of an image that is not there', () => 999_999, {}, 404, 'NOT_FOUND'],
    ['of no image', () => 'all', {}, 422, 'INVALID_REQUEST'],
    ['with a word nobody knows', () => stage.spot, { zigzag: true }, 422, 'INVALID_REQUEST'],
  ])('%s is refused with a code, and nothing is stored', async (_, image, more, status, code) => {
    const before = await countPlans();
    const answer = await stage.ask(house.people.ada, 'POST', `/images/${image()}/plans`, draft(more));
    expect([...codeOf(answer), typeof answer.body.detail]).toEqual([status, code, 'string']);
    expect(await countPlans()).toBe(before);
  });

  it('for want of a scale says how to get one, and that pixels still do', async () => {
    const { body } = await stage.ask(house.people.ada, 'POST', `/images/${stage.spot}/plans`, draft(magnified));
    expect(body.detail).toMatch(/Calibrate the image, or give the size of fields in pixels/);
    expect((await stage.plan(house.people.ada)).fields).toBe(20);
  });

  it('is refused while the image is being read, and for an image of another project', async () => {
    const other = await house.stage();
    const foreign = await stage.ask(house.people.ada, 'POST', `/images/${other.spot}/plans`, draft());
    expect(codeOf(foreign)).toEqual([404, 'NOT_FOUND']);
    const waiting = await other.broken();
    const early = await other.ask(house.people.ada, 'POST', `/images/${waiting}/plans`, draft());
    expect(codeOf(early)).toEqual([409, 'IMAGE_NOT_READY']);
    const mask = await other.ask(house.people.ada, 'POST', `/images/${waiting}/tissue`, {});
    expect(codeOf(mask)).toEqual([409, 'IMAGE_NOT_READY']);
  });

  it('would skip every field is refused: no tissue at all, or too little in each', async () => {
    const { ada } = house.people;
    const blank = await stage.tissue(ada, stage.blank);
    expect(blank).toMatchObject({ state: 'done', found: { share: 0 } });
    const none = await stage.ask(ada, 'POST', `/images/${stage.blank}/plans`, draft({ tissueId: blank.id }));
    expect(codeOf(none)).toEqual([422, 'NO_TISSUE']);
    expect(none.body.detail).toMatch(/no tissue at all/);
    const spot = await stage.tissue(ada, stage.spot);
    const little = { tissueId: spot.id, minTissueShare: 1, field: { by: 'px', width: 300, height: 300 } };
    const strict = await stage.ask(ada, 'POST', `/images/${stage.spot}/plans`, draft(little));
    expect(codeOf(strict)).toEqual([422, 'NO_TISSUE']);
    // a mask of another image fits no plan of this one
    const foreign = await stage.ask(ada, 'POST', `/images/${stage.spot}/plans`, draft({ tissueId: blank.id }));
    expect(codeOf(foreign)).toEqual([404, 'NOT_FOUND']);
  });
});

describe('a plan', () => {
  it('has the fields that the package gives for it, by the scale of the slide', async () => {
    const plan = await stage.plan(
      house.people.ada,
      { field: { by: 'magnification', magnification: 20 }, view: { width: 600, height: 400 }, name: ' First look ' },
      await stage.slide(),
    );
    expect(plan).toMatchObject({
      name: 'First look',
      audience: 'own',
      overlap: 0.15,
      order: 'serpentine',
      dwellMs: 500,
    });
    expect(plan.downsample).toBeCloseTo(10 / (20 * 0.499), 6);
    expect([plan.fieldWidth, plan.fieldHeight]).toEqual([601, 401]);
    expect(planFields(plan).fields).toHaveLength(plan.fields);
    expect(plan.progress).toMatchObject([{ readerId: house.people.ada.principal.userId, seen: 0, assigned: null }]);
  });

  it('of an image smaller than a field is one field', async () => {
    const plan = await stage.plan(house.people.ada, { field: { by: 'px', width: 4000, height: 4000 } });
    expect([plan.fields, planFields(plan).fields[0]]).toMatchObject([1, { minX: 0, minY: 0, maxX: 400, maxY: 300 }]);
  });

  it('of a region that sticks out is cut off at the edges of the image', async () => {
    const plan = await stage.plan(house.people.ada, { region: { minX: 350, minY: 250, maxX: 9000, maxY: 9000 } });
    expect(plan.region).toEqual({ minX: 350, minY: 250, maxX: 400, maxY: 300 });
  });

  it('skips fields without tissue, and keeps the numbers of the others', async () => {
    const { ada } = house.people;
    const tissue = await stage.tissue(ada, stage.spot);
    const plan = await stage.plan(ada, { tissueId: tissue.id });
    const skipped = new Set(plan.skipped);
    const kept = planFields(plan).fields.filter(({ index }) => !skipped.has(index));
    expect(plan.toSee).toBe(kept.length);
    expect(kept.length).toBeLessThan(plan.fields);
    for (const field of kept) {
      expect(field.maxX > 95 && field.minX < 225 && field.maxY > 55 && field.minY < 185).toBe(true);
    }
  });

  it('is made once, however often its request is sent, and by one id for one thing only', async () => {
    const { ada, ben } = house.people;
    const body = draft();
    const path = `/images/${stage.spot}/plans`;
    const answers = await Promise.all([1, 2, 3].map(() => stage.ask(ada, 'POST', path, body)));
    expect(new Set(answers.map(({ body: plan }) => plan.id)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(codeOf(await stage.ask(ada, 'POST', path, { ...body, overlap: 0.3 }))).toEqual([409, 'ID_IN_USE']);
    // the same id of somebody else is another plan, and tells nothing
    const other = await stage.ask(ben, 'POST', path, body);
    expect(other.status).toBe(201);
    expect(other.body.id).not.toBe(answers[0]?.body.id);
  });

  it('is of one person, or for all; managers see everybody’s', async () => {
    const { boss, ada, ben, eve } = house.people;
    const own = await stage.plan(ada);
    const all = await stage.plan(boss, { audience: 'all' });
    const idsOf = async (who: typeof ada) =>
      ((await stage.ask(who, 'GET', `/plans?imageId=${stage.spot}`)).body as PlanSummary[]).map(({ id }) => id);
    expect(await idsOf(ada)).toEqual(expect.arrayContaining([own.id, all.id]));
    expect(await idsOf(ben)).toContain(all.id);
    expect(await idsOf(ben)).not.toContain(own.id);
    expect(await idsOf(boss)).toEqual(expect.arrayContaining([own.id, all.id]));
    expect((await stage.ask(eve, 'GET', '/plans')).status).toBe(404);
    for (const path of [
      '',
      '/state',
      '/visits',
      '/shares',
      '/report',
      '/report/csv',
      '/report/picture',
      '/fields',
      '/fields/csv',
    ])
      expect(codeOf(await stage.ask(ben, 'GET', `/plans/${own.id}${path}`)), path).toEqual([404, 'NOT_FOUND']);
    // a manager looks at it, but screens by no other person's plan
    expect((await stage.ask(boss, 'GET', `/plans/${own.id}/report`)).status).toBe(200);
    expect(codeOf(await stage.ask(boss, 'GET', `/plans/${own.id}/state`))).toEqual([403, 'NOT_YOUR_PLAN']);
    expect(codeOf(await stage.visit(boss, own.id, [{}]))).toEqual([403, 'NOT_YOUR_PLAN']);
    const foreign = await house.stage();
    expect(codeOf(await foreign.ask(ada, 'GET', `/plans/${own.id}`))).toEqual([404, 'NOT_FOUND']);
  });

  it('gives way to another one, once, and its record stays', async () => {
    const { boss, ada } = house.people;
    const old = await stage.plan(ada);
    await stage.visit(ada, old.id, [{ field: 3 }]);
    const next = await stage.plan(ada, { supersedes: old.id, overlap: 0.3 });
    expect(next.supersedes).toBe(old.id);
    const again = await stage.ask(ada, 'POST', `/images/${stage.spot}/plans`, draft({ supersedes: old.id }));
    expect(codeOf(again)).toEqual([409, 'PLAN_SUPERSEDED']);
    const kept = (await stage.ask(ada, 'GET', `/plans/${old.id}`)).body as Plan;
    expect([kept.supersededBy, kept.progress[0]?.seen]).toEqual([next.id, 1]);
    const listed = async (query: string) =>
      ((await stage.ask(ada, 'GET', `/plans?imageId=${stage.spot}${query}`)).body as PlanSummary[]).map(({ id }) => id);
    expect(await listed('')).not.toContain(old.id);
    expect(await listed('&superseded=all')).toContain(old.id);
    // whose it is not, and from own to all
    const boss1 = await stage.ask(boss, 'POST', `/images/${stage.spot}/plans`, draft({ supersedes: next.id }));
    expect(codeOf(boss1)).toEqual([403, 'NOT_YOUR_PLAN']);
    const all = await stage.plan(boss, { audience: 'all' });
    const ada1 = await stage.ask(ada, 'POST', `/images/${stage.spot}/plans`, draft({ supersedes: all.id }));
    expect(codeOf(ada1)).toEqual([403, 'SHARED_PLAN']);
    const mixed = await stage.ask(boss, 'POST', `/images/${stage.spot}/plans`, draft({ supersedes: all.id }));
    expect(codeOf(mixed)).toEqual([422, 'INVALID_REQUEST']);
    const elsewhere = await stage.ask(ada, 'POST', `/images/${stage.blank}/plans`, draft({ supersedes: next.id }));
    expect(codeOf(elsewhere)).toEqual([404, 'NOT_FOUND']);
  });

  it('and its log can only be added to, and go with their images', async () => {
    const own = await house.stage();
    const { boss, ada } = house.people;
    const tissue = await own.tissue(ada, own.spot);
    const plan = await own.plan(ada, { tissueId: tissue.id });
    const next = await own.plan(ada, { tissueId: tissue.id, supersedes: plan.id });
    await own.visit(ada, next.id, [{}]);
    for (const statement of [
      'update plugin_screening.visit set dwell_ms = 9',
      'delete from plugin_screening.visit',
      'truncate plugin_screening.visit',
      "update plugin_screening.plan set name = 'x'",
      'delete from plugin_screening.plan',
      'truncate plugin_screening.sharing',
    ])
      await expect(house.db.query(statement), statement).rejects.toThrow('can only be added to');
    const gone = await boss.request('POST', `/api/v2/image-sets/${own.imageSetId}/images/delete`, {
      imageIds: [own.spot],
    });
    expect(gone.status, JSON.stringify(gone.body)).toBeLessThan(300);
    expect(codeOf(await own.ask(ada, 'GET', `/plans/${plan.id}`))).toEqual([404, 'NOT_FOUND']);
    const rows = await house.db.query('select id from plugin_screening.plan where id = any($1::uuid[])', [
      [plan.id, next.id],
    ]);
    expect(rows).toEqual([]);
  });
});
