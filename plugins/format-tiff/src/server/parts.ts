import { TAG, TiffImage } from '@exact/tiff';
import type { TiffDirectory } from '@exact/tiff';
import type { Plane } from '@exact/sdk/server';

/** What a reader of one vendor's files found: which images of the file make the slide, and what is known of it. */
export interface SlideParts {
  readonly vendor: string;
  /** Micrometres for one level-0 pixel. */
  readonly mpp?: { readonly x: number; readonly y: number };
  readonly objective?: number;
  readonly planes: PlaneCounts;
  /** Largest first; in each one image a plane, in the order of {@link planeIndex}. Never empty. */
  readonly levels: readonly (readonly TiffImage[])[];
  /** Pictures beside the slide, by name. */
  readonly associated: ReadonlyMap<string, TiffImage>;
}

export interface PlaneCounts {
  readonly z: number;
  readonly t: number;
  readonly c: number;
}

export const ONE_PLANE: PlaneCounts = { z: 1, t: 1, c: 1 };

/** Place of a plane in a level: z runs fastest, then time, then channel. Nothing when there is no such plane. */
export function planeIndex(counts: PlaneCounts, { z, t, c }: Plane): number | undefined {
  const isInside =
    [z, t, c].every((value) => Number.isInteger(value) && value >= 0) && z < counts.z && t < counts.t && c < counts.c;
  return isInside ? z + counts.z * (t + counts.t * c) : undefined;
}

/** Makes images of the directories that describe one; others (EXIF, private ones) are passed over. */
export function toImages(directories: readonly TiffDirectory[]): readonly TiffImage[] {
  return directories.filter((directory) => directory.has(TAG.imageWidth)).map((directory) => new TiffImage(directory));
}

/** Names of accompanying pictures that are passed on. Anything else stays in the file. */
export function associatedName(text: string | undefined): 'label' | 'macro' | 'thumbnail' | undefined {
  const found = /\b(label|macro|thumbnail)\b/i.exec(text ?? '')?.[1]?.toLowerCase();
  return found === 'label' || found === 'macro' || found === 'thumbnail' ? found : undefined;
}
