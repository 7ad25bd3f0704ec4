import {
  decodeCentres,
  decodeFrame,
  decodeOverview,
  doBoundsMeet,
  LARGE_PX,
  type Bounds,
  type Frame,
  type Overview,
} from '@exact/geometry';
import { OfflineError } from '@exact/sdk/contract';
import type { CountGrid, Summary } from '../layer/index.ts';
import { CentreTile } from './centre-tile.ts';
import { CountSums, coveredBy, cutIntoCells, type Cell } from './cell-tree.ts';
import type { OwnChanges } from './own-changes.ts';
import type { Limits } from './limits.ts';
import { RegionLoader } from './region-loader.ts';
import type { AnnotationSource } from './annotation-source.ts';

/** A level is kept somewhat longer than it would be chosen anew: no flicker at the border. */
const STAY = 1.25;
/** Part of the view loaded beyond it on each side. */
const MARGIN = 0.25;
const LOOK_MS = 80;
const RETRY_MS = 2000;
/** How soon counts are read anew after changes, and at the latest while they go on. */
const OWN_MS = 10_000;
const FOREIGN_MS = 1000;
const MAX_WAIT_MS = 3000;

/** Moments, as `OwnChanges` counts them. */
export interface Moments {
  readonly now: number;
  next(): number;
}
export function createMoments(): Moments {
  let now = 0;
  return {
    get now() {
      return now;
    },
    next: () => ++now,
  };
}

export interface RegionalViewOptions {
  readonly source: AnnotationSource;
  readonly overview: Overview;
  readonly limits: Limits;
  readonly moments: Moments;
  readonly own: OwnChanges;
  /** Shapes have come: all that touch a box and are not large, or (without box) all large ones. */
  receive(frame: Frame, askedAt: number, box: Bounds | undefined): void;
  /** Shapes in a box are not needed any more, unless they touch something else that is loaded. */
  evict(box: Bounds): void;
  /** What is shown has changed. */
  onChange(): void;
  /** Numbers are others. */
  onCounts(): void;
  /** Of these there is nothing more to be noted: they may be drawn as all others. */
  onShown(uuids: readonly string[]): void;
  /** There are so many more, or so few left, that loading is to begin anew. */
  onOutgrown(): void;
  onProblem(error: unknown): void;
}

interface Part {
  frame: Frame | undefined;
  readonly askedAt: number;
  readonly box: Bounds | undefined;
  readonly count: number;
}

/**
 * Decides what of very many annotations is loaded for the view: counts of all at any time, centres or shapes of what is in view
 * where they are few enough.
 */
export class RegionalView {
  overview: Overview;
  level: Summary['level'] = 'overview';
  private sums: CountSums;
  private grid: CountGrid | undefined;
  private readonly shapes: RegionLoader<Part>;
  private readonly centres: RegionLoader<CentreTile>;
  private readonly large: RegionLoader<Part>;
  private readonly isLargeApart: boolean;
  private readonly cutFor: number;
  private readonly abort = new AbortController();
  private view: Bounds | undefined;
  private lookTimer: ReturnType<typeof setTimeout> | undefined;
  private readTimer: ReturnType<typeof setTimeout> | undefined;
  private readBy = Infinity;
  private isReading = false;
  private stale: Bounds[] | 'all' = [];
  private readonly options: RegionalViewOptions;

  constructor(options: RegionalViewOptions) {
    this.options = options;
    const { overview, source, moments, own } = options;
    this.overview = overview;
    this.cutFor = overview.total;
    this.sums = sumsOf(overview);
    this.isLargeApart = overview.large <= this.options.limits.large;
    const read = async (
      box: Bounds | undefined,
      query: Parameters<AnnotationSource['frame']>[1],
      signal: AbortSignal,
    ): Promise<Part> => {
      const askedAt = moments.next();
      const frame = decodeFrame(await source.frame(signal, query));
      return { frame, askedAt, box, count: frame.count };
    };
    const shared = {
      onProblem: (error: unknown) => options.onProblem(error),
      onEvict: () => {},
      weigh: (part: Part) => part.count,
      onLoad: (_cell: Cell, part: Part) => {
        if (part.frame) options.receive(part.frame, part.askedAt, part.box);
        part.frame = undefined; // the records hold it as long as they need it
        this.tell();
      },
    };
    this.shapes = new RegionLoader<Part>({
      ...shared,
      cells: cutIntoCells(this.sums, this.options.limits.shapesInCell),
      fetch: (box, signal) => read(box, this.isLargeApart ? { box, large: 'no' } : { box }, signal),
      onEvict: (cell) => options.evict(cell.bounds),
      maxWeight: this.options.limits.shapesKept,
    });
    this.centres = new RegionLoader<CentreTile>({
      ...shared,
      cells: cutIntoCells(this.sums, this.options.limits.centresInCell),
      fetch: async (box, signal) => {
        const askedAt = moments.next();
        const bytes = await source.centres(box, this.isLargeApart, signal);
        return new CentreTile(decodeCentres(bytes), box, askedAt, this.isLargeApart);
      },
      onLoad: (_cell, tile) => {
        if (own.size > 0) tile.hide(own.hidden());
        this.sweep();
        this.tell();
      },
      weigh: (tile) => tile.count,
      maxWeight: this.options.limits.centresKept,
    });
    const everything: Cell = { index: 0, bounds: { minX: 0, minY: 0, maxX: 0, maxY: 0 }, count: overview.large };
    this.large = new RegionLoader<Part>({
      ...shared,
      cells: this.isLargeApart && overview.large > 0 ? [everything] : [],
      fetch: (_box, signal) => read(undefined, { large: 'only' }, signal),
      maxWeight: Infinity,
    });
    this.large.want(everything.bounds);
  }

