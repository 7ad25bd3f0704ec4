import type { Bounds } from '@exact/geometry';
import RBush, { type BBox } from 'rbush';
import { PackedTree } from './packed-tree.ts';
import type { ShapeStore } from './shape-store.ts';

interface Item extends BBox {
  slot: number;
}

const ABSENT = 0;
const PACKED = 1;
const EDITED = 2;

/** Edits are kept apart until they are this many, and this part of everything. */
const REPACK_MIN = 2000;
const REPACK_SHARE = 0.1;

/**
 * Finds slots by box. What was loaded lies in a packed tree, which is never changed; what was edited since lies in a small R-tree
 * (rbush) and hides its packed entry. When the small tree gets large, both are packed anew.
 */
export class ShapeIndex {
  private packed: PackedTree | undefined;
  private place = new Uint8Array(0);
  private readonly edited = new RBush<Item>();
  private readonly items = new Map<number, Item>();

  private readonly store: ShapeStore;

  constructor(store: ShapeStore) {
    this.store = store;
  }

  /** Takes note of slots that were put or removed. Returns true when everything was packed anew. */
  update(slots: readonly number[]): boolean {
    if (this.place.length < this.store.size) {
      const place = new Uint8Array(Math.ceil(this.store.size * 1.5));
      place.set(this.place);
      this.place = place;
    }
    const pending = this.items.size + slots.length;
    if (pending > Math.max(REPACK_MIN, this.store.live * REPACK_SHARE)) {
      this.pack();
      return true;
    }
    for (const slot of slots) {
      const old = this.items.get(slot);
      if (old) {
        this.edited.remove(old);
        this.items.delete(slot);
      }
      this.place[slot] = ABSENT;
      if (!isIndexed(this.store, slot)) continue;
      const b = this.store.bounds;
      const i = slot * 4;
      const item: Item = { minX: b[i]!, minY: b[i + 1]!, maxX: b[i + 2]!, maxY: b[i + 3]!, slot };
      this.edited.insert(item);
      this.items.set(slot, item);
      this.place[slot] = EDITED;
    }
    return false;
  }

  /** Slots whose box touches `box`, in no order. */
  search(box: Bounds): number[] {
    const { place, store } = this;
    const found: number[] = [];
    this.packed?.search(store.bounds, box, found, (slot) => place[slot] === PACKED);
    if (this.items.size > 0) for (const item of this.edited.search(box)) found.push(item.slot);
    return found;
  }

  private pack(): void {
    const { store } = this;
    this.edited.clear();
    this.items.clear();
    this.place.fill(ABSENT);
    const slots = new Uint32Array(store.live);
    let count = 0;
    for (let slot = 0; slot < store.size; slot++) {
      if (!isIndexed(store, slot)) continue;
      this.place[slot] = PACKED;
      slots[count++] = slot;
    }
    this.packed = new PackedTree(store.bounds, count < slots.length ? slots.slice(0, count) : slots);
  }
}

/** Whole-image labels have no place on the image, and removed shapes no rings. */
function isIndexed(store: ShapeStore, slot: number): boolean {
  return store.ringCount[slot]! > 0;
}
