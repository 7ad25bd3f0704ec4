import { type Box, heatMap, type HeatMap } from '@exact/scores';
import { useScale, useViewer } from '@exact/sdk/ui';
import { computed, defineComponent, onScopeDispose, watch } from 'vue';
import { type Cells, useCells } from './cells.ts';
import { gradeColour, gradeRgb } from './colours.ts';
import { heat, MAX_MARKS, stateOf } from './state.ts';

const MARK_PX = 6;
/** Of windows with as many cells as the project wants for opaque ones: the image stays to be seen through them. */
const STRONGEST = 0.65;
const WEAKEST = 0.25;

/** Draws the heat map, the region and marks of the counted cells over the image. */
export default defineComponent({
  setup() {
    const state = stateOf(useViewer());
    const scale = useScale();
    const { viewer, settings, cells } = useCells(() => heat.isOn || state.isExplained);

    const map = computed(() => {
      if (!heat.isOn || !cells.value || !scale.value) return undefined;
      const { width, height } = viewer.image.value;
      const { centres, grades } = cells.value;
      const { count, x, y } = centres;
      const windowUm = heat.windowUm ?? settings.value.windowUm;
      try {
        return heatMap({ count, x, y, category: grades }, { width, height, ...scale.value, windowUm });
      } catch (error) {
        if (error instanceof RangeError) return undefined; // the panel says so where the window is set
        throw error;
      }
    });
    const picture = computed(() => map.value && paint(map.value, settings.value));

    const overlay = viewer.addOverlay((canvas, toScreen, view) => {
      if (map.value && picture.value) drawHeat(canvas, toScreen, map.value, picture.value, viewer.image.value);
      if (state.region) drawBox(canvas, toScreen, state.region);
      if (!state.isExplained) return;
      if (state.scope.kind === 'who' || state.scope.kind === 'set') {
        for (const { imageId, bounds, grade } of state.listed)
          if (imageId === viewer.image.value.id)
            drawMark(canvas, toScreen((bounds.minX + bounds.maxX) / 2, (bounds.minY + bounds.maxY) / 2), grade);
      } else if (cells.value) {
        const box = state.scope.kind === 'region' && state.region ? overlap(state.region, view.bounds) : view.bounds;
        drawCells(canvas, toScreen, cells.value, box);
      }
    });
    watch([picture, cells, () => ({ ...state })], () => overlay.redraw(), { flush: 'post' });
    onScopeDispose(overlay.dispose);
    return () => null;
  },
});

type ToScreen = (x: number, y: number) => { x: number; y: number };

/** A pixel for each window, as opaque as it has cells. */
function paint(
  { columns, rows, cells, meanGrade }: HeatMap,
  { heatFewest, heatFull }: { readonly heatFewest: number; readonly heatFull: number },
): HTMLCanvasElement {
  const canvas = Object.assign(document.createElement('canvas'), { width: columns, height: rows });
  const context = canvas.getContext('2d');
  const pixels = context?.createImageData(columns, rows);
  if (!context || !pixels) return canvas;
  for (let i = 0; i < cells.length; i++) {
    const n = cells[i]!;
    if (n < heatFewest) continue;
    pixels.data.set([...gradeRgb(meanGrade[i]!), Math.round(255 * opacityOf(n, heatFewest, heatFull))], 4 * i);
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

/** How opaque a window with so many cells is, 0–1. */
export const opacityOf = (cells: number, fewest: number, full: number): number =>
  WEAKEST + (STRONGEST - WEAKEST) * Math.max(0, Math.min(1, (cells - fewest) / Math.max(1, full - fewest)));

/** Squares stand in the middle of their windows: the first begins a quarter of a window left of the image. */
function drawHeat(
  canvas: CanvasRenderingContext2D,
  toScreen: ToScreen,
  { stepX, stepY }: HeatMap,
  picture: HTMLCanvasElement,
  image: { readonly width: number; readonly height: number },
): void {
  const origin = toScreen(-stepX / 2, -stepY / 2);
  const right = toScreen(stepX / 2, -stepY / 2);
  const down = toScreen(-stepX / 2, stepY / 2);
  canvas.save();
  canvas.transform(right.x - origin.x, right.y - origin.y, down.x - origin.x, down.y - origin.y, origin.x, origin.y);
  canvas.beginPath(); // the last squares reach over the edges of the image
  canvas.rect(0.5, 0.5, image.width / stepX, image.height / stepY);
  canvas.clip();
  canvas.imageSmoothingEnabled = false; // windows are what was computed; smooth colours would pretend more
  canvas.drawImage(picture, 0, 0);
  canvas.restore();
}

function drawBox(canvas: CanvasRenderingContext2D, toScreen: ToScreen, { minX, minY, maxX, maxY }: Box): void {
  canvas.beginPath();
  for (const [x, y] of [
    [minX, minY],
    [maxX, minY],
    [maxX, maxY],
    [minX, maxY],
  ] as const) {
    const at = toScreen(x, y);
    canvas.lineTo(at.x, at.y);
  }
  canvas.closePath();
  for (const [colour, width] of [
    ['rgb(0 0 0 / 0.7)', 4],
    ['#fff', 2],
  ] as const) {
    canvas.setLineDash(width === 2 ? [8, 5] : []);
    Object.assign(canvas, { strokeStyle: colour, lineWidth: width });
    canvas.stroke();
  }
  canvas.setLineDash([]);
}

function drawCells(canvas: CanvasRenderingContext2D, toScreen: ToScreen, { centres, grid }: Cells, box: Box): void {
  if (grid.countIn(box).reduce((sum, count) => sum + count, 0) > MAX_MARKS) return;
  grid.forEachIn(box, (i, grade) => drawMark(canvas, toScreen(centres.x[i]! + 0.5, centres.y[i]! + 0.5), grade));
}

function drawMark(canvas: CanvasRenderingContext2D, { x, y }: { x: number; y: number }, grade: number): void {
  canvas.beginPath();
  canvas.arc(x, y, MARK_PX, 0, 2 * Math.PI);
  canvas.fillStyle = gradeColour(grade);
  canvas.fill();
  Object.assign(canvas, { strokeStyle: grade < 2 ? '#222' : '#fff', lineWidth: 1.5 });
  canvas.stroke();
}

const overlap = (a: Box, b: Box): Box => ({
  minX: Math.max(a.minX, b.minX),
  minY: Math.max(a.minY, b.minY),
  maxX: Math.min(a.maxX, b.maxX),
  maxY: Math.min(a.maxY, b.maxY),
});
