import type { Annotation } from '@exact/sdk/contract';
import { openDB, type IDBPDatabase } from 'idb';
import type { ChangeOp } from './change-ops.ts';

/** A change that the server has not acknowledged. */
export interface QueueEntry {
  /** UUID v7, made here: sending it twice stores it once. */
  readonly changeId: string;
  readonly userId: number;
  readonly imageId: number;
  /** Order of sending. */
  readonly seq: number;
  /** What was done, for people: "Move", "Delete 3". */
  readonly label: string;
  readonly ops: readonly ChangeOp[];
  /**
   * `waiting`: is sent, again and again if need be · `conflict`: somebody else was quicker, the person has to choose ·
   * `rejected`: the server refused it for good. The last two are kept until the person has decided.
   */
  readonly state: 'waiting' | 'conflict' | 'rejected';
  /** Whether it may have reached the server: its content must not change any more. */
  readonly isSent: boolean;
  /** Of a conflict: what the others made of it, by uuid; absent for what is gone. */
  readonly theirs?: Readonly<Record<string, Annotation>>;
  readonly problem?: { readonly code: string; readonly message: string };
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Where unacknowledged changes outlive a reload or a crash. */
export interface QueueStorage {
  /** In order of `seq`. */
  load(userId: number): Promise<QueueEntry[]>;
  put(entry: QueueEntry): Promise<void>;
  remove(changeId: string): Promise<void>;
}

export function createMemoryStorage(kept: Map<string, QueueEntry> = new Map()): QueueStorage {
  return {
    load: (userId) =>
      Promise.resolve([...kept.values()].filter((entry) => entry.userId === userId).sort((a, b) => a.seq - b.seq)),
    put: (entry) => Promise.resolve(void kept.set(entry.changeId, structuredClone(entry))),
    remove: (changeId) => Promise.resolve(void kept.delete(changeId)),
  };
}

const STORE = 'changes';

/** Keeps changes in IndexedDB; the database is opened at the first call. */
export function createIndexedDbStorage(name = 'exact-unsent'): QueueStorage {
  let opening: Promise<IDBPDatabase> | undefined;
  const open = (): Promise<IDBPDatabase> =>
    (opening ??= openDB(name, 1, {
      upgrade: (db) => void db.createObjectStore(STORE, { keyPath: 'changeId' }).createIndex('userId', 'userId'),
    }));
  return {
    async load(userId) {
      const entries = (await (await open()).getAllFromIndex(STORE, 'userId', userId)) as QueueEntry[];
      return entries.sort((a, b) => a.seq - b.seq || (a.changeId < b.changeId ? -1 : 1));
    },
    async put(entry) {
      await (await open()).put(STORE, entry);
    },
    async remove(changeId) {
      await (await open()).delete(STORE, changeId);
    },
  };
}
