import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFakeServer, IMAGE, openTab, problem } from './fake-server.testing.ts';
import type { QueueEntry } from './queue-storage.ts';
import { makeUuid, markedUuid } from './uuid-v7.ts';

const box = (x: number, y = 0) => ({ kind: 'box', x, y, width: 10, height: 10 }) as const;
const newBox = (uuid: string, x = 0) => ({ op: 'create', uuid, templateId: 3, geometry: box(x) }) as const;
const open = async (...given: Parameters<typeof openTab>) => {
  const tab = openTab(...given);
  await tab.open();
  return tab;
};

describe('what was drawn before the project began to work blind', () => {
  it('is sent by UUIDs with the mark when the server wants it, with all that was done to it since', async () => {
    const server = createFakeServer();
    const kept = new Map<string, QueueEntry>();
    const tab = await open(server, kept);
    server.cut(true);
    const [first, second, third] = [makeUuid(), makeUuid(), makeUuid()];
    tab.store.apply('Draw', [newBox(first, 10), newBox(second, 20)]);
    tab.store.apply('Class', [{ op: 'update', uuid: first, templateId: 4 }]);
    tab.store.apply('Delete', [{ op: 'delete', uuid: second }]);
    tab.store.apply('Draw', [newBox(third, 30)]);
    await tab.settle();
    server.cut(false);
    server.blind(true);
    tab.queue.retry();
    await tab.settle();

    expect(tab.queue.status).toMatchObject({ state: 'saved', unsent: 0, rejected: [], conflicts: [] });
    const [a, b, c] = [first, second, third].map((uuid) => markedUuid(uuid, 1));
    expect([...server.rows.values()].map(({ uuid, templateId, deleted }) => [uuid, templateId, deleted])).toEqual([
      [a, 4, false],
      [b, 3, true],
      [c, 3, false],
    ]);
    expect(new Set(tab.store.query().map(({ uuid }) => uuid))).toEqual(new Set([a, c]));
    expect(new Set(tab.scene.ids())).toEqual(new Set([a, c]));
    expect([tab.store.get(first), kept.size]).toEqual([undefined, 0]);
  });

  it('can be taken back afterwards, and stays selected for who is told the new UUIDs', async () => {
    const server = createFakeServer();
    const tab = await open(server);
    server.blind(true);
    const uuid = makeUuid();
    const told: [string, string][] = [];
    tab.store.onChange(({ names }) => told.push(...(names ?? [])));
    tab.store.apply('Draw', [newBox(uuid)]);
    tab.store.apply('Move', [{ op: 'update', uuid, geometry: box(50) }]);
    await tab.settle();
    const marked = markedUuid(uuid, 1);
    expect(told).toEqual([[uuid, marked]]);
    tab.store.undo();
    await tab.settle();
    expect(server.rows.get(marked)).toMatchObject({ geometry: box(0), deleted: false });
    tab.store.undo();
    await tab.settle();
    expect(server.rows.get(marked)?.deleted).toBe(true);
    tab.store.redo();
    await tab.settle();
    expect(server.rows.get(marked)?.deleted).toBe(false);
  });

  it('is stored once when two tabs send what an earlier page has left', async () => {
    const server = createFakeServer();
    const kept = new Map<string, QueueEntry>();
    const before = await open(server, kept);
    server.cut(true);
    before.store.apply('Draw', [newBox(makeUuid())]);
    await before.settle();
    before.crash();
    server.cut(false);
    server.blind(true);
    const tabs = await Promise.all([open(server, new Map(kept)), open(server, new Map(kept))]);
    for (const tab of tabs) await tab.settle();
    expect([...server.rows.keys()]).toHaveLength(1);
    for (const tab of tabs) expect(tab.queue.status).toMatchObject({ state: 'saved', rejected: [], conflicts: [] });
  });

  it('of other images is marked when its turn comes, and what has the mark already is left as it is', async () => {
    const server = createFakeServer();
    const tab = await open(server);
    server.blind(true);
    const [own, other] = [markedUuid(makeUuid(), 1), makeUuid()];
    tab.queue.enqueue(7, 'Draw', [newBox(own)]);
    tab.queue.enqueue(8, 'Draw', [newBox(other)]);
    await tab.settle();
    expect([...server.rows.keys()]).toEqual([own, markedUuid(other, 1)]);
  });

  it('is refused when the server takes no mark: nothing is sent for ever', async () => {
    const server = createFakeServer();
    const kept = new Map<string, QueueEntry>();
    const tab = await open(server, kept);
    const items = [{ list: 'create', index: 0, code: 'UUID_NOT_YOURS', message: 'no' }];
    server.refuse(problem('ANNOTATION_INVALID', 422, { items }));
    tab.store.apply('Draw', [newBox(makeUuid())]);
    await tab.settle();
    expect(tab.queue.status).toMatchObject({ state: 'saved', rejected: [{ problem: { code: 'ANNOTATION_INVALID' } }] });
  });
});