  get total(): number {
    let total = this.overview.total;
    for (const by of this.options.own.totals().values()) total += by;
    return total;
  }
  countByTemplate(): Map<number, number> {
    const counts = new Map<number, number>();
    this.overview.templateIds.forEach((id, i) => counts.set(id, this.overview.totals[i] ?? 0));
    for (const [id, by] of this.options.own.totals()) counts.set(id, (counts.get(id) ?? 0) + by);
    for (const [id, count] of counts) if (count <= 0) counts.delete(id);
    return counts;
  }
  /** Whether all that the level promises is here. */
  get isComplete(): boolean {
    if (!this.large.isComplete) return false;
    return this.level === 'overview' || (this.level === 'centres' ? this.centres : this.shapes).isComplete;
  }
  /** Whether all shapes that touch a box are loaded. */
  isWhole(box: Bounds): boolean {
    return this.level === 'shapes' && this.large.isComplete && this.shapes.covers(box);
  }
  /** Whether a box touches a part of which shapes are loaded. */
  touchesShapes(box: Bounds): boolean {
    return this.shapes.touches(box);
  }
  /** Whether a shape that somebody else has made or changed is to be kept in memory. */
  isNeeded(at: Bounds): boolean {
    return this.isLarge(at) || this.shapes.touches(at);
  }
  /** Whether a shape is in memory, and drawn as such, at any magnification. */
  isLarge({ minX, minY, maxX, maxY }: Bounds): boolean {
    return this.isLargeApart && Math.max(maxX - minX, maxY - minY) >= LARGE_PX;
  }
  /** Annotations in a box, about. */
  countIn(box: Bounds): number {
    return this.sums.in(box);
  }

  get summary(): Summary {
    const { level } = this;
    const isWaiting = !this.isComplete;
    const withMarks = level === 'centres' || (level === 'shapes' && isWaiting);
    const marks = withMarks ? [...this.centres.parts.values()].map(({ data }) => data) : [];
    return { level, marks, grid: level === 'shapes' && !isWaiting ? undefined : this.countGrid() };
  }

  /** The view has moved. */
  look(view: Bounds): void {
    const isFirst = this.view === undefined;
    this.view = view;
    if (isFirst) return this.lookNow();
    // also while it keeps moving, but not at each frame
    this.lookTimer ??= setTimeout(() => this.lookNow(), LOOK_MS);
  }

  /** Something was changed here, or was stored. */
  changedHere(): void {
    for (const { data } of this.centres.parts.values()) data.hide(this.options.own.hidden());
    this.tell();
    // what is shown is exact by the notes; reading anew only keeps them few
    this.readSoon(OWN_MS);
  }
  /** Somebody else has changed an annotation; `after` is missing where it is not to be seen any more. */
  changedElsewhere(before: Bounds | undefined, after: Bounds | undefined, isNew: boolean): void {
    // where an annotation was that is not in memory nobody can tell
    if (!before && !isNew) this.stale = 'all';
    if (this.stale !== 'all') {
      for (const box of [before, after]) if (box) this.stale.push(box);
      if (this.stale.length > 200) this.stale = 'all';
    }
    this.readSoon(FOREIGN_MS);
  }
  /** Nothing that is loaded can be trusted to be up to date. */
  distrust(): void {
    this.shapes.invalidate();
    this.centres.invalidate();
    this.large.invalidate();
  }
  /** Shows newer counts. @returns false when loading has to begin anew, since the parts it is done in would not fit any more */
  take(next: Overview, askedAt: number): boolean {
    const { own } = this.options;
    const { overview } = this;
    const isOther =
      next.cellSize !== overview.cellSize || next.columns !== overview.columns || next.rows !== overview.rows;
    const isLargeNew =
      next.large > 0 !== overview.large > 0 || next.large <= this.options.limits.large !== this.isLargeApart;
    const isOutgrown = next.total > 2 * this.cutFor || next.total < this.cutFor / 2;
    if (isOther || isLargeNew || isOutgrown) return false;
    if (this.isLargeApart && next.large !== overview.large) this.large.invalidate();
    this.overview = next;
    this.sums = sumsOf(next);
    own.counted(askedAt);
    this.sweep();
    this.lookNow();
    this.options.onCounts();
    return true;
  }

