import { KIND_LINE, type ShapeStore } from './shape-store.ts';
import { vertexStride } from './lod.ts';
import type { Affine } from './transform.ts';

// `!` on typed arrays: read below their filled length, see shape-store.ts.

/**
 * Adds the outline of a shape to the context's current path. Vertices that fall within a pixel of the last one are left out.
 *
 * @param m      - level-0 pixels → the context's pixels
 * @param sizePx - size of the shape in these pixels
 */
export function traceShape(
  ctx: CanvasRenderingContext2D,
  store: ShapeStore,
  slot: number,
  m: Affine,
  sizePx: number,
): void {
  const { ringStart, ringLength } = store;
  const { xy, unit } = store.verticesOf(slot);
  const [a, b, c, d] = [m.a * unit, m.b * unit, m.c * unit, m.d * unit];
  const ox = store.bounds[slot * 4]!;
  const oy = store.bounds[slot * 4 + 1]!;
  const e = m.a * ox + m.c * oy + m.e;
  const f = m.b * ox + m.d * oy + m.f;
  const closed = store.kind[slot] !== KIND_LINE;
  const first = store.firstRing[slot]!;
  for (let r = first; r < first + store.ringCount[slot]!; r++) {
    const start = ringStart[r]! * 2;
    const end = start + ringLength[r]! * 2;
    const step = vertexStride(ringLength[r]!, sizePx) * 2;
    let lastX = a * xy[start]! + c * xy[start + 1]! + e;
    let lastY = b * xy[start]! + d * xy[start + 1]! + f;
    ctx.moveTo(lastX, lastY);
    for (let i = start + step; i < end; i += step) {
      const x = a * xy[i]! + c * xy[i + 1]! + e;
      const y = b * xy[i]! + d * xy[i + 1]! + f;
      if (Math.abs(x - lastX) + Math.abs(y - lastY) < 1 && i + step < end) continue;
      ctx.lineTo(x, y);
      lastX = x;
      lastY = y;
    }
    if (closed) ctx.closePath();
  }
}

/** Largest side of a shape's box, level-0 pixels. */
export function extentOf(store: ShapeStore, slot: number): number {
  const b = store.bounds;
  const i = slot * 4;
  return Math.max(b[i + 2]! - b[i]!, b[i + 3]! - b[i + 1]!);
}
