import { decodeFrame, decodeOverview, FRAME_FLAGS, type Bounds, type Frame, type Overview } from '@exact/geometry';
import { PLAIN_FLAG, SHAPE_FLAGS, uuidWords, type Scene, type Summary } from '../layer/index.ts';
import type { AnnotationSource } from './annotation-source.ts';
import { recordOf, type AnnotationRecord, type AnnotationTable } from './annotation-table.ts';
import type { Limits } from './limits.ts';
import { countedAs, OwnChanges, type CountedAs } from './own-changes.ts';
import { createMoments, RegionalView } from './regional-view.ts';
import type { QueueOutcome, WriteQueue } from './write-queue.ts';

/** How much of the annotations in view is loaded. */
export interface Shown {
  /** `all`: every annotation of the image is loaded. */
  readonly level: 'all' | Summary['level'];
  readonly isComplete: boolean;
}

export interface LoadedAnnotationsOptions {
  readonly source: AnnotationSource;
  readonly scene: Scene;
  readonly table: AnnotationTable;
  readonly queue: WriteQueue;
  readonly limits: Limits;
  /** Whether an annotation is in use: it stays in memory wherever the view goes. */
  isHeld(uuid: string): boolean;
  /** Whether an annotation is shown although the source leaves it out. */
  isExtra(uuid: string): boolean;
  /** Much has come or gone. */
  onLoad(): void;
  /** What is drawn instead of shapes has changed. */
  onSummary(): void;
  /** Loading is to begin anew. */
  onOutgrown(): void;
  onProblem(error: unknown): void;
}

/** To remember what was heard of annotations: far more than there are requests on their way. */
const REMEMBERED = 20_000;
const REMEMBERED_MOMENTS = 1000;

/**
 * What of the annotations of an image is in memory: all, or of very many what the view needs. Fills table and scene, and takes out
 * what is not needed any more.
 */
export class LoadedAnnotations {
  isLoaded = false;
  private regional: RegionalView | undefined;
  private readonly moments = createMoments();
  private readonly own = new OwnChanges();
  /** When an annotation was last heard of otherwise than by a frame: a frame that was asked for before does not know. */
  private readonly heardAt = new Map<string, number>();
  private largeUuids: ReadonlySet<string> = new Set();
  private view: Bounds | undefined;
  /** Counts up when the source gives others: answers from before are void. */
  private turn = 0;
  private isRefiltered = false;
  private readonly options: LoadedAnnotationsOptions;

  constructor(options: LoadedAnnotationsOptions) {
    this.options = options;
  }

  get isRegional(): boolean {
    return this.regional !== undefined;
  }
  get size(): number {
    return this.regional?.total ?? this.options.table.size;
  }
  countByTemplate(): ReadonlyMap<number, number> {
    return this.regional?.countByTemplate() ?? this.options.table.countByTemplate();
  }
  get shown(): Shown {
    if (!this.regional) return { level: 'all', isComplete: this.isLoaded };
    return { level: this.regional.level, isComplete: this.regional.isComplete };
  }
  get summary(): Summary | undefined {
    return this.regional?.summary;
  }
  isWhole(box: Bounds): boolean {
    return this.regional ? this.regional.isWhole(box) : this.isLoaded;
  }
  showView(view: Bounds): void {
    this.view = view;
    this.regional?.look(view);
  }

  /** @returns whether unsent changes are to be shown again, since what they were shown on is not in memory any more */
  async load(signal?: AbortSignal): Promise<boolean> {
    const { source, limits } = this.options;
    const { turn } = this;
    const askedAt = this.moments.next();
    const overview = decodeOverview(await source.overview(signal));
    if (turn !== this.turn) return false;
    const isMuch = overview.total > limits.whole * (this.regional ? 0.8 : 1);
    if (isMuch) {
      const isNew = this.isRefiltered || !this.regional?.take(overview, askedAt);
      if (isNew) this.enterRegional(overview);
      this.isLoaded = true;
      this.isRefiltered = false;
      return isNew;
    }
    const isFirst = !this.isLoaded;
    const frameAt = this.moments.next();
    const frame = decodeFrame(await source.frame(signal));
    if (turn !== this.turn) return false;
    this.leaveRegional();
    this.merge(frame, frameAt, 'all');
    this.isLoaded = true;
    this.isRefiltered = false;
    return isFirst;
  }

  /** @returns whether what lies in a box of `tolerance` around a point could be loaded: not so where it is too much */
  async loadAt(x: number, y: number, tolerance: number, signal?: AbortSignal): Promise<boolean> {
    const box = { minX: x - tolerance, minY: y - tolerance, maxX: x + tolerance, maxY: y + tolerance };
    if (this.regional && this.regional.countIn(box) > this.options.limits.found) return false;
    const { turn } = this;
    const askedAt = this.moments.next();
    const frame = decodeFrame(await this.options.source.frame(signal, { box }));
    if (turn === this.turn) this.merge(frame, askedAt, 'some');
    return turn === this.turn;
  }

