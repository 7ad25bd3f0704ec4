import { orient, ringArea2 } from '../orient.ts';
import type { Ring } from './rings.ts';

interface Boxed {
  readonly ring: Ring;
  readonly area: number;
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/**
 * Puts holes (negative rings) into the smallest outline (positive ring) around them: polygons, outline first, largest
 * first. The rings must not cross. Rings without area, and holes that lie in nothing, are left out.
 */
export function nest(rings: readonly Ring[]): Ring[][] {
  const boxed = rings.filter((ring) => ring.length >= 6).map(box);
  const outlines = boxed.filter(({ area }) => area > 0).sort((a, b) => b.area - a.area);
  const polygons = outlines.map(({ ring }) => [ring]);
  for (const hole of boxed) {
    if (hole.area >= 0) continue;
    for (let i = outlines.length - 1; i >= 0; i--) {
      const outline = outlines[i]!;
      if (outline.area < -hole.area || !isBoxInside(hole, outline) || !contains(outline.ring, hole.ring)) continue;
      polygons[i]!.push(hole.ring);
      break;
    }
  }
  return polygons;
}

function box(ring: Ring): Boxed {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < ring.length; i += 2) {
    if (ring[i]! < minX) minX = ring[i]!;
    if (ring[i]! > maxX) maxX = ring[i]!;
    if (ring[i + 1]! < minY) minY = ring[i + 1]!;
    if (ring[i + 1]! > maxY) maxY = ring[i + 1]!;
  }
  return { ring, area: ringArea2(ring), minX, minY, maxX, maxY };
}

function isBoxInside(inner: Boxed, outer: Boxed): boolean {
  return inner.minX >= outer.minX && inner.maxX <= outer.maxX && inner.minY >= outer.minY && inner.maxY <= outer.maxY;
}

/** Tells whether a ring lies inside another one that it does not cross; common points decide nothing. */
function contains(outer: Ring, inner: Ring): boolean {
  for (let i = 0; i < inner.length; i += 2) {
    const side = sideOf(outer, inner[i]!, inner[i + 1]!);
    if (side !== 0) return side > 0;
  }
  // All corners lie on the outline: the middle of an edge decides, in half steps.
  const doubled = outer.map((value) => 2 * value);
  for (let i = 0, h = inner.length - 2; i < inner.length; h = i, i += 2) {
    const side = sideOf(doubled, inner[h]! + inner[i]!, inner[h + 1]! + inner[i + 1]!);
    if (side !== 0) return side > 0;
  }
  return false;
}

/** 1 inside a ring, 0 on it, -1 outside (odd and even crossings); exact. */
function sideOf(ring: Ring, x: number, y: number): number {
  let isInside = false;
  for (let i = 0, h = ring.length - 2; i < ring.length; h = i, i += 2) {
    const [ax, ay, bx, by] = [ring[h]!, ring[h + 1]!, ring[i]!, ring[i + 1]!];
    if ((ay < y && by < y) || (ay > y && by > y) || (ax < x && bx < x)) continue;
    const side = orient(ax, ay, bx, by, x, y);
    if (
      side === 0 &&
      Math.min(ax, bx) <= x &&
      Math.min(ay, by) <= y &&
      Math.max(ay, by) >= y &&
      Math.max(ax, bx) >= x
    ) {
      return 0;
    }
    if (ay <= y === by <= y) continue;
    if (ay <= y === side > 0) isInside = !isInside;
  }
  return isInside ? 1 : -1;
}
