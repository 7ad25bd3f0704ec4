import {
  AnnotationConflictError,
  AnnotationInvalidError,
  OfflineError,
  ProblemError,
  type Annotation,
  type AnnotationChanges,
} from '@exact/sdk/contract';
import { OWN, toRequest, type ChangeOp } from './change-ops.ts';
import { PendingUuids } from './pending-uuids.ts';
import { coalesce, rebase, renamed, stepsOnTop, takeOut } from './queue-rules.ts';
import type { QueueEntry, QueueStorage } from './queue-storage.ts';
import { makeUuid, markedUuid } from './uuid-v7.ts';

/** What became of a change. */
export type QueueOutcome =
  | { readonly kind: 'stored'; readonly entry: QueueEntry; readonly items: readonly Annotation[] }
  /** The person's steps on `theirs` wait for a choice; everything else went on. */
  | { readonly kind: 'conflict'; readonly entry: QueueEntry; readonly uuids: readonly string[] }
  /** New annotations go by other UUIDs, and are sent again. */
  | { readonly kind: 'renamed'; readonly entry: QueueEntry; readonly names: ReadonlyMap<string, string> }
  | { readonly kind: 'rejected'; readonly entry: QueueEntry; readonly error: unknown };

export interface QueueStatus {
  /** `signedOut`: the session is over; sending goes on when the same person is back. */
  readonly state: 'saved' | 'saving' | 'offline' | 'signedOut';
  readonly unsent: number;
  readonly conflicts: readonly QueueEntry[];
  readonly rejected: readonly QueueEntry[];
  /** False when the browser gives no place to keep changes over a reload. */
  readonly isDurable: boolean;
}

export interface WriteQueueOptions {
  readonly userId: number;
  readonly storage: QueueStorage;
  readonly send: (imageId: number, changes: AnnotationChanges) => Promise<{ readonly items: readonly Annotation[] }>;
  /** Calls back after a delay in ms; returns the way to stop it. */
  readonly delay?: (work: () => void, ms: number) => () => void;
  readonly random?: () => number;
  readonly now?: () => number;
}

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
/** A server that fails the same way so often will not take this change: it must not hold up the others for ever. */
const MAX_FAILURES = 6;

/**
 * Sends changes of all images one after the other in the order they were made, and keeps each until the server has
 * acknowledged it: over a cut connection, a reload or a crash. Repeating is safe, since a change id is stored once; for the
 * same reason two tabs of one person may both send what an earlier page left.
 */
export class WriteQueue {
  private entries: QueueEntry[] = [];
  private readonly pending = new PendingUuids();
  private isSending = false;
  private isStopped = false;
  private problem: 'offline' | 'signedOut' | undefined;
  private failures = 0;
  private isDurable = true;
  private seq: number;
  private cancelRetry: (() => void) | undefined;
  private readonly sentIds = new Set<string>();
  private readonly onStatusSet = new Set<(status: QueueStatus) => void>();
  private readonly onOutcomeSet = new Set<(outcome: QueueOutcome) => void>();
  private storing: Promise<void> = Promise.resolve();
  private readonly options: Required<WriteQueueOptions>;

  constructor(options: WriteQueueOptions) {
    this.options = {
      delay: (work, ms) => {
        const timer = setTimeout(work, ms);
        return () => clearTimeout(timer);
      },
      random: Math.random,
      now: Date.now,
      ...options,
    };
    this.seq = this.options.now() * 1000; // after what an earlier page has left
  }

  /** Takes up what an earlier page has left. */
  async start(): Promise<void> {
    try {
      const left = await this.options.storage.load(this.options.userId);
      const known = new Set(this.entries.map((entry) => entry.changeId));
      const taken = left.filter((entry) => !known.has(entry.changeId));
      this.entries = [...taken, ...this.entries].sort((a, b) => a.seq - b.seq);
      for (const entry of taken) this.pending.add(entry);
    } catch {
      this.isDurable = false;
    }
    this.tell();
    this.pump();
  }

  get status(): QueueStatus {
    const waiting = this.entries.filter((entry) => entry.state === 'waiting');
    return {
      state: waiting.length === 0 ? 'saved' : (this.problem ?? 'saving'),
      unsent: waiting.length,
      conflicts: this.entries.filter((entry) => entry.state === 'conflict'),
      rejected: this.entries.filter((entry) => entry.state === 'rejected'),
      isDurable: this.isDurable,
    };
  }

  /** Changes of an image that wait to be sent, in order. */
  waitingOf(imageId: number): readonly QueueEntry[] {
    return this.entries.filter((entry) => entry.state === 'waiting' && entry.imageId === imageId);
  }
  isPending(uuid: string): boolean {
    return this.pending.has(uuid);
  }
  /** Whether a change was made in this tab: its live event brings nothing new. */
  isOwn(changeId: string | undefined): boolean {
    return changeId !== undefined && this.sentIds.has(changeId);
  }

