import { containsPoint, type PolygonGeometry } from '@exact/geometry';
import { fillHoles, simplify, strokeOutline, subtract, union } from '@exact/geometry/ops';
import { applyAffine } from '../layer/index.ts';
import { attempt, polygonsOf, reshapes, selectedPolygons, thinOut, weld, type PolygonTarget } from './areas.ts';
import { drawDraft, drawRing } from './drawing.ts';
import { BRUSH_PX, type Tool, type ToolHost, type ToolPoint } from './tool.ts';

/** A step of the size: ten of them make it four times as wide. */
const SIZE_STEP = 1.15;
/** Pieces of a stroke after which points that its round ends leave behind are taken out. */
const TIDY_EVERY = 24;
/** How far the outline of a stroke may be from what a round brush covers, in CSS pixels. */
const ROUND_PX = 0.2;

/** A stroke on its way. */
interface Stroke {
  readonly isErasing: boolean;
  /** What it changes; none while it paints something new. */
  readonly targets: readonly PolygonTarget[];
  /** What they have become, in the same order; of something new the only one. */
  shapes: (PolygonGeometry | undefined)[];
  /** The way since the last piece, flat; begins where that ended. */
  way: number[];
  pieces: number;
  isFilling: boolean;
  hasPainted: boolean;
}

/**
 * Paints polygons with a round brush of a fixed size on the screen, or erases. A stroke that starts inside the selected polygon,
 * or with Shift, goes on painting it; any other paints a new one. Alt erases from what is selected, or from what is under the
 * start. One stroke is one step to undo.
 *
 * The piece since the last frame is united with the shape so far, so that what one sees is the result.
 */
export function createBrushTool(host: ToolHost, id: 'brush' | 'eraser' = 'brush'): Tool {
  let stroke: Stroke | undefined;
  let pointer: ToolPoint | undefined;

  const radius = (): number => host.options.brushPx / 2 / host.scale();

  function targetsOf(point: ToolPoint, isErasing: boolean): PolygonTarget[] {
    const selected = selectedPolygons(host);
    if (isErasing) return selected.length > 0 ? selected : polygonsOf(host, host.hit(point.x, point.y)).slice(0, 1);
    const inside = selected.find(({ geometry }) => containsPoint(geometry, point.x, point.y));
    return inside ? [inside] : point.shift ? selected.slice(0, 1) : [];
  }

  function advance(): void {
    if (!stroke || stroke.way.length === 0) return;
    const { isErasing, targets, way } = stroke;
    const piece = attempt(host, () => strokeOutline(way, radius(), ROUND_PX / host.scale()));
    stroke.way = way.slice(-2);
    stroke.pieces += 1;
    if (!piece) return;
    const isTidied = stroke.pieces % TIDY_EVERY === 0;
    stroke.shapes = stroke.shapes.map((shape) => {
      let next = attempt(host, () =>
        isErasing ? shape && subtract(shape, [piece]) : union(shape ? [shape, piece] : [piece]),
      );
      if (next && stroke?.isFilling) next = fillHoles(next);
      return next && isTidied ? simplify(next, ROUND_PX / host.scale()) : next;
    });
    stroke.hasPainted = true;
    if (targets.length > 0) host.preview(shown(stroke));
    host.redraw();
  }
  const shown = ({ targets, shapes }: Stroke) =>
    targets.map(({ uuid }, i) => ({ uuid, geometry: shapes[i] ?? { kind: 'polygon' as const, polygons: [] } }));

  function finish(): void {
    advance();
    const done = stroke;
    stroke = undefined;
    if (!done?.hasPainted) return;
    host.preview(undefined);
    const after = new Map(done.targets.map(({ uuid }, i) => [uuid, done.shapes[i]]));
    const besides = [...after.keys()];
    const finished = (shape: PolygonGeometry): PolygonGeometry =>
      attempt(host, () => {
        const thin = thinOut(host, shape);
        return done.isErasing ? thin : weld(host, thin, besides);
      }) ?? shape;
    if (done.targets.length === 0) {
      const [shape] = done.shapes;
      if (shape) host.create(finished(shape));
      return;
    }
    const change = reshapes(done.targets, ({ uuid }) => {
      const shape = after.get(uuid);
      return shape && finished(shape);
    });
    host.change(done.isErasing ? 'erase' : 'brush', change);
  }

  function resize(steps: number): void {
    const { options } = host;
    const next = Math.round(options.brushPx * SIZE_STEP ** steps);
    const least = Math.round(options.brushPx) + Math.sign(steps);
    options.brushPx = Math.min(
      BRUSH_PX.most,
      Math.max(BRUSH_PX.least, steps > 0 ? Math.max(next, least) : Math.min(next, least)),
    );
    host.redraw();
  }

  return {
    id,
    cursor: () => 'crosshair',
    press(point) {
      pointer = point;
      const isErasing = id === 'eraser' || point.alt;
      const targets = targetsOf(point, isErasing);
      if (isErasing && targets.length === 0) {
        host.tell('eraseNothing');
        return true;
      }
      stroke = {
        isErasing,
        targets,
        shapes: targets.length > 0 ? targets.map(({ geometry }) => geometry) : [undefined],
        way: [point.x, point.y],
        pieces: 0,
        isFilling: false,
        hasPainted: false,
      };
      if (isErasing && selectedPolygons(host).length === 0) host.select(targets.map(({ uuid }) => uuid));
      advance();
      return true;
    },
    drag(point) {
      pointer = point;
      stroke?.way.push(point.x, point.y);
    },
    catchUp: advance,
    release(point) {
      pointer = point;
      finish();
    },
    hover(point) {
      pointer = point;
      host.redraw();
    },
    adjust(steps) {
      resize(steps);
      return true;
    },
    fillHoles() {
      if (stroke) {
        stroke.isFilling = true;
        stroke.shapes = stroke.shapes.map((shape) => shape && fillHoles(shape));
        if (stroke.targets.length > 0) host.preview(shown(stroke));
        host.redraw();
        return true;
      }
      const { reshape } = reshapes(selectedPolygons(host), ({ geometry }) => fillHoles(geometry));
      return reshape.length > 0 && host.change('fillHoles', { reshape });
    },
    key(key) {
      if (key !== 'Escape' || !stroke) return false;
      this.cancel();
      return true;
    },
    cancel() {
      if (stroke) host.preview(undefined);
      stroke = undefined;
      host.redraw();
    },
    draw(ctx, view) {
      const [fresh] = stroke?.targets.length === 0 ? stroke.shapes : [];
      if (fresh) drawDraft(ctx, view, fresh, host.template()?.colour ?? '#ffffff');
      if (!pointer) return;
      const isCutting = stroke?.isErasing ?? (id === 'eraser' || pointer.alt);
      drawRing(ctx, applyAffine(view.matrix, pointer.x, pointer.y), host.options.brushPx / 2, { isCutting });
    },
  };
}
