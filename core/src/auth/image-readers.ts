import type { AccessNotices } from './notices.ts';

/** As for credentials: the bound for a process that a notice did not reach. */
const RECHECK_MS = 30_000;
const MAX_PEOPLE = 2_000;
const MAX_IMAGES_EACH = 20_000;

interface KnownReader {
  readonly projectId: number;
  readonly checkAgainAt: number;
}

/** Who was found to may read which image; for the tile route, which asks hundreds of times a second. Only "yes" is kept. */
export interface ImageReaders {
  /** @returns project of the image, or nothing when it has to be looked up. Two look-ups in Maps. */
  find(userId: number, imageId: number): number | undefined;
  /** Call it before the look-up. @returns keeps the answer, unless rights changed since */
  remember(userId: number, imageId: number): (projectId: number) => void;
  invalidateUser(userId: number): void;
  invalidateAll(): void;
}

export function createImageReaders(notices: AccessNotices): ImageReaders {
  const known = new Map<number, Map<number, KnownReader>>();
  let generation = 0;

  const invalidateAll = (): void => {
    generation += 1;
    known.clear();
  };
  const invalidateUser = (userId: number): void => {
    generation += 1;
    known.delete(userId);
  };
  notices.on((notice) => {
    if (notice.about === 'user') invalidateUser(notice.id);
    else if (notice.about === 'grants' || notice.about === 'everything') invalidateAll();
  });

  return {
    invalidateAll,
    invalidateUser,
    find(userId, imageId) {
      const reader = known.get(userId)?.get(imageId);
      return reader !== undefined && Date.now() < reader.checkAgainAt ? reader.projectId : undefined;
    },
    remember(userId, imageId) {
      const before = generation;
      return (projectId) => {
        if (generation !== before) return;
        if (known.size >= MAX_PEOPLE && !known.has(userId)) known.clear();
        const images = known.get(userId) ?? new Map<number, KnownReader>();
        if (images.size >= MAX_IMAGES_EACH) images.clear();
        images.set(imageId, { projectId, checkAgainAt: Date.now() + RECHECK_MS });
        known.set(userId, images);
      };
    },
  };
}
