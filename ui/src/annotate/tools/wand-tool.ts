import type { PolygonGeometry } from '@exact/geometry';
import { fillHoles, smooth, traceMask } from '@exact/geometry/ops';
import { attempt, combineOf, storeArea, thinOut, type Combine } from './areas.ts';
import { createColourRegion } from './colour-region.ts';
import { CUT_COLOUR, drawDraft, drawText } from './drawing.ts';
import { CLICK_PX, screenDistance, WAND_TOLERANCE, type Tool, type ToolHost, type ToolPoint } from './tool.ts';

/** How much of tolerance a CSS pixel of dragging adds. */
const TOLERANCE_PER_PX = 0.12;
/** Parts and holes of fewer CSS pixels are noise of the stain, not what one points at. */
const NOISE_PX = 40;
/** Holes up to this many CSS pixels, as wide as a nucleus at the magnification at which one outlines tissue, are filled. */
const HOLE_PX = 300;
/** Rounding of the outline, whose raw form are steps of one CSS pixel. */
const SMOOTH_PX = 1.2;

interface Sweep {
  readonly start: ToolPoint;
  readonly combine: Combine;
  readonly region: (tolerance: number) => Uint8Array;
  readonly width: number;
  readonly height: number;
  tolerance: number;
  outline: PolygonGeometry | undefined;
  wished: number;
}

/**
 * Outlines the connected area of about the colour under the pointer, as far as it is in view. Works on what is shown, filters
 * included, at the present magnification. Dragging away grows it; Shift adds it to the selected polygon, Alt cuts it out.
 */
export function createWandTool(host: ToolHost): Tool {
  let sweep: Sweep | undefined;
  let pointer: ToolPoint | undefined;

  /** From pixels of the screen to level 0. Three points fix the map, also in a turned and mirrored view. */
  function toImage(outline: PolygonGeometry): PolygonGeometry {
    const [o, u, v] = [host.toImage(0, 0), host.toImage(1000, 0), host.toImage(0, 1000)];
    const [a, b, c, d] = [(u.x - o.x) / 1000, (u.y - o.y) / 1000, (v.x - o.x) / 1000, (v.y - o.y) / 1000];
    const moved = (ring: readonly number[]): number[] => {
      const out: number[] = [];
      for (let i = 0; i + 1 < ring.length; i += 2) {
        const [x, y] = [ring[i] ?? 0, ring[i + 1] ?? 0];
        out.push(o.x + a * x + c * y, o.y + b * x + d * y);
      }
      return out;
    };
    return { kind: 'polygon', polygons: outline.polygons.map((rings) => rings.map(moved)) };
  }

  function grow(): void {
    if (!sweep || (sweep.outline && sweep.tolerance === sweep.wished)) return;
    const { region, width, height, start } = sweep;
    sweep.tolerance = sweep.wished;
    const mask = region(sweep.tolerance);
    const at = { x: Math.floor(start.screenX), y: Math.floor(start.screenY) };
    const outline = attempt(host, () => traceMask(mask, width, height, { at, minPixels: NOISE_PX }));
    sweep.outline = outline && toImage(fillHoles(outline, HOLE_PX));
    host.redraw();
  }

  return {
    id: 'wand',
    cursor: () => 'crosshair',
    press(point) {
      pointer = point;
      const pixels = host.pixels();
      const region = pixels && createColourRegion(pixels, point.screenX, point.screenY);
      if (!region) {
        host.tell('noPixels');
        return true;
      }
      const { wandTolerance } = host.options;
      const { width, height } = pixels;
      const combine = combineOf(host, point);
      const tolerance = wandTolerance;
      sweep = { start: point, combine, region, width, height, tolerance, wished: tolerance, outline: undefined };
      grow();
      return true;
    },
    drag(point) {
      pointer = point;
      if (!sweep) return;
      const way = Math.max(0, screenDistance(sweep.start, point) - CLICK_PX);
      sweep.wished = Math.min(WAND_TOLERANCE.most, host.options.wandTolerance + way * TOLERANCE_PER_PX);
    },
    catchUp: grow,
    release() {
      grow();
      const done = sweep;
      sweep = undefined;
      host.redraw();
      const { outline } = done ?? {};
      if (!done || !outline) {
        if (done) host.tell('noRegion');
        return;
      }
      const area = attempt(host, () => thinOut(host, smooth(outline, SMOOTH_PX / host.scale())));
      if (area) storeArea(host, area, done.combine, 'wand');
    },
    hover(point) {
      pointer = point;
    },
    adjust(steps) {
      const { options } = host;
      const next = Math.round(options.wandTolerance) + steps;
      options.wandTolerance = Math.min(WAND_TOLERANCE.most, Math.max(WAND_TOLERANCE.least, next));
      return true;
    },
    key(key) {
      if (key !== 'Escape' || !sweep) return false;
      this.cancel();
      return true;
    },
    cancel() {
      sweep = undefined;
      host.redraw();
    },
    draw(ctx, view) {
      if (!sweep) return;
      const colour = sweep.combine === 'subtract' ? CUT_COLOUR : (host.template()?.colour ?? '#ffffff');
      if (sweep.outline) drawDraft(ctx, view, sweep.outline, colour);
      if (pointer) drawText(ctx, { x: pointer.screenX, y: pointer.screenY - 4 }, String(Math.round(sweep.tolerance)));
    },
  };
}
