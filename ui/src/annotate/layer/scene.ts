import type { Bounds, Geometry } from '@exact/geometry';
import { hitsShape, isInRing } from './hit-test.ts';
import { ShapeIndex } from './shape-index.ts';
import { ShapeStore, type Shape, type ShapeRows } from './shape-store.ts';

// `!` on typed arrays: read below their filled length, see shape-store.ts.

/** A change to a shape that is there; what is absent stays. */
export interface ShapePatch {
  readonly id: string;
  readonly geometry?: Geometry;
  readonly templateId?: number;
  readonly flags?: number;
}

export interface SceneEdit {
  readonly add?: readonly Shape[];
  /** The same of many that come from the server: in a quarter of the time. */
  readonly addRows?: ShapeRows;
  readonly update?: readonly ShapePatch[];
  readonly remove?: readonly string[];
}

/** What renderers are told: which slots changed, or (`slots` absent) that so many did that it is best to start anew. */
export interface SceneChange {
  readonly slots?: readonly number[];
}

export interface HitOptions {
  /** `area`: the inside of closed shapes counts (default); `outline`: only points, lines and outlines do. */
  readonly mode?: 'area' | 'outline';
  /** Which slots may be hit; default all. */
  readonly accepts?: (slot: number) => boolean;
}

/**
 * The shapes of one image, without any drawing: a store, a spatial index and questions to both. All coordinates are level-0
 * pixels. Changes are idempotent, as live updates come twice or cross: adding a known id replaces it, updating or removing an unknown one does nothing.
 */
export class Scene {
  readonly store = new ShapeStore();
  private readonly index = new ShapeIndex(this.store);
  private readonly listeners = new Set<(change: SceneChange) => void>();

  /** Number of shapes. */
  get size(): number {
    return this.store.live;
  }

  has(id: string): boolean {
    return this.store.slotOf(id) !== undefined;
  }

  /** Ids of all shapes. */
  ids(): string[] {
    return this.idsOf([...this.store.slots()]);
  }

  /** Applies one change set and tells the listeners once. 100,000 polygons of 30 vertices take about a tenth of a second. */
  apply(edit: SceneEdit): void {
    const { store } = this;
    const slots: number[] = [];
    for (const id of edit.remove ?? []) {
      const slot = store.remove(id);
      if (slot !== undefined) slots.push(slot);
    }
    for (const patch of edit.update ?? []) {
      const slot = store.slotOf(patch.id);
      if (slot === undefined) continue;
      if (patch.geometry) store.replaceGeometry(slot, patch.geometry);
      if (patch.templateId !== undefined) store.setTemplate(slot, patch.templateId);
      if (patch.flags !== undefined) store.flags[slot] = patch.flags;
      slots.push(slot);
    }
    for (const shape of edit.add ?? []) slots.push(store.put(shape));
    if (edit.addRows) store.putRows(edit.addRows, slots);
    if (slots.length === 0) return;
    const repacked = this.index.update(slots);
    const change = repacked ? {} : { slots };
    for (const listener of this.listeners) listener(change);
  }

  /** Removes everything, as when another image is opened. */
  clear(): void {
    this.apply({ remove: this.ids() });
  }

  /** Calls back after each change; returns the way to stop it. */
  onChange(listener: (change: SceneChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Ids of the shapes whose box touches `bounds`, in no order. */
  query(bounds: Bounds): string[] {
    return this.idsOf(this.slotsIn(bounds));
  }

  /** As {@link query}, but slots of {@link Scene.store}: for renderers. */
  slotsIn(bounds: Bounds): number[] {
    return this.index.search(bounds);
  }

  /** Slots in a box of the shapes that have none of these flags, for when they are few: all flags are looked through. */
  slotsWithout(flags: number, bounds: Bounds): number[] {
    const { store } = this;
    const b = store.bounds;
    const slots: number[] = [];
    for (let slot = 0; slot < store.size; slot++) {
      if ((store.flags[slot]! & flags) !== 0 || !store.isLive(slot) || store.ringCount[slot] === 0) continue;
      const i = slot * 4;
      if (b[i]! <= bounds.maxX && b[i + 1]! <= bounds.maxY && b[i + 2]! >= bounds.minX && b[i + 3]! >= bounds.minY)
        slots.push(slot);
    }
    return slots;
  }

  /**
   * Ids of the shapes at a point, the smallest box first and of equal ones the latest first, so that a cell in a region comes before the region.
   *
   * @param tolerance - level-0 pixels that the point may miss a point, line or outline
   */
  hit(x: number, y: number, tolerance: number, options: HitOptions = {}): string[] {
    const { store } = this;
    const area = options.mode !== 'outline';
    const near = { minX: x - tolerance, minY: y - tolerance, maxX: x + tolerance, maxY: y + tolerance };
    const slots = this.slotsIn(near).filter(
      (slot) => (options.accepts?.(slot) ?? true) && hitsShape(store, slot, x, y, tolerance, area),
    );
    const size = (slot: number) => {
      const i = slot * 4;
      return (store.bounds[i + 2]! - store.bounds[i]!) * (store.bounds[i + 3]! - store.bounds[i + 1]!);
    };
    return this.idsOf(slots.sort((a, b) => size(a) - size(b) || b - a));
  }

  /**
   * Ids of the shapes that lie wholly inside.
   *
   * @param area - a box, or a flat ring x0, y0, x1, y1, … (a rubber band in a turned view, a lasso). In a ring it is the vertices that must lie inside.
   */
  inside(area: Bounds | readonly number[], accepts: (slot: number) => boolean = () => true): string[] {
    const { store } = this;
    const ring = isRing(area) ? area : undefined;
    const box = isRing(area) ? ringBounds(area) : area;
    const slots = this.slotsIn(box).filter((slot) => {
      const i = slot * 4;
      const b = store.bounds;
      const contained = b[i]! >= box.minX && b[i + 1]! >= box.minY && b[i + 2]! <= box.maxX && b[i + 3]! <= box.maxY;
      return contained && accepts(slot) && (!ring || isInRing(store, slot, ring));
    });
    return this.idsOf(slots);
  }

  /** Box around a shape, or `undefined` for an unknown id or a whole-image label. */
  boundsOf(id: string): Bounds | undefined {
    const slot = this.store.slotOf(id);
    if (slot === undefined || this.store.ringCount[slot] === 0) return undefined;
    const [minX, minY, maxX, maxY] = this.store.bounds.subarray(slot * 4, slot * 4 + 4);
    return { minX: minX!, minY: minY!, maxX: maxX!, maxY: maxY! };
  }

  private idsOf(slots: readonly number[]): string[] {
    return slots.map((slot) => this.store.idOf(slot));
  }
}

function isRing(area: Bounds | readonly number[]): area is readonly number[] {
  return Array.isArray(area);
}

function ringBounds(ring: readonly number[]): Bounds {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < ring.length; i += 2) {
    minX = Math.min(minX, ring[i]!);
    maxX = Math.max(maxX, ring[i]!);
    minY = Math.min(minY, ring[i + 1]!);
    maxY = Math.max(maxY, ring[i + 1]!);
  }
  return { minX, minY, maxX, maxY };
}
