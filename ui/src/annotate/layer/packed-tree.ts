import type { Bounds } from '@exact/geometry';

// `!` on typed arrays: read below their length throughout.

/** Children of a node. */
const NODE = 16;
/** Bits of each axis that make the order along the curve: cells of 50 px on a slide of 100,000. What shares one is in any order. */
const AXIS_BITS = 11;
const LAST_STEP = (1 << AXIS_BITS) - 1;

/**
 * An R-tree that is made once of many boxes: they are sorted along the Z-order curve, and each sixteen neighbours are a node, as
 * are each sixteen nodes. The boxes themselves stay where they are: here are only their order and the boxes of nodes, which makes
 * 6 bytes a box and 1 ms for 10,000 of them on a page that has just been opened, where flatbush takes 38 and 10 ms.
 *
 * Boxes that are in the tree must not change as long as they are asked for.
 */
export class PackedTree {
  private readonly order: Uint32Array;
  /** Boxes of nodes by level, from the lowest up to the root: minX, minY, maxX, maxY. */
  private readonly levels: readonly Float64Array[];

  /**
   * @param boxes - minX, minY, maxX, maxY by number; finite where `items` names them
   * @param items - numbers of the boxes that are to be found; is sorted in place and kept
   */
  constructor(boxes: Float64Array, items: Uint32Array) {
    sortAlongCurve(boxes, items);
    this.order = items;
    const levels = [nodesOf(boxes, items.length, items)];
    for (let level = levels[0]!; level.length > 4; levels.push(level)) level = nodesOf(level, level.length / 4);
    this.levels = levels;
  }

  /** Adds the numbers of boxes that touch `box` to `found`, of those that are wanted, in no order. `boxes` as when it was made. */
  search(boxes: Float64Array, box: Bounds, found: number[], isWanted: (item: number) => boolean): void {
    if (this.order.length > 0) this.searchNode(this.levels.length - 1, 0, boxes, box, found, isWanted);
  }

  private searchNode(
    level: number,
    node: number,
    boxes: Float64Array,
    box: Bounds,
    found: number[],
    isWanted: (item: number) => boolean,
  ): void {
    const nodes = this.levels[level]!;
    const at = 4 * node;
    if (!meets(nodes, at, box)) return;
    const { order } = this;
    const isInside =
      nodes[at]! >= box.minX && nodes[at + 1]! >= box.minY && nodes[at + 2]! <= box.maxX && nodes[at + 3]! <= box.maxY;
    if (isInside || level === 0) {
      const items = NODE ** (level + 1);
      const end = Math.min((node + 1) * items, order.length);
      for (let i = node * items; i < end; i++) {
        const item = order[i]!;
        if ((isInside || meets(boxes, 4 * item, box)) && isWanted(item)) found.push(item);
      }
      return;
    }
    const end = Math.min((node + 1) * NODE, this.levels[level - 1]!.length / 4);
    for (let child = node * NODE; child < end; child++) this.searchNode(level - 1, child, boxes, box, found, isWanted);
  }
}

const meets = (boxes: Float64Array, at: number, box: Bounds): boolean =>
  boxes[at]! <= box.maxX && boxes[at + 1]! <= box.maxY && boxes[at + 2]! >= box.minX && boxes[at + 3]! >= box.minY;

/**
 * Sorts by the place of the middles on the curve, in two rounds of eleven bits (radix sort). Few passes over the list, with little
 * in each: on a page that has just been opened, all of it runs before it is compiled.
 */
function sortAlongCurve(boxes: Float64Array, items: Uint32Array): void {
  const count = items.length;
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < count; i++) {
    const at = 4 * items[i]!;
    const x = boxes[at]! + boxes[at + 2]!;
    const y = boxes[at + 1]! + boxes[at + 3]!;
    if (x < minX) minX = x;
    if (x > maxX) maxX = x;
    if (y < minY) minY = y;
    if (y > maxY) maxY = y;
  }
  const scaleX = LAST_STEP / (maxX - minX || 1);
  const scaleY = LAST_STEP / (maxY - minY || 1);
  const keys = new Uint32Array(count);
  // How many come before each value of the lower and of the upper half of a key.
  const low = new Uint32Array(LAST_STEP + 2);
  const high = new Uint32Array(LAST_STEP + 2);
  for (let i = 0; i < count; i++) {
    const at = 4 * items[i]!;
    const x = SPREAD[((boxes[at]! + boxes[at + 2]! - minX) * scaleX) & LAST_STEP]!;
    const y = SPREAD[((boxes[at + 1]! + boxes[at + 3]! - minY) * scaleY) & LAST_STEP]!;
    const key = x | (y << 1);
    keys[i] = key;
    low[(key & LAST_STEP) + 1]!++;
    high[(key >> AXIS_BITS) + 1]!++;
  }
  for (let value = 1; value <= LAST_STEP; value++) {
    low[value]! += low[value - 1]!;
    high[value]! += high[value - 1]!;
  }
  const byLow = new Uint32Array(count);
  for (let i = 0; i < count; i++) byLow[low[keys[i]! & LAST_STEP]!++] = i;
  const sorted = new Uint32Array(count);
  for (let n = 0; n < count; n++) {
    const i = byLow[n]!;
    sorted[high[keys[i]! >> AXIS_BITS]!++] = items[i]!;
  }
  items.set(sorted);
}

/** Numbers of eleven bits with a zero before each bit. */
const SPREAD = Uint32Array.from({ length: LAST_STEP + 1 }, (_, value) => {
  let spread = 0;
  for (let bit = 0; bit < AXIS_BITS; bit++) spread |= ((value >> bit) & 1) << (2 * bit);
  return spread;
});

/** The boxes around each sixteen of a list, or, without `order`, around each sixteen boxes as they are. */
function nodesOf(boxes: Float64Array, count: number, order?: Uint32Array): Float64Array {
  const nodes = new Float64Array(4 * Math.ceil(count / NODE));
  for (let first = 0, to = 0; first < count; first += NODE, to += 4) {
    const end = Math.min(first + NODE, count);
    let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = first; i < end; i++) {
      const at = 4 * (order ? order[i]! : i);
      if (boxes[at]! < minX) minX = boxes[at]!;
      if (boxes[at + 1]! < minY) minY = boxes[at + 1]!;
      if (boxes[at + 2]! > maxX) maxX = boxes[at + 2]!;
      if (boxes[at + 3]! > maxY) maxY = boxes[at + 3]!;
    }
    nodes[to] = minX;
    nodes[to + 1] = minY;
    nodes[to + 2] = maxX;
    nodes[to + 3] = maxY;
  }
  return nodes;
}
