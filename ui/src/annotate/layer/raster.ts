import { KIND_LINE, KIND_POINT, type ShapeStore } from './shape-store.ts';
import type { ResolvedStyle } from './styles.ts';
import { vertexStride } from './lod.ts';
import type { Affine } from './transform.ts';

// `!` on typed arrays: read below their filled length, see shape-store.ts.

const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** One colour as a pixel of an `ImageData` seen as 32-bit words. */
export function pixelOf(style: ResolvedStyle, alpha: number): number {
  const a = Math.round(alpha * 255);
  return isLittleEndian
    ? ((a << 24) | (style.blue << 16) | (style.green << 8) | style.red) >>> 0
    : ((style.red << 24) | (style.green << 16) | (style.blue << 8) | a) >>> 0;
}

export interface ShapeRaster {
  /** Marks the place of a shape below one and a half pixels. */
  dot(slot: number, pixel: number, size: number): void;
  /** Draws the outline of a small shape, one pixel wide, and fills it when `fill` is not 0. */
  outline(slot: number, pixel: number, fill: number, sizePx: number): void;
}

/**
 * Writes shapes straight into pixels. A canvas path costs some microseconds per shape whatever its size; a shape of five
 * pixels is twenty memory writes here.
 *
 * @param pixels - `width` × `height` words in the order of {@link pixelOf}
 * @param m      - level-0 pixels → these pixels
 */
export function createShapeRaster(
  store: ShapeStore,
  pixels: Uint32Array,
  width: number,
  height: number,
  m: Affine,
): ShapeRaster {
  const { bounds } = store;
  let xs = new Float64Array(64);
  let ys = new Float64Array(64);
  const ends: number[] = [];
  const crossings: number[] = [];

  function dot(slot: number, pixel: number, size: number): void {
    const i = slot * 4;
    const cx = (bounds[i]! + bounds[i + 2]!) / 2;
    const cy = (bounds[i + 1]! + bounds[i + 3]!) / 2;
    // Clamped: a shape at the edge of the view is in view, so it gets its pixel.
    const x = clamp(Math.floor(m.a * cx + m.c * cy + m.e), width);
    const y = clamp(Math.floor(m.b * cx + m.d * cy + m.f), height);
    if (size <= 1) {
      pixels[y * width + x] = pixel;
      return;
    }
    const half = size >> 1;
    const x0 = Math.max(0, x - half);
    const x1 = Math.min(width, x - half + size);
    for (let v = Math.max(0, y - half); v < Math.min(height, y - half + size); v++)
      pixels.fill(pixel, v * width + x0, v * width + x1);
  }

  function outline(slot: number, pixel: number, fill: number, sizePx: number): void {
    if (store.kind[slot] === KIND_POINT) return dot(slot, pixel, 1);
    const closed = store.kind[slot] !== KIND_LINE;
    const first = store.firstRing[slot]!;
    ends.length = 0;
    let count = 0;
    for (let r = first; r < first + store.ringCount[slot]!; r++) ends.push((count = project(slot, r, sizePx, count)));
    if (fill !== 0 && closed) fillRings(count, fill);
    let from = 0;
    for (const end of ends) {
      let px = closed ? xs[end - 1]! : xs[from]!;
      let py = closed ? ys[end - 1]! : ys[from]!;
      for (let i = from; i < end; i++) {
        line(px, py, xs[i]!, ys[i]!, pixel);
        px = xs[i]!;
        py = ys[i]!;
      }
      from = end;
    }
  }

  /** Puts the simplified vertices of a ring into `xs`, `ys` from index `count` on and returns the index after them. */
  function project(slot: number, ring: number, sizePx: number, count: number): number {
    const total = store.ringLength[ring]!;
    const stride = vertexStride(total, sizePx);
    if (count + total > xs.length) {
      xs = copyOf(xs, (count + total) * 2);
      ys = copyOf(ys, (count + total) * 2);
    }
    const { xy, unit } = store.verticesOf(slot);
    const [a, b, c, d] = [m.a * unit, m.b * unit, m.c * unit, m.d * unit];
    const e = m.a * bounds[slot * 4]! + m.c * bounds[slot * 4 + 1]! + m.e;
    const f = m.b * bounds[slot * 4]! + m.d * bounds[slot * 4 + 1]! + m.f;
    const start = store.ringStart[ring]!;
    for (let v = start; v < start + total; v += stride) {
      const x = xy[v * 2]!;
      const y = xy[v * 2 + 1]!;
      xs[count] = a * x + c * y + e;
      ys[count++] = b * x + d * y + f;
    }
    return count;
  }

  function line(x0: number, y0: number, x1: number, y1: number, pixel: number): void {
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))));
    const dx = (x1 - x0) / steps;
    const dy = (y1 - y0) / steps;
    for (let i = 0; i < steps; i++) {
      // Floor by hand: positions left of and above the picture are negative and must not round to 0.
      const x = Math.floor(x0 + dx * i);
      const y = Math.floor(y0 + dy * i);
      if (x >= 0 && y >= 0 && x < width && y < height) pixels[y * width + x] = pixel;
    }
  }

  /** Even-odd scan-line fill of the rings in `xs`, `ys`. */
  function fillRings(count: number, fill: number): void {
    let top = Infinity;
    let bottom = -Infinity;
    for (let i = 0; i < count; i++) {
      if (ys[i]! < top) top = ys[i]!;
      if (ys[i]! > bottom) bottom = ys[i]!;
    }
    const last = Math.min(height - 1, Math.floor(bottom));
    for (let y = Math.max(0, Math.floor(top)); y <= last; y++) {
      const middle = y + 0.5;
      crossings.length = 0;
      let from = 0;
      for (const end of ends) {
        for (let i = from, j = end - 1; i < end; j = i++) {
          if (ys[i]! > middle === ys[j]! > middle) continue;
          crossings.push(xs[i]! + ((middle - ys[i]!) / (ys[j]! - ys[i]!)) * (xs[j]! - xs[i]!));
        }
        from = end;
      }
      if (crossings.length > 2) crossings.sort((a, b) => a - b);
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        const from = Math.min(crossings[k]!, crossings[k + 1]!);
        const to = Math.max(crossings[k]!, crossings[k + 1]!);
        const x1 = Math.min(width, Math.round(to));
        for (let x = Math.max(0, Math.round(from)); x < x1; x++) {
          const i = y * width + x;
          // What is drawn stays on top: mixing colours of a few pixels' area costs more than anyone can see.
          if (pixels[i] === 0) pixels[i] = fill;
        }
      }
    }
  }

  return { dot, outline };
}

function copyOf(from: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(length);
  to.set(from);
  return to;
}

function clamp(value: number, size: number): number {
  return value < 0 ? 0 : value >= size ? size - 1 : value;
}