  onStatus(listener: (status: QueueStatus) => void): () => void {
    this.onStatusSet.add(listener);
    return () => this.onStatusSet.delete(listener);
  }
  onOutcome(listener: (outcome: QueueOutcome) => void): () => void {
    this.onOutcomeSet.add(listener);
    return () => this.onOutcomeSet.delete(listener);
  }

  enqueue(imageId: number, label: string, ops: readonly ChangeOp[]): void {
    if (ops.length === 0) return;
    const joined = coalesce(
      this.entries.findLast((entry) => entry.state === 'waiting'),
      label,
      imageId,
      ops,
    );
    if (joined) this.replace(joined);
    else this.add(this.makeEntry(imageId, label, ops));
    this.tell();
    this.pump();
  }

  /** Sends now instead of waiting for the next try: the line or the session is back. */
  retry(): void {
    this.cancelRetry?.();
    this.cancelRetry = undefined;
    this.problem = undefined;
    this.tell();
    this.pump();
  }

  /** Settles a conflict: their state stays, or the person's steps are made once more on top of it. @returns the steps sent */
  resolve(changeId: string, choice: 'theirs' | 'mine'): readonly ChangeOp[] {
    const entry = this.entries.find((item) => item.changeId === changeId && item.state === 'conflict');
    if (!entry) return [];
    this.drop(entry);
    const sent: ChangeOp[] = [];
    if (choice === 'mine') {
      for (const uuid of new Set(entry.ops.map((op) => op.uuid))) {
        const mine = entry.ops.filter((op) => op.uuid === uuid);
        for (const ops of stepsOnTop(uuid, mine, entry.theirs?.[uuid])) {
          this.add(this.makeEntry(entry.imageId, entry.label, ops));
          sent.push(...ops);
        }
      }
    }
    this.tell();
    this.pump();
    return sent;
  }

  /** Forgets a refused change. */
  discard(changeId: string): void {
    const entry = this.entries.find((item) => item.changeId === changeId && item.state !== 'waiting');
    if (entry) this.drop(entry);
    this.tell();
  }

  stop(): void {
    this.isStopped = true;
    this.cancelRetry?.();
  }

  private pump(): void {
    if (this.isSending || this.isStopped || this.cancelRetry || this.problem === 'signedOut') return;
    const head = this.entries.find((entry) => entry.state === 'waiting');
    if (!head) return;
    this.isSending = true;
    const sent = { ...head, isSent: true };
    this.replace(sent);
    this.sentIds.add(sent.changeId);
    void this.attempt(sent).finally(() => {
      this.isSending = false;
      this.tell();
      this.pump();
    });
  }

  private async attempt(entry: QueueEntry): Promise<void> {
    await this.storing; // what is sent is kept first
    try {
      const { items } = await this.options.send(entry.imageId, toRequest(entry.changeId, entry.ops));
      this.problem = undefined;
      this.failures = 0;
      this.drop(entry);
      for (const next of rebase(this.entries, new Map(items.map((item) => [item.uuid, item.revision]))))
        this.replace(next);
      this.emit({ kind: 'stored', entry, items });
    } catch (error) {
      this.fail(entry, error);
    }
  }

  private fail(entry: QueueEntry, error: unknown): void {
    const status = error instanceof ProblemError ? error.status : undefined;
    if (error instanceof OfflineError || status === 408 || status === 429 || (status !== undefined && status > 500))
      return this.later('offline');
    if (status === 401) {
      this.problem = 'signedOut';
      return;
    }
    if (status === 500 && this.failures < MAX_FAILURES) return this.later('offline');
    this.problem = undefined;
    this.failures = 0;
    if (error instanceof ProblemError && error.code === AnnotationConflictError.code) this.settleConflict(entry, error);
    else if (isAboutMark(error) && this.mark(entry)) return;
    else this.reject(entry, error);
  }

  private later(problem: 'offline'): void {
    this.problem = problem;
    const longest = Math.min(FIRST_RETRY_MS * 2 ** this.failures, MAX_RETRY_MS);
    this.failures += 1;
    this.cancelRetry = this.options.delay(
      () => {
        this.cancelRetry = undefined;
        this.pump();
      },
      longest * (0.5 + this.options.random() / 2),
    );
  }

  /**
   * The project has begun to work blind since these were drawn, and takes only UUIDs that end in the person's mark. A refused
   * change was not stored, so it keeps its id.
   *
   * @returns whether there was anything to mark
   */
  private mark({ changeId, imageId }: QueueEntry): boolean {
    const { userId } = this.options;
    const waiting = this.entries.filter((entry) => entry.state === 'waiting' && entry.imageId === imageId);
    const names = new Map(
      waiting
        .flatMap(({ ops }) => ops.filter(({ op }) => op === 'create'))
        .map(({ uuid }) => [uuid, markedUuid(uuid, userId)] as const)
        .filter(([uuid, next]) => uuid !== next),
    );
    const sent = waiting.find((entry) => entry.changeId === changeId);
    if (!sent?.ops.some(({ uuid }) => names.has(uuid))) return false;
    for (const next of renamed(waiting, names)) this.replace(next);
    this.emit({ kind: 'renamed', entry: sent, names });
    return true;
  }

