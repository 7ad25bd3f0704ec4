import { ScreeningError } from './error.ts';
import type { Picture } from './tissue.ts';

/** Grey values by Rec. 601, the weights of JPEG. @throws {@link ScreeningError} `MASK_SIZE` where data and size differ */
export function greyOf({ width, height, data }: Picture): Uint8Array {
  if (!(width >= 1 && height >= 1) || data.length !== width * height * 3)
    throw new ScreeningError('MASK_SIZE', `A picture of ${width} × ${height} px has not ${data.length} bytes of RGB.`);
  const grey = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < grey.length; i++, at += 3)
    grey[i] = Math.round(0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0));
  return grey;
}

export function histogramOf(grey: Uint8Array): Uint32Array {
  const histogram = new Uint32Array(256);
  for (const value of grey) histogram[value] = (histogram[value] ?? 0) + 1;
  return histogram;
}

/** Median of the outermost pixels: what surrounds the tissue. */
export function borderGrey(grey: Uint8Array, width: number, height: number): number {
  const border: number[] = [];
  for (let x = 0; x < width; x++) border.push(grey[x] ?? 0, grey[(height - 1) * width + x] ?? 0);
  for (let y = 1; y < height - 1; y++) border.push(grey[y * width] ?? 0, grey[y * width + width - 1] ?? 0);
  border.sort((a, b) => a - b);
  return border[border.length >> 1] ?? 0;
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
