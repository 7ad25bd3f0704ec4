import type { Axes, Axis } from '@exact/sdk/contract';
import { formatNumber } from '../i18n/format.ts';

// Images whose axes are no lengths: values along them, and their words.

type Unit = Axis['unit'];

/** Values to the even numbers of a scale, and back. Mel after O'Shaughnessy 1987, "Speech Communication". */
const SCALES: Readonly<Record<NonNullable<Axis['scale']>, { to(value: number): number; from(even: number): number }>> =
  {
    linear: { to: (value) => value, from: (even) => even },
    log: { to: Math.log, from: Math.exp },
    mel: { to: (value) => 2595 * Math.log10(1 + value / 700), from: (even) => 700 * (10 ** (even / 2595) - 1) },
  };
const scaleOf = ({ scale = 'linear' }: Axis) => SCALES[scale];
/** Whether a pixel stands for the same amount everywhere. */
export const isEven = ({ scale = 'linear' }: Axis): boolean => scale === 'linear';

/** What a level-0 coordinate means. */
export const valueAt = (axis: Axis, coordinate: number): number =>
  scaleOf(axis).from(axis.origin + coordinate * axis.perPixel);
/** Where a value lies; the inverse of {@link valueAt}. */
export const coordinateOf = (axis: Axis, value: number): number =>
  (scaleOf(axis).to(value) - axis.origin) / axis.perPixel;
/** How much lies between two coordinates. */
const amountBetween = (axis: Axis, from: number, to: number): number =>
  Math.abs(valueAt(axis, to) - valueAt(axis, from));

/**
 * A time or frequency as people write it: `250 ms`, `1.25 s`, `3:25.4 min`, `1:02:03 h`, `440 Hz`, `3.2 kHz`.
 *
 * @param resolution - what can be told apart, in the unit: decides on the digits
 */
export function amountText(value: number, unit: Unit, resolution: number): string {
  if (unit === 'Hz')
    return Math.abs(value) >= 1000
      ? `${rounded(value / 1000, resolution / 1000)} kHz`
      : `${rounded(value, resolution)} Hz`;
  // A time that would be rounded to a full minute is one.
  const seconds = Math.abs(Number(value.toFixed(digitsOf(resolution))));
  const sign = value < 0 ? '−' : '';
  if (seconds >= 60) {
    const minutes = Math.floor(seconds / 60);
    const rest = (seconds - 60 * minutes).toFixed(digitsOf(resolution));
    const padded = rest.indexOf('.') === 1 || rest.length === 1 ? `0${rest}` : rest;
    if (minutes < 60) return `${sign}${minutes}:${padded} min`;
    return `${sign}${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${padded} h`;
  }
  return Math.abs(value) < 1 && resolution < 1
    ? `${rounded(value * 1000, resolution * 1000)} ms`
    : `${rounded(value, resolution)} s`;
}

const digitsOf = (resolution: number): number =>
  Math.min(6, Math.max(0, Math.ceil(-Math.log10(Math.max(resolution, 1e-9)) - 1e-9)));
// `+ 0`: no minus before a zero
const rounded = (value: number, resolution: number): string =>
  formatNumber(Number(value.toFixed(digitsOf(resolution))) + 0);

/** A value at a coordinate, to the pixel. */
export const placeText = (axis: Axis, coordinate: number, downsample = 1): string =>
  amountText(valueAt(axis, coordinate), axis.unit, amountBetween(axis, coordinate, coordinate + downsample));

/** How far it is from one point to another along both axes: `0.25 s, 1.2 kHz`. */
export function spanText(axes: Axes, from: Place, to: Place): string {
  const along = (name: 'x' | 'y'): string => {
    const axis = axes[name];
    return amountText(
      amountBetween(axis, from[name], to[name]),
      axis.unit,
      amountBetween(axis, from[name], from[name] + 1),
    );
  };
  return `${along('x')}, ${along('y')}`;
}
/** Level-0 pixels. */
interface Place {
  readonly x: number;
  readonly y: number;
}

