import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../layer/test-shapes.ts';
import { createFakeServer, openTab, type Filtered } from './fake-server.testing.ts';
import { makeUuid } from './uuid-v7.ts';

// What the store shows while its source leaves annotations out: all of them in memory, and the parts of very many.

const box = (x: number, y: number) => ({ kind: 'box', x, y, width: 10, height: 10 }) as const;
const ofClass = (templateId: number) => (record: Filtered) => record.templateId === templateId;
const unverified = (record: Filtered): boolean => !record.isVerified;
const VIEW = { minX: 0, minY: 0, maxX: 8192, maxY: 8192 };

let server: ReturnType<typeof createFakeServer>;
let tab: ReturnType<typeof openTab>;
let uuids: string[];
const pass = (ms = 200) => vi.advanceTimersByTimeAsync(ms);
const shown = () =>
  tab.store
    .query()
    .map(({ uuid }) => uuid)
    .sort();
const living = (fits: (row: Filtered) => boolean) =>
  [...server.rows.values()]
    .filter((row) => !row.deleted && fits({ ...row, isVerified: row.verification !== undefined }))
    .map(({ uuid }) => uuid)
    .sort();
const event = (lists: { created?: string[]; updated?: string[]; deleted?: string[]; many?: boolean }) =>
  tab.store.handleEvent({
    ...{ topic: 'annotations.changed', projectId: 1, imageId: 7, changeId: makeUuid(), userId: 2, many: false },
    ...{ created: [], updated: [], deleted: [] },
    ...lists,
  });
async function filterBy(fits: ((row: Filtered) => boolean) | undefined): Promise<void> {
  server.filter(fits);
  await tab.store.refilter();
  await pass();
}
const select = (...chosen: string[]): void => {
  tab.held.clear();
  for (const uuid of chosen) tab.held.add(uuid);
  tab.store.prune();
};

/** In classes 3 and 4 by turns, on a grid. */
function seed(count: number): string[] {
  const create = Array.from({ length: count }, (_, i) => ({
    uuid: makeUuid(),
    templateId: 3 + (i % 2),
    geometry: box(40 + 160 * (i % 50), 40 + 160 * Math.floor(i / 50)),
  }));
  server.other({ create });
  return create.map(({ uuid }) => uuid);
}

beforeEach(() => {
  vi.useFakeTimers();
  server = createFakeServer();
});
afterEach(() => {
  tab.store.dispose();
  vi.useRealTimers();
});

