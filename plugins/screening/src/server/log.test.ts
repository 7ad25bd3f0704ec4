import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoggedVisit, Plan, PlanSummary, ReaderState } from '../shared/model.ts';
import { type House, openHouse, type Stage, visitOf } from './stage.testing.ts';
import { findRefusals } from './visits.ts';

let house: House;
let stage: Stage;
let plan: Plan;

beforeAll(async () => {
  house = await openHouse();
  stage = await house.stage();
  plan = await stage.plan(house.people.ada);
});
afterAll(() => house?.close());

const codeOf = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];
const countVisits = async (): Promise<number> =>
  (await house.db.query<{ n: number }>('select count(*)::int as n from plugin_screening.visit'))[0]?.n ?? -1;
const stateOf = async (who: Parameters<Stage['ask']>[0], planId: string): Promise<ReaderState> =>
  (await stage.ask(who, 'GET', `/plans/${planId}/state`)).body as ReaderState;

describe('a batch of visits', () => {
  const now = Date.now();
  it.each<[string, object, string]>([
    ['of a field that the plan does not have', { field: 20 }, 'FIELD_NOT_IN_PLAN'],
    ['that end before they begin', { enteredAt: now, leftAt: now - 1, dwellMs: 0 }, 'VISIT_ENDS_EARLY'],
    ['that go on for days', { enteredAt: now - 90_000_000, leftAt: now - 1 }, 'VISIT_TOO_LONG'],
    ['with more time on screen than there was', { dwellMs: 801 }, 'DWELL_TOO_LONG'],
    ['in the future', { enteredAt: now + 100_000, leftAt: now + 101_000 }, 'VISIT_IN_FUTURE'],
    ['from before the plan was made', { enteredAt: now - 900_000, leftAt: now - 899_000 }, 'VISIT_BEFORE_PLAN'],
    ['shown too coarsely', { downsample: 1.03 }, 'VISIT_TOO_COARSE'],
  ])('%s is refused as a whole, and names the one that is wrong', async (_, more, code) => {
    const before = await countVisits();
    const wrong = randomUUID();
    const answer = await stage.visit(house.people.ada, plan.id, [{}, { ...more, id: wrong }, {}]);
    expect(codeOf(answer)).toEqual([422, 'VISITS_REFUSED']);
    expect(answer.body.data.visits).toEqual([expect.objectContaining({ id: wrong, code })]);
    expect(answer.body.detail).toContain(wrong);
    expect(await countVisits()).toBe(before);
  });

  it.each<[string, object]>([
    ['of nothing', { visits: [] }],
    ['of too many', { visits: Array.from({ length: 501 }, () => visitOf()) }],
    ['of words', { visits: ['seen'] }],
    ['of fields counted from minus one', { visits: [visitOf({ field: -1 })] }],
    ['of shares above all', { visits: [visitOf({ share: 1.1 })] }],
    ['of half milliseconds', { visits: [visitOf({ dwellMs: 0.5 })] }],
    ['without the time of sending', { sentAt: undefined }],
    ['from a device without a name', { deviceId: 'laptop' }],
    ['that bring their own state', { visits: [{ ...visitOf(), state: 'seen' }] }],
  ])('%s is not read at all', async (_, more) => {
    const before = await countVisits();
    expect(codeOf(await stage.visit(house.people.ada, plan.id, [{}], more))).toEqual([422, 'INVALID_REQUEST']);
    expect(await countVisits()).toBe(before);
  });

  it('for a plan of somebody else, or of nobody, finds no plan', async () => {
    const { ben, vera, eve } = house.people;
    expect(codeOf(await stage.visit(ben, plan.id, [{}]))).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await stage.visit(vera, plan.id, [{}]))).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await stage.visit(eve, plan.id, [{}]))).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await stage.visit(ben, randomUUID(), [{}]))).toEqual([404, 'NOT_FOUND']);
  });

  it('is stored once, however often and however cut it arrives', async () => {
    const { ada } = house.people;
    const own = await stage.plan(ada);
    const visits = [0, 1, 2, 3].map((field) => visitOf({ field }));
    const first = await stage.visit(ada, own.id, visits.slice(0, 3));
    expect(first.body).toEqual({ stored: 3, known: 0 });
    const again = await Promise.all([1, 2, 3].map(() => stage.visit(ada, own.id, visits)));
    expect(again.map(({ body }) => body.stored + body.known)).toEqual([4, 4, 4]);
    expect(again.reduce((sum, { body }) => sum + (body.stored as number), 0)).toBe(1);
    expect((await stateOf(ada, own.id)).states).toBe('2222'.padEnd(20, '0'));
    const twice = await stage.visit(ada, own.id, [visits[0] ?? {}, { id: visits[0]?.id ?? '', field: 4 }]);
    expect(codeOf(twice)).toEqual([409, 'ID_IN_USE']);
    const doubled = visitOf();
    const both = await stage.visit(ada, own.id, [doubled, doubled]);
    expect(both.body.data.visits).toMatchObject([{ id: doubled.id, code: 'VISIT_TWICE' }]);
  });

  it('from a browser whose clock is an hour off is stored by the server’s time', async () => {
    const { ada } = house.people;
    const own = await stage.plan(ada);
    for (const [field, off] of [3_600_000, -3_600_000, 400 * 86_400_000].entries()) {
      const sentAt = Date.now() + off;
      const answer = await stage.visit(ada, own.id, [{ field, enteredAt: sentAt - 2000, leftAt: sentAt - 1000 }], {
        sentAt,
      });
      expect(answer.body, String(off)).toEqual({ stored: 1, known: 0 });
    }
    const { body } = await stage.ask(ada, 'GET', `/plans/${own.id}/visits`);
    for (const { leftAt, enteredAt } of body.items as LoggedVisit[]) {
      expect(Math.abs(Date.now() - Date.parse(leftAt))).toBeLessThan(60_000);
      expect(Date.parse(leftAt) - Date.parse(enteredAt)).toBe(1000);
    }
  });

  it('that arrives after another plan took the place is taken for what was seen before, and for nothing later', async () => {
    const { ada } = house.people;
    const own = await stage.plan(ada);
    const late = visitOf({ field: 7 });
    await stage.plan(ada, { supersedes: own.id });
    expect((await stage.visit(ada, own.id, [late])).body).toEqual({ stored: 1, known: 0 });
    const now = Date.now();
    const row = {
      ...{ fields: 20, downsample: 1, created_at: new Date(now - 900_000) },
      ...{ superseded_at: new Date(now - 300_000), superseded_by: 'another' },
    };
    const refused = findRefusals(
      row,
      [visitOf({ enteredAt: now - 800, leftAt: now }), { ...late, enteredAt: now - 400_000, leftAt: now - 399_000 }],
      now,
      0,
    );
    expect(refused).toMatchObject([{ code: 'PLAN_SUPERSEDED' }]);
  });
});

