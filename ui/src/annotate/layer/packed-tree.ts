import type { Bounds } from '@exact/geometry';

// `!` on typed arrays: read below their length throughout.

/** Children of a node. */
const NODE = 16;
/** Steps along each axis in which the order along the curve is told: sixteen bits. */
const STEPS = 0xffff;

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
  constructor(boxes: Float64Array, items: Uint32Array<ArrayBuffer>) {
    this.order = sortAlongCurve(boxes, items);
    const levels = [nodesOfItems(boxes, items)];
    for (let level = levels[0]!; level.length > 4; levels.push(level)) level = nodesAbove(level);
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

/** Sorts by the place of the middles on the curve, in four rounds of one byte each (radix sort). */
function sortAlongCurve(boxes: Float64Array, items: Uint32Array<ArrayBuffer>): Uint32Array {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < items.length; i++) {
    const at = 4 * items[i]!;
    const x = boxes[at]! + boxes[at + 2]!;
    const y = boxes[at + 1]! + boxes[at + 3]!;
    if (x < minX) minX = x;
    if (x > maxX) maxX = x;
    if (y < minY) minY = y;
    if (y > maxY) maxY = y;
  }
  const scaleX = STEPS / (maxX - minX || 1);
  const scaleY = STEPS / (maxY - minY || 1);
  let keys = new Uint32Array(items.length);
  for (let i = 0; i < items.length; i++) {
    const at = 4 * items[i]!;
    const x = (boxes[at]! + boxes[at + 2]! - minX) * scaleX;
    const y = (boxes[at + 1]! + boxes[at + 3]! - minY) * scaleY;
    keys[i] = spread(x) | (spread(y) << 1);
  }
  let [otherKeys, otherItems] = [new Uint32Array(items.length), new Uint32Array(items.length)];
  for (let shift = 0; shift < 32; shift += 8) {
    const starts = new Uint32Array(257);
    for (let i = 0; i < keys.length; i++) starts[((keys[i]! >>> shift) & 255) + 1]!++;
    for (let byte = 0; byte < 256; byte++) starts[byte + 1]! += starts[byte]!;
    for (let i = 0; i < keys.length; i++) {
      const to = starts[(keys[i]! >>> shift) & 255]!++;
      otherKeys[to] = keys[i]!;
      otherItems[to] = items[i]!;
    }
    [keys, otherKeys] = [otherKeys, keys];
    [items, otherItems] = [otherItems, items];
  }
  return items; // an even number of rounds: the list that was given
}

/** Puts a zero before each of sixteen bits. */
function spread(value: number): number {
  let bits = value & STEPS;
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}

function nodesOfItems(boxes: Float64Array, order: Uint32Array): Float64Array {
  const nodes = new Float64Array(4 * Math.ceil(order.length / NODE));
  for (let i = 0; i < order.length; i++) widen(nodes, 4 * Math.floor(i / NODE), boxes, 4 * order[i]!, i % NODE === 0);
  return nodes;
}

function nodesAbove(below: Float64Array): Float64Array {
  const count = below.length / 4;
  const nodes = new Float64Array(4 * Math.ceil(count / NODE));
  for (let i = 0; i < count; i++) widen(nodes, 4 * Math.floor(i / NODE), below, 4 * i, i % NODE === 0);
  return nodes;
}

/** Makes a box hold another one, too; the first one as it is. */
function widen(nodes: Float64Array, at: number, boxes: Float64Array, from: number, isFirst: boolean): void {
  for (let k = 0; k < 2; k++) {
    const low = boxes[from + k]!;
    const high = boxes[from + 2 + k]!;
    if (isFirst || low < nodes[at + k]!) nodes[at + k] = low;
    if (isFirst || high > nodes[at + 2 + k]!) nodes[at + 2 + k] = high;
  }
}
