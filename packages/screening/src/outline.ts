import { GeometryError, type PolygonGeometry } from '@exact/geometry';
import { simplify, traceMask } from '@exact/geometry/ops';
import type { TissueMask } from './mask.ts';

/** How far the outline may run beside the pixels of the mask, in those pixels: it rounds their steps off. */
const TOLERANCE = 0.75;
/** A mask of noise has more parts than a geometry may have: the smallest are left out until it fits. */
const MAX_PART = 2 ** 20;

/**
 * Outlines a mask for drawing. Areas are to be taken from the mask itself.
 *
 * @returns rings of level-0 pixels, flat (x0, y0, x1, y1, …), holes among them: fill them by the even-odd rule
 */
export function outlineOf({ bits, width, height, image }: TissueMask): number[][] {
  const traced = trace(bits, width, height);
  if (!traced) return [];
  const [perX, perY] = [image.width / width, image.height / height];
  return simplify(traced, TOLERANCE)
    .polygons.flat()
    .map((ring) => ring.map((value, i) => Math.round(value * (i % 2 === 0 ? perX : perY))));
}

function trace(bits: Uint8Array, width: number, height: number): PolygonGeometry | undefined {
  for (let minPixels = 1; ; minPixels *= 4) {
    try {
      return traceMask(bits, width, height, { minPixels });
    } catch (error) {
      if (!(error instanceof GeometryError) || error.code !== 'GEOMETRY_TOO_LARGE' || minPixels > MAX_PART) throw error;
    }
  }
}
