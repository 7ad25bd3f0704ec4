import { TAG } from '@exact/tiff';
import type { TiffFile, TiffImage } from '@exact/tiff';
import { ONE_PLANE, toImages } from './parts.ts';
import type { SlideParts } from './parts.ts';
import { resolutionMpp } from './resolution.ts';

/** Values of the lens tag that are no lens (OpenSlide's description of the format). -2 is a map of the focus points: not shown. */
const LENS = { macro: -1 } as const;

/**
 * Reads Hamamatsu NDPI. Every directory says with which lens it was seen: level 0 with that of the objective, the others
 * with smaller ones. Images of one size are the focal planes of a stack, told apart by tag 65424 (nm).
 */
export async function readHamamatsu(file: TiffFile): Promise<SlideParts | undefined> {
  if (file.variant !== 'ndpi') return undefined;
  const bySize = new Map<string, TiffImage[]>();
  const associated = new Map<string, TiffImage>();
  for (const image of toImages(file.directories)) {
    const lens = image.directory.number(TAG.ndpiLens) ?? 0;
    if (lens === LENS.macro) associated.set('macro', image);
    if (lens <= 0) continue;
    const key = `${image.width}x${image.height}`;
    bySize.set(key, [...(bySize.get(key) ?? []), image]);
  }
  const stacks = [...bySize.values()].sort(([a], [b]) => (b?.width ?? 0) - (a?.width ?? 0));
  const base = stacks[0] ?? [];
  const heights = [...new Set(base.map(focus))].sort((a, b) => a - b);
  const [first] = base;
  if (first === undefined) return undefined;
  const mpp = resolutionMpp(first.directory);
  const objective = first.directory.number(TAG.ndpiLens);
  return {
    vendor: 'hamamatsu',
    ...(mpp === undefined ? {} : { mpp }),
    ...(objective === undefined ? {} : { objective }),
    planes: { ...ONE_PLANE, z: heights.length },
    levels: stacks.map((stack) => heights.map((height) => nearest(stack, height, first))),
    associated,
  };
}

function focus(image: TiffImage): number {
  return image.directory.number(TAG.ndpiFocalPlane) ?? 0;
}

/** Small levels may hold the middle plane only: then it stands for all of them. */
function nearest(stack: readonly TiffImage[], height: number, otherwise: TiffImage): TiffImage {
  return stack.reduce(
    (best, image) => (Math.abs(focus(image) - height) < Math.abs(focus(best) - height) ? image : best),
    stack[0] ?? otherwise,
  );
}
