import { encodeFrame, FRAME_FLAGS } from '@exact/geometry';
import {
  AnnotationConflictError,
  OfflineError,
  ProblemError,
  type Annotation,
  type AnnotationChanges,
} from '@exact/sdk/contract';
import { Scene } from '../layer/scene.ts';
import { AnnotationStore } from './annotation-store.ts';
import { createMemoryStorage, type QueueEntry } from './queue-storage.ts';
import { WriteQueue } from './write-queue.ts';

export const problem = (code: string, status: number, data?: unknown): ProblemError =>
  new ProblemError({
    type: 'about:blank',
    title: code,
    status,
    detail: code,
    code,
    ...(data === undefined ? {} : { data }),
  });

/** Annotations as the server keeps them: revisions, conflicts, soft deletes, answers that are repeated by change id. */
export function createFakeServer() {
  const rows = new Map<string, Annotation>();
  const answers = new Map<string, Annotation[]>();
  const log: string[] = [];
  let isCut = false;
  let refusal: ProblemError | undefined;
  let losesAnswers = false;

  const at = '2026-01-01T00:00:00Z';
  function change(changes: AnnotationChanges, userId = 1): Annotation[] {
    const known = answers.get(changes.changeId);
    if (known) return known;
    const edits = [
      ...(changes.update ?? []),
      ...(changes.delete ?? []),
      ...(changes.restore ?? []),
      ...(changes.verify ?? []),
    ];
    const conflicts = edits.filter(({ uuid, revision }) => rows.get(uuid)?.revision !== revision);
    if (conflicts.length > 0) {
      const data = {
        conflicts: conflicts.map(({ uuid }) => ({ uuid, ...(rows.get(uuid) ? { current: rows.get(uuid) } : {}) })),
      };
      throw problem(AnnotationConflictError.code, 409, data);
    }
    const items: Annotation[] = [];
    const put = (row: Annotation) => {
      rows.set(row.uuid, row);
      items.push(row);
    };
    for (const draft of changes.create ?? []) {
      put({
        description: '',
        meta: {},
        ...draft,
        imageId: 7,
        authorId: userId,
        editorId: userId,
        createdAt: at,
        updatedAt: at,
        revision: 1,
        deleted: false,
        locked: false,
      } as Annotation);
    }
    const next = (uuid: string): Annotation => {
      const row = rows.get(uuid)!; // its revision was compared above
      return { ...row, revision: row.revision + 1, editorId: userId };
    };
    for (const { revision: _r, ...patch } of changes.update ?? []) put({ ...next(patch.uuid), ...patch } as Annotation);
    for (const { uuid } of changes.delete ?? []) put({ ...next(uuid), deleted: true });
    for (const { uuid } of changes.restore ?? []) put({ ...next(uuid), deleted: false });
    for (const { uuid, verdict } of changes.verify ?? []) {
      const { verification: _, ...plain } = next(uuid);
      put(verdict === 'none' ? plain : { ...plain, verification: { verdict, userId, at } });
    }
    answers.set(changes.changeId, items);
    return items;
  }

  return {
    rows,
    log,
    /** What another person does. */
    other: (changes: Omit<AnnotationChanges, 'changeId'>) => change({ changeId: crypto.randomUUID(), ...changes }, 2),
    cut: (on: boolean) => (isCut = on),
    refuse: (error: ProblemError | undefined) => (refusal = error),
    /** Stores, but the line breaks before the answer arrives. */
    loseAnswers: (on: boolean) => (losesAnswers = on),
    send(_imageId: number, changes: AnnotationChanges): Promise<{ items: Annotation[] }> {
      if (isCut) return Promise.reject(new OfflineError('/changes'));
      if (refusal) return Promise.reject(refusal);
      const { changeId: _id, ...lists } = changes;
      log.push(
        Object.entries(lists)
          .map(([name, list]) => `${name} ${(list as unknown[]).length}`)
          .join(', '),
      );
      try {
        const items = change(changes);
        return losesAnswers ? Promise.reject(new OfflineError('/changes')) : Promise.resolve({ items });
      } catch (error) {
        return Promise.reject(error as Error);
      }
    },
    frame(): Promise<ArrayBuffer> {
      const alive = [...rows.values()].filter((row) => !row.deleted);
      const bytes = encodeFrame(
        alive.map((row) => ({ ...row, flags: row.verification ? FRAME_FLAGS.verified : 0 })) as never,
      );
      return Promise.resolve(bytes.buffer);
    },
    list: (uuids: readonly string[]): Promise<Annotation[]> =>
      isCut
        ? Promise.reject(new OfflineError('/list'))
        : Promise.resolve(uuids.flatMap((uuid) => rows.get(uuid) ?? [])),
  };
}

/** A browser tab with a store. Timers of the queue are run by hand; several tabs of one browser share `kept`. */
export function openTab(server: ReturnType<typeof createFakeServer>, kept = new Map<string, QueueEntry>()) {
  const timers: (() => void)[] = [];
  const queue = new WriteQueue({
    userId: 1,
    storage: createMemoryStorage(kept),
    send: server.send,
    random: () => 0,
    delay: (work) => {
      timers.push(work);
      return () => void timers.splice(timers.indexOf(work), 1);
    },
  });
  const scene = new Scene();
  const store = new AnnotationStore({ imageId: 7, userId: 1, scene, queue, source: server });
  return {
    queue,
    scene,
    store,
    timers,
    kept,
    async open(): Promise<void> {
      await queue.start();
      await store.load();
    },
    /** Until nothing moves any more: everything here is promises. */
    async settle(): Promise<void> {
      for (let i = 0; i < 300 || (queue.status.state === 'saving' && i < 20_000); i++) await Promise.resolve();
    },
    /** The page is gone, as by a crash: nothing is tidied up. */
    crash(): void {
      queue.stop();
      store.dispose();
    },
  };
}
