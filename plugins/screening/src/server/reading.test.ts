import { randomUUID } from 'node:crypto';
import {
  activeTime,
  coverageOf,
  makeMask,
  planFields,
  statesOf,
  tissueShare,
  unpackMask,
  type Visit,
} from '@exact/screening';
import { LIVE_PATH } from '@exact/sdk/contract';
import type { TestPerson } from '@exact/sdk/testing';
import type { RunningStudy } from '@exact/study';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type {
  FieldRow,
  LoggedVisit,
  Plan,
  PlanSummary,
  ProgressEvent,
  ReaderState,
  Report,
  Shares,
  TissueMaskView,
} from '../shared/model.ts';
import { type House, openHouse, type Stage, visitOf } from './stage.testing.ts';

let house: House;

beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house?.close());

const codeOf = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];
const idOf = ({ principal }: TestPerson): number => principal.userId;
const DOORS = [
  ...['', '/state', '/visits', '/shares', '/report', '/report/csv', '/report/picture', '/fields', '/fields/csv'],
] as const;
/** A plan for all of the picture with the spot, with its mask. */
async function sharedPlan(stage: Stage, more: object = {}): Promise<Plan> {
  const tissue = await stage.tissue(house.people.boss, stage.spot);
  return stage.plan(house.people.boss, { audience: 'all', tissueId: tissue.id, ...more });
}
const visitsOf = (log: readonly LoggedVisit[]): Visit[] =>
  log.map(({ enteredAt, leftAt, ...rest }) => ({
    ...rest,
    enteredAt: Date.parse(enteredAt),
    leftAt: Date.parse(leftAt),
  }));

