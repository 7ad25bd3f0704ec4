import type { Services } from '../services.ts';
import { type Blinding, createBlinding } from './blinding.ts';
import type { AccessNotices } from './notices.ts';
import { createVisibleImages, type VisibleImages } from './visible-images.ts';

/** What of a project is there for somebody, beside their role: the two questions that every door asks. */
export interface Seeing {
  /** Whether they work blind. */
  readonly blinding: Blinding;
  /** Which images are there for them. */
  readonly visibleImages: VisibleImages;
}

/** Services of modules that tell people of annotations or images. */
export type SeeingServices = Services & { readonly seeing: Seeing };

export function createSeeing(services: Services, notices: Pick<AccessNotices, 'on'>): Seeing {
  return {
    blinding: createBlinding(services, notices),
    visibleImages: createVisibleImages(services, notices),
  };
}
