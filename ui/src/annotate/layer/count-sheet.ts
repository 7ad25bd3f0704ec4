import type { Frame } from './renderer.ts';
import type { StyleTable } from './styles.ts';
import type { CountGrid } from './summary.ts';

/** Opacity of a cell with one annotation, so that none is overlooked, and of the fullest cell. */
const WEAKEST = 0.25;
const STRONGEST = 0.85;

export interface CountSheet {
  readonly element: HTMLCanvasElement;
  /** @param image - size of the image in level-0 pixels: the last cells reach beyond it */
  draw(frame: Frame, image: { readonly x: number; readonly y: number }): void;
  dispose(): void;
}

/**
 * Shows counts as cells: their colour is that of the classes in them, mixed by number, their strength grows with the logarithm of
 * the number, squared, since few full cells differ by less than a factor of ten. One pixel a cell, painted when counts or styles change and laid over the image by the browser: a frame costs nothing.
 */
export function createCountSheet(document: Document): CountSheet {
  const canvas = document.createElement('canvas');
  canvas.style.cssText =
    'position:absolute;left:0;top:0;transform-origin:0 0;image-rendering:pixelated;pointer-events:none;display:none';
  canvas.dataset['counts'] = '';
  const ctx = canvas.getContext('2d', { willReadFrequently: true });
  let painted: { readonly grid: CountGrid; readonly styles: StyleTable; readonly isEmpty: boolean } | undefined;
  const onRestored = (): void => (painted = undefined);
  canvas.addEventListener('contextrestored', onRestored);

  return {
    element: canvas,
    draw({ summary, styles, display, view }, image) {
      const grid = display.hidden ? undefined : summary?.grid;
      if (grid && (painted?.grid !== grid || painted.styles !== styles))
        painted = { grid, styles, isEmpty: !paint(canvas, ctx, grid, styles) };
      const isBlank = !grid || painted?.isEmpty === true;
      canvas.style.display = isBlank ? 'none' : '';
      if (isBlank) return;
      const { matrix: m } = view;
      const s = grid.cellSize;
      const beyond = [grid.columns - image.x / s, grid.rows - image.y / s].map((cells) => Math.max(0, cells));
      canvas.style.clipPath = `inset(0 ${beyond[0]}px ${beyond[1]}px 0)`;
      canvas.style.transform = `matrix(${m.a * s},${m.b * s},${m.c * s},${m.d * s},${m.e},${m.f})`;
    },
    dispose() {
      canvas.removeEventListener('contextrestored', onRestored);
      canvas.remove();
    },
  };
}

/** @returns whether any cell is painted */
function paint(
  canvas: HTMLCanvasElement,
  ctx: CanvasRenderingContext2D | null,
  grid: CountGrid,
  styles: StyleTable,
): boolean {
  const { columns, rows } = grid;
  if (!ctx || columns === 0 || rows === 0) return false;
  if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
  const image = ctx.createImageData(columns, rows);
  const isAny = fillCells(image.data, grid, styles);
  ctx.putImageData(image, 0, 0);
  return isAny;
}

/**
 * Gives each cell that is not covered and has something visible in it a colour.
 *
 * @param rgba - four bytes a cell, all 0
 * @returns whether any has got one
 */
export function fillCells(rgba: Uint8ClampedArray, grid: CountGrid, styles: StyleTable): boolean {
  const { covered } = grid;
  const visible = grid.templateIds.flatMap((id, i) => {
    const style = styles.of(id);
    const counts = grid.counts[i];
    return style.visible && counts ? [{ style, counts }] : [];
  });
  const totals = new Float64Array(grid.columns * grid.rows);
  for (const { counts } of visible) for (let i = 0; i < totals.length; i++) totals[i]! += counts[i]!;
  let most = 1;
  for (const total of totals) if (total > most) most = total;
  const scale = 1 / Math.max(1, Math.log2(most));
  let isAny = false;
  for (let i = 0; i < totals.length; i++) {
    const total = totals[i]!;
    if (total === 0 || covered[i] === 1) continue;
    isAny = true;
    let [red, green, blue] = [0, 0, 0];
    for (const { style, counts } of visible) {
      const share = counts[i]! / total;
      red += style.red * share;
      green += style.green * share;
      blue += style.blue * share;
    }
    rgba[i * 4] = red;
    rgba[i * 4 + 1] = green;
    rgba[i * 4 + 2] = blue;
    rgba[i * 4 + 3] = 255 * (WEAKEST + (STRONGEST - WEAKEST) * (scale * Math.log2(total)) ** 2);
  }
  return isAny;
}
