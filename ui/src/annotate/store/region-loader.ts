import { doBoundsMeet, type Bounds } from '@exact/geometry';
import { OfflineError } from '@exact/sdk/contract';
import type { Cell } from './cell-tree.ts';

/** More at once only make the ones in the middle of the screen wait. */
const AT_ONCE = 4;
const RETRY_MS = 2000;

export interface RegionLoaderOptions<T> {
  readonly cells: readonly Cell[];
  fetch(bounds: Bounds, signal: AbortSignal): Promise<T>;
  /** A part has arrived, for the first time or anew. */
  onLoad(cell: Cell, data: T, before: T | undefined): void;
  /** A part was far from the view and there was too much. */
  onEvict(cell: Cell, data: T): void;
  /** What a part costs in memory, in the unit of `maxWeight`. */
  weigh(data: T): number;
  readonly maxWeight: number;
  onProblem(error: unknown): void;
}

interface Loaded<T> {
  readonly data: T;
  readonly weight: number;
  usedAt: number;
  isStale: boolean;
}

/**
 * Keeps those parts of an image loaded that the view needs: nearest to its middle first, a few at a time; aborts what the view has
 * left, tries again after a failure, and lets go of what was used longest ago when there is too much.
 */
export class RegionLoader<T> {
  private readonly loaded = new Map<Cell, Loaded<T>>();
  private readonly running = new Map<Cell, { readonly abort: AbortController; isStale: boolean }>();
  private wanted: readonly Cell[] = [];
  private retry: ReturnType<typeof setTimeout> | undefined;
  private isTold = false;
  private isDisposed = false;
  private clock = 0;
  private weight = 0;
  private readonly options: RegionLoaderOptions<T>;

  constructor(options: RegionLoaderOptions<T>) {
    this.options = options;
  }

  /** Asks for what touches a box; nothing for `undefined`. What was asked for before and is not now is aborted. */
  want(box: Bounds | undefined): void {
    this.wanted = box ? this.touching(box) : [];
    if (box) {
      const [x, y] = [(box.minX + box.maxX) / 2, (box.minY + box.maxY) / 2];
      const far = ({ bounds: b }: Cell): number =>
        Math.hypot(Math.max(b.minX - x, 0, x - b.maxX), Math.max(b.minY - y, 0, y - b.maxY));
      this.wanted = this.wanted
        .map((cell) => [far(cell), cell] as const)
        .sort(([a], [b]) => a - b)
        .map(([, cell]) => cell);
    }
    const kept = new Set(this.wanted);
    for (const [cell, { abort }] of this.running) {
      if (kept.has(cell)) continue;
      this.running.delete(cell);
      abort.abort();
    }
    this.clock += 1;
    for (const cell of this.wanted) {
      const part = this.loaded.get(cell);
      if (part) part.usedAt = this.clock;
    }
    this.pump();
  }

  /** Has certain parts, or all, loaded anew; what the view does not need is dropped instead. */
  invalidate(isMeant: (cell: Cell) => boolean = () => true): void {
    for (const [cell, run] of this.running) if (isMeant(cell)) run.isStale = true;
    const kept = new Set(this.wanted);
    for (const [cell, part] of this.loaded) {
      if (!isMeant(cell)) continue;
      if (kept.has(cell)) part.isStale = true;
      else this.evict(cell);
    }
    this.pump();
  }

  /** Whether everything that is wanted is here, if perhaps not the newest. */
  get isComplete(): boolean {
    return this.wanted.every((cell) => this.loaded.has(cell));
  }
  get parts(): ReadonlyMap<Cell, { readonly data: T }> {
    return this.loaded;
  }
  /** Whether a box touches what is loaded. */
  touches(box: Bounds): boolean {
    for (const cell of this.loaded.keys()) if (doBoundsMeet(cell.bounds, box)) return true;
    return false;
  }
  /** Whether all that a box touches is loaded. */
  covers(box: Bounds): boolean {
    return this.touching(box).every((cell) => this.loaded.has(cell));
  }

  dispose(): void {
    this.isDisposed = true;
    clearTimeout(this.retry);
    for (const { abort } of this.running.values()) abort.abort();
    this.running.clear();
  }

  private touching(box: Bounds): Cell[] {
    return this.options.cells.filter((cell) => doBoundsMeet(cell.bounds, box));
  }

  private pump(): void {
    if (this.isDisposed || this.retry !== undefined) return;
    for (const cell of this.wanted) {
      if (this.running.size >= AT_ONCE) return;
      const part = this.loaded.get(cell);
      if (this.running.has(cell) || (part && !part.isStale)) continue;
      void this.load(cell);
    }
  }

  private async load(cell: Cell): Promise<void> {
    const run = { abort: new AbortController(), isStale: false };
    this.running.set(cell, run);
    try {
      const data = await this.options.fetch(cell.bounds, run.abort.signal);
      if (this.running.get(cell) !== run) return; // left meanwhile
      this.running.delete(cell);
      this.isTold = false;
      this.keep(cell, data, run.isStale);
    } catch (error) {
      if (this.running.get(cell) !== run) return;
      this.running.delete(cell);
      this.retry ??= setTimeout(() => {
        this.retry = undefined;
        this.pump();
      }, RETRY_MS);
      // told once: the next tries fail the same way
      if (!(error instanceof OfflineError) && !this.isTold) this.options.onProblem(error);
      this.isTold = true;
    }
    this.pump();
  }

  private keep(cell: Cell, data: T, isStale: boolean): void {
    const before = this.loaded.get(cell);
    const weight = this.options.weigh(data);
    this.weight += weight - (before?.weight ?? 0);
    this.loaded.set(cell, { data, weight, usedAt: this.clock, isStale });
    this.options.onLoad(cell, data, before?.data);
    if (this.weight <= this.options.maxWeight) return;
    const kept = new Set(this.wanted);
    const oldest = [...this.loaded].filter(([other]) => !kept.has(other)).sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [other] of oldest) {
      if (this.weight <= this.options.maxWeight) return;
      this.evict(other);
    }
  }

  private evict(cell: Cell): void {
    const part = this.loaded.get(cell);
    if (!part) return;
    this.loaded.delete(cell);
    this.weight -= part.weight;
    this.options.onEvict(cell, part.data);
  }
}
