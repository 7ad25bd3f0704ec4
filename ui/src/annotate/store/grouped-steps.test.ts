import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFakeServer, openTab } from './fake-server.testing.ts';
import { makeUuid } from './uuid-v7.ts';
import type { Edit } from './edits.ts';

let server: ReturnType<typeof createFakeServer>;
let tab: ReturnType<typeof openTab>;
const box = (x: number) => ({ kind: 'box', x, y: 0, width: 10, height: 10 }) as const;

beforeEach(async () => {
  vi.useFakeTimers();
  server = createFakeServer();
  tab = openTab(server);
  await tab.open();
});
afterEach(() => {
  tab.crash();
  vi.useRealTimers();
});

async function draw(count: number): Promise<string[]> {
  const edits = Array.from({ length: count }, (_, x): Edit & { op: 'create' } => ({
    op: 'create',
    uuid: makeUuid(),
    templateId: 3,
    geometry: box(x),
  }));
  tab.store.apply('Draw', edits);
  await tab.settle();
  return edits.map((edit) => edit.uuid);
}
const classes = (): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const row of server.rows.values()) counts[row.templateId] = (counts[row.templateId] ?? 0) + 1;
  return counts;
};

describe('a class for thousands', () => {
  it('is one step that can be taken back and repeated, however many requests it takes', async () => {
    const uuids = await draw(4500);
    server.log.length = 0;
    tab.store.apply(
      'Class',
      uuids.map((uuid) => ({ op: 'update', uuid, templateId: 4 })),
    );
    await tab.settle();
    expect(classes()).toEqual({ 4: 4500 });
    expect(server.log.length).toBeGreaterThan(1);
    tab.store.undo();
    await tab.settle();
    expect(classes()).toEqual({ 3: 4500 });
    expect(tab.store.undoLabel).toBe('Draw');
    tab.store.redo();
    await tab.settle();
    expect(classes()).toEqual({ 4: 4500 });
  });

  it('is taken back as a whole also while some of it is still on its way', async () => {
    const uuids = await draw(4500);
    server.cut(true);
    tab.store.apply(
      'Class',
      uuids.map((uuid) => ({ op: 'update', uuid, templateId: 4 })),
    );
    tab.store.undo();
    server.cut(false);
    tab.queue.retry();
    await tab.settle();
    expect(classes()).toEqual({ 3: 4500 });
    expect(tab.queue.status).toMatchObject({ unsent: 0, conflicts: [], rejected: [] });
  });
});

describe('a layer for several', () => {
  const layers = (): unknown[] => [...server.rows.values()].map((row) => row.layerId ?? null);

  it('is one step: taken back, each is again in the layer in which it was', async () => {
    const [a = '', b = '', c = ''] = await draw(3);
    server.other({ update: [{ uuid: b, revision: 1, layerId: 8 }] });
    tab.store.handleEvent({
      ...{ topic: 'annotations.changed', projectId: 1, imageId: 7, changeId: makeUuid(), userId: 2 },
      ...{ created: [], updated: [b], deleted: [], many: false },
    });
    await vi.advanceTimersByTimeAsync(50);
    expect([a, b].map((uuid) => tab.store.get(uuid)?.layerId)).toEqual([null, 8]);
    tab.store.apply(
      'Guidance',
      [a, b, c].map((uuid) => ({ op: 'update', uuid, layerId: 5 })),
    );
    await tab.settle();
    expect(layers()).toEqual([5, 5, 5]);
    tab.store.undo();
    await tab.settle();
    expect(layers()).toEqual([null, 8, null]);
    tab.store.redo();
    await tab.settle();
    expect(layers()).toEqual([5, 5, 5]);
    tab.store.apply('Layer', [{ op: 'update', uuid: a, layerId: null }]);
    expect(tab.store.get(a)?.layerId).toBeNull();
    await tab.settle();
    expect(layers()).toEqual([null, 5, 5]);
  });

  it('leaves the verdict, which is about shape and class', async () => {
    const [a = ''] = await draw(1);
    tab.store.apply('Accept', [{ op: 'verify', uuid: a, verdict: 'accepted' }]);
    tab.store.apply('Guidance', [{ op: 'update', uuid: a, layerId: 5 }]);
    expect(tab.store.get(a)).toMatchObject({ layerId: 5, verdict: 'accepted' });
  });
});

describe('quick nudges', () => {
  const nudge = (uuids: readonly string[], x: number): void =>
    tab.store.apply(
      'Nudge',
      uuids.map((uuid) => ({ op: 'update', uuid, geometry: box(x) })),
      { joinsWithinMs: 1000 },
    );
  const place = (uuid: string) => server.rows.get(uuid)?.geometry;

  it('of the same annotations are taken back and repeated together', async () => {
    const [a = '', b = ''] = await draw(2);
    for (let x = 1; x <= 5; x++) nudge([a], x);
    tab.store.undo();
    await tab.settle();
    expect(place(a)).toEqual(box(0));
    tab.store.redo();
    await tab.settle();
    expect(place(a)).toEqual(box(5));
    nudge([a], 6);
    nudge([a, b], 7);
    tab.store.undo();
    await tab.settle();
    expect([place(a), place(b)]).toEqual([box(6), box(1)]);
  });

  it('are steps of their own after a pause', async () => {
    const [a = ''] = await draw(1);
    nudge([a], 1);
    await vi.advanceTimersByTimeAsync(1500);
    nudge([a], 2);
    tab.store.undo();
    await tab.settle();
    expect(place(a)).toEqual(box(1));
  });
});
