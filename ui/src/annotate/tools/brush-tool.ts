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

const NOTHING: PolygonGeometry = { kind: 'polygon', polygons: [] };

/** A stroke on its way. */
interface Stroke {
  readonly isErasing: boolean;
  /** What it changes; none while it paints something new. */
  readonly targets: readonly PolygonTarget[];
  /** All that the brush has covered so far. */
  covered: PolygonGeometry | undefined;
  /** What the targets look like by now, to less than one can see; the pieces are taken into these one by one, which is quick. */
  looks: (PolygonGeometry | undefined)[];
  /** The way since the last piece, flat; begins where that ended. */
  way: number[];
  pieces: number;
  isFilling: boolean;
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

  const applied = (held: Stroke, shape: PolygonGeometry, area: PolygonGeometry): PolygonGeometry | undefined => {
    const next = held.isErasing ? subtract(shape, [area]) : union([shape, area]);
    return next && held.isFilling ? fillHoles(next) : next;
  };

  function advance(): void {
    if (!stroke || stroke.way.length === 0) return;
    const held = stroke;
    const { covered, way } = held;
    held.way = way.slice(-2);
    held.pieces += 1;
    const tolerance = ROUND_PX / host.scale();
    const tidy = (shape: PolygonGeometry): PolygonGeometry =>
      held.pieces % TIDY_EVERY === 0 ? simplify(shape, tolerance) : shape;
    attempt(host, () => {
      const piece = strokeOutline(way, radius(), tolerance);
      held.covered = tidy(covered ? (union([covered, piece]) ?? covered) : piece);
      held.looks = held.looks.map((look) => {
        const next = look && applied(held, look, piece);
        return next && tidy(next);
      });
    });
    host.redraw();
  }

  function finish(): void {
    advance();
    const done = stroke;
    stroke = undefined;
    if (!done) return;
    host.preview(undefined);
    const { covered } = done;
    if (!covered) return;
    const besides = done.targets.map(({ uuid }) => uuid);
    // of what is there no point is lost that the stroke does not touch, however small it is shown
    const area =
      attempt(host, () => {
        const thin = thinOut(host, covered);
        return done.isErasing ? thin : weld(host, thin, besides);
      }) ?? covered;
    if (done.targets.length === 0) {
      host.create(done.isFilling ? fillHoles(area) : area);
      return;
    }
    const change = attempt(host, () => reshapes(done.targets, ({ geometry }) => applied(done, geometry, area)));
    if (change) host.change(done.isErasing ? 'erase' : 'brush', change);
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
        covered: undefined,
        looks: targets.map(({ geometry }) => geometry),
        way: [point.x, point.y],
        pieces: 0,
        isFilling: false,
      };
      if (isErasing && selectedPolygons(host).length === 0) host.select(targets.map(({ uuid }) => uuid));
      // drawn above the others while they change: the layer need not draw all shapes anew with each move of the hand
      if (targets.length > 0) host.preview(targets.map(({ uuid }) => ({ uuid, geometry: NOTHING })));
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
        stroke.looks = stroke.looks.map((look) => look && fillHoles(look));
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
      stroke?.looks.forEach((look, i) => {
        if (look) drawDraft(ctx, view, look, host.colourOf(stroke?.targets[i]?.templateId ?? 0));
      });
      if (stroke?.covered && stroke.targets.length === 0) {
        const fresh = stroke.isFilling ? fillHoles(stroke.covered) : stroke.covered;
        drawDraft(ctx, view, fresh, host.template()?.colour ?? '#ffffff');
      }
      if (!pointer) return;
      const isCutting = stroke?.isErasing ?? (id === 'eraser' || pointer.alt);
      drawRing(ctx, applyAffine(view.matrix, pointer.x, pointer.y), host.options.brushPx / 2, { isCutting });
    },
  };
}
