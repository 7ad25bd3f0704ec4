import { closeMask } from './closing.ts';
import { ScreeningError } from './error.ts';
import { backgroundOf, histogramOf, otsu, valuesOf } from './grey.ts';
import { makeMask, type TissueMask } from './mask.ts';
import { dropSmallParts } from './parts.ts';

export const TISSUE_METHODS = ['otsu', 'fixed'] as const;
/** `light`: tissue is darker than the background (stained slides) · `dark`: brighter (fluorescence) · `auto`: as the border of the picture. */
export const TISSUE_BACKGROUNDS = ['auto', 'light', 'dark'] as const;

/** Least distance between the mean values of tissue and background: an even picture holds none, though Otsu parts its noise. */
export const MIN_CONTRAST = 12;

export interface TissueRequest {
  readonly method: (typeof TISSUE_METHODS)[number];
  /** Value 0…255 of the darkest channel (before a dark background: the brightest) that parts both; of `fixed`. */
  readonly threshold: number;
  /** Side of the square that gaps are closed with, odd, in pixels of the mask (SlideRunner: 7); 1 closes none. */
  readonly closing: number;
  readonly background: (typeof TISSUE_BACKGROUNDS)[number];
  /** Connected parts of fewer pixels are dust. Low by default: cells of a smear are few pixels, too, and a field too many is looked at sooner than one too few. */
  readonly minPart: number;
}

export const DEFAULT_TISSUE: TissueRequest = Object.freeze({
  method: 'otsu',
  threshold: 200,
  closing: 7,
  background: 'auto',
  minPart: 4,
});

/** A picture of a whole image: 8 bit RGB row by row, without gaps. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

export interface FoundTissue {
  readonly mask: TissueMask;
  /** Value that was used. */
  readonly threshold: number;
  readonly background: 'light' | 'dark';
}

/**
 * Finds tissue on a coarse picture: values of its darkest (brightest) channel are parted by a threshold, gaps closed, dust dropped.
 *
 * @param picture - of all of the image, however coarse
 * @param image   - size of level 0, which the mask is stretched over
 * @returns an empty mask where the two sides of Otsu's threshold differ by less than {@link MIN_CONTRAST}
 * @throws {@link ScreeningError} `TISSUE_PARAMETER`, `MASK_SIZE`
 */
export function tissueMask(
  picture: Picture,
  image: { readonly width: number; readonly height: number },
  request: TissueRequest = DEFAULT_TISSUE,
): FoundTissue {
  const { width, height } = picture;
  const { method, closing, minPart } = request;
  if (!(request.threshold >= 0 && request.threshold <= 255))
    throw new ScreeningError('TISSUE_PARAMETER', `The threshold is ${request.threshold}; values go from 0 to 255.`);
  if (!Number.isInteger(closing) || closing < 1 || closing % 2 === 0)
    throw new ScreeningError('TISSUE_PARAMETER', `The closing is ${closing} pixels; it must be an odd whole number.`);
  const background = request.background === 'auto' ? backgroundOf(picture) : request.background;
  const values = valuesOf(picture, background);
  const parted = otsu(histogramOf(values));
  const threshold = method === 'fixed' ? request.threshold : parted.threshold;
  const isEven = method === 'otsu' && parted.high - parted.low < MIN_CONTRAST;
  const bits = new Uint8Array(width * height);
  if (!isEven)
    for (let i = 0; i < bits.length; i++) {
      const value = values[i] ?? 0;
      if (background === 'light' ? value < threshold : value >= threshold) bits[i] = 1;
    }
  const closed = closeMask(bits, width, height, closing);
  dropSmallParts(closed, width, height, minPart);
  return { mask: makeMask(closed, width, height, image), threshold, background };
}