  /** The source gives others from now on; `load` is to be called. What is shown stays until the new ones are here. */
  refilter(): void {
    this.turn += 1;
    this.isRefiltered = true;
    this.regional?.dispose();
  }

  /** The server has told of annotations otherwise than by a frame. */
  hear(uuids: readonly string[]): void {
    const now = this.moments.next();
    for (const uuid of uuids) this.heardAt.set(uuid, now);
    if (this.heardAt.size < REMEMBERED) return;
    for (const [uuid, at] of this.heardAt) if (at < now - REMEMBERED_MOMENTS) this.heardAt.delete(uuid);
  }
  /** Somebody else has changed an annotation; without `after` it is not to be seen any more. */
  changedElsewhere(before: Bounds | undefined, after: Bounds | undefined, isNew: boolean): void {
    this.regional?.changedElsewhere(before, after, isNew);
  }
  /** Whether what somebody else has made or changed is to be kept in memory. */
  isNeeded(at: Bounds): boolean {
    return !this.regional || this.regional.isNeeded(at);
  }
  /** Nothing that is loaded can be trusted to be up to date. */
  distrust(): void {
    this.regional?.distrust();
  }
  dispose(): void {
    this.regional?.dispose();
  }

  /**
   * Takes in the rows of a frame.
   *
   * @param scope - what it holds all of, so that what is missing in it is no more: everything, what touches a box and is not
   *                large, all large ones, or (`some`) nothing
   */
  merge(frame: Frame, askedAt: number, scope: Bounds | 'all' | 'large' | 'some'): void {
    const { queue, table, scene } = this.options;
    const isNews = (uuid: string): boolean => (this.heardAt.get(uuid) ?? 0) >= askedAt;
    const words = uuidWords(frame.uuids);
    // Texts of UUIDs are made where they are needed only, which is for few.
    const isAnyNews = this.heardAt.size > 0;
    const rows = new Uint32Array(frame.count);
    let count = 0;
    for (let row = 0; row < frame.count; row++) {
      const known = table.revisionOf(words, row);
      const isStale =
        known === undefined
          ? isAnyNews && isNews(frame.uuidAt(row))
          : known >= frame.revisions[row]! || queue.isPending(frame.uuidAt(row));
      if (!isStale) rows[count++] = row;
    }
    const taken = rows.subarray(0, count);
    const gone = this.missingIn(frame, scope).filter(
      (uuid) => !queue.isPending(uuid) && !isNews(uuid) && !this.options.isExtra(uuid),
    );
    if (scope === 'large') this.largeUuids = uuidsOf(frame);
    for (const uuid of gone) table.delete(uuid);
    table.putRows(frame, taken);
    const flags = new Uint8Array(count);
    for (let i = 0; i < count; i++) flags[i] = this.flagsOfRow(frame, taken[i]!);
    scene.apply({ remove: gone, addRows: { frame, rows: taken, flags } });
    if (scope !== 'all' && gone.length + count > 0) this.options.onLoad();
  }

  /** Living annotations that a frame of some scope should hold, and does not. */
  private missingIn(frame: Frame, scope: Bounds | 'all' | 'large' | 'some'): string[] {
    const { table, scene } = this.options;
    if (scope === 'some' || (scope === 'all' && !this.isLoaded)) return [];
    if (scope === 'all') return table.missingIn(frame);
    const expected =
      scope === 'large'
        ? [...this.largeUuids]
        : scene.query(scope).filter((uuid) => !this.largeUuids.has(uuid) && !this.own.has(uuid));
    if (expected.length === 0) return [];
    const seen = uuidsOf(frame);
    return expected.filter((uuid) => !seen.has(uuid) && table.get(uuid)?.isDeleted === false);
  }

