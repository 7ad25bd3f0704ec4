import type { Bounds } from '@exact/geometry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PLAIN_FLAG } from '../layer/flags.ts';
import { createFakeServer, IMAGE, openTab, problem } from './fake-server.testing.ts';
import { makeUuid } from './uuid-v7.ts';
import { OfflineError } from '@exact/sdk/contract';
import { createRandom } from '../layer/test-shapes.ts';

const SEED = 20_261_127;
const LIMITS = {
  whole: 100,
  shapes: 60,
  centres: 250,
  shapesInCell: 30,
  centresInCell: 100,
  shapesKept: 120,
  large: 5,
};
const box = (x: number, y: number, size = 10) => ({ kind: 'box', x, y, width: size, height: size }) as const;
const around = (x: number, y: number, half = 150) => ({
  minX: x - half,
  minY: y - half,
  maxX: x + half,
  maxY: y + half,
});
const ALL: Bounds = { minX: 0, minY: 0, maxX: IMAGE.width, maxY: IMAGE.height };
/** Half of a cluster and some more: too many for shapes. */
const BAND = { minX: 0, minY: 0, maxX: 8192, maxY: 1000 };
const CORNER = around(1000, 1000);
const FAR = around(7000, 7000);

let server: ReturnType<typeof createFakeServer>;
let tab: ReturnType<typeof openTab>;
let uuids: string[];
const pass = (ms = 200) => vi.advanceTimersByTimeAsync(ms);
const event = (lists: { created?: string[]; updated?: string[]; deleted?: string[]; many?: boolean }) =>
  tab.store.handleEvent({
    topic: 'annotations.changed',
    projectId: 1,
    imageId: 7,
    changeId: makeUuid(),
    userId: 2,
    created: [],
    updated: [],
    deleted: [],
    many: false,
    ...lists,
  });
/** Numbers that the drawn summary stands for: marks that are shown, and counts of cells that nothing else covers. */
function summed() {
  const { marks = [], grid } = tab.store.summary ?? {};
  const inMarks = marks.reduce((sum, tile) => sum + tile.hidden.filter((hidden) => hidden === 0).length, 0);
  const inGrid = (grid?.counts ?? []).reduce(
    (sum, counts) => sum + counts.reduce((part, n, cell) => part + (grid?.covered[cell] === 1 ? 0 : n), 0),
    0,
  );
  return { inMarks, inGrid };
}
const shapesDrawn = () =>
  [...tab.scene.store.slots()].filter((slot) => ((tab.scene.store.flags[slot] ?? 0) & PLAIN_FLAG) === 0).length;
const inView = (b: Bounds) =>
  [...server.rows.values()].filter((row) => {
    if (row.deleted || row.geometry.kind !== 'box') return false;
    const { x, y, width } = row.geometry;
    return x <= b.maxX && x + width >= b.minX && y <= b.maxY && y + width >= b.minY;
  });

/** Living annotations in a box that are not in memory, and those in memory that do not live there. */
function wrong(b: Bounds) {
  const [have, want] = [new Set(tab.store.query(b).map((r) => r.uuid)), new Set(inView(b).map((r) => r.uuid))];
  const without = (a: Set<string>, other: Set<string>) => [...a].filter((uuid) => !other.has(uuid)).length;
  return { missing: without(want, have), surplus: without(have, want) };
}

/** 1,000 boxes, most of them in a few clusters, in two classes. */
function seed(count = 1000) {
  const random = createRandom(SEED);
  const create = Array.from({ length: count }, (_, i) => {
    const [cx, cy] = i % 3 === 0 ? [random() * 8000, random() * 8000] : [1000 + 6000 * (i % 2), 1000 + 6000 * (i % 2)];
    const [x, y] = [cx + (random() - 0.5) * 900, cy + (random() - 0.5) * 900].map((v) =>
      Math.round(Math.min(8100, Math.max(5, v))),
    );
    return { uuid: makeUuid(), templateId: 3 + (i % 2), geometry: box(x ?? 0, y ?? 0) };
  });
  server.other({ create });
  return create.map(({ uuid }) => uuid);
}

beforeEach(async () => {
  vi.useFakeTimers();
  server = createFakeServer();
  uuids = seed();
  tab = openTab(server, undefined, LIMITS);
  await tab.open();
  server.asked.length = 0;
});
afterEach(() => {
  tab.crash();
  vi.useRealTimers();
});

