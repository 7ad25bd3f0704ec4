import { DEFAULT_TISSUE, type Picture, tissueMask, type TissueRequest } from '@exact/screening';
import type { TissueBits } from '@exact/scores';

/** The darkest channel of glass is brighter than this in all scanners that we know (220 and more); that of tissue is darker. */
const GLASS = 210;
/** The brightest channel of a fluorescent background is darker than this. */
const DARK = 40;

/**
 * Finds the tissue on a coarse picture of an image.
 *
 * Otsu's threshold parts what is there into dark and bright, also where there is no background at all: of a cut-out that is wholly tissue it
 * would take the nuclei for tissue and the rest for glass. So where even the bright part is darker than glass, all of it is tissue.
 *
 * @param threshold - value of the darkest channel (before a dark background: the brightest) that parts both; 0: found by itself
 */
export function findTissue(
  picture: Picture,
  image: { readonly width: number; readonly height: number },
  threshold: number,
): TissueBits {
  const find = (request: Partial<TissueRequest> = {}) => tissueMask(picture, image, { ...DEFAULT_TISSUE, ...request });
  if (threshold > 0) return find({ method: 'fixed', threshold }).mask;
  let found = find();
  if (found.background === 'dark') {
    const limit = found.threshold;
    if (meanOf(picture, Math.max, (value) => value < limit) < DARK) return found.mask;
    found = find({ background: 'light' }); // tissue that reaches the border
  }
  const limit = found.threshold;
  const hasGlass = meanOf(picture, Math.min, (value) => value >= limit) >= GLASS;
  return hasGlass ? found.mask : find({ method: 'fixed', threshold: GLASS, background: 'light' }).mask;
}

/** Mean of one channel of those pixels where it is so, or of all where it is nowhere so. */
function meanOf({ data }: Picture, channel: (...rgb: number[]) => number, isSo: (value: number) => boolean): number {
  let [sum, count, all] = [0, 0, 0];
  for (let i = 0; i + 2 < data.length; i += 3) {
    const value = channel(data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0);
    all += value;
    if (!isSo(value)) continue;
    sum += value;
    count++;
  }
  return count > 0 ? sum / count : all / (data.length / 3);
}
