import { decodeFrame, type Bounds } from '@exact/geometry';
import type { Annotation, AnnotationsChanged } from '@exact/sdk/contract';
import type { Scene, Shape } from '../layer/index.ts';
import { AnnotationTable, recordOf, recordsOf, withValues, type AnnotationRecord } from './annotation-table.ts';
import { OWN, type ChangeOp } from './change-ops.ts';
import { applyEdit, invertEdit, snapEdit, toOp, type Edit } from './edits.ts';
import { createRemoteReader } from './remote-reader.ts';
import { UndoHistory, type HistoryStep } from './undo-history.ts';
import type { QueueOutcome, WriteQueue } from './write-queue.ts';

/** Where a change came from. `load`: much or everything is new. */
export type Origin = 'local' | 'undo' | 'remote' | 'load';
export interface StoreChange {
  readonly origin: Origin;
  /** Empty when much has changed. */
  readonly uuids: readonly string[];
}

/** What the store asks the server; a test gives its own. */
export interface AnnotationSource {
  /** All annotations of the image, packed. */
  frame(signal?: AbortSignal): Promise<ArrayBuffer>;
  /** Whole annotations by uuid, deleted ones too; what may not be seen is left out. At most {@link MAX_ASKED} uuids. */
  list(uuids: readonly string[]): Promise<readonly Annotation[]>;
}

export const MAX_ASKED = 100;
/** Steps in one request; the server takes 5,000. */
const MAX_OPS = 2000;
/** Bits of `Shape.flags`. */
export const SHAPE_FLAGS = { verified: 1 } as const;

export interface AnnotationStoreOptions {
  readonly imageId: number;
  readonly userId: number;
  readonly scene: Scene;
  readonly queue: WriteQueue;
  readonly source: AnnotationSource;
  readonly onProblem?: (error: unknown) => void;
}

/**
 * The annotations of one image: what the screen, tools, panels and plugins read and change. No Vue in it: shapes are never
 * reactive. Changes show at once, go to the server through the queue, and can be undone.
 */
export class AnnotationStore {
  readonly scene: Scene;
  readonly imageId: number;
  /** Counts up with every change. */
  version = 0;
  private readonly table = new AnnotationTable();
  private readonly history = new UndoHistory();
  private readonly listeners = new Set<(change: StoreChange) => void>();
  private readonly options: AnnotationStoreOptions;
  private readonly remote: ReturnType<typeof createRemoteReader>;
  private readonly stopQueue: () => void;
  private isLoaded = false;

  constructor(options: AnnotationStoreOptions) {
    this.options = options;
    this.scene = options.scene;
    this.imageId = options.imageId;
    this.remote = createRemoteReader({
      list: (uuids) => options.source.list(uuids),
      receive: (uuids, items, isForced) => this.receive(uuids, items, isForced),
      reload: () => this.load(),
      onProblem: (error) => options.onProblem?.(error),
    });
    this.stopQueue = options.queue.onOutcome(
      (outcome) => outcome.entry.imageId === this.imageId && this.settle(outcome),
    );
  }

