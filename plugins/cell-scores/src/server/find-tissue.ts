import { DEFAULT_TISSUE, type Picture, tissueMask } from '@exact/screening';
import type { TissueBits } from '@exact/scores';

/** Glass of stained slides is brighter than this in all scanners that we know (220 and more); tissue is darker. */
const GLASS = 210;
/** The background of fluorescence is darker than this. */
const DARK = 40;

/**
 * Finds the tissue on a coarse picture of an image.
 *
 * Otsu's threshold parts what is there into dark and bright, also where there is no background at all: of a cut-out that is wholly tissue it
 * would take the nuclei for tissue and the rest for glass. So where even the bright part is darker than glass, all of it is tissue.
 *
 * @param threshold - grey value that parts both; 0: found by itself
 */
export function findTissue(
  picture: Picture,
  image: { readonly width: number; readonly height: number },
  threshold: number,
): TissueBits {
  if (threshold > 0) return tissueMask(picture, image, { ...DEFAULT_TISSUE, method: 'fixed', threshold }).mask;
  const found = tissueMask(picture, image);
  const { dark, bright } = meansOf(picture, found.threshold);
  if (dark < DARK && (found.background === 'dark' || bright < DARK)) return found.mask;
  if (bright < GLASS)
    return tissueMask(picture, image, {
      ...{ ...DEFAULT_TISSUE, method: 'fixed', threshold: GLASS, background: 'light' },
    }).mask;
  return found.background === 'light'
    ? found.mask
    : tissueMask(picture, image, { ...DEFAULT_TISSUE, background: 'light' }).mask; // tissue reaches the border
}

/** Mean greys below a threshold and from it on; of an empty side that of the other one. */
function meansOf({ data }: Picture, threshold: number): { readonly dark: number; readonly bright: number } {
  const sums = [0, 0];
  const counts = [0, 0];
  for (let i = 0; i + 2 < data.length; i += 3) {
    // Rec. 601, as @exact/screening
    const grey = 0.299 * (data[i] ?? 0) + 0.587 * (data[i + 1] ?? 0) + 0.114 * (data[i + 2] ?? 0);
    const side = grey < threshold ? 0 : 1;
    sums[side] = (sums[side] ?? 0) + grey;
    counts[side] = (counts[side] ?? 0) + 1;
  }
  const mean = (side: 0 | 1): number => (sums[side] ?? 0) / (counts[side] || 1);
  if (counts[0] === 0) return { dark: mean(1), bright: mean(1) };
  return { dark: mean(0), bright: counts[1] === 0 ? mean(0) : mean(1) };
}
