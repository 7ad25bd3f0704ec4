import { PIXEL_LIMIT, RING_FROM, RING_WIDTH } from './lod.ts';
import { pixelOf } from './raster.ts';
import type { Frame } from './renderer.ts';
import type { MarkTile } from './summary.ts';
import { deviceMatrix } from './transform.ts';
import { doBoundsMeet } from '@exact/geometry';

// `!` on typed arrays: read below their length, see shape-store.ts.

/** Marks written between two looks at the clock: about half a millisecond. */
const BATCH = 20_000;

/** Tiles of which something may be in view. */
export function marksInView({ summary, view, display }: Frame): readonly MarkTile[] {
  if (!summary || display.hidden) return [];
  return summary.marks.filter((tile) => tile.count > 0 && doBoundsMeet(tile.bounds, view.bounds));
}

/**
 * Writes marks into pixels: rings of the size of the annotation, discs where they are small, single pixels below one and a half.
 * Yields when the clock may be looked at.
 *
 * @param pixels - `width` × `height` words in the order of `pixelOf`
 */
export function* drawMarks(
  frame: Frame,
  tiles: readonly MarkTile[],
  pixels: Uint32Array,
  width: number,
  height: number,
): Generator<void, void> {
  const m = deviceMatrix(frame.view);
  const scale = frame.view.scale * frame.view.dpr;
  const [ringFrom, ringWidth] = [RING_FROM * frame.view.dpr, RING_WIDTH * frame.view.dpr];
  const hiddenFlags = frame.display.hiddenFlags;
  for (const tile of tiles) {
    const styles = Array.from(tile.templateIds, (id) => frame.styles.of(id));
    const colours = Uint32Array.from(styles, (style) => (style.visible ? pixelOf(style, 1) : 0));
    const { x, y, size, templateIndex, flags, hidden, count } = tile;
    for (let i = 0; i < count; i++) {
      if (i % BATCH === BATCH - 1) yield;
      const colour = colours[templateIndex[i]!]!;
      if (colour === 0 || hidden[i] === 1 || (flags[i]! & hiddenFlags) !== 0) continue;
      const px = m.a * x[i]! + m.c * y[i]! + m.e;
      const py = m.b * x[i]! + m.d * y[i]! + m.f;
      const sizePx = size[i]! * scale;
      if (sizePx >= PIXEL_LIMIT) {
        const hole = sizePx >= ringFrom ? sizePx / 2 - ringWidth : 0;
        disc(pixels, width, height, px, py, sizePx / 2, hole, colour);
        continue;
      }
      const [column, row] = [Math.floor(px), Math.floor(py)];
      if (column >= 0 && row >= 0 && column < width && row < height) pixels[row * width + column] = colour;
    }
  }
}

/** `hole`: radius of what is left free in the middle. */
function disc(
  pixels: Uint32Array,
  width: number,
  height: number,
  x: number,
  y: number,
  radius: number,
  hole: number,
  colour: number,
): void {
  if (x + radius < 0 || y + radius < 0 || x - radius >= width || y - radius >= height) return;
  const first = Math.max(0, Math.round(y - radius));
  const last = Math.min(height, Math.max(first + 1, Math.round(y + radius)));
  for (let row = first; row < last; row++) {
    const dy = row + 0.5 - y;
    const half = Math.sqrt(Math.max(0.25, radius * radius - dy * dy));
    const from = Math.max(0, Math.round(x - half));
    const to = Math.min(width, Math.max(from + 1, Math.round(x + half)));
    const inner = hole > Math.abs(dy) ? Math.sqrt(hole * hole - dy * dy) : 0;
    const [left, right] = inner > 0 ? [Math.round(x - inner), Math.round(x + inner)] : [to, to];
    pixels.fill(colour, row * width + from, row * width + Math.min(to, Math.max(from, left)));
    pixels.fill(colour, row * width + Math.max(from, Math.min(to, right)), row * width + to);
  }
}