describe('a report', () => {
  it('is what the log and the mask give, computed again from what the endpoints tell', async () => {
    const stage = await house.stage();
    const { boss, ada, ben } = house.people;
    const plan = await sharedPlan(stage);
    const toSee = planFields(plan).fields.filter(({ index }) => !plan.skipped.includes(index));
    const t = Date.now() - 20_000;
    const stays = (fields: readonly number[], more: object = {}) =>
      fields.map((field, i) => visitOf({ field, enteredAt: t + i * 900, leftAt: t + i * 900 + 800, ...more }));
    const indices = toSee.map(({ index }) => index);
    const made = await stage.visit(ada, plan.id, stays(indices.slice(0, 2), { enteredAt: t, leftAt: t + 800 }));
    expect(made.body).toMatchObject({ stored: 2 });
    await stage.visit(ben, plan.id, stays([...indices.slice(1, 3), plan.skipped[0] ?? 0]));
    await stage.visit(ben, plan.id, stays(indices.slice(3, 4), { dwellMs: 100 }));

    const report = (await stage.ask(boss, 'GET', `/plans/${plan.id}/report`)).body as Report;
    const log = (await stage.ask(boss, 'GET', `/plans/${plan.id}/visits`)).body.items as LoggedVisit[];
    const view = (await stage.ask(boss, 'GET', `/images/${stage.spot}/tissue/${plan.tissueId}`)).body as TissueMaskView;
    const { width = 0, height = 0 } = view.found ?? {};
    const bits = unpackMask(Buffer.from(view.bits, 'base64'), width, height);
    const mask = makeMask(bits, width, height, { width: 400, height: 300 });
    const fields = planFields(plan);
    for (const reader of [ada, ben]) {
      const own = visitsOf(log.filter(({ readerId }) => readerId === idOf(reader)));
      const expected = coverageOf(fields, plan, own, { mask, skipped: new Set(plan.skipped) });
      const found = report.readers.find(({ readerId }) => readerId === idOf(reader));
      expect(found).toMatchObject({
        ...expected.fields,
        ...{ seenArea: expected.seenArea, tissueSeen: expected.tissueSeen, tissueMissed: expected.tissueMissed },
        ...{ visits: own.length, activeMs: activeTime(own), assigned: null, seenAreaMm2: null },
      });
    }
    // together, counted pixel by pixel
    const seenBy = (reader: TestPerson) =>
      statesOf(plan.fields, visitsOf(log.filter(({ readerId }) => readerId === idOf(reader))), plan);
    const [a, b] = [seenBy(ada), seenBy(ben)];
    let [seenArea, tissue] = [0, 0];
    for (let y = 0; y < 300; y++)
      for (let x = 0; x < 400; x++) {
        const isSeen = fields.fields.some(
          (f) =>
            x >= f.minX && x < f.maxX && y >= f.minY && y < f.maxY && (a[f.index] === 'seen' || b[f.index] === 'seen'),
        );
        seenArea += isSeen ? 1 : 0;
        tissue += isSeen ? mask.area({ minX: x, minY: y, maxX: x + 1, maxY: y + 1 }) : 0;
      }
    expect(report.together.seenArea).toBe(seenArea);
    expect(report.together.tissueSeen).toBeCloseTo(tissue, 6);
    expect(report.together).toMatchObject({ seen: 3, partial: 1, unseen: toSee.length - 4 });
    expect(report.tissueArea).toBeCloseTo(120 * 120, -3);

    const one = (await stage.ask(boss, 'GET', `/plans/${plan.id}/report?readerId=${idOf(ada)}`)).body as Report;
    expect(one.readers.map(({ readerId }) => readerId)).toEqual([idOf(ada)]);
    expect(one.together.seen).toBe(2);
    const stranger = await stage.ask(boss, 'GET', `/plans/${plan.id}/report?readerId=${idOf(house.people.eve)}`);
    expect(codeOf(stranger)).toEqual([404, 'NOT_FOUND']);
  });

  it('comes as a table and as a picture, whatever the plan is called', async () => {
    const stage = await house.stage();
    const { boss, ada } = house.people;
    const plan = await sharedPlan(stage, { name: '=HYPERLINK("x") <script>&"' });
    await stage.visit(ada, plan.id, [
      { field: planFields(plan).fields.find((f) => !plan.skipped.includes(f.index))?.index ?? 0 },
    ]);
    const csv = await stage.ask(boss, 'GET', `/plans/${plan.id}/report/csv`);
    expect(csv.headers.get('content-type')).toMatch(/text\/csv/);
    const [head = '', ...rows] = String(csv.body).trim().split('\r\n');
    expect(rows).toHaveLength(2);
    expect(head.split(',').slice(0, 7)).toEqual([
      ...['plan', 'plan_name', 'image_id', 'fields', 'fields_to_see', 'reader_id', 'reader'],
    ]);
    expect(rows[0]).toContain(`"'=HYPERLINK(""x"") <script>&"""`);
    expect(rows[1]).toContain(',together,1,');
    const svg = await stage.ask(boss, 'GET', `/plans/${plan.id}/report/picture`);
    expect(svg.headers.get('content-type')).toMatch(/image\/svg\+xml/);
    expect(String(svg.body)).toMatch(/^<\?xml/);
    expect(String(svg.body)).not.toMatch(/<script|NaN|undefined|Infinity/);
    expect(String(svg.body)).toContain(`1 of ${plan.toSee} fields seen`);
  });

  it('of an image without tissue, scale, mask or visits says so, and holds no number that is none', async () => {
    const stage = await house.stage();
    const { ada } = house.people;
    const plan = await stage.plan(ada, {}, stage.blank);
    const report = (await stage.ask(ada, 'GET', `/plans/${plan.id}/report`)).body as Report;
    expect(report).toMatchObject({ tissueArea: null, tissueAreaMm2: null, regionAreaMm2: null, regionArea: 120_000 });
    expect(report.readers).toMatchObject([{ readerId: idOf(ada), visits: 0, activeMs: 0, firstAt: null, unseen: 20 }]);
    for (const door of ['/report/csv', '/report/picture', '/fields/csv']) {
      const { status, body } = await stage.ask(ada, 'GET', `/plans/${plan.id}${door}`);
      expect([status, /NaN|undefined|Infinity/.test(String(body))], door).toEqual([200, false]);
    }
  });

  it('in mm² follows the scale of the slide', async () => {
    const stage = await house.stage();
    const { ada } = house.people;
    const plan = await stage.plan(ada, { field: { by: 'um', width: 200, height: 200 } }, await stage.slide());
    const report = (await stage.ask(ada, 'GET', `/plans/${plan.id}/report`)).body as Report;
    expect(report.regionAreaMm2).toBeCloseTo(2220 * 2967 * 0.499 ** 2 * 1e-6, 9);
  });
});