describe(`many annotations (seed ${SEED})`, () => {
  it('shows exact counts at once, by class and cell, and loads no shapes for the whole view', async () => {
    tab.store.showView(ALL);
    await pass();
    expect(tab.store.shown).toEqual({ level: 'overview', isComplete: true });
    expect([tab.store.size, tab.scene.size]).toEqual([1000, 0]);
    expect(tab.store.countByTemplate()).toEqual(
      new Map([
        [3, 500],
        [4, 500],
      ]),
    );
    expect(summed()).toEqual({ inMarks: 0, inGrid: 1000 });
    expect(server.asked).toEqual([]);
  });

  it('loads the shapes of what is in view when these are few, and says so when they are all there', async () => {
    const go = server.hold('frame');
    tab.store.showView(CORNER);
    await pass();
    expect(tab.store.shown).toEqual({ level: 'shapes', isComplete: false });
    expect(tab.store.isWhole(CORNER)).toBe(false);
    expect(summed().inGrid).toBe(1000); // counts stand in until the shapes are there
    go();
    await pass();
    expect(tab.store.shown).toEqual({ level: 'shapes', isComplete: true });
    expect(tab.store.isWhole(CORNER)).toBe(true);
    expect(wrong(CORNER)).toEqual({ missing: 0, surplus: 0 });
    expect(tab.store.size).toBe(1000);
  });

  it('shows each annotation once as a centre where they are too many for shapes', async () => {
    tab.store.showView(BAND);
    await pass();
    expect(tab.store.shown).toEqual({ level: 'centres', isComplete: true });
    const { inMarks, inGrid } = summed();
    expect(inMarks + inGrid).toBe(1000);
    expect(inMarks).toBeGreaterThanOrEqual(inView(BAND).length);
    expect(server.asked.every((name) => name.startsWith('centres'))).toBe(true);
  });

  it('aborts what the view has left, and takes nothing of it in', async () => {
    const go = server.hold('frame');
    tab.store.showView(CORNER);
    await pass();
    tab.store.showView(FAR);
    await pass();
    go();
    await pass();
    expect(tab.store.query(CORNER)).toEqual([]);
    expect(tab.store.query(FAR).length).toBe(inView(FAR).length);
  });

  it('tries again after a failure, tells it once, and shows counts until then', async () => {
    server.fail('frame');
    tab.store.showView(CORNER);
    await pass(7000);
    expect(tab.problems).toHaveLength(1);
    expect(tab.store.shown.isComplete).toBe(false);
    expect(summed().inGrid).toBe(1000);
    server.fail('frame', new OfflineError('/frame'));
    await pass(7000);
    expect(tab.problems).toHaveLength(1);
    server.fail(undefined);
    await pass(3000);
    expect(tab.store.query(CORNER).length).toBe(inView(CORNER).length);
  });

  it('lets go of what is far from the view, but not of what is selected, unsent or in the history', async () => {
    tab.store.showView(CORNER);
    await pass();
    const [selected, moved, unsent, other] = tab.store.query(CORNER).map((record) => record.uuid) as [
      string,
      string,
      string,
      string,
    ];
    tab.held.add(selected);
    tab.store.apply('Move', [{ op: 'update', uuid: moved, geometry: box(1001, 1001) }]);
    await tab.settle();
    server.cut(true);
    tab.store.apply('Class', [{ op: 'update', uuid: unsent, templateId: 9 }]);
    for (let x = 2000; x < 8000; x += 500) {
      tab.store.showView(around(x, x));
      await pass();
    }
    tab.store.showView(FAR);
    await pass();
    expect([selected, moved, unsent, other].map((uuid) => tab.store.get(uuid) !== undefined)).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(tab.scene.size).toBeLessThan(400);
    expect(tab.store.countByTemplate().get(9)).toBe(1);
    expect(tab.store.undo()).toBe(true);
    expect(tab.store.undo()).toBe(true);
    server.cut(false);
    tab.queue.retry();
    await tab.settle();
    expect([server.rows.get(moved)?.geometry, server.rows.get(unsent)?.templateId]).not.toEqual([box(1001, 1001), 9]);
    expect(tab.store.size).toBe(1000);
  });

  it('has large shapes in memory and on the screen at any magnification', async () => {
    const [large] = server.other({ create: [{ uuid: makeUuid(), templateId: 3, geometry: box(3000, 3000, 2000) }] });
    event({ many: true });
    await pass();
    tab.store.showView(ALL);
    await pass();
    expect(tab.scene.ids()).toEqual([large?.uuid]);
    expect(shapesDrawn()).toBe(1);
    tab.store.showView(around(4000, 4000));
    await pass();
    tab.store.showView(FAR);
    await pass();
    expect(tab.store.get(large?.uuid ?? '')).toBeDefined();
    expect(server.asked.filter((name) => name.endsWith('only'))).toHaveLength(1);
  });
});