describe('annotations that one may only look at', () => {
  it('are never changed here, not even for a moment, while the others of a step are', async () => {
    const server = createFakeServer();
    const [theirs, mine] = [makeUuid(), makeUuid()];
    server.other({ create: [newBox(theirs, 1)].map(({ op: _op, ...draft }) => draft) });
    const tab = await open(server, undefined, undefined, ({ authorId }) => authorId !== 1);
    tab.store.apply('Draw', [newBox(mine, 2)]);
    await tab.settle();
    server.log.length = 0;
    tab.store.apply('Move', [
      { op: 'update', uuid: theirs, geometry: box(100) },
      { op: 'update', uuid: mine, geometry: box(200) },
    ]);
    tab.store.apply('Delete', [{ op: 'delete', uuid: theirs }]);
    tab.store.apply('Accepted', [{ op: 'verify', uuid: theirs, verdict: 'accepted' }]);
    expect([tab.store.get(theirs)?.geometry, tab.store.get(mine)?.geometry]).toEqual([box(1), box(200)]);
    expect(tab.store.get(theirs)).toMatchObject({ isDeleted: false, isVerified: false });
    await tab.settle();
    expect(server.log).toEqual(['update 1']);
    tab.store.undo();
    expect(tab.store.get(mine)?.geometry).toEqual(box(2));
  });
});

describe('annotations that are hidden from somebody who looks at them', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('are let go of by who has one in hand that a filter leaves out', async () => {
    const server = createFakeServer();
    const [picked, left] = [makeUuid(), makeUuid()];
    const draft = (uuid: string, templateId: number) => ({ uuid, templateId, geometry: box(templateId) });
    server.other({ create: [draft(picked, 3), draft(left, 4)] });
    const tab = await open(server);
    tab.held.add(picked);
    server.filter(({ templateId }) => templateId === 4);
    await tab.store.refilter();
    await tab.store.ensure([picked]);
    expect([tab.store.isExtra(picked), tab.scene.ids().length]).toEqual([true, 2]);
    server.rows.delete(picked);
    tab.store.handleReset();
    await vi.advanceTimersByTimeAsync(400);
    expect([tab.store.get(picked), tab.scene.ids(), tab.store.size]).toEqual([undefined, [left], 1]);
  });

  it.each([
    ['all are loaded', {}],
    ['only those of the view are', { whole: 10, shapes: 8, shapesInCell: 5, centres: 30, centresInCell: 10, large: 1 }],
  ])(
    'are let go of, where %s, also when they are selected, have been changed, or lie out of view',
    async (_, limits) => {
      const server = createFakeServer();
      const uuids = Array.from({ length: 40 }, () => makeUuid());
      const place = (i: number) => box((i % 8) * 1000, Math.floor(i / 8) * 1500);
      server.other({ create: uuids.map((uuid, i) => ({ uuid, templateId: 3, geometry: place(i) })) });
      const tab = await open(server, undefined, limits);
      const pass = () => vi.advanceTimersByTimeAsync(200);
      tab.store.showView({ minX: 0, minY: 0, maxX: 500, maxY: 500 });
      await pass();
      const [inView = '', selected = '', changed = ''] = uuids;
      await tab.store.ensure([selected, changed]);
      tab.held.add(selected);
      tab.store.apply('Move', [{ op: 'update', uuid: changed, geometry: box(2100) }]);
      await pass();
      expect([inView, selected, changed].map((uuid) => tab.store.get(uuid)?.uuid)).toEqual([inView, selected, changed]);
      tab.store.showView({ minX: 5000, minY: 5000, maxX: IMAGE.width, maxY: IMAGE.height });
      await pass();

      for (const uuid of [inView, selected, changed]) server.rows.delete(uuid);
      tab.store.handleReset();
      await pass();
      await pass();
      expect([inView, selected, changed].map((uuid) => tab.store.get(uuid))).toEqual([undefined, undefined, undefined]);
      expect(tab.scene.ids().filter((id) => [inView, selected, changed].includes(id))).toEqual([]);
      expect(tab.store.size).toBe(37);
    },
  );
});