describe('statistics of fields', () => {
  it('count annotations by class where their middle lies, with time and tissue', async () => {
    const stage = await house.stage();
    const { boss, ada, ben } = house.people;
    const plan = await sharedPlan(stage);
    const product = await boss.request('POST', `/api/v2/projects/${stage.id}/products`, { name: `Cells ${stage.id}` });
    const make = async (name: string): Promise<number> =>
      (
        await boss.request('POST', `/api/v2/projects/${stage.id}/products/${product.body.id}/templates`, {
          ...{ name, kind: 'box' },
        })
      ).body.id as number;
    const [mitosis, other] = [await make('Mitosis'), await make('Other, "rare"')];
    const draw = async (who: TestPerson, templateId: number, x: number, y: number) => {
      const answer = await who.request('POST', `/api/v2/images/${stage.spot}/annotations/changes`, {
        changeId: randomUUID(),
        create: [
          { uuid: randomUUID(), templateId, geometry: { kind: 'box', x: x - 5, y: y - 5, width: 10, height: 10 } },
        ],
      });
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    };
    await draw(ada, mitosis, 120, 80);
    await draw(ada, mitosis, 92, 80); // where the first two columns overlap
    await draw(ben, other, 130, 90);
    const indexAt = (column: number, row: number) =>
      planFields(plan).fields.find((f) => f.column === column && f.row === row)?.index ?? -1;
    await stage.visit(ada, plan.id, [
      { field: indexAt(1, 0), dwellMs: 600 },
      { field: indexAt(1, 0), dwellMs: 50 },
    ]);
    const rowsOf = async (query: string) =>
      (await stage.ask(boss, 'GET', `/plans/${plan.id}/fields${query}`)).body as FieldRow[];
    const all = await rowsOf('');
    expect(all).toHaveLength(plan.fields);
    expect(all[indexAt(1, 0)]).toMatchObject({
      ...{ column: 1, row: 0, skipped: false, state: 'seen', visits: 2, dwellMs: 650 },
      annotations: [
        { templateId: mitosis, count: 2 },
        { templateId: other, count: 1 },
      ],
    });
    expect(all[indexAt(0, 0)]?.annotations).toEqual([{ templateId: mitosis, count: 1 }]);
    expect(all[indexAt(4, 3)]).toMatchObject({ skipped: true, tissueShare: 0, annotations: [], state: 'unseen' });
    const view = (await stage.ask(boss, 'GET', `/images/${stage.spot}/tissue/${plan.tissueId}`)).body as TissueMaskView;
    const { width = 0, height = 0 } = view.found ?? {};
    const mask = makeMask(unpackMask(Buffer.from(view.bits, 'base64'), width, height), width, height, {
      ...{ width: 400, height: 300 },
    });
    for (const [i, field] of planFields(plan).fields.entries())
      expect(all[i]?.tissueShare).toBeCloseTo(tissueShare(mask, field), 9);
    const ofAda = await rowsOf(`?readerId=${idOf(ada)}&fields=${indexAt(1, 0)}`);
    expect(ofAda).toMatchObject([{ annotations: [{ templateId: mitosis, count: 2 }] }]);
    const csv = await stage.ask(boss, 'GET', `/plans/${plan.id}/fields/csv`);
    expect(String(csv.body).split('\r\n')[0]).toContain(`Mitosis (${mitosis}),"Other, ""rare"" (${other})"`);
    expect(codeOf(await stage.ask(boss, 'GET', `/plans/${plan.id}/fields?fields=x`))).toEqual([422, 'INVALID_REQUEST']);
  });
});

