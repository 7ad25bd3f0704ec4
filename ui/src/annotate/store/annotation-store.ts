import { bounds, type Bounds, type Geometry } from '@exact/geometry';
import type { Annotation, AnnotationsChanged } from '@exact/sdk/contract';
import type { Scene, Summary } from '../layer/index.ts';
import { MAX_ASKED, type AnnotationSource } from './annotation-source.ts';
import { AnnotationTable, recordOf, withValues, type AnnotationRecord } from './annotation-table.ts';
import { OWN, type ChangeOp } from './change-ops.ts';
import { applyEdit, invertEdit, snapEdit, toOp, type Edit } from './edits.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { LoadedAnnotations, type Shown } from './loaded-annotations.ts';
import { createRemoteReader } from './remote-reader.ts';
import { UndoHistory, type HistoryStep } from './undo-history.ts';
import type { QueueOutcome, WriteQueue } from './write-queue.ts';

/** Where a change came from. `load`: much or everything is new. */
export type Origin = 'local' | 'undo' | 'remote' | 'load';
export interface StoreChange {
  readonly origin: Origin;
  /** Empty when much has changed. */
  readonly uuids: readonly string[];
  /** New annotations that go by other UUIDs now: old to new. */
  readonly names?: ReadonlyMap<string, string>;
}

/** What was heard or done of an annotation, whether or not it is kept in memory. */
export interface Heard {
  readonly uuid: string;
  /** Nothing where it is not to be seen any more, or not by the filter. */
  readonly record: AnnotationRecord | undefined;
}

/** Steps in one request; the server takes 5,000. */
const MAX_OPS = 2000;

export interface AnnotationStoreOptions {
  readonly imageId: number;
  readonly userId: number;
  readonly scene: Scene;
  readonly queue: WriteQueue;
  readonly source: AnnotationSource;
  /** Whether an annotation is in use (selected): it stays loaded wherever the view goes. */
  readonly isHeld?: (uuid: string) => boolean;
  /** Whether this person may only look at an annotation: steps on it are not made. */
  readonly isReadOnly?: (record: AnnotationRecord) => boolean;
  readonly limits?: Partial<Limits>;
  readonly onProblem?: (error: unknown) => void;
}

/**
 * The annotations of one image: what the screen, tools, panels and plugins read and change. No Vue in it: shapes are never
 * reactive. Changes show at once, go to the server through the queue, and can be undone.
 *
 * Up to `Limits.whole` annotations are all in memory. Of more, those are that the view needs (see `RegionalView`), with
 * those that are selected, unsent, or in the history: `get`, `query` and the scene know only these, while `size`,
 * `countByTemplate` and {@link AnnotationStore.summary} are of all.
 */
export class AnnotationStore {
  readonly scene: Scene;
  readonly imageId: number;
  /** Counts up with every change. */
  version = 0;
  private readonly table = new AnnotationTable();
  private readonly history = new UndoHistory();
  private readonly listeners = new Set<(change: StoreChange) => void>();
  private readonly summaryListeners = new Set<() => void>();
  private readonly heardListeners = new Set<(heard: readonly Heard[] | 'all') => void>();
  private readonly options: AnnotationStoreOptions;
  private readonly remote: ReturnType<typeof createRemoteReader>;
  private readonly stopQueue: () => void;
  private readonly loaded: LoadedAnnotations;
  private isUnsentShown = false;
  /** In memory and shown although the source leaves them out: unsent, selected, or made here since it does. */
  private readonly extra = new Set<string>();
  private readonly made = new Set<string>();