describe('the state of a reader', () => {
  it('follows from the log, with what counts and what does not', async () => {
    const { ada } = house.people;
    const own = await stage.plan(ada);
    const t = Date.now();
    const at = (field: number, ago: number, more: object = {}) =>
      visitOf({ field, enteredAt: t - ago, leftAt: t - ago + 700, ...more });
    await stage.visit(ada, own.id, [
      at(0, 9000),
      at(1, 8000, { dwellMs: 499 }),
      at(2, 7000, { share: 0.94 }),
      at(3, 6000, { marks: false }),
      at(4, 5000),
      at(0, 4000),
    ]);
    const { states } = await stateOf(ada, own.id);
    expect(states).toBe('31112'.padEnd(20, '0'));
    // the list counts in the database by the same rule
    const plans = (await stage.ask(ada, 'GET', `/plans?imageId=${stage.spot}`)).body as PlanSummary[];
    expect(plans.find(({ id }) => id === own.id)?.progress).toMatchObject([{ seen: 2, partial: 3 }]);
  });

  it('holds where one is; an older position never replaces a newer one', async () => {
    const { ada, ben } = house.people;
    const own = await stage.plan(ada);
    const put = (at: number, field: number, more: object = {}) =>
      stage.ask(ada, 'PUT', `/plans/${own.id}/position`, {
        ...{ sentAt: Date.now(), deviceId: randomUUID(), at, field, x: 10.5, y: -3, downsample: 2, ...more },
      });
    const t = Date.now();
    expect((await stateOf(ada, own.id)).position).toBeNull();
    expect((await put(t - 1000, 4)).body).toMatchObject({ field: 4, x: 10.5, y: -3, downsample: 2 });
    expect((await put(t - 2000, 1)).body).toMatchObject({ field: 4 });
    expect((await put(t - 500, 6)).body).toMatchObject({ field: 6 });
    expect((await stateOf(ada, own.id)).position).toMatchObject({ field: 6 });
    expect(codeOf(await put(t - 100, 20))).toEqual([422, 'FIELD_NOT_IN_PLAN']);
    expect(codeOf(await put(Date.now() + 10_000, 2))).toEqual([422, 'TIME_IN_FUTURE']);
    expect(codeOf(await put(t - 100, 2, { x: 'left' }))).toEqual([422, 'INVALID_REQUEST']);
    expect(codeOf(await stage.ask(ben, 'PUT', `/plans/${own.id}/position`, {}))).toEqual([422, 'INVALID_REQUEST']);
    const next = await stage.plan(ada, { supersedes: own.id });
    const late = await put(Date.now() - 1, 2);
    expect(codeOf(late)).toEqual([409, 'PLAN_SUPERSEDED']);
    expect(late.body.detail).toContain(next.id);
  });

  it('holds marks to come back to, which are safe to set and take away again', async () => {
    const { ada } = house.people;
    const own = await stage.plan(ada);
    const mark = (method: string, field: number, body?: object) =>
      stage.ask(ada, method, `/plans/${own.id}/marks/${field}`, body);
    await mark('PUT', 7, { note: ' mitosis? ' });
    await mark('PUT', 3, {});
    const { body } = await mark('PUT', 7, { note: 'mitosis?' });
    expect(body).toMatchObject([
      { field: 3, note: '' },
      { field: 7, note: 'mitosis?' },
    ]);
    expect((await mark('DELETE', 3)).body).toMatchObject([{ field: 7 }]);
    expect((await mark('DELETE', 3)).body).toMatchObject([{ field: 7 }]);
    expect((await stateOf(ada, own.id)).marks).toMatchObject([{ field: 7 }]);
    expect(codeOf(await mark('PUT', 20, {}))).toEqual([422, 'FIELD_NOT_IN_PLAN']);
    expect(codeOf(await mark('PUT', 1, { note: 'x'.repeat(501) }))).toEqual([422, 'INVALID_REQUEST']);
  });
});

describe('the log', () => {
  it('is read in pages, in the order in which it was stored', async () => {
    const { ada } = house.people;
    const own = await stage.plan(ada);
    const visits = Array.from({ length: 7 }, (_, field) => visitOf({ field }));
    await stage.visit(ada, own.id, visits);
    const read: string[] = [];
    for (let isEnd = false; !isEnd;) {
      const after = read.at(-1);
      const { body } = await stage.ask(
        ada,
        'GET',
        `/plans/${own.id}/visits?limit=3${after === undefined ? '' : `&after=${after}`}`,
      );
      read.push(...(body.items as LoggedVisit[]).map(({ id }) => id));
      isEnd = body.isEnd as boolean;
    }
    expect(read).toEqual(visits.map(({ id }) => id));
  });
});