  dispose(): void {
    this.abort.abort();
    clearTimeout(this.lookTimer);
    clearTimeout(this.readTimer);
    for (const loader of [this.shapes, this.centres, this.large]) loader.dispose();
  }

  private lookNow(): void {
    clearTimeout(this.lookTimer);
    this.lookTimer = undefined;
    if (!this.view) return this.tell();
    const before = this.level;
    this.level = levelFor(this.sums.in(this.view), before, this.options.limits);
    const box = widen(this.view);
    this.shapes.want(this.level === 'shapes' ? box : undefined);
    this.centres.want(this.level === 'centres' ? box : undefined);
    this.tell();
  }

  private readSoon(ms: number): void {
    const now = Date.now();
    this.readBy = Math.min(this.readBy, now + Math.max(ms, MAX_WAIT_MS));
    clearTimeout(this.readTimer);
    this.readTimer = setTimeout(() => void this.readAgain(), Math.max(0, Math.min(ms, this.readBy - now)));
  }
  private async readAgain(): Promise<void> {
    try {
      await this.read();
    } catch (error) {
      if (this.abort.signal.aborted) return;
      if (!(error instanceof OfflineError)) this.options.onProblem(error);
      this.readSoon(RETRY_MS);
    }
  }
  private async read(): Promise<void> {
    if (this.isReading) return this.readSoon(0);
    clearTimeout(this.readTimer);
    this.readBy = Infinity;
    this.isReading = true;
    this.dropStale();
    try {
      const askedAt = this.options.moments.next();
      const next = decodeOverview(await this.options.source.overview(this.abort.signal));
      if (!this.abort.signal.aborted && !this.take(next, askedAt)) this.options.onOutgrown();
    } finally {
      this.isReading = false;
    }
  }

  /** Centres that show what has changed since, here or elsewhere. */
  private dropStale(): void {
    const { stale } = this;
    this.stale = [];
    if (stale === 'all') return this.centres.invalidate();
    const own = [...this.options.own.places()].map((place) => place.bounds);
    if (stale.length + own.length === 0) return;
    this.centres.invalidate(({ bounds: cell }) => [...stale, ...own].some((box) => doBoundsMeet(cell, box)));
  }

  private sweep(): void {
    const tiles = [...this.centres.parts.values()].map(({ data }) => data);
    const { uuids, places } = this.options.own.sweep(
      (place, settledAt) => !tiles.some((tile) => tile.askedAt <= settledAt && tile.holds(place)),
    );
    if (uuids.length === 0) return;
    for (const tile of tiles) if (places.some((place) => tile.holds(place))) tile.hide(this.options.own.hidden());
    this.options.onShown(uuids);
  }

  private countGrid(): CountGrid {
    if (this.grid) return this.grid;
    const { cellSize, columns, rows } = this.overview;
    const counts = new Map<number, Uint32Array>();
    this.overview.templateIds.forEach((id, i) => counts.set(id, this.overview.countsOf(i)));
    this.options.own.addTo(this.overview, (id) => {
      let all = counts.get(id);
      if (!all) counts.set(id, (all = new Uint32Array(columns * rows)));
      return all;
    });
    const shown =
      this.level === 'overview'
        ? []
        : [...(this.level === 'shapes' ? this.shapes.parts.keys() : []), ...this.centres.parts.keys()];
    const covered = coveredBy(this.overview, shown);
    return (this.grid = {
      cellSize,
      columns,
      rows,
      templateIds: [...counts.keys()],
      counts: [...counts.values()],
      covered,
    });
  }

  private tell(): void {
    this.grid = undefined;
    this.options.onChange();
  }
}

function levelFor(inView: number, now: Summary['level'], limits: Limits): Summary['level'] {
  if (inView <= limits.shapes * (now === 'shapes' ? STAY : 1)) return 'shapes';
  return inView <= limits.centres * (now === 'overview' ? 1 : STAY) ? 'centres' : 'overview';
}

function sumsOf(overview: Overview): CountSums {
  const all = new Uint32Array(overview.columns * overview.rows);
  overview.templateIds.forEach((_, index) => {
    const counts = overview.countsOf(index);
    for (let i = 0; i < all.length; i++) all[i] = (all[i] ?? 0) + (counts[i] ?? 0);
  });
  return new CountSums(overview, all);
}

function widen({ minX, minY, maxX, maxY }: Bounds): Bounds {
  const [dx, dy] = [(maxX - minX) * MARGIN, (maxY - minY) * MARGIN];
  return { minX: minX - dx, minY: minY - dy, maxX: maxX + dx, maxY: maxY + dy };
}
