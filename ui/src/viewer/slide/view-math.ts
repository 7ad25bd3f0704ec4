import type { Bounds } from '@exact/geometry';
import type { Axis } from '@exact/sdk/contract';
import { amountText, roundAmount } from '../../annotate/axes.ts';

/** What an address says about the view. Lengths are level-0 pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
  /** Level-0 pixels for one CSS pixel. */
  readonly downsample: number;
  /** Degrees clockwise, 0 ≤ rotation < 360. */
  readonly rotation: number;
}

type Query = Readonly<Record<string, unknown>>;

/** Reads a permalink; what is missing or makes no sense is left out. */
export function readPlace(query: Query): Partial<Place> & { readonly annotation?: string } {
  const x = number(query['x']);
  const y = number(query['y']);
  const downsample = number(query['zoom']);
  const rotation = number(query['rotation']);
  const annotation = query['annotation'];
  return {
    ...(x !== undefined && y !== undefined ? { x, y } : {}),
    ...(downsample !== undefined && downsample > 0 ? { downsample } : {}),
    ...(rotation !== undefined ? { rotation: turn(rotation) } : {}),
    ...(typeof annotation === 'string' && /^[0-9a-f-]{36}$/i.test(annotation) ? { annotation } : {}),
  };
}

/** The query of a permalink. No names in it: an address is sent around. */
export function writePlace(place: Place, annotation: string | undefined): Record<string, string> {
  return {
    x: String(Math.round(place.x)),
    y: String(Math.round(place.y)),
    zoom: String(Number(place.downsample.toPrecision(4))),
    ...(place.rotation !== 0 ? { rotation: String(Math.round(place.rotation)) } : {}),
    ...(annotation === undefined ? {} : { annotation }),
  };
}

const PLACE_NAMES = ['x', 'y', 'zoom', 'rotation', 'annotation'];
/** Everything of an address but the place. */
export const withoutPlace = <T>(query: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(query).filter(([name]) => !PLACE_NAMES.includes(name)));

function number(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : undefined;
}

/** An angle brought into 0 ≤ angle < 360. */
export const turn = (degrees: number): number => ((degrees % 360) + 360) % 360;

/** Objective power × micrometres per pixel: at 0.5 µm a screen shows what a 20× objective shows. */
const MAGNIFICATION_UM = 10;

/** Magnifications of the fixed steps, see the key map: Ctrl+1 … Ctrl+6. */
export const MAGNIFICATIONS = [1, 2, 5, 10, 20, 40] as const;

export const magnificationOf = (downsample: number, mpp: number): number => MAGNIFICATION_UM / (downsample * mpp);
export const downsampleOf = (magnification: number, mpp: number): number => MAGNIFICATION_UM / (magnification * mpp);

export interface ScaleBar {
  readonly lengthPx: number;
  readonly value: number;
  readonly unit: 'nm' | 'µm' | 'mm' | 'px';
}

/**
 * A round length that is at most `maxPx` long on the screen: 1, 2 or 5 times a power of ten.
 *
 * @param mpp - micrometres for a level-0 pixel; unknown makes it a length in image pixels, never a guess
 */
export function scaleBarOf(downsample: number, mpp: number | undefined, maxPx: number): ScaleBar {
  const perPx = downsample * (mpp ?? 1);
  const power = 10 ** Math.floor(Math.log10(maxPx * perPx));
  const step = [5, 2, 1].find((factor) => factor * power <= maxPx * perPx) ?? 1;
  const length = step * power;
  const lengthPx = length / perPx;
  if (mpp === undefined) return { lengthPx, value: length, unit: 'px' };
  if (length >= 1000) return { lengthPx, value: length / 1000, unit: 'mm' };
  if (length < 1) return { lengthPx, value: Math.round(length * 1000), unit: 'nm' };
  return { lengthPx, value: length, unit: 'µm' };
}

/** Which axis of the image runs along the horizontals of the screen; none while it is turned by something between. */
export function axisAcross(rotation: number): 'x' | 'y' | undefined {
  const quarter = turn(rotation) / 90;
  if (Math.abs(quarter - Math.round(quarter)) > 0.005) return undefined;
  return Math.round(quarter) % 2 === 0 ? 'x' : 'y';
}

/** As {@link scaleBarOf}, where pixels stand for something else than lengths. */
export function scaleBarAlong(
  axis: Axis,
  downsample: number,
  maxPx: number,
): { readonly lengthPx: number; readonly text: string } {
  const perPx = downsample * Math.abs(axis.perPixel);
  const amount = roundAmount(maxPx * perPx, axis.unit);
  return { lengthPx: amount / perPx, text: amountText(amount, axis.unit, amount) };
}

/** A box with room around it: `share` of its size on each side, at least `least` pixels in all. */
export function roomAround(box: Bounds, share: number, least: number): Bounds {
  const dx = Math.max((box.maxX - box.minX) * share, (least - (box.maxX - box.minX)) / 2);
  const dy = Math.max((box.maxY - box.minY) * share, (least - (box.maxY - box.minY)) / 2);
  return { minX: box.minX - dx, minY: box.minY - dy, maxX: box.maxX + dx, maxY: box.maxY + dy };
}