/** From and to along an axis, the lower value first: `3.2 kHz – 4.5 kHz`. */
export function rangeText(axis: Axis, from: number, to: number): string {
  const [low, high] = axis.perPixel < 0 ? [to, from] : [from, to];
  return `${placeText(axis, low)} – ${placeText(axis, high)}`;
}

/** Steps of times from a minute on, in seconds. */
const LONG_STEPS = [60, 120, 300, 600, 1200, 1800, 3600, 7200, 18_000, 36_000, 86_400];

/** The largest round amount that is at most `most`: 1, 2 or 5 times a power of ten; whole minutes and hours above a minute. */
export function roundAmount(most: number, unit: Unit): number {
  if (unit === 's' && most >= 60) return LONG_STEPS.findLast((step) => step <= most) ?? 60;
  const power = 10 ** Math.floor(Math.log10(most) + 1e-9);
  const step = ([5, 2].find((factor) => factor * power <= most * (1 + 1e-9)) ?? 1) * power;
  return unit === 's' && step > 30 ? 20 : step; // 50 s is no step towards minutes
}

type Edge = Readonly<Record<'from' | 'to' | 'lengthPx' | 'size' | 'gapPx', number>>;
export interface Tick {
  /** CSS pixels from the begin of the edge. */
  readonly at: number;
  readonly text: string;
}

/**
 * Round values along an edge of the screen.
 *
 * @param from, to - coordinates of the image at the begin and the end of the edge
 * @param lengthPx - of the edge
 * @param size     - of the image along the axis, level-0 pixels: beyond it there are no ticks
 * @param gapPx    - between two ticks at least
 */
export function ticksAlong(axis: Axis, { from, to, lengthPx, size, gapPx }: Edge): readonly Tick[] {
  const perPx = Math.abs((to - from) * axis.perPixel) / lengthPx;
  if (!(perPx > 0) || !Number.isFinite(perPx)) return [];
  if (!isEven(axis)) return ticksOfScale(axis, { from, to, lengthPx, size, gapPx });
  const step = roundAmount(gapPx * perPx * 2.5, axis.unit); // a round amount is at most 2.5 times smaller than the one above
  const [a, b] = [Math.max(0, Math.min(from, to)), Math.min(size, Math.max(from, to))];
  const [low, high] = [valueAt(axis, a), valueAt(axis, b)].sort((one, other) => one - other) as [number, number];
  const ticks: Tick[] = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) {
    const at = ((coordinateOf(axis, n * step) - from) / (to - from)) * lengthPx + 0; // `+ 0`: no −0
    ticks.push({ at, text: amountText(n * step, axis.unit, step) });
  }
  return ticks;
}

/** Steps that are tried from the highest value down, and multiples of each: of more, coarser steps have taken the room. */
const TRIED_STEPS = 24;
const TRIED_MULTIPLES = 20;

/** Where a pixel does not stand for the same amount everywhere: the roundest values first, then those between, as far as there is room. */
function ticksOfScale(axis: Axis, { from, to, lengthPx, size, gapPx }: Edge): readonly Tick[] {
  const [a, b] = [Math.max(0, Math.min(from, to)), Math.min(size, Math.max(from, to))];
  const [low, high] = [valueAt(axis, a), valueAt(axis, b)].sort((one, other) => one - other) as [number, number];
  if (!(high > low)) return [];
  const ticks: Tick[] = [];
  let step = roundAmount(high, axis.unit);
  for (let tried = 0; tried < TRIED_STEPS; tried++, step = roundAmount(step * 0.7, axis.unit)) {
    const first = Math.ceil(low / step - 1e-9);
    for (let n = first; n < first + TRIED_MULTIPLES && n * step <= high * (1 + 1e-9); n++) {
      const at = ((coordinateOf(axis, n * step) - from) / (to - from)) * lengthPx + 0;
      if (Number.isFinite(at) && ticks.every((tick) => Math.abs(tick.at - at) >= gapPx))
        ticks.push({ at, text: amountText(n * step, axis.unit, step) });
    }
  }
  return ticks.sort((one, other) => one.at - other.at);
}
