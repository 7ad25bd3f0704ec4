import { packMask, type Picture, tissueMask, type TissueRequest } from '@exact/screening';
import { outlineOf } from '@exact/screening/outline';

export interface TissueInput {
  readonly picture: Picture;
  /** Size of level 0 in pixels. */
  readonly image: { readonly width: number; readonly height: number };
  readonly request: TissueRequest;
}
export interface TissueResult {
  readonly width: number;
  readonly height: number;
  readonly image: { readonly width: number; readonly height: number };
  readonly threshold: number;
  readonly background: 'light' | 'dark';
  readonly share: number;
  readonly bits: Uint8Array;
  readonly outline: number[][];
}

/** Finds tissue in a process of its own: a million pixels and their outline keep a core busy for a while. */
export default function tissueTask({ picture, image, request }: TissueInput): Promise<TissueResult> {
  const { mask, threshold, background } = tissueMask(picture, image, request);
  const whole = { minX: 0, minY: 0, maxX: image.width, maxY: image.height };
  return Promise.resolve({
    width: mask.width,
    height: mask.height,
    image,
    threshold,
    background,
    share: Math.min(1, mask.area(whole) / (image.width * image.height)),
    bits: packMask(mask.bits),
    outline: outlineOf(mask),
  });
}