  /** Takes the steps that met a conflict, and those built on them, out of the line; all others go on. */
  private settleConflict(entry: QueueEntry, error: ProblemError): void {
    const { conflicts } = (error.data.data ?? { conflicts: [] }) as {
      conflicts: readonly { uuid: string; current?: Annotation }[];
    };
    const uuids = new Set(conflicts.map((item) => item.uuid));
    if (!entry.ops.some((op) => uuids.has(op.uuid))) return this.reject(entry, error);
    const { left, taken } = takeOut(this.entries, uuids);
    this.drop(entry);
    this.putBack(left, entry);
    const rest = entry.ops.filter((op) => !uuids.has(op.uuid));
    if (rest.length > 0) this.add({ ...this.makeEntry(entry.imageId, entry.label, rest), seq: entry.seq });
    const theirs = Object.fromEntries(conflicts.flatMap(({ uuid, current }) => (current ? [[uuid, current]] : [])));
    const kept: QueueEntry = { ...entry, ops: taken, theirs, state: 'conflict', changeId: makeUuid() };
    const isSame = [...uuids].every(
      (uuid) =>
        theirs[uuid] &&
        stepsOnTop(
          uuid,
          taken.filter((op) => op.uuid === uuid),
          theirs[uuid],
        ).length === 0,
    );
    if (!isSame) this.add(kept); // both have deleted it: nothing to choose
    this.emit({ kind: 'conflict', entry: kept, uuids: [...uuids] });
  }

  /** Takes a refused change out, with later steps on annotations that now will never exist. */
  private reject(entry: QueueEntry, error: unknown): void {
    const lost = new Set(entry.ops.filter((op) => op.op === 'create').map((op) => op.uuid));
    this.drop(entry);
    const { left, taken } = takeOut(this.entries, lost);
    this.putBack(left, entry);
    const bases = new Map(
      entry.ops.flatMap((op) => ('base' in op && op.base !== OWN ? [[op.uuid, op.base] as const] : [])),
    );
    for (const next of rebase(this.entries, bases)) this.replace(next);
    const problem = {
      code: error instanceof ProblemError ? error.code : 'UNEXPECTED',
      message: error instanceof Error ? error.message : String(error),
    };
    const kept: QueueEntry = { ...entry, ops: [...entry.ops, ...taken], state: 'rejected', problem };
    this.add(kept);
    this.emit({ kind: 'rejected', entry: kept, error });
  }

  private putBack(left: readonly QueueEntry[], settled: QueueEntry): void {
    for (const entry of left) {
      if (entry.changeId === settled.changeId) continue;
      if (entry.ops.length === 0) this.drop(entry);
      else if (this.entries.find((item) => item.changeId === entry.changeId) !== entry) this.replace(entry);
    }
  }

  private makeEntry(imageId: number, label: string, ops: readonly ChangeOp[]): QueueEntry {
    const { userId, now } = this.options;
    return {
      changeId: makeUuid(),
      userId,
      imageId,
      seq: ++this.seq,
      label,
      ops,
      state: 'waiting',
      isSent: false,
      at: now(),
    };
  }
  private add(entry: QueueEntry): void {
    this.entries = [...this.entries, entry].sort((a, b) => a.seq - b.seq);
    this.pending.add(entry);
    this.store(() => this.options.storage.put(entry));
  }
  private replace(entry: QueueEntry): void {
    this.entries = this.entries.map((item) => {
      if (item.changeId !== entry.changeId) return item;
      this.pending.remove(item);
      this.pending.add(entry);
      return entry;
    });
    this.store(() => this.options.storage.put(entry));
  }
  private drop(entry: QueueEntry): void {
    this.entries = this.entries.filter((item) => {
      if (item.changeId !== entry.changeId) return true;
      this.pending.remove(item);
      return false;
    });
    this.store(() => this.options.storage.remove(entry.changeId));
  }

  /** One after the other, so that the last state of an entry is the one that stays. */
  private store(work: () => Promise<void>): void {
    this.storing = this.storing.then(work).catch(() => {
      this.isDurable = false;
    });
  }
  private tell(): void {
    const status = this.status;
    for (const listener of [...this.onStatusSet]) listener(status);
  }
  private emit(outcome: QueueOutcome): void {
    for (const listener of [...this.onOutcomeSet]) listener(outcome);
  }
}

function isAboutMark(error: unknown): boolean {
  if (!(error instanceof ProblemError) || error.code !== AnnotationInvalidError.code) return false;
  const { items = [] } = (error.data.data ?? {}) as { items?: readonly { code?: string }[] };
  return items.some(({ code }) => code === 'UUID_NOT_YOURS');
}