describe.each([
  ['all of the image', 20, {}],
  ['only what the view needs', 400, { whole: 100, shapes: 5000, centres: 10_000 }],
])('a filter while %s is loaded', (_, count, limits) => {
  beforeEach(async () => {
    uuids = seed(count);
    tab = openTab(server, new Map(), limits);
    await tab.open();
    tab.store.showView(VIEW);
    await pass();
  });

  it('shows and counts what fits, and all again without it', async () => {
    await filterBy(ofClass(3));
    expect(shown()).toEqual(living(ofClass(3)));
    expect(tab.store.size).toBe(count / 2);
    expect([...tab.store.countByTemplate()]).toEqual([[3, count / 2]]);
    await filterBy(undefined);
    expect(shown()).toEqual([...uuids].sort());
    expect(tab.store.size).toBe(count);
  });

  it('keeps in sight what was just drawn although it does not fit, without counting it', async () => {
    await filterBy(ofClass(3));
    const uuid = makeUuid();
    tab.store.apply('Draw', [{ op: 'create', uuid, templateId: 4, geometry: box(5, 5) }]);
    await pass();
    expect(tab.store.get(uuid)?.isDeleted).toBe(false);
    expect([tab.store.size, tab.store.extraCount]).toEqual([count / 2, 1]);
    expect(tab.scene.has(uuid)).toBe(true);
    await pass(20_000); // counts are read anew meanwhile
    expect([tab.store.size, tab.store.extraCount, tab.scene.has(uuid)]).toEqual([count / 2, 1, true]);
    await filterBy(ofClass(3));
    expect([shown().includes(uuid), tab.store.extraCount]).toEqual([false, 0]);
  });

  it('lets go of what was changed out of it, as soon as it is stored and no longer selected', async () => {
    await filterBy(unverified);
    const uuid = uuids[0] ?? '';
    select(uuid);
    tab.store.apply('Accept', [{ op: 'verify', uuid, verdict: 'accepted' }]);
    expect([tab.store.size, tab.store.extraCount]).toEqual([count - 1, 1]);
    await pass();
    expect(shown()).toContain(uuid);
    select();
    expect(shown()).not.toContain(uuid);
    expect([tab.store.size, tab.store.extraCount]).toEqual([count - 1, 0]);
    await pass(20_000);
    expect(tab.store.size).toBe(count - 1);
    tab.store.undo(); // also of what is not in sight any more
    await pass();
    expect(shown()).toContain(uuid);
    expect([tab.store.size, tab.store.extraCount]).toEqual([count, 0]);
  });

  it('never hides what is not stored yet', async () => {
    server.cut(true);
    const uuid = uuids[1] ?? '';
    tab.store.apply('Move', [{ op: 'update', uuid, geometry: box(77, 77) }]);
    await pass();
    server.cut(false); // the line is back, and the queue waits for its next try
    await filterBy(ofClass(3)); // it is of class 4
    expect(tab.store.get(uuid)?.geometry).toEqual(box(77, 77));
    expect(tab.store.extraCount).toBe(1);
    for (const work of tab.timers.splice(0)) work();
    await pass();
    expect(server.rows.get(uuid)?.geometry).toEqual(box(77, 77));
    expect([shown().includes(uuid), tab.store.extraCount]).toEqual([false, 0]);
  });

  it('follows what others do: what fits no more goes, what fits now comes', async () => {
    await filterBy(ofClass(3));
    const [out = '', , into = ''] = [uuids[0], uuids[2], uuids[1]];
    server.other({
      update: [
        { uuid: out, revision: 1, templateId: 4 },
        { uuid: into, revision: 1, templateId: 3 },
      ],
    });
    event({ updated: [out, into] });
    await pass(5000);
    expect(shown()).toEqual(living(ofClass(3)));
    expect(tab.store.size).toBe(count / 2);
    const made = server.other({
      create: [3, 4].map((templateId) => ({ uuid: makeUuid(), templateId, geometry: box(500, 500) })),
    });
    event({ created: made.map(({ uuid }) => uuid) });
    await pass(5000);
    expect(shown()).toEqual(living(ofClass(3)));
    event({ many: true });
    await pass(5000);
    expect(shown()).toEqual(living(ofClass(3)));
  });

  it('keeps what somebody has selected while another person changes it out of the filter', async () => {
    await filterBy(ofClass(3));
    const uuid = uuids[0] ?? '';
    select(uuid);
    server.other({ update: [{ uuid, revision: 1, templateId: 4 }] });
    event({ updated: [uuid] });
    await pass(5000);
    expect(tab.store.get(uuid)).toMatchObject({ templateId: 4, isDeleted: false });
    expect([tab.store.size, tab.store.extraCount]).toEqual([count / 2 - 1, 1]);
    select();
    expect(tab.store.get(uuid)).toBeUndefined();
  });

  it('brings one that is asked for by its id, as long as it is selected', async () => {
    await filterBy(ofClass(3));
    const uuid = uuids[1] ?? '';
    await tab.store.ensure([uuid]);
    select(uuid);
    expect([tab.store.isExtra(uuid), tab.scene.has(uuid), tab.store.size]).toEqual([true, true, count / 2]);
    select();
    expect(tab.scene.has(uuid)).toBe(false);
  });

  it('drops the answers to a filter that is not wanted any more', async () => {
    server.filter(ofClass(4));
    const go = server.hold('overview');
    const first = tab.store.refilter();
    server.filter(ofClass(3));
    const second = tab.store.refilter();
    await pass();
    go();
    await Promise.all([first, second]);
    await pass();
    expect(shown()).toEqual(living(ofClass(3)));
  });

  it('shows what it had when the filtered answer fails, and the new when it is asked again', async () => {
    server.filter(ofClass(3));
    server.fail('overview');
    await expect(tab.store.refilter()).rejects.toThrow();
    server.fail(undefined);
    await tab.store.load();
    await pass();
    expect(shown()).toEqual(living(ofClass(3)));
  });

  it('ends with what the server has, whatever several people do while filters change', async () => {
    const random = createRandom(20_261_127);
    const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
    const FILTERS = [undefined, ofClass(3), ofClass(4), unverified];
    let current: (typeof FILTERS)[number];
    for (let i = 0; i < 150; i++) {
      const mine = pick(tab.store.query());
      const theirs = pick([...server.rows.values()].filter((row) => !row.deleted));
      const roll = random();
      if (roll < 0.1) await filterBy((current = pick(FILTERS)));
      else if (roll < 0.2) select(...(mine ? [mine.uuid] : []));
      else if (roll < 0.3 && mine) tab.store.apply('Verify', [{ op: 'verify', uuid: mine.uuid, verdict: 'accepted' }]);
      else if (roll < 0.4 && mine)
        tab.store.apply('Class', [{ op: 'update', uuid: mine.uuid, templateId: 3 + (i % 2) }]);
      else if (roll < 0.45 && mine) tab.store.apply('Delete', [{ op: 'delete', uuid: mine.uuid }]);
      else if (roll < 0.55) tab.store.undo();
      else if (roll < 0.65)
        tab.store.apply('Draw', [
          { op: 'create', uuid: makeUuid(), templateId: 3 + (i % 2), geometry: box(i * 30, 900) },
        ]);
      else if (theirs) {
        const { uuid, revision } = theirs;
        if (roll < 0.8) server.other({ update: [{ uuid, revision, templateId: 3 + (i % 2) }] });
        else server.other({ verify: [{ uuid, revision, verdict: 'rejected' }] });
        event({ updated: [uuid] });
      }
      if (random() < 0.5) await pass(Math.round(random() * 3000));
    }
    select();
    await pass(30_000);
    for (const { changeId } of [...tab.queue.status.conflicts]) tab.store.resolve(changeId, 'theirs');
    await pass(30_000);
    const wanted = living(current ?? (() => true));
    expect(tab.store.size).toBe(wanted.length);
    expect(shown().filter((uuid) => !tab.store.isExtra(uuid))).toEqual(wanted);
    await filterBy(current);
    expect(shown()).toEqual(wanted);
  });
});
