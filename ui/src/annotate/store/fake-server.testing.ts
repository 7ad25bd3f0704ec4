import {
  bounds,
  CentresBuilder,
  doBoundsMeet,
  encodeFrame,
  encodeOverview,
  FRAME_FLAGS,
  LARGE_PX,
  overviewCell,
  overviewGrid,
  parseUuid,
  type Bounds,
  type Geometry,
} from '@exact/geometry';
import {
  AnnotationConflictError,
  AnnotationInvalidError,
  OfflineError,
  ProblemError,
  type Annotation,
  type AnnotationChanges,
} from '@exact/sdk/contract';
import { Scene } from '../layer/scene.ts';
import { AnnotationStore } from './annotation-store.ts';
import type { AnnotationRecord } from './annotation-table.ts';
import type { Limits } from './limits.ts';
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

/** Size of the image that the annotations are on: cells of the overview are 64 px. */
export const IMAGE = { width: 8192, height: 8192 } as const;
const boxName = ({ minX, minY, maxX, maxY }: Bounds): string => [minX, minY, maxX, maxY].join(',');
function isLarge(geometry: Geometry): boolean {
  const b = bounds(geometry);
  return geometry.kind !== 'image' && Math.max(b.maxX - b.minX, b.maxY - b.minY) >= LARGE_PX;
}

/** What the filters of tests look at. */
export type Filtered = Pick<AnnotationRecord, 'templateId' | 'authorId' | 'isVerified'>;

