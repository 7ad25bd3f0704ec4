import { outline, type Geometry } from '@exact/geometry';
import { applyAffine, type View } from '../layer/index.ts';

/** Light on dark, as the layer marks selections: seen on any tissue. */
const HALO = 'rgba(16, 20, 24, 0.85)';

/** What takes away is drawn in this, whatever class it is taken from. */
export const CUT_COLOUR = '#ff8a80';

/** Strokes a shape that is not stored yet, in the colour of its template. */
export function drawDraft(
  ctx: CanvasRenderingContext2D,
  view: View,
  geometry: Geometry,
  colour: string,
  isGhost = false,
): void {
  if (geometry.kind === 'point') return drawDot(ctx, view, geometry.x, geometry.y, colour);
  if (geometry.kind === 'image') return;
  const isOpen = geometry.kind === 'line';
  const rings = isOpen ? [geometry.points] : outline(geometry, 0.5 / view.scale);
  ctx.beginPath();
  for (const ring of rings) {
    for (let i = 0; i + 1 < ring.length; i += 2) {
      const { x, y } = applyAffine(view.matrix, ring[i] ?? 0, ring[i + 1] ?? 0);
      if (i === 0) ctx.moveTo(x, y);
      else ctx.lineTo(x, y);
    }
    if (!isOpen) ctx.closePath();
  }
  ctx.lineJoin = 'round';
  ctx.globalAlpha = isGhost ? 0.75 : 1;
  if (isGhost) ctx.setLineDash([5, 4]);
  if (!isOpen) {
    ctx.fillStyle = `${colour}22`;
    ctx.fill();
  }
  ctx.strokeStyle = HALO;
  ctx.lineWidth = 4;
  ctx.stroke();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  ctx.stroke();
}

export function drawDot(
  ctx: CanvasRenderingContext2D,
  view: View,
  x: number,
  y: number,
  colour: string,
  radius = 5,
): void {
  const at = applyAffine(view.matrix, x, y);
  ctx.beginPath();
  ctx.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  ctx.fillStyle = colour;
  ctx.strokeStyle = HALO;
  ctx.lineWidth = 2;
  ctx.fill();
  ctx.stroke();
}

/** A rubber band between two points of the screen. */
export function drawBand(
  ctx: CanvasRenderingContext2D,
  from: { screenX: number; screenY: number },
  to: { screenX: number; screenY: number },
): void {
  const box = [from.screenX, from.screenY, to.screenX - from.screenX, to.screenY - from.screenY] as const;
  ctx.fillStyle = 'rgba(120, 174, 255, 0.14)';
  ctx.strokeStyle = '#78aeff';
  ctx.fillRect(...box);
  ctx.strokeRect(...box);
}

/** Ties a handle to its shape. */
export function drawStem(
  ctx: CanvasRenderingContext2D,
  from: { x: number; y: number },
  to: { x: number; y: number },
): void {
  for (const [colour, width] of [
    [HALO, 3],
    ['#ffffff', 1.25],
  ] as const) {
    ctx.beginPath();
    ctx.moveTo(from.x, from.y);
    ctx.lineTo(to.x, to.y);
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.stroke();
  }
}

/** A ring as wide as a brush, about a screen point: dark and light, seen on any tissue. */
export function drawRing(
  ctx: CanvasRenderingContext2D,
  at: { x: number; y: number },
  radius: number,
  look: { isCutting: boolean },
): void {
  for (const [colour, width] of [
    [HALO, 3],
    [look.isCutting ? CUT_COLOUR : '#ffffff', 1.25],
  ] as const) {
    ctx.beginPath();
    ctx.arc(at.x, at.y, Math.max(radius, 1), 0, 2 * Math.PI);
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.stroke();
  }
}

/** A short text on a dark plate, centred above a screen point. */
export function drawText(ctx: CanvasRenderingContext2D, at: { x: number; y: number }, text: string): void {
  ctx.font = '600 12px system-ui, sans-serif';
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  const width = ctx.measureText(text).width + 12;
  ctx.fillStyle = HALO;
  ctx.beginPath();
  ctx.roundRect(at.x - width / 2, at.y - 24, width, 18, 4);
  ctx.fill();
  ctx.fillStyle = '#ffffff';
  ctx.fillText(text, at.x, at.y - 14.5);
}

/** A point of a draft that has been set. */
export function drawSpot(ctx: CanvasRenderingContext2D, at: { x: number; y: number }): void {
  ctx.beginPath();
  ctx.arc(at.x, at.y, 2.5, 0, 2 * Math.PI);
  ctx.fillStyle = '#ffffff';
  ctx.strokeStyle = HALO;
  ctx.lineWidth = 1;
  ctx.fill();
  ctx.stroke();
}

/** A handle: a white square with a dark border; `isRound` for one that makes something new. */
export function drawHandle(
  ctx: CanvasRenderingContext2D,
  at: { x: number; y: number },
  look: { isRound?: boolean; isActive?: boolean } = {},
): void {
  const half = look.isRound ? 3.5 : 4.5;
  ctx.beginPath();
  if (look.isRound) ctx.arc(at.x, at.y, half, 0, 2 * Math.PI);
  else ctx.rect(at.x - half, at.y - half, 2 * half, 2 * half);
  ctx.fillStyle = look.isActive ? '#ffb300' : look.isRound ? 'rgba(255, 255, 255, 0.75)' : '#ffffff';
  ctx.strokeStyle = HALO;
  ctx.lineWidth = 1.5;
  ctx.fill();
  ctx.stroke();
}