describe('sharing out', () => {
  it('gives readers their fields, and the report says what is done of them', async () => {
    const stage = await house.stage();
    const { boss, ada, ben } = house.people;
    const plan = await sharedPlan(stage);
    const toSee = planFields(plan).fields.flatMap(({ index }) => (plan.skipped.includes(index) ? [] : [index]));
    const half = toSee.length >> 1;
    const put = (who: TestPerson, shares: object[]) => stage.ask(who, 'PUT', `/plans/${plan.id}/shares`, { shares });
    const [first, second] = [toSee.slice(0, half), toSee.slice(half)];
    expect((await stage.ask(ada, 'GET', `/plans/${plan.id}/shares`)).body).toEqual({
      setAt: null,
      setBy: null,
      shares: [],
    });
    const set = await put(boss, [
      { userId: idOf(ada), fields: [...first].reverse() },
      { userId: idOf(ben), fields: [...second, ...second] },
    ]);
    expect((set.body as Shares).shares).toEqual([
      { userId: idOf(ada), fields: first },
      { userId: idOf(ben), fields: second },
    ]);
    await stage.visit(ada, plan.id, [{ field: first[0] ?? 0 }, { field: second[0] ?? 0 }]);
    expect(((await stage.ask(ada, 'GET', `/plans/${plan.id}/state`)).body as ReaderState).assigned).toEqual(first);
    expect(
      ((await stage.ask(house.people.vera, 'GET', `/plans/${plan.id}/state`)).body as ReaderState).assigned,
    ).toEqual([]);
    const report = (await stage.ask(boss, 'GET', `/plans/${plan.id}/report`)).body as Report;
    expect(report.readers.map(({ readerId, assigned }) => [readerId, assigned])).toEqual([
      [idOf(ada), { fields: first.length, seen: 1 }],
      [idOf(ben), { fields: second.length, seen: 0 }],
    ]);
    expect((await put(boss, [])).body.shares).toEqual([]);
    expect(((await stage.ask(ada, 'GET', `/plans/${plan.id}/state`)).body as ReaderState).assigned).toBeNull();
  });

  it('is refused in words when it cannot be', async () => {
    const stage = await house.stage();
    const { boss, ada, eve } = house.people;
    const plan = await sharedPlan(stage);
    const own = await stage.plan(boss);
    const put = (who: TestPerson, id: string, shares: object[]) =>
      stage.ask(who, 'PUT', `/plans/${id}/shares`, { shares });
    const field = planFields(plan).fields.find(({ index }) => !plan.skipped.includes(index))?.index ?? 0;
    expect(codeOf(await put(ada, plan.id, []))).toEqual([403, 'FORBIDDEN']);
    for (const [id, shares, words] of [
      [own.id, [{ userId: idOf(ada), fields: [0] }], /only plans for all/],
      [plan.id, [{ userId: idOf(eve), fields: [field] }], /no member of this project/],
      [plan.id, [{ userId: idOf(ada), fields: [99] }], /no field 99/],
      [plan.id, [{ userId: idOf(ada), fields: [plan.skipped[0] ?? 0] }], /is skipped/],
      [
        plan.id,
        [
          { userId: idOf(ada), fields: [] },
          { userId: idOf(ada), fields: [] },
        ],
        /named twice/,
      ],
    ] as const) {
      const answer = await put(boss, id, [...shares]);
      expect(codeOf(answer)).toEqual([422, 'SHARES_REFUSED']);
      expect(answer.body.detail).toMatch(words);
    }
    await stage.plan(boss, { audience: 'all', supersedes: plan.id });
    expect(codeOf(await put(boss, plan.id, []))).toEqual([409, 'PLAN_SUPERSEDED']);
  });
});