/** Annotations as the server keeps them: revisions, conflicts, soft deletes, answers that are repeated by change id. */
export function createFakeServer() {
  const rows = new Map<string, Annotation>();
  const answers = new Map<string, Annotation[]>();
  const log: string[] = [];
  let isCut = false;
  let isBlind = false;
  let refusal: ProblemError | undefined;
  let losesAnswers = false;

  const asked: string[] = [];
  const held = new Map<string, Promise<void>>();
  let failing: string | undefined;
  let failure: Error = problem('UNEXPECTED', 500);
  let filter: ((facts: Filtered) => boolean) | undefined;
  const alive = (): Annotation[] =>
    [...rows.values()].filter(
      (row) => !row.deleted && filter?.({ ...row, isVerified: row.verification !== undefined }) !== false,
    );
  async function answer<T>(name: string, signal: AbortSignal | undefined, make: () => T): Promise<T> {
    asked.push(name);
    const made = failing !== undefined && name.startsWith(failing) ? undefined : make(); // as it is now, not when it arrives
    for (const [prefix, wait] of held) if (name.startsWith(prefix)) await wait;
    if (signal?.aborted) throw new DOMException('left', 'AbortError');
    if (made === undefined) throw failure;
    return made;
  }

  const at = '2026-01-01T00:00:00Z';
  function change(changes: AnnotationChanges, userId = 1): Annotation[] {
    const known = answers.get(changes.changeId);
    if (known) return known;
    const unmarked = isBlind ? (changes.create ?? []).filter(({ uuid }) => !uuid.endsWith(`0000000${userId}`)) : [];
    if (unmarked.length > 0) {
      const items = unmarked.map(({ uuid }, index) => ({ list: 'create', index, uuid, code: 'UUID_NOT_YOURS' }));
      throw problem(AnnotationInvalidError.code, 422, { items });
    }
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
    /** Frames, counts and centres hold only these from now on. */
    filter: (next: typeof filter) => (filter = next),
    get matches() {
      return filter;
    },
    /** What another person does. */
    other: (changes: Omit<AnnotationChanges, 'changeId'>) => change({ changeId: crypto.randomUUID(), ...changes }, 2),
    /** New annotations need UUIDs that end in the mark of their author. */
    blind: (on: boolean) => (isBlind = on),
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
    /** What was asked, in order: `frame 0,0,256,256 no`, `overview`, … */
    asked,
    /** Lets requests whose name begins so wait until they are let go; returns the way to. */
    hold(name: string): () => void {
      let go = (): void => {};
      held.set(name, new Promise<void>((resolve) => (go = resolve)));
      return () => {
        held.delete(name);
        go();
      };
    },
    /** Lets requests whose name begins so fail, as long as it is set. */
    fail(name: string | undefined, error: Error = problem('UNEXPECTED', 500)): void {
      failing = name;
      failure = error;
    },
    frame: (
      signal?: AbortSignal,
      { box, large }: { readonly box?: Bounds; readonly large?: 'no' | 'only' } = {},
    ): Promise<ArrayBuffer> =>
      answer(['frame', box && boxName(box), large].filter(Boolean).join(' '), signal, () => {
        const found = alive().filter(
          (row) =>
            (!box || doBoundsMeet(bounds(row.geometry), box)) &&
            (!large || (large === 'only') === isLarge(row.geometry)),
        );
        const rowOf = (row: Annotation) => ({ ...row, flags: row.verification ? FRAME_FLAGS.verified : 0 });
        return encodeFrame(found.map(rowOf) as never).buffer;
      }),
    overview: (signal?: AbortSignal): Promise<ArrayBuffer> =>
      answer('overview', signal, () => {
        const grid = overviewGrid(IMAGE.width, IMAGE.height);
        const templates = new Map<number, { templateId: number; total: number; counts: Uint32Array }>();
        for (const { templateId, geometry } of alive()) {
          const of = templates.get(templateId) ?? {
            templateId,
            total: 0,
            counts: new Uint32Array(grid.columns * grid.rows),
          };
          const cell = geometry.kind === 'image' ? -1 : overviewCell(grid, bounds(geometry));
          of.total += 1;
          if (cell >= 0) of.counts[cell] = (of.counts[cell] ?? 0) + 1;
          templates.set(templateId, of);
        }
        const large = alive().filter((row) => isLarge(row.geometry)).length;
        return encodeOverview({ ...grid, templates: [...templates.values()], large }).buffer as ArrayBuffer;
      }),
    centres: (box: Bounds, withoutLarge: boolean, signal?: AbortSignal): Promise<ArrayBuffer> =>
      answer(`centres ${boxName(box)}`, signal, () => {
        const builder = new CentresBuilder();
        for (const { geometry, templateId } of alive()) {
          const b = bounds(geometry);
          if (!doBoundsMeet(b, box) || (withoutLarge && isLarge(geometry))) continue;
          const size = Math.max(b.maxX - b.minX, b.maxY - b.minY);
          builder.append({ x: (b.minX + b.maxX) / 2, y: (b.minY + b.maxY) / 2, size, templateId, flags: 0 });
        }
        return builder.finish().buffer;
      }),
    namedCentres: (signal?: AbortSignal): Promise<ArrayBuffer> =>
      isCut
        ? Promise.reject(new OfflineError('/centres'))
        : answer('namedCentres', signal, () => {
            const builder = new CentresBuilder(0, { withUuids: true });
            const uuid = new Uint8Array(16);
            for (const row of alive()) {
              if (row.geometry.kind === 'image') continue;
              const b = bounds(row.geometry);
              parseUuid(row.uuid, uuid, 0);
              const [x, y] = [(b.minX + b.maxX) / 2, (b.minY + b.maxY) / 2];
              const verdict = row.verification?.verdict;
              const flags =
                verdict === 'accepted' ? FRAME_FLAGS.verified : verdict === 'rejected' ? FRAME_FLAGS.rejected : 0;
              builder.append({ x, y, size: 0, templateId: row.templateId, flags }, uuid);
            }
            return builder.finish().buffer;
          }),
    list: (uuids: readonly string[]): Promise<Annotation[]> =>
      isCut
        ? Promise.reject(new OfflineError('/list'))
        : Promise.resolve(uuids.flatMap((uuid) => rows.get(uuid) ?? [])),
  };
}

/** A browser tab with a store. Timers of the queue are run by hand; several tabs of one browser share `kept`. */
export function openTab(
  server: ReturnType<typeof createFakeServer>,
  kept = new Map<string, QueueEntry>(),
  limits: Partial<Limits> = {},
  isReadOnly?: (record: AnnotationRecord) => boolean,
) {
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
  const held = new Set<string>();
  const problems: unknown[] = [];
  const store = new AnnotationStore({
    imageId: 7,
    userId: 1,
    scene,
    queue,
    source: server,
    limits,
    isHeld: (uuid) => held.has(uuid),
    ...(isReadOnly ? { isReadOnly } : {}),
    onProblem: (error) => problems.push(error),
  });
  return {
    queue,
    scene,
    store,
    /** What is selected. */
    held,
    problems,
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