  private enterRegional(overview: Overview): void {
    const { source, queue } = this.options;
    this.regional?.dispose();
    // What is loaded belongs to other cells, or to none. Unsent changes are shown again on top of what the server has.
    const isIn = (record: AnnotationRecord): boolean => !this.isRefiltered || source.matches?.(record) !== false;
    const dropped = [...this.options.table.values()].filter(
      (record) => queue.isPending(record.uuid) || !this.isHeld(record.uuid) || !isIn(record),
    );
    for (const { uuid } of dropped) this.options.table.delete(uuid);
    this.options.scene.apply({ remove: dropped.map(({ uuid }) => uuid) });
    this.largeUuids = new Set();
    this.own.clear();
    this.regional = new RegionalView({
      source,
      overview,
      limits: this.options.limits,
      moments: this.moments,
      own: this.own,
      receive: (frame, at, box) => this.merge(frame, at, box ?? 'large'),
      evict: (box) => this.evict(box),
      onShown: (uuids) => this.makePlain(uuids),
      onChange: () => this.options.onSummary(),
      onCounts: () => this.options.onLoad(),
      onOutgrown: () => this.options.onOutgrown(),
      onProblem: (error) => this.options.onProblem(error),
    });
    if (this.view) this.regional.look(this.view);
  }
  private leaveRegional(): void {
    this.regional?.dispose();
    this.regional = undefined;
    const plain = this.options.scene.ids();
    this.own.clear();
    this.makePlain(plain);
  }

  private isHeld(uuid: string): boolean {
    return this.options.queue.isPending(uuid) || this.own.has(uuid) || this.options.isHeld(uuid);
  }
  private evict(box: Bounds): void {
    const gone = this.options.scene.query(box).filter((uuid) => {
      if (this.largeUuids.has(uuid) || this.isHeld(uuid)) return false;
      const at = this.options.scene.boundsOf(uuid);
      return at !== undefined && !this.regional?.touchesShapes(at);
    });
    for (const uuid of gone) this.options.table.delete(uuid);
    this.options.scene.apply({ remove: gone });
  }

  /** Notes a change that loaded counts and centres do not show yet; then {@link changedHere} is to be called. */
  note(before: AnnotationRecord | undefined, after: AnnotationRecord): void {
    if (this.regional) this.own.note(after.uuid, before && this.countedAs(before), this.countedAs(after));
  }
  changedHere(): void {
    this.regional?.changedHere();
  }
  /** An annotation that was not stored yet goes by another UUID. */
  renamed(from: string, after: AnnotationRecord): void {
    if (!this.regional) return;
    this.own.refuse(from, this.moments.next());
    this.note(undefined, after);
  }
  /** Takes note of what has become of a change that was noted. */
  settle(outcome: Exclude<QueueOutcome, { kind: 'renamed' }>): void {
    const now = this.moments.next();
    for (const { uuid } of outcome.entry.ops) this.heardAt.set(uuid, now);
    if (!this.regional) return;
    const { queue } = this.options;
    if (outcome.kind === 'stored')
      for (const item of outcome.items)
        this.own.settle(item.uuid, this.countedAs(recordOf(item, false)), now, queue.isPending(item.uuid));
    else for (const { uuid } of outcome.entry.ops) if (!queue.isPending(uuid)) this.own.refuse(uuid, now);
    this.regional.changedHere();
  }

  /** As counts and centres of the source have it. */
  private countedAs(record: AnnotationRecord): CountedAs | undefined {
    return this.options.source.matches?.(record) === false ? undefined : countedAs(record);
  }

  flagsOf({ isVerified, isLocked, uuid }: AnnotationRecord, at: Bounds): number {
    return shapeFlags(isVerified, isLocked) | (this.isPlain(uuid, at) ? PLAIN_FLAG : 0);
  }
  private flagsOfRow(frame: Frame, row: number): number {
    const flags = frame.flags[row] ?? 0;
    const isVerified = (flags & (FRAME_FLAGS.verified | FRAME_FLAGS.rejected)) !== 0;
    const isPlain = this.regional !== undefined && this.isPlain(frame.uuidAt(row), frame.boundsAt(row));
    return shapeFlags(isVerified, (flags & FRAME_FLAGS.locked) !== 0) | (isPlain ? PLAIN_FLAG : 0);
  }
  private isPlain(uuid: string, at: Bounds): boolean {
    const isApart = this.own.has(uuid) || this.options.isExtra(uuid);
    return this.regional !== undefined && !isApart && !this.regional.isLarge(at);
  }
  /** They are drawn as all others from now on. */
  private makePlain(uuids: readonly string[]): void {
    const update = uuids.flatMap((id) => {
      const record = this.options.table.get(id);
      const at = this.options.scene.boundsOf(id);
      return record && at ? [{ id, flags: this.flagsOf(record, at) }] : [];
    });
    this.options.scene.apply({ update });
  }
}

const shapeFlags = (isVerified: boolean, isLocked: boolean): number =>
  (isVerified ? SHAPE_FLAGS.verified : 0) | (isLocked ? SHAPE_FLAGS.locked : 0);

function uuidsOf(frame: Frame): Set<string> {
  const uuids = new Set<string>();
  for (let row = 0; row < frame.count; row++) uuids.add(frame.uuidAt(row));
  return uuids;
}
