import type { Bounds } from '@exact/geometry';
import type { FieldState } from '@exact/screening';

export type ToScreen = (x: number, y: number) => { x: number; y: number };

/** What is drawn of a plan. Indices are those of `fields`. */
export interface PlanPicture {
  readonly fields: readonly Bounds[];
  readonly stateOf: (index: number) => FieldState;
  /** Fields without tissue, which nobody is led to; not drawn unless somebody was there. */
  readonly isSkipped: (index: number) => boolean;
  /** Whether the field is for this reader to look at. */
  readonly isMine: (index: number) => boolean;
  readonly isMarked: (index: number) => boolean;
  readonly current: number | undefined;
  /** Rings about the tissue: x, y, x, y …, level-0 pixels. */
  readonly outline: readonly (readonly number[])[];
  /** Tissue tinted, while the threshold is chosen. */
  readonly tint: Tint | undefined;
}

/** A picture of the mask that covers the whole image. */
export interface Tint {
  readonly picture: CanvasImageSource & { readonly width: number; readonly height: number };
  /** Extent in level-0 pixels. */
  readonly width: number;
  readonly height: number;
}

/** Green and amber differ in lightness too, and partial is hatched: states do not rest on hue alone (WCAG 1.4.1). */
export const COLOURS = {
  current: '#b26bff',
  seen: '#27c46b',
  partial: '#ffb020',
  halo: 'rgb(10 13 17 / 0.75)',
  faint: 'rgb(255 255 255 / 0.75)',
  other: 'rgb(20 24 30 / 0.5)',
} as const;
const HATCH_PX = 5;
/** Below this the current field could not be found on the map, CSS pixels. */
const LEAST_CURRENT_PX = 7;
/** So many frames about the current one are drawn at most; more would be a net over the image. */
const MOST_NEIGHBOURS = 400;

/** The frame of the current field, those about it faintly, and while a plan is made its tissue. */
export function drawOnImage(ctx: CanvasRenderingContext2D, toScreen: ToScreen, plan: PlanPicture, view: Bounds): void {
  if (plan.tint) drawTint(ctx, toScreen, plan.tint);
  const { fields, current } = plan;
  const shown = fields.flatMap((field, index) =>
    index !== current && touches(field, view) && !plan.isSkipped(index) ? [index] : [],
  );
  if (shown.length <= MOST_NEIGHBOURS) {
    const byLook = { seen: [] as Bounds[], other: [] as Bounds[] };
    for (const index of shown) {
      const field = fields[index];
      if (field) byLook[isSeen(plan.stateOf(index)) ? 'seen' : 'other'].push(field);
    }
    ctx.lineWidth = 3;
    ctx.strokeStyle = 'rgb(10 13 17 / 0.28)';
    trace(ctx, toScreen, [...byLook.other, ...byLook.seen]);
    ctx.stroke();
    ctx.lineWidth = 1;
    ctx.setLineDash([6, 4]);
    ctx.strokeStyle = COLOURS.faint;
    trace(ctx, toScreen, byLook.other);
    ctx.stroke();
    ctx.strokeStyle = COLOURS.seen;
    trace(ctx, toScreen, byLook.seen);
    ctx.stroke();
    ctx.setLineDash([]);
  }
  const field = current === undefined ? undefined : fields[current];
  if (!field) return;
  trace(ctx, toScreen, [field]);
  ctx.lineWidth = 5;
  ctx.strokeStyle = COLOURS.halo;
  ctx.stroke();
  ctx.lineWidth = 2.5;
  ctx.strokeStyle = COLOURS.current;
  ctx.stroke();
  if (current !== undefined && plan.isMarked(current)) drawFlag(ctx, toScreen(field.minX, field.minY), 10);
}

/** What has been seen, on the overview. */
export function drawOnMap(
  ctx: CanvasRenderingContext2D,
  toScreen: ToScreen,
  plan: PlanPicture,
  size: { readonly width: number; readonly height: number },
): void {
  const { fields, current } = plan;
  if (plan.tint) drawTint(ctx, toScreen, plan.tint);
  const of = { seen: [] as Bounds[], partial: [] as Bounds[], other: [] as Bounds[] };
  fields.forEach((field, index) => {
    const state = plan.stateOf(index);
    if (isSeen(state)) of.seen.push(field);
    else if (state === 'partial') of.partial.push(field);
    else if (!plan.isMine(index) && !plan.isSkipped(index)) of.other.push(field);
  });
  // one path for each look: fields overlap, and must not get darker there
  fill(ctx, toScreen, of.other, COLOURS.other);
  hatch(ctx, toScreen, of.partial, size);
  fill(ctx, toScreen, of.seen, COLOURS.seen, 0.5);
  drawOutline(ctx, toScreen, plan.outline);
  fields.forEach((field, index) => {
    if (plan.isMarked(index)) drawFlag(ctx, toScreen((field.minX + field.maxX) / 2, (field.minY + field.maxY) / 2), 6);
  });
  const field = current === undefined ? undefined : fields[current];
  if (!field) return;
  const [a, b] = [toScreen(field.minX, field.minY), toScreen(field.maxX, field.maxY)];
  const [width, height] = [Math.max(LEAST_CURRENT_PX, b.x - a.x), Math.max(LEAST_CURRENT_PX, b.y - a.y)];
  const [x, y] = [(a.x + b.x - width) / 2, (a.y + b.y - height) / 2];
  ctx.lineWidth = 4;
  ctx.strokeStyle = COLOURS.halo;
  ctx.strokeRect(x, y, width, height);
  ctx.lineWidth = 2;
  ctx.strokeStyle = COLOURS.current;
  ctx.strokeRect(x, y, width, height);
}

