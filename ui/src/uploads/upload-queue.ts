import { shallowRef, type Ref } from 'vue';

export type UploadState =
  'waiting' | 'uploading' | 'paused' | 'done' | 'duplicate' | 'refused' | 'failed' | 'cancelled';

export interface UploadItem {
  readonly id: number;
  readonly imageSetId: number;
  readonly name: string;
  readonly sizeBytes: number;
  readonly state: UploadState;
  readonly sentBytes: number;
  /** Why it was refused or has failed, in the server's words. */
  readonly problem?: { readonly code: string; readonly message: string; readonly requestId?: string | undefined };
  readonly imageId?: number;
  /** The image of the set that holds the same bytes. */
  readonly duplicateOf?: number;
}

export interface UploadOutcome {
  readonly imageId?: number | undefined;
  readonly duplicateOf?: number | undefined;
}

/** Sends one file; a test gives its own. */
export interface UploadTransport {
  start(
    file: File,
    imageSetId: number,
    on: { progress(sentBytes: number): void; done(outcome: UploadOutcome): void; failed(error: UploadFailure): void },
  ): {
    /** Stops sending; what was sent stays on the server, to go on from there. */
    pause(): void;
    /** Stops and takes back what was sent. */
    abort(): void;
  };
}

/** `isFinal`: the server has refused the file; sending it again would end the same way. */
export interface UploadFailure {
  readonly code: string;
  readonly message: string;
  readonly requestId?: string | undefined;
  readonly isFinal: boolean;
}

export interface UploadQueue {
  readonly items: Readonly<Ref<readonly UploadItem[]>>;
  add(files: readonly File[], imageSetId: number): readonly UploadItem[];
  cancel(id: number): void;
  /** Goes on with what was paused or has failed, from the last byte that the server has. */
  resume(id: number): void;
  pauseAll(): void;
  /** Takes finished ones from the list. */
  clear(imageSetId: number): void;
  onSettled(handle: (item: UploadItem) => void): () => void;
}

const FINISHED: ReadonlySet<UploadState> = new Set(['done', 'duplicate', 'refused', 'cancelled']);
export const isFinished = (item: UploadItem): boolean => FINISHED.has(item.state);

/**
 * Files on their way to the server, a few at a time in the order they came.
 *
 * @param transport - sends one file
 * @param parallel  - files at a time; three keep a fast line full without starving the tiles of the viewer
 */
export function createUploadQueue(transport: UploadTransport, parallel = 3): UploadQueue {
  const items = shallowRef<readonly UploadItem[]>([]);
  const files = new Map<number, File>();
  const running = new Map<number, ReturnType<UploadTransport['start']>>();
  const settled = new Set<(item: UploadItem) => void>();
  let lastId = 0;

  const find = (id: number): UploadItem | undefined => items.value.find((item) => item.id === id);

  function change(id: number, patch: Partial<UploadItem>): void {
    items.value = items.value.map((item) => (item.id === id ? { ...item, ...patch } : item));
  }

  function settle(id: number, patch: Partial<UploadItem>): void {
    running.delete(id);
    change(id, patch);
    const item = find(id);
    if (item) for (const handle of [...settled]) handle(item);
    if (item && isFinished(item)) files.delete(id);
    next();
  }

  function next(): void {
    for (const item of items.value) {
      if (running.size >= parallel) return;
      if (item.state === 'waiting') start(item);
    }
  }

  function start({ id, imageSetId, sizeBytes }: UploadItem): void {
    const file = files.get(id);
    if (!file) return;
    change(id, { state: 'uploading' });
    const upload = transport.start(file, imageSetId, {
      progress: (sentBytes) => change(id, { sentBytes }),
      done: ({ imageId, duplicateOf }) =>
        settle(id, {
          state: duplicateOf === undefined ? 'done' : 'duplicate',
          sentBytes: sizeBytes,
          ...(imageId === undefined ? {} : { imageId }),
          ...(duplicateOf === undefined ? {} : { duplicateOf }),
        }),
      failed: ({ isFinal, ...problem }) => settle(id, { state: isFinal ? 'refused' : 'failed', problem }),
    });
    if (find(id)?.state === 'uploading') running.set(id, upload);
  }

  return {
    items,
    add(chosen, imageSetId) {
      const added = chosen.map((file): UploadItem => {
        const id = ++lastId;
        files.set(id, file);
        return { id, imageSetId, name: file.name, sizeBytes: file.size, state: 'waiting', sentBytes: 0 };
      });
      items.value = [...items.value, ...added];
      next();
      return added;
    },
    cancel(id) {
      const item = find(id);
      if (!item || isFinished(item)) return;
      running.get(id)?.abort();
      settle(id, { state: 'cancelled' });
    },
    resume(id) {
      const item = find(id);
      if (item?.state !== 'paused' && item?.state !== 'failed') return;
      const { problem: _problem, ...rest } = item;
      items.value = items.value.map((other) => (other === item ? { ...rest, state: 'waiting' } : other));
      next();
    },
    pauseAll() {
      for (const [id, upload] of running) {
        upload.pause();
        change(id, { state: 'paused' });
      }
      running.clear();
      items.value = items.value.map((item) => (item.state === 'waiting' ? { ...item, state: 'paused' } : item));
    },
    clear(imageSetId) {
      items.value = items.value.filter((item) => item.imageSetId !== imageSetId || !isFinished(item));
    },
    onSettled(handle) {
      settled.add(handle);
      return () => void settled.delete(handle);
    },
  };
}
