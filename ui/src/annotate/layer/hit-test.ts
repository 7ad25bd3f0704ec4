import { KIND_LINE, KIND_POINT, type ShapeStore } from './shape-store.ts';

// `!` on typed arrays: read below their filled length, see shape-store.ts.

/**
 * Tells whether a level-0 point hits a shape.
 *
 * @param tolerance - level-0 pixels that a point may lie beside a point, line or outline
 * @param area      - whether the inside of a closed shape counts, holes excepted
 */
export function hitsShape(
  store: ShapeStore,
  slot: number,
  x: number,
  y: number,
  tolerance: number,
  area: boolean,
): boolean {
  const { ringStart, ringLength } = store;
  // In the steps of the vertices.
  const { xy, unit } = store.verticesOf(slot);
  const px = (x - store.bounds[slot * 4]!) / unit;
  const py = (y - store.bounds[slot * 4 + 1]!) / unit;
  const limit = (tolerance / unit) ** 2;
  const kind = store.kind[slot]!;
  if (kind === KIND_POINT) return px * px + py * py <= limit;
  const closed = kind !== KIND_LINE;
  const first = store.firstRing[slot]!;
  let inside = false;
  for (let r = first; r < first + store.ringCount[slot]!; r++) {
    const start = ringStart[r]! * 2;
    const end = start + ringLength[r]! * 2;
    let ax = closed ? xy[end - 2]! : xy[start]!;
    let ay = closed ? xy[end - 1]! : xy[start + 1]!;
    for (let i = start; i < end; i += 2) {
      const bx = xy[i]!;
      const by = xy[i + 1]!;
      if (squaredDistance(px, py, ax, ay, bx, by) <= limit) return true;
      if (closed && ay > py !== by > py && px < ((bx - ax) * (py - ay)) / (by - ay) + ax) inside = !inside;
      ax = bx;
      ay = by;
    }
  }
  return area && closed && inside;
}

/** Whether all vertices of a shape lie in a closed flat ring (level-0 pixels). */
export function isInRing(store: ShapeStore, slot: number, ring: readonly number[]): boolean {
  const ox = store.bounds[slot * 4]!;
  const oy = store.bounds[slot * 4 + 1]!;
  const { xy, unit } = store.verticesOf(slot);
  const first = store.firstRing[slot]!;
  for (let r = first; r < first + store.ringCount[slot]!; r++) {
    const start = store.ringStart[r]! * 2;
    for (let i = start; i < start + store.ringLength[r]! * 2; i += 2) {
      if (!isPointInRing(ring, ox + xy[i]! * unit, oy + xy[i + 1]! * unit)) return false;
    }
  }
  return true;
}

function isPointInRing(ring: readonly number[], x: number, y: number): boolean {
  let inside = false;
  let ax = ring[ring.length - 2]!;
  let ay = ring[ring.length - 1]!;
  for (let i = 0; i < ring.length; i += 2) {
    const bx = ring[i]!;
    const by = ring[i + 1]!;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    ax = bx;
    ay = by;
  }
  return inside;
}

function squaredDistance(px: number, py: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / length));
  const ex = px - ax - t * dx;
  const ey = py - ay - t * dy;
  return ex * ex + ey * ey;
}