describe('changes among many', () => {
  it('counts and shows own changes at once, exactly, and lets them go among the others when the server shows them', async () => {
    tab.store.showView(BAND);
    await pass();
    const before = summed();
    const uuid = makeUuid();
    tab.store.apply('Draw', [{ op: 'create', uuid, templateId: 5, geometry: box(1000, 500) }]);
    expect([tab.store.size, tab.store.countByTemplate().get(5), shapesDrawn()]).toEqual([1001, 1, 1]);
    expect(summed().inMarks).toBe(before.inMarks);
    const victim = inView(around(1000, 1000, 200))[0];
    await tab.store.ensure([victim?.uuid ?? '']);
    tab.store.apply('Delete', [{ op: 'delete', uuid: victim?.uuid ?? '' }]);
    expect([tab.store.size, summed().inMarks]).toEqual([1000, before.inMarks - 1]);
    await tab.settle();
    expect([tab.store.size, summed().inMarks]).toEqual([1000, before.inMarks - 1]);
    await pass(15_000);
    expect(tab.store.size).toBe(1000);
    expect(summed().inMarks).toBe(before.inMarks); // one less, and the new one among them
    expect(shapesDrawn()).toBe(0);
    expect(tab.store.undo()).toBe(true);
    await tab.settle();
    expect(server.rows.get(victim?.uuid ?? '')?.deleted).toBe(false);
    expect(tab.store.size).toBe(1001);
  });

  it('stays exact when an answer that is older than an own change comes late', async () => {
    tab.store.showView(CORNER);
    await pass();
    const go = server.hold('frame');
    event({ many: true });
    await pass(); // the frames of before are on their way
    const uuid = makeUuid();
    tab.store.apply('Draw', [{ op: 'create', uuid, templateId: 3, geometry: box(1000, 1000) }]);
    const [gone] = tab.store.query(CORNER).filter((record) => record.uuid !== uuid);
    tab.store.apply('Delete', [{ op: 'delete', uuid: gone?.uuid ?? '' }]);
    await tab.settle();
    go();
    await pass(1000);
    expect([tab.scene.has(uuid), tab.scene.has(gone?.uuid ?? '')]).toEqual([true, false]);
    expect(tab.store.size).toBe(1000);
  });

  it('asks about a conflict on something that is not loaded, and puts mine on top', async () => {
    const uuid = uuids[0] ?? '';
    await tab.store.ensure([uuid]);
    server.cut(true);
    tab.store.apply('Class', [{ op: 'update', uuid, templateId: 9 }]);
    await tab.settle();
    tab.crash();
    server.cut(false);
    server.other({ update: [{ uuid, revision: 1, geometry: box(5, 5) }] });
    tab = openTab(server, tab.kept, LIMITS);
    await tab.open();
    tab.store.showView(FAR);
    await tab.settle();
    const [conflict] = tab.queue.status.conflicts;
    expect(conflict?.theirs?.[uuid]).toMatchObject({ geometry: box(5, 5) });
    tab.store.resolve(conflict?.changeId ?? '', 'mine');
    expect(tab.store.countByTemplate().get(9)).toBe(1);
    await tab.settle();
    expect(server.rows.get(uuid)).toMatchObject({ templateId: 9, geometry: box(5, 5) });
  });

  it('takes a refused change back, in the counts as well', async () => {
    tab.store.showView(CORNER);
    await pass();
    server.refuse(problem('FORBIDDEN', 403));
    const [record] = tab.store.query(CORNER);
    tab.store.apply('Delete', [{ op: 'delete', uuid: record?.uuid ?? '' }]);
    tab.store.apply('Draw', [{ op: 'create', uuid: makeUuid(), templateId: 5, geometry: box(9, 9) }]);
    expect(tab.store.size).toBe(1000);
    await tab.settle();
    await pass(15_000);
    expect([tab.store.size, tab.store.countByTemplate().get(5)]).toEqual([1000, undefined]);
    expect(tab.scene.has(record?.uuid ?? '')).toBe(true);
  });

  it('follows a storm of events with few questions', async () => {
    tab.store.showView(CORNER);
    await pass();
    server.asked.length = 0;
    const list = vi.spyOn(server, 'list');
    for (let i = 0; i < 300; i++) {
      const near = i % 10 === 0;
      const made = server.other({
        create: [{ uuid: makeUuid(), templateId: 3, geometry: near ? box(1000 + i, 1000) : box(7000, 50 + i) }],
      });
      event({ created: made.map((row) => row.uuid) });
      await pass(20);
    }
    await pass(4000);
    expect(tab.store.size).toBe(1300);
    expect(wrong(CORNER)).toEqual({ missing: 0, surplus: 0 });
    expect(server.asked.filter((name) => name === 'overview').length).toBeLessThanOrEqual(5);
    expect(list.mock.calls.length).toBeLessThanOrEqual(250);
    expect(tab.scene.size).toBeLessThan(300); // what lies elsewhere is not kept
  });

  it('tells when the numbers are others, also where nothing of it is in memory', async () => {
    tab.store.showView(CORNER);
    await pass();
    const seen: number[] = [];
    tab.store.onChange(() => seen.push(tab.store.size));
    const [made] = server.other({ create: [{ uuid: makeUuid(), templateId: 3, geometry: box(7000, 50) }] });
    event({ created: [made?.uuid ?? ''] });
    await pass(3000);
    expect(seen.at(-1)).toBe(1001);
  });

  it('moves centres that somebody else has moved', async () => {
    tab.store.showView(BAND);
    await pass();
    const before = summed();
    const row = inView(around(1000, 1000, 200))[0];
    server.other({ update: [{ uuid: row?.uuid ?? '', revision: 1, geometry: box(7900, 7900) }] });
    event({ updated: [row?.uuid ?? ''] });
    await pass(5000);
    expect(summed().inMarks).toBe(before.inMarks - 1);
    expect(tab.store.size).toBe(1000);
  });

  it('loads something before it takes a step on it back that has left memory', async () => {
    const uuid = uuids[1] ?? '';
    await tab.store.ensure([uuid]);
    tab.store.apply('Class', [{ op: 'update', uuid, templateId: 9 }]);
    await tab.settle();
    server.other({ delete: uuids.slice(200).map((id) => ({ uuid: id, revision: 1 })) });
    event({ many: true }); // far fewer than before: loading begins anew
    await pass(5000);
    expect(tab.store.size).toBe(200);
    expect(tab.store.undo()).toBe(true);
    await pass();
    await tab.settle();
    expect(server.rows.get(uuid)?.templateId).not.toBe(9);
  });

  it('goes over to loading all when few are left, and back', async () => {
    server.other({ delete: uuids.slice(50).map((id) => ({ uuid: id, revision: 1 })) });
    event({ many: true });
    await pass();
    expect([tab.store.shown.level, tab.store.size, tab.scene.size, shapesDrawn()]).toEqual(['all', 50, 50, 50]);
    seed(400);
    event({ many: true });
    await pass();
    tab.store.showView(CORNER);
    await pass();
    expect([tab.store.shown.level, tab.store.size]).toEqual(['shapes', 450]);
    expect(wrong(CORNER)).toEqual({ missing: 0, surplus: 0 });
  });

  it('finds what lies at a point where only centres are shown', async () => {
    tab.store.showView(BAND);
    await pass();
    const row = inView(around(1000, 1000, 200))[0];
    const { x, y } = row?.geometry.kind === 'box' ? row.geometry : { x: 0, y: 0 };
    expect(await tab.store.findAt(x + 5, y + 5, 2)).toContain(row?.uuid);
    expect(shapesDrawn()).toBe(0);
  });
});