  get size(): number {
    return this.table.size;
  }
  get undoLabel(): string | undefined {
    return this.history.undoLabel;
  }
  get redoLabel(): string | undefined {
    return this.history.redoLabel;
  }
  /** Also of a deleted annotation that was seen alive. */
  get(uuid: string): AnnotationRecord | undefined {
    return this.table.get(uuid);
  }
  countByTemplate(): ReadonlyMap<number, number> {
    return this.table.countByTemplate();
  }
  /** Living annotations whose box touches `bounds`; all without it. */
  query(bounds?: Bounds): AnnotationRecord[] {
    if (!bounds) return [...this.table.values()].filter((record) => !record.isDeleted);
    return this.scene.query(bounds).flatMap((uuid) => this.table.get(uuid) ?? []);
  }
  onChange(listener: (change: StoreChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Loads everything, or, later on, brings what is shown up to what the server has. Own unsent changes stay on top. */
  async load(signal?: AbortSignal): Promise<void> {
    const frame = decodeFrame(await this.options.source.frame(signal));
    const { queue } = this.options;
    const shapes: Shape[] = [];
    const seen = new Set<string>();
    let index = -1;
    for (const record of recordsOf(frame)) {
      index += 1;
      seen.add(record.uuid);
      const known = this.table.get(record.uuid);
      if (known && (known.revision >= record.revision || queue.isPending(record.uuid))) continue;
      const isForeign = known !== undefined;
      this.table.set(isForeign ? withValues(record, { foreignRevision: record.revision }) : record);
      // straight from the frame: most geometries are never needed again as objects
      shapes.push({
        id: record.uuid,
        geometry: frame.geometryAt(index),
        templateId: record.templateId,
        flags: flagsOf(record),
      });
    }
    const gone = this.isLoaded
      ? [...this.table.values()].filter(
          (record) => !record.isDeleted && !seen.has(record.uuid) && !queue.isPending(record.uuid),
        )
      : [];
    for (const record of gone) this.table.delete(record.uuid);
    this.scene.apply({ remove: gone.map((record) => record.uuid), add: shapes });
    if (!this.isLoaded) {
      this.isLoaded = true;
      await this.showUnsent();
    }
    this.tell('load', []);
    this.remote.open();
  }

  /** Makes steps, shows them at once and queues them. One annotation may appear once. */
  apply(label: string, edits: readonly Edit[]): void {
    const step = this.run(label, edits, 'local');
    if (step) this.history.push(step);
  }

  /** @returns whether there was something to undo */
  undo(): boolean {
    return this.history.undo((step) => this.run(step.label, step.edits, 'undo', step.stamps));
  }
  redo(): boolean {
    return this.history.redo((step) => this.run(step.label, step.edits, 'undo', step.stamps));
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
    this.show(
      ops.map((op) => this.applied(op)),
      'local',
    );
  }

  dispose(): void {
    this.stopQueue();
    this.remote.dispose();
    this.listeners.clear();
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
      ops.push(toOp(edit, this.baseOf(before, queue.isPending(edit.uuid), stamps?.get(edit.uuid))));
      const inverse = invertEdit(edit, before);
      if (inverse) back.push(inverse);
      revisions.set(edit.uuid, before?.revision ?? 0);
      changed.push(after);
    }
    if (ops.length === 0) return undefined;
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
      this.show([this.applied(op)], 'load', false);
    }
  }

  private applied(op: ChangeOp): AnnotationRecord | undefined {
    const { base: _base, ...edit } = { base: 0, ...op };
    return applyEdit(edit as Edit, this.table.get(op.uuid), this.options.userId);
  }

  private settle(outcome: QueueOutcome): void {
    const { queue, userId } = this.options;
    if (outcome.kind === 'stored') {
      const records = outcome.items.flatMap((item) => {
        const before = this.table.get(item.uuid);
        if (before && before.revision > item.revision) return [];
        if (!queue.isPending(item.uuid)) return [recordOf(item, false, before)];
        return before ? [withValues(before, { revision: item.revision, full: item })] : [];
      });
      return this.show(records, 'local');
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

  /** Takes the server's word for what was asked; own unsent changes stay on top, and are checked by it when they arrive. */
  private receive(asked: readonly string[], items: readonly Annotation[], isForced = false): void {
    const { queue, userId } = this.options;
    const byUuid = new Map(items.map((item) => [item.uuid, item]));
    const records: AnnotationRecord[] = [];
    const gone: string[] = [];
    for (const uuid of asked) {
      if (queue.isPending(uuid)) continue;
      const item = byUuid.get(uuid);
      const before = this.table.get(uuid);
      if (!item) gone.push(uuid);
      else if (isForced || !before || item.revision >= before.revision) {
        const isForeign = item.revision > (before?.revision ?? 0) && item.editorId !== userId;
        records.push(recordOf(item, isForeign, before));
      }
    }
    for (const uuid of gone) this.table.delete(uuid);
    this.scene.apply({ remove: gone });
    this.show(records, 'remote', false);
    if (records.length + gone.length > 0) this.tell('remote', [...records.map((record) => record.uuid), ...gone]);
  }

  private show(records: readonly (AnnotationRecord | undefined)[], origin: Origin, isTold = true): void {
    const shown = records.filter((record) => record !== undefined);
    for (const record of shown) this.table.set(record);
    this.scene.apply({
      remove: shown.filter((record) => record.isDeleted).map((record) => record.uuid),
      add: shown
        .filter((record) => !record.isDeleted)
        .map(({ uuid, geometry, templateId, ...rest }) => ({ id: uuid, geometry, templateId, flags: flagsOf(rest) })),
    });
    if (isTold && shown.length > 0)
      this.tell(
        origin,
        shown.map((record) => record.uuid),
      );
  }

  private tell(origin: Origin, uuids: readonly string[]): void {
    this.version += 1;
    for (const listener of [...this.listeners]) listener({ origin, uuids });
  }
}

const flagsOf = (record: Pick<AnnotationRecord, 'isVerified'>): number =>
  record.isVerified ? SHAPE_FLAGS.verified : 0;
