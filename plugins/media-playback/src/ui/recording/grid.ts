import { frequencyAt, type FrequencyAxis } from '@exact/sound';
import type { Bounds } from '@exact/geometry';
import type { SpectrogramGrid } from '../../shared/model.ts';
import type { Band, Part } from '../playing/part.ts';

/** Time and frequencies of a box on the image of a recording. */
export interface SoundBox {
  readonly part: Part;
  readonly band: Band;
}

const axisOf = ({ scale, fMinHz, fMaxHz, rows }: SpectrogramGrid): FrequencyAxis => ({ scale, fMinHz, fMaxHz, rows });

export const timeAt = (grid: SpectrogramGrid, x: number): number => x * grid.secondsPerPixel;
export const columnAt = (grid: SpectrogramGrid, timeS: number): number => timeS / grid.secondsPerPixel;
export const hzAt = (grid: SpectrogramGrid, y: number): number => frequencyAt(axisOf(grid), y);

/** What a box holds, as far as it lies on the image: level-0 pixels in, seconds and Hz out. Nothing where it lies beside it. */
export function soundBoxOf(grid: SpectrogramGrid, box: Bounds, durationS: number): SoundBox | undefined {
  const fromS = Math.max(0, timeAt(grid, box.minX));
  const toS = Math.min(durationS, timeAt(grid, box.maxX));
  const [top, bottom] = [Math.max(0, box.minY), Math.min(grid.rows, box.maxY)];
  if (!(toS > fromS) || bottom < top) return undefined;
  return { part: { fromS, toS }, band: { lowHz: hzAt(grid, bottom), highHz: hzAt(grid, top) } };
}

/** A band that leaves nothing out is none. */
export function bandToPlay(grid: SpectrogramGrid, { lowHz, highHz }: Band): Band | undefined {
  const isAll = lowHz <= grid.fMinHz * 1.001 && highHz >= grid.fMaxHz * 0.999;
  return isAll || !(highHz > lowHz) ? undefined : { lowHz, highHz };
}
