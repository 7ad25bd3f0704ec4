import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFakeServer } from './fake-server.testing.ts';
import { AnnotationStore } from './annotation-store.ts';
import { createMemoryStorage } from './queue-storage.ts';
import { Scene } from '../layer/scene.ts';
import { WriteQueue } from './write-queue.ts';
import { makeUuid } from './uuid-v7.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const box = (x: number) => ({ kind: 'box', x, y: 0, width: 10, height: 10 }) as const;

it('works on through ten minutes without the server, counts what waits, and has all of it arrive once and in order by itself', async () => {
  const server = createFakeServer();
  const queue = new WriteQueue({ userId: 1, storage: createMemoryStorage(), send: server.send });
  const store = new AnnotationStore({ imageId: 7, userId: 1, scene: new Scene(), queue, source: server });
  await queue.start();
  await store.load();
  const kept = makeUuid();
  store.apply('Draw', [{ op: 'create', uuid: kept, templateId: 3, geometry: box(0) }]);
  await vi.advanceTimersByTimeAsync(1000);
  server.log.length = 0;
  server.cut(true);

  const drawn: string[] = [];
  for (let minute = 0; minute < 10; minute++) {
    const uuid = makeUuid();
    drawn.push(uuid);
    store.apply('Draw', [{ op: 'create', uuid, templateId: 3, geometry: box(minute) }]);
    store.apply('Class', [{ op: 'update', uuid, templateId: 4 }]);
    store.apply('Move', [{ op: 'update', uuid: kept, geometry: box(100 + minute) }]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(queue.status).toMatchObject({ state: 'offline', unsent: (minute + 1) * 3 });
  }
  store.undo(); // joins the move that waits
  expect(store.get(kept)?.geometry).toEqual(box(108));

  server.cut(false);
  await vi.advanceTimersByTimeAsync(60_000); // the longest wait between two tries is half of it
  expect(queue.status).toMatchObject({ state: 'saved', unsent: 0 });
  expect(server.log).toEqual([...drawn.flatMap(() => ['create 1', 'update 1', 'update 1'])]);
  expect(drawn.map((uuid) => server.rows.get(uuid)?.templateId)).toEqual(drawn.map(() => 4));
  expect(server.rows.get(kept)).toMatchObject({ geometry: box(108), revision: 11 });
  queue.stop();
  store.dispose();
});

it('tells when all is stored: at once where nothing waits, else when the line is back', async () => {
  const server = createFakeServer();
  const queue = new WriteQueue({ userId: 1, storage: createMemoryStorage(), send: server.send });
  const store = new AnnotationStore({ imageId: 7, userId: 1, scene: new Scene(), queue, source: server });
  await queue.start();
  await store.load();
  expect(await store.whenSaved()).toBe(true);
  server.cut(true);
  store.apply('Draw', [{ op: 'create', uuid: makeUuid(), templateId: 3, geometry: box(0) }]);
  const told = vi.fn();
  void store.whenSaved().then(told);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).not.toHaveBeenCalled();
  server.cut(false);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toHaveBeenCalledExactlyOnceWith(true);
  queue.stop();
  store.dispose();
});