  constructor(options: AnnotationStoreOptions) {
    this.options = options;
    this.scene = options.scene;
    this.imageId = options.imageId;
    this.remote = createRemoteReader({
      list: (uuids) => options.source.list(uuids),
      receive: (uuids, items, isForced) => this.receive(uuids, items, { isForced }),
      reload: async () => {
        this.hear('all');
        this.loaded.distrust();
        await this.load();
        this.askForHeld();
      },
      onProblem: (error) => options.onProblem?.(error),
    });
    this.loaded = new LoadedAnnotations({
      source: options.source,
      scene: options.scene,
      table: this.table,
      queue: options.queue,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      isHeld: (uuid) => this.history.holds(uuid) || this.extra.has(uuid) || options.isHeld?.(uuid) === true,
      isExtra: (uuid) => this.extra.has(uuid),
      onLoad: () => {
        this.reviewExtra();
        this.tell('load', []);
      },
      onSummary: () => this.tellSummary(),
      onOutgrown: () => this.remote.ask('all'),
      onProblem: (error) => options.onProblem?.(error),
    });
    this.stopQueue = options.queue.onOutcome(
      (outcome) => outcome.entry.imageId === this.imageId && this.settle(outcome),
    );
  }

  /** Number of living annotations, loaded or not; without {@link extraCount}. */
  get size(): number {
    return this.loaded.size - (this.loaded.isRegional ? 0 : this.extra.size);
  }
  /** Annotations that are shown although the source leaves them out: they are being worked on here. */
  get extraCount(): number {
    return this.extra.size;
  }
  isExtra(uuid: string): boolean {
    return this.extra.has(uuid);
  }
  get undoLabel(): string | undefined {
    return this.history.undoLabel;
  }
  get redoLabel(): string | undefined {
    return this.history.redoLabel;
  }
  /** What is loaded of what is in view. */
  get shown(): Shown {
    return this.loaded.shown;
  }
  /** What is drawn instead of shapes that are not loaded; nothing where all are. */
  get summary(): Summary | undefined {
    return this.loaded.summary;
  }
  /** Whether every living annotation in a box is loaded, so that `query` and the scene give all. */
  isWhole(box: Bounds): boolean {
    return this.loaded.isWhole(box);
  }
  /** Also of a deleted annotation that was seen alive. Only of those in memory. */
  get(uuid: string): AnnotationRecord | undefined {
    return this.table.get(uuid);
  }
  /** Of all annotations, loaded or not. */
  countByTemplate(): ReadonlyMap<number, number> {
    const counts = this.loaded.countByTemplate();
    if (this.extra.size === 0 || this.loaded.isRegional) return counts;
    const left = new Map(counts);
    for (const uuid of this.extra) {
      const { templateId = 0 } = this.table.get(uuid) ?? {};
      left.set(templateId, (left.get(templateId) ?? 0) - 1);
    }
    return new Map([...left].filter(([, count]) => count > 0));
  }
  /** Living annotations in memory whose box touches `bounds`; all in memory without it. See {@link isWhole}. */
  query(bounds?: Bounds): AnnotationRecord[] {
    if (!bounds) return [...this.table.values()].filter((record) => !record.isDeleted);
    return this.scene.query(bounds).flatMap((uuid) => this.table.get(uuid) ?? []);
  }
  onChange(listener: (change: StoreChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  /** Calls back when {@link summary} or {@link shown} has changed. */
  onSummary(listener: () => void): () => void {
    this.summaryListeners.add(listener);
    return () => this.summaryListeners.delete(listener);
  }

  /**
   * Calls back with what becomes of single annotations, wherever they are, and with `all` where all may have changed: for who keeps
   * something about every annotation of the image.
   */
  onHeard(listener: (heard: readonly Heard[] | 'all') => void): () => void {
    this.heardListeners.add(listener);
    return () => this.heardListeners.delete(listener);
  }
  /** Own changes that the server may not have yet. */
  unsent(): Heard[] {
    const uuids = this.options.queue.waitingOf(this.imageId).flatMap(({ ops }) => ops.map(({ uuid }) => uuid));
    return [...new Set(uuids)].map((uuid) => this.heardOf(uuid, this.table.get(uuid)));
  }

  /** The view has moved; level-0 pixels. */
  showView(view: Bounds): void {
    this.loaded.showView(view);
  }

  /** Loads what is needed, or, later on, brings it up to what the server has. Own unsent changes stay on top. */
  async load(signal?: AbortSignal): Promise<void> {
    if (await this.loaded.load(signal)) this.isUnsentShown = false;
    if (!this.isUnsentShown) await this.showUnsent();
    this.isUnsentShown = true;
    for (const { ops } of this.options.queue.waitingOf(this.imageId)) for (const { uuid } of ops) this.noteExtra(uuid);
    this.reviewExtra();
    this.tell('load', []);
    this.tellSummary();
    this.remote.open();
  }

  /**
   * The source leaves out others than before: shows what it has now. What is unsent stays in sight, what is selected only where
   * it is still among them.
   */
  async refilter(signal?: AbortSignal): Promise<void> {
    this.extra.clear();
    this.made.clear();
    this.loaded.refilter();
    this.hear('all');
    await this.load(signal);
  }
  /** Lets go of what the source leaves out and nobody has in hand any more: to be called when less is selected. */
  prune(): void {
    const gone = [...this.extra].filter((uuid) => !this.isInHand(uuid));
    if (gone.length === 0) return;
    this.drop(gone);
    this.tell('remote', gone);
  }

  /** Makes steps, shows them at once and queues them. One annotation may appear once. `joinsWithinMs`: see `UndoHistory.push`. */
  apply(label: string, edits: readonly Edit[], { joinsWithinMs = 0 }: { readonly joinsWithinMs?: number } = {}): void {
    const step = this.run(label, edits, 'local');
    if (step) this.history.push(step, joinsWithinMs);
  }

  /** @returns whether there was something to undo */
  undo(): boolean {
    return this.goBack('undo');
  }
  redo(): boolean {
    return this.goBack('redo');
  }

  /** Has annotations in memory that the view does not show. What is not there, or not to be seen, is left out. */
  async ensure(uuids: readonly string[]): Promise<void> {
    const missing = uuids.filter((uuid) => !this.table.get(uuid));
    for (let i = 0; i < missing.length; i += MAX_ASKED) {
      const asked = missing.slice(i, i + MAX_ASKED);
      this.receive(asked, await this.options.source.list(asked), { isKept: true });
    }
  }

  /**
   * Finds what lies at a point where shapes are not loaded, and loads it: smallest first, as a hit test gives it.
   *
   * @param tolerance - level-0 pixels
   * @returns nothing where too many lie around the point to be looked through
   */
  async findAt(x: number, y: number, tolerance: number, signal?: AbortSignal): Promise<string[]> {
    return (await this.loaded.loadAt(x, y, tolerance, signal)) ? this.scene.hit(x, y, tolerance) : [];
  }

  /** The whole annotation, from the server where only its shape is known. */
  async details(uuid: string): Promise<AnnotationRecord | undefined> {
    const known = this.table.get(uuid);
    if (!known || known.description !== undefined || known.revision === 0) return known;
    await this.ensureDetails([uuid]);
    return this.table.get(uuid);
  }
  /** Has description and meta data at hand, without which their change could not be undone. */
  async ensureDetails(uuids: readonly string[]): Promise<void> {
    const missing = uuids.filter((uuid) => {
      const record = this.table.get(uuid);
      return record !== undefined && record.description === undefined && record.revision > 0;
    });
    for (let i = 0; i < missing.length; i += MAX_ASKED) {
      const asked = missing.slice(i, i + MAX_ASKED);
      this.receive(asked, await this.options.source.list(asked));
    }
  }

  handleEvent(event: AnnotationsChanged): void {
    if (event.imageId !== this.imageId || this.options.queue.isOwn(event.changeId)) return;
    this.remote.ask(event.many ? 'all' : [...event.created, ...event.updated, ...event.deleted]);
  }
  /** Events may have been missed. */
  handleReset(): void {
    this.remote.ask('all');
  }

  /** Settles a conflict, see {@link WriteQueue.resolve}. */
  resolve(changeId: string, choice: 'theirs' | 'mine'): void {
    const ops = this.options.queue.resolve(changeId, choice);
    for (const op of ops) this.showOp(op, 'local');
    this.loaded.changedHere();
  }

  /** Resolves when no change of the image waits any more. @returns false where one was refused or is in conflict */
  whenSaved(): Promise<boolean> {
    const { queue } = this.options;
    return new Promise((resolve) => {
      const look = (): void => {
        if (queue.waitingOf(this.imageId).length > 0) return;
        stop();
        const { conflicts, rejected } = queue.status;
        resolve(![...conflicts, ...rejected].some((entry) => entry.imageId === this.imageId));
      };
      const stop = queue.onStatus(look);
      look();
    });
  }

  dispose(): void {
    this.stopQueue();
    this.remote.dispose();
    this.loaded.dispose();
    this.listeners.clear();
    this.summaryListeners.clear();
    this.heardListeners.clear();
  }

  private goBack(direction: 'undo' | 'redo'): boolean {
    const run = (step: HistoryStep) => this.run(step.label, step.edits, 'undo', step.stamps);
    const missing = this.history.nextOf(direction).filter((uuid) => !this.table.get(uuid));
    if (missing.length === 0) return this.history[direction](run);
    this.ensure(missing).then(
      () => this.history[direction](run),
      (error: unknown) => this.options.onProblem?.(error),
    );
    return true;
  }

  private run(
    label: string,
    asked: readonly Edit[],
    origin: Origin,
    stamps?: ReadonlyMap<string, number>,
  ): HistoryStep | undefined {
    const { queue, userId } = this.options;
    const ops: ChangeOp[] = [];
    const back: Edit[] = [];
    const revisions = new Map<string, number>();
    const changed: AnnotationRecord[] = [];
    for (const edit of asked.map(snapEdit)) {
      const before = this.table.get(edit.uuid);
      const after = applyEdit(edit, before, userId);
      if (!after || (edit.op === 'update' && before?.isDeleted)) continue;
      if (before && this.options.isReadOnly?.(before)) continue;
      ops.push(toOp(edit, this.baseOf(before, queue.isPending(edit.uuid), stamps?.get(edit.uuid))));
      const inverse = invertEdit(edit, before);
      if (inverse) back.push(inverse);
      revisions.set(edit.uuid, before?.revision ?? 0);
      if (edit.op === 'create') this.made.add(edit.uuid);
      changed.push(after);
      this.loaded.note(before, after);
    }
    if (ops.length === 0) return undefined;
    this.loaded.changedHere();
    for (let i = 0; i < ops.length; i += MAX_OPS) queue.enqueue(this.imageId, label, ops.slice(i, i + MAX_OPS));
    this.show(changed, origin);
    return back.length === 0 ? undefined : { label, edits: back, stamps: revisions };
  }

  /**
   * The revision a step builds on. Undoing what somebody else has changed since names the revision of then, so that the server
   * finds the conflict and the person is asked, instead of the other's work being taken back unseen.
   */
  private baseOf(before: AnnotationRecord | undefined, isPending: boolean, stamp: number | undefined): number {
    if (!before || isPending) return OWN;
    return stamp !== undefined && before.foreignRevision > stamp ? Math.max(1, stamp) : before.revision;
  }

  /** After a reload: unsent changes of this person, on top of what the server has. */
  private async showUnsent(): Promise<void> {
    const ops = this.options.queue.waitingOf(this.imageId).flatMap((entry) => entry.ops);
    const known = ops.filter((op) => op.op === 'create').map((op) => op.uuid);
    // a deleted one whose restoring is on its way is not in the frame
    const absent = [...new Set(ops.map((op) => op.uuid))].filter(
      (uuid) => !this.table.get(uuid) && !known.includes(uuid),
    );
    for (let i = 0; i < absent.length; i += MAX_ASKED) {
      const items = await this.options.source.list(absent.slice(i, i + MAX_ASKED));
      for (const item of items) this.table.set(recordOf(item, false));
    }
    for (const op of ops) {
      // acknowledged, but the answer was lost: the server's state has it already
      if (op.op === 'create' && this.table.get(op.uuid)) continue;
      this.showOp(op, 'load', false);
    }
    this.loaded.changedHere();
  }

  private showOp(op: ChangeOp, origin: Origin, isTold = true): void {
    const before = this.table.get(op.uuid);
    const after = this.applied(op);
    if (after) this.loaded.note(before, after);
    this.show([after], origin, isTold);
  }

  private applied(op: ChangeOp): AnnotationRecord | undefined {
    const { base: _base, ...edit } = { base: 0, ...op };
    return applyEdit(edit as Edit, this.table.get(op.uuid), this.options.userId);
  }

  private settle(outcome: QueueOutcome): void {
    const { queue, userId } = this.options;
    if (outcome.kind === 'renamed') return this.rename(outcome.names);
    this.loaded.settle(outcome);
    if (outcome.kind === 'stored') {
      const records = outcome.items.flatMap((item) => {
        const before = this.table.get(item.uuid);
        if (before && before.revision > item.revision) return [];
        if (!queue.isPending(item.uuid)) return [recordOf(item, false, before)];
        return before ? [withValues(before, { revision: item.revision, full: item })] : [];
      });
      this.show(records, 'local');
      return this.prune();
    }
    if (outcome.kind === 'conflict') {
      const theirs = outcome.uuids.flatMap((uuid) => outcome.entry.theirs?.[uuid] ?? []);
      this.show(
        theirs.map((item) => recordOf(item, item.editorId !== userId)),
        'remote',
      );
      const unseen = outcome.uuids.filter((uuid) => !outcome.entry.theirs?.[uuid]);
      if (unseen.length > 0) this.remote.ask(unseen);
      return;
    }
    // what was shown in advance did not come true
    const uuids = [...new Set(outcome.entry.ops.map((op) => op.uuid))].filter((uuid) => !queue.isPending(uuid));
    this.remote.ask(uuids, true);
  }

  private rename(names: ReadonlyMap<string, string>): void {
    const records = [...names].flatMap(([from, uuid]) => {
      const record = this.table.get(from);
      const after = record && withValues(record, { uuid });
      if (after) this.loaded.renamed(from, after);
      if (this.made.delete(from)) this.made.add(uuid);
      return after ?? [];
    });
    this.history.rename(names);
    this.drop([...names.keys()]);
    this.show(records, 'local', false);
    this.loaded.changedHere();
    this.tell('local', [...names.keys(), ...names.values()], names);
  }

  /**
   * What is in hand stays in memory though the source leaves it out, and of very many, though the view is elsewhere: whether it may
   * still be seen is nothing that loading tells.
   */
  private askForHeld(): void {
    const isHeld = (uuid: string): boolean => this.history.holds(uuid) || this.options.isHeld?.(uuid) === true;
    const held = this.loaded.isRegional ? this.query().filter(({ uuid }) => isHeld(uuid)) : [];
    const uuids = [...new Set([...this.extra, ...held.map(({ uuid }) => uuid)])];
    if (uuids.length > 0) this.remote.ask(uuids);
  }

  /** Takes the server's word for what was asked; own unsent changes stay on top, and are checked by it when they arrive. */
  private receive(
    asked: readonly string[],
    items: readonly Annotation[],
    { isForced = false, isKept = false }: { isForced?: boolean; isKept?: boolean } = {},
  ): void {
    const { queue, userId } = this.options;
    this.loaded.hear(asked.filter((uuid) => !queue.isPending(uuid)));
    const byUuid = new Map(items.map((item) => [item.uuid, item]));
    const records: AnnotationRecord[] = [];
    const gone: string[] = [];
    const elsewhere: Heard[] = [];
    for (const uuid of asked) {
      if (queue.isPending(uuid)) continue;
      const item = byUuid.get(uuid);
      const before = this.table.get(uuid);
      const isHere = item !== undefined && this.isIn(recordOf(item, false));
      if (!isKept) {
        const was = before && this.isIn(before) ? boundsOf(before) : undefined;
        this.loaded.changedElsewhere(was, isHere ? boundsOf(item) : undefined, item?.revision === 1);
      }
      if (!item || (!isHere && !isKept && !this.isInHand(uuid))) gone.push(uuid);
      else if (isForced || !before || item.revision >= before.revision) {
        const isForeign = item.revision > (before?.revision ?? 0) && item.editorId !== userId;
        const record = recordOf(item, isForeign, before);
        if (before || isKept || this.loaded.isNeeded(bounds(record.geometry))) records.push(record);
        else elsewhere.push(this.heardOf(uuid, record));
      }
    }
    if (elsewhere.length > 0) this.hear(elsewhere);
    this.drop(gone);
    this.show(records, 'remote', false);
    if (records.length + gone.length > 0 || this.loaded.isRegional)
      this.tell('remote', [...records.map((record) => record.uuid), ...gone]);
  }

  private show(records: readonly (AnnotationRecord | undefined)[], origin: Origin, isTold = true): void {
    const shown = records.filter((record) => record !== undefined);
    for (const record of shown) {
      this.table.set(record);
      this.noteExtra(record.uuid);
    }
    this.scene.apply({
      remove: shown.filter((record) => record.isDeleted).map((record) => record.uuid),
      add: shown
        .filter((record) => !record.isDeleted)
        .map((record) => {
          const { uuid, geometry, templateId } = record;
          return { id: uuid, geometry, templateId, flags: this.loaded.flagsOf(record, bounds(geometry)) };
        }),
    });
    if (this.heardListeners.size > 0 && shown.length > 0)
      this.hear(shown.map((record) => this.heardOf(record.uuid, record)));
    if (isTold && shown.length > 0)
      this.tell(
        origin,
        shown.map((record) => record.uuid),
      );
  }

  private isIn(record: AnnotationRecord): boolean {
    return this.options.source.matches?.(record) !== false;
  }
  private noteExtra(uuid: string): void {
    const record = this.table.get(uuid);
    if (record && !record.isDeleted && !this.isIn(record)) this.extra.add(uuid);
    else this.extra.delete(uuid);
  }
  /** Frames may have brought newer states. */
  private reviewExtra(): void {
    for (const uuid of [...this.extra]) this.noteExtra(uuid);
  }
  private isInHand(uuid: string): boolean {
    return this.options.queue.isPending(uuid) || this.made.has(uuid) || this.options.isHeld?.(uuid) === true;
  }
  private drop(uuids: readonly string[]): void {
    for (const uuid of uuids) {
      this.table.delete(uuid);
      this.extra.delete(uuid);
    }
    this.scene.apply({ remove: uuids });
    if (uuids.length > 0) this.hear(uuids.map((uuid) => ({ uuid, record: undefined })));
  }

  private heardOf(uuid: string, record: AnnotationRecord | undefined): Heard {
    return { uuid, record: record && !record.isDeleted && this.isIn(record) ? record : undefined };
  }
  private hear(heard: readonly Heard[] | 'all'): void {
    for (const listener of [...this.heardListeners]) listener(heard);
  }

  private tell(origin: Origin, uuids: readonly string[], names?: ReadonlyMap<string, string>): void {
    this.version += 1;
    for (const listener of [...this.listeners]) listener({ origin, uuids, ...(names ? { names } : {}) });
  }

  private tellSummary(): void {
    for (const listener of [...this.summaryListeners]) listener();
  }
}

const boundsOf = (item: { readonly geometry: Geometry } | undefined): Bounds | undefined =>
  item && bounds(item.geometry);