describe('who reads blind', () => {
  it('gets the same answers as if nobody else had screened, shared fields included; managers see all', async () => {
    const stage = await house.stage();
    const { boss, ada, ben } = house.people;
    const plan = await sharedPlan(stage);
    const field = planFields(plan).fields.find(({ index }) => !plan.skipped.includes(index))?.index ?? 0;
    await stage.visit(ada, plan.id, [{ field }]);
    await stage.mode('blind');
    const doors = [
      ...DOORS.map((door) => `/plans/${plan.id}${door}`),
      ...[`/plans`, `/images/${stage.spot}/tissue`, `/images/${stage.spot}/tissue/${plan.tissueId}`],
      ...DOORS.slice(2).map((door) => `/plans/${plan.id}${door}?readerId=${idOf(ben)}`),
      `/plans/${plan.id}/report?readerId=999999`,
    ];
    const see = async (who: TestPerson) => {
      const answers = await Promise.all(doors.map((door) => stage.ask(who, 'GET', door)));
      return answers.map(({ status, body }) =>
        `${status} ${JSON.stringify(body)}`.replace(/"(requestId|instance|at)":"[^"]*"|Computed [^<]*/g, ''),
      );
    };
    const before = await see(ada);
    // the other reader screens, plans, and tries masks
    const id = visitOf({ field });
    await stage.visit(ben, plan.id, [id, { field: field + 1 }]);
    const bens = await stage.plan(ben);
    await stage.tissue(ben, stage.spot, { closing: 3 });
    await stage.ask(ben, 'PUT', `/plans/${plan.id}/marks/${field}`, { note: 'look' });
    expect(await see(ada)).toEqual(before);
    // an id of somebody else is free
    expect((await stage.visit(ada, plan.id, [{ ...id, field: field + 1 }])).body).toEqual({ stored: 1, known: 0 });
    expect(codeOf(await stage.ask(ada, 'GET', `/plans/${bens.id}`))).toEqual([404, 'NOT_FOUND']);
    const after = Object.fromEntries((await see(ada)).map((answer, i) => [doors[i], answer]));
    expect(after[`/plans/${plan.id}/report?readerId=${idOf(ben)}`]).toMatch(/^404/);
    const seen = (await stage.ask(boss, 'GET', `/plans/${plan.id}/report`)).body as Report;
    expect(seen.readers.map(({ readerId }) => readerId)).toEqual([idOf(ada), idOf(ben)]);
    expect(((await stage.ask(boss, 'GET', '/plans')).body as PlanSummary[]).map((p) => p.id)).toContain(bens.id);
  });

  it('finds, asked for the same mask as somebody else has had made, one of their own', async () => {
    const stage = await house.stage();
    const { ada, ben } = house.people;
    await stage.mode('blind');
    const first = await stage.tissue(ben, stage.spot);
    const own = await stage.tissue(ada, stage.spot);
    expect([own.version, own.id === first.id]).toEqual([1, false]);
    expect((await stage.tissue(ada, stage.spot)).id).toBe(own.id);
    expect((await stage.tissue(ada, stage.spot, { method: 'fixed', threshold: 128 })).version).toBe(2);
    await stage.mode('cooperative');
    const list = (await stage.ask(ada, 'GET', `/images/${stage.spot}/tissue`)).body as unknown[];
    expect(list).toHaveLength(3);
  });

  it('in a running study is who reads in it; its adjudicators see all', async () => {
    const stage = await house.stage();
    const { ada, ben, vera } = house.people;
    const plan = await sharedPlan(stage);
    await stage.visit(ben, plan.id, [{}]);
    const count = async (who: TestPerson) =>
      ((await stage.ask(who, 'GET', `/plans/${plan.id}/report`)).body as Report).readers.length;
    expect(await count(ada)).toBe(1);
    const study: RunningStudy = {
      ...{ studyId: 's', phaseId: 'p', mode: 'blind', readerIds: [idOf(ada), idOf(ben)] },
      ...{ adjudicatorIds: [idOf(vera)], cases: () => Promise.resolve([]) },
    };
    house.studies.set(stage.id, study);
    const own = (await stage.ask(ada, 'GET', `/plans/${plan.id}/report`)).body as Report;
    expect(own.readers).toMatchObject([{ readerId: idOf(ada), visits: 0 }]);
    expect(await count(vera)).toBe(1);
    const all = (await stage.ask(vera, 'GET', `/plans/${plan.id}/report`)).body as Report;
    expect(all.readers).toMatchObject([{ readerId: idOf(ben), visits: 1 }]);
  });
});