const touches = (field: Bounds, view: Bounds): boolean =>
  field.minX < view.maxX && field.minY < view.maxY && field.maxX > view.minX && field.maxY > view.minY;
const isSeen = (state: FieldState): boolean => state === 'seen' || state === 'revisited';

/** Boxes as one path; corner by corner, since the image may be turned. */
function trace(ctx: CanvasRenderingContext2D, toScreen: ToScreen, boxes: readonly Bounds[]): void {
  ctx.beginPath();
  for (const { minX, minY, maxX, maxY } of boxes) {
    const corners = [toScreen(minX, minY), toScreen(maxX, minY), toScreen(maxX, maxY), toScreen(minX, maxY)];
    corners.forEach((corner, index) => (index === 0 ? ctx.moveTo(corner.x, corner.y) : ctx.lineTo(corner.x, corner.y)));
    ctx.closePath();
  }
}

function fill(
  ctx: CanvasRenderingContext2D,
  toScreen: ToScreen,
  boxes: readonly Bounds[],
  colour: string,
  alpha = 1,
): void {
  if (boxes.length === 0) return;
  trace(ctx, toScreen, boxes);
  ctx.globalAlpha = alpha;
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.globalAlpha = 1;
}

function hatch(
  ctx: CanvasRenderingContext2D,
  toScreen: ToScreen,
  boxes: readonly Bounds[],
  { width, height }: { readonly width: number; readonly height: number },
): void {
  if (boxes.length === 0) return;
  fill(ctx, toScreen, boxes, COLOURS.partial, 0.25);
  ctx.save();
  ctx.clip();
  ctx.beginPath();
  for (let at = -height; at < width; at += HATCH_PX) {
    ctx.moveTo(at, height);
    ctx.lineTo(at + height, 0);
  }
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = COLOURS.partial;
  ctx.stroke();
  ctx.restore();
}

function drawOutline(ctx: CanvasRenderingContext2D, toScreen: ToScreen, rings: PlanPicture['outline']): void {
  ctx.beginPath();
  for (const ring of rings) {
    for (let at = 0; at + 1 < ring.length; at += 2) {
      const { x, y } = toScreen(ring[at] ?? 0, ring[at + 1] ?? 0);
      if (at === 0) ctx.moveTo(x, y);
      else ctx.lineTo(x, y);
    }
    ctx.closePath();
  }
  ctx.lineJoin = 'round';
  ctx.lineWidth = 2;
  ctx.strokeStyle = 'rgb(255 255 255 / 0.6)';
  ctx.stroke();
  ctx.lineWidth = 1;
  ctx.strokeStyle = '#0b6fa8';
  ctx.stroke();
}

function drawTint(ctx: CanvasRenderingContext2D, toScreen: ToScreen, { picture, width, height }: Tint): void {
  const [origin, right, below] = [toScreen(0, 0), toScreen(width, 0), toScreen(0, height)];
  ctx.save();
  ctx.transform(
    (right.x - origin.x) / picture.width,
    (right.y - origin.y) / picture.width,
    (below.x - origin.x) / picture.height,
    (below.y - origin.y) / picture.height,
    origin.x,
    origin.y,
  );
  ctx.imageSmoothingEnabled = false; // the mask as it is, cell by cell
  ctx.drawImage(picture, 0, 0);
  ctx.restore();
}

function drawFlag(ctx: CanvasRenderingContext2D, { x, y }: { x: number; y: number }, size: number): void {
  ctx.beginPath();
  ctx.moveTo(x, y + size);
  ctx.lineTo(x, y - size);
  ctx.lineTo(x + size * 1.2, y - size * 0.45);
  ctx.lineTo(x, y + size * 0.1);
  ctx.lineWidth = 4;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = COLOURS.halo;
  ctx.stroke();
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = '#fff';
  ctx.fillStyle = '#ff5c7a';
  ctx.fill();
  ctx.stroke();
}
