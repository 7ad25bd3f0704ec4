import type { Image } from '@exact/sdk/contract';
import type { Scope } from './use-usage.ts';

export const WHERE = ['image', 'imageSet', 'project'] as const;
export type Where = (typeof WHERE)[number];

/** What each tab counts in, seen from an image. */
export const scopesOf = ({ id, imageSetId }: Pick<Image, 'id' | 'imageSetId'>): Readonly<Record<Where, Scope>> => ({
  image: { imageId: id },
  imageSet: { imageSetId },
  project: {},
});
