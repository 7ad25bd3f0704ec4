import { ScreeningError } from './error.ts';
import type { Picture } from './tissue.ts';

/**
 * One value for each pixel that parts tissue from background best: the darkest channel before light, the brightest before dark. Pale pink
 * connective tissue is nearly as bright as glass, yet its green is not; one blue stain on black is hardly bright at all, yet its blue is.
 *
 * @throws {@link ScreeningError} `MASK_SIZE` where data and size differ
 */
export function valuesOf({ width, height, data }: Picture, background: 'light' | 'dark'): Uint8Array {
  requireFit({ width, height, data });
  const pick = background === 'light' ? Math.min : Math.max;
  const values = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < values.length; i++, at += 3)
    values[i] = pick(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0);
  return values;
}

function requireFit({ width, height, data }: Picture): void {
  if (!(width >= 1 && height >= 1) || data.length !== width * height * 3)
    throw new ScreeningError('MASK_SIZE', `A picture of ${width} × ${height} px has not ${data.length} bytes of RGB.`);
}

export function histogramOf(grey: Uint8Array): Uint32Array {
  const histogram = new Uint32Array(256);
  for (const value of grey) histogram[value] = (histogram[value] ?? 0) + 1;
  return histogram;
}

/** What surrounds the tissue: the median grey of the outermost pixels (Rec. 601, the weights of JPEG) against the middle of all greys. */
export function backgroundOf({ width, height, data }: Picture): 'light' | 'dark' {
  requireFit({ width, height, data });
  const border: number[] = [];
  const add = (x: number, y: number): void => {
    const at = 3 * (y * width + x);
    border.push(0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0));
  };
  for (let x = 0; x < width; x++) {
    add(x, 0);
    add(x, height - 1);
  }
  for (let y = 1; y < height - 1; y++) {
    add(0, y);
    add(width - 1, y);
  }
  border.sort((a, b) => a - b);
  return (border[border.length >> 1] ?? 0) >= 128 ? 'light' : 'dark';
}

export interface Parted {
  /** The first grey value of the upper side. */
  readonly threshold: number;
  /** Mean grey values below and from the threshold on; equal where there is one value only. */
  readonly low: number;
  readonly high: number;
}

/**
 * Parts grey values in two so that the variance between both sides is largest. Of a stretch of thresholds that part alike, its middle.
 *
 * @see Otsu, A threshold selection method from gray-level histograms, IEEE Trans. SMC 9 (1979) 62–66
 */
export function otsu(histogram: ArrayLike<number>): Parted {
  let [total, sum] = [0, 0];
  for (let value = 0; value < histogram.length; value++) {
    total += histogram[value] ?? 0;
    sum += value * (histogram[value] ?? 0);
  }
  const mean = total > 0 ? sum / total : 0;
  let best: Parted & { readonly variance: number; readonly first: number } = {
    ...{ threshold: Math.ceil(mean), low: mean, high: mean },
    ...{ variance: 0, first: 0 },
  };
  let [below, sumBelow] = [0, 0];
  for (let threshold = 1; threshold < histogram.length; threshold++) {
    below += histogram[threshold - 1] ?? 0;
    sumBelow += (threshold - 1) * (histogram[threshold - 1] ?? 0);
    const above = total - below;
    if (below === 0 || above === 0) continue;
    const [low, high] = [sumBelow / below, (sum - sumBelow) / above];
    const variance = below * above * (high - low) ** 2;
    if (variance > best.variance) best = { threshold, low, high, variance, first: threshold };
    else if (variance === best.variance && low === best.low && high === best.high)
      best = { ...best, threshold: (best.first + threshold + 1) >> 1 };
  }
  const { threshold, low, high } = best;
  return { threshold, low, high };
}
