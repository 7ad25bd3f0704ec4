import type { Mpp } from '@exact/geometry';
import { formatNumber } from '../../i18n/format.ts';

interface Position {
  readonly x: number;
  readonly y: number;
}

/** µm between two level-0 points, or level-0 pixels where the image is not calibrated. */
export const lengthOf = (a: Position, b: Position, mpp: Mpp | undefined): number =>
  Math.hypot((b.x - a.x) * (mpp?.x ?? 1), (b.y - a.y) * (mpp?.y ?? 1));

/** The angle at `b`, degrees from 0 to 180, as it is on the glass. */
export function angleAt(a: Position, b: Position, c: Position, mpp: Mpp | undefined): number {
  const [sx, sy] = [mpp?.x ?? 1, mpp?.y ?? 1];
  const [ux, uy] = [(a.x - b.x) * sx, (a.y - b.y) * sy];
  const [vx, vy] = [(c.x - b.x) * sx, (c.y - b.y) * sy];
  return (Math.abs(Math.atan2(ux * vy - uy * vx, ux * vx + uy * vy)) * 180) / Math.PI;
}

/** `0.84 µm`, `123.4 µm`, `1.27 mm`, `512 px`: as many digits as a hand can set. */
export function lengthText(length: number, unit: 'µm' | 'px'): string {
  if (unit === 'µm' && length >= 1000) return `${formatNumber(Number((length / 1000).toPrecision(4)))} mm`;
  const digits = length < 10 ? 2 : length < 1000 ? 1 : 0;
  return `${formatNumber(Number(length.toFixed(digits)))} ${unit}`;
}
