import { shallowRef, type Ref } from 'vue';

/** Where records wait over a reload; `localStorage` is one. */
export type OutboxStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

export interface OutboxOptions<T> {
  readonly storage: OutboxStorage;
  /** Names plugin, project and person: records of another person at this browser are not theirs to send. */
  readonly prefix: string;
  /** Most records of one request. */
  readonly batchSize: number;
  /** Sends records of one group. `isLast`: the page is closing, and the request has to outlive it. */
  readonly send: (group: string, records: readonly T[], isLast: boolean) => Promise<unknown>;
  /** Records that the server has understood and refused: trying them again makes no sense. None: the server was not reached. */
  readonly refusedOf: (error: unknown, records: readonly T[]) => readonly T[];
  readonly onRefused: (group: string, records: readonly T[], error: unknown) => void;
  readonly now?: () => number;
  readonly wait?: (run: () => void, ms: number) => () => void;
}

/** Records on their way to the server. */
export interface Outbox<T> {
  /** Finished records that the server has not acknowledged yet. */
  readonly unsent: Readonly<Ref<number>>;
  /** Whether the last try did not reach the server. */
  readonly isAway: Readonly<Ref<boolean>>;
  /** Keeps a record that is not finished, so that it is not lost if the browser dies; sent by the next page if nobody finishes it. */
  keepOpen(group: string, id: string, record: T): void;
  /**
   * A record that is finished goes on its way, in the place of one with its id that is still waiting; one that came to nothing
   * (`undefined`) is forgotten.
   */
  finish(group: string, id: string, record: T | undefined): void;
  /** Tries at once, for example when the line is back. */
  retry(): void;
  /** The page is closing: what is finished goes out as well as it can, and stays kept until it is acknowledged. */
  flushLast(): void;
  /** Ends when nothing is on its way. */
  whenSent(): Promise<void>;
  /** What is there still goes out; what fails is kept for the next one. */
  dispose(): void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** An open record that nobody has kept for so long is of a page that is gone. Pages keep theirs each second; hidden ones less often. */
export const ABANDONED_AFTER_MS = 5000;

interface Kept<T> {
  readonly id: string;
  readonly group: string;
  readonly record: T;
  /** When it was last kept, where it is not finished. */
  readonly openAt?: number;
}

/**
 * Sends records in batches, and keeps each under an entry of its own until it is acknowledged: tabs of one person never write over
 * each other's. Sent twice, a record is stored once, by its id.
 */
export function createOutbox<T>(options: OutboxOptions<T>): Outbox<T> {
  const { storage, prefix, batchSize, send, refusedOf, onRefused } = options;
  const now = options.now ?? Date.now;
  const wait = options.wait ?? later;
  const line = new Map<string, Kept<T>>();
  const unsent = shallowRef(0);
  const isAway = shallowRef(false);
  let isSending = false;
  let isGone = false;
  let waitMs = FIRST_WAIT_MS;
  let stopWaiting: (() => void) | undefined;
  let stopLooking: (() => void) | undefined;
  let waiters: (() => void)[] = [];
  const keyOf = (id: string): string => `${prefix}${id}`;

  function count(): void {
    unsent.value = line.size;
    if (line.size > 0) return;
    for (const resolve of waiters) resolve();
    waiters = [];
  }
  function keep(kept: Kept<T>): void {
    try {
      storage.setItem(keyOf(kept.id), JSON.stringify(kept));
    } catch {
      // a full or forbidden storage: what is finished is still in memory and goes out
    }
  }
  function forget(gone: readonly Kept<T>[]): void {
    for (const kept of gone) {
      if (line.get(kept.id) !== kept) continue; // a newer one has taken its place meanwhile
      line.delete(kept.id);
      storage.removeItem(keyOf(kept.id));
    }
    count();
  }

  /** Takes over what earlier pages have left. */
  function gather(): void {
    let isSomebodyAtWork = false;
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
    for (const key of keys) {
      if (key === null || !key.startsWith(prefix)) continue;
      const kept = read<T>(storage, key);
      if (!kept) storage.removeItem(key);
      else if (kept.openAt !== undefined && now() - kept.openAt < ABANDONED_AFTER_MS) isSomebodyAtWork = true;
      else if (!line.has(kept.id)) line.set(kept.id, { id: kept.id, group: kept.group, record: kept.record });
    }
    count();
    if (isSomebodyAtWork)
      stopLooking = wait(() => {
        gather();
        void work();
      }, ABANDONED_AFTER_MS);
  }

  function batch(): readonly Kept<T>[] {
    const [first] = line.values();
    return first ? [...line.values()].filter(({ group }) => group === first.group).slice(0, batchSize) : [];
  }

  async function work(): Promise<void> {
    if (isSending) return;
    isSending = true;
    stopWaiting?.();
    stopWaiting = undefined;
    for (let next = batch(); next[0] !== undefined; next = batch()) {
      const { group } = next[0];
      const records = next.map(({ record }) => record);
      let gone = next;
      try {
        await send(group, records, false);
      } catch (error) {
        const refused = refusedOf(error, records);
        if (refused.length === 0) {
          isAway.value = true;
          if (!isGone) stopWaiting = wait(() => void work(), waitMs);
          waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
          break;
        }
        onRefused(group, refused, error);
        gone = next.filter(({ record }) => refused.includes(record));
      }
      isAway.value = false;
      waitMs = FIRST_WAIT_MS;
      forget(gone);
    }
    isSending = false;
  }

  gather();
  void work();
  return {
    unsent,
    isAway,
    keepOpen: (group, id, record) => keep({ id, group, record, openAt: now() }),
    finish(group, id, record) {
      if (record === undefined) return storage.removeItem(keyOf(id));
      const kept = { id, group, record };
      keep(kept);
      line.set(id, kept);
      count();
      if (!stopWaiting) void work();
    },
    retry: () => void work(),
    flushLast() {
      for (let left = [...line.values()]; left[0] !== undefined;) {
        const { group } = left[0];
        const same = left.filter((one) => one.group === group).slice(0, batchSize);
        void send(
          group,
          same.map(({ record }) => record),
          true,
        ).then(
          () => forget(same),
          () => undefined, // kept, and sent by the next page
        );
        left = left.filter((one) => !same.includes(one));
      }
    },
    whenSent: () => (line.size === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
    dispose() {
      isGone = true;
      stopWaiting?.();
      stopLooking?.();
      void work();
    },
  };
}

function read<T>(storage: OutboxStorage, key: string): Kept<T> | undefined {
  try {
    const kept = JSON.parse(storage.getItem(key) ?? '') as Kept<T> | null;
    return typeof kept?.id === 'string' && typeof kept.group === 'string' && kept.record ? kept : undefined;
  } catch {
    return undefined; // what cannot be read cannot be sent
  }
}

function later(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