describe('a second browser of the same person', () => {
  it('is told of visits, position and marks; nobody else is', async () => {
    const stage = await house.stage();
    const { ada, ben } = house.people;
    const plan = await sharedPlan(stage);
    const [mine, others] = [await listen(ada, stage.id), await listen(ben, stage.id)];
    const deviceId = randomUUID();
    await stage.visit(ada, plan.id, [{ field: 6 }], { deviceId });
    const body = { sentAt: Date.now(), deviceId, at: Date.now() - 5, field: 7, x: 1, y: 2, downsample: 1 };
    await stage.ask(ada, 'PUT', `/plans/${plan.id}/position`, body);
    await stage.ask(ada, 'PUT', `/plans/${plan.id}/marks/6`, { note: 'again', deviceId });
    await mine.until(({ marks }) => marks !== undefined);
    expect(mine.heard).toMatchObject([
      { planId: plan.id, imageId: stage.spot, deviceId, states: [{ field: 6, state: 'seen' }] },
      { planId: plan.id, deviceId, position: { field: 7, x: 1, y: 2, downsample: 1 } },
      { planId: plan.id, deviceId, marks: [{ field: 6, note: 'again' }] },
    ]);
    // by then, what is for the other one would have come
    await stage.ask(ben, 'PUT', `/plans/${plan.id}/marks/1`, {});
    await others.until(({ marks }) => marks !== undefined);
    expect(others.heard).toMatchObject([{ deviceId: null, marks: [{ field: 1 }] }]);
    expect(mine.heard).toHaveLength(3);
    mine.close();
    others.close();
  });

  async function listen(who: TestPerson, projectId: number) {
    const { kernel } = house;
    const socket = new WebSocket(kernel.url.replace('http:', 'ws:') + LIVE_PATH, {
      headers: { cookie: who.cookie, origin: kernel.url },
    });
    const heard: ProgressEvent[] = [];
    let isReady = false;
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { type: string; topic?: string; data?: ProgressEvent };
      const event = message as { event?: { topic: string; data: ProgressEvent } } & typeof message;
      if (message.type === 'ready') isReady = true;
      const { topic, data: content } = event.event ?? message;
      if (topic === 'screening:progress' && content) heard.push(content);
    });
    await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.send(JSON.stringify({ type: 'watch', projects: [projectId] }));
    await expect.poll(() => isReady, { timeout: 10_000 }).toBe(true);
    return {
      heard,
      until: (isIt: (event: ProgressEvent) => boolean) =>
        expect.poll(() => heard.some(isIt), { timeout: 10_000 }).toBe(true),
      close: () => socket.close(),
    };
  }
});

describe('a mask of tissue', () => {
  it('is found in a job, covers what is dark, and has an outline to draw', async () => {
    const stage = await house.stage();
    const { ada } = house.people;
    const tissue = await stage.tissue(ada, stage.spot);
    expect(tissue).toMatchObject({ state: 'done', version: 1, problem: null, found: { background: 'light' } });
    expect(tissue.found?.share).toBeCloseTo((120 * 120) / (400 * 300), 2);
    const view = (await stage.ask(ada, 'GET', `/images/${stage.spot}/tissue/${tissue.id}`)).body as TissueMaskView;
    const xs = view.outline.flat().filter((_, i) => i % 2 === 0);
    const ys = view.outline.flat().filter((_, i) => i % 2 === 1);
    for (const [value, expected] of [
      [Math.min(...xs), 100],
      [Math.max(...xs), 220],
      [Math.min(...ys), 60],
      [Math.max(...ys), 180],
    ] as const)
      expect(Math.abs(value - expected)).toBeLessThanOrEqual(3);
  });

  it.each([
    ['a square without a middle', { closing: 8 }, 'TISSUE_REFUSED'],
    ['a threshold beyond grey values', { method: 'fixed', threshold: 300 }, 'INVALID_REQUEST'],
    ['a method nobody knows', { method: 'guess' }, 'INVALID_REQUEST'],
  ])('is refused of %s', async (_, parameters, code) => {
    const stage = await house.stage();
    const answer = await stage.ask(house.people.ada, 'POST', `/images/${stage.spot}/tissue`, parameters);
    expect(codeOf(answer)).toEqual([422, code]);
  });

  it('of a real slide is most of it', async () => {
    const stage = await house.stage();
    const { found } = await stage.tissue(house.people.ada, await stage.slide());
    expect(found?.share).toBeGreaterThan(0.3);
    expect(found?.share).toBeLessThan(1);
  });
});
