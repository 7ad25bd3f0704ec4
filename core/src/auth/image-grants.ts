import type { Principal } from '@exact/sdk/server';
import type { Grant } from '../http/implement.ts';
import type { AccessNotices } from './notices.ts';

/** As for credentials: the bound for a process that a notice did not reach. */
const RECHECK_MS = 30_000;
const MAX_PEOPLE = 2_000;
const MAX_IMAGES_EACH = 20_000;

interface KnownGrant {
  readonly grant: Grant;
  readonly isAdmin: boolean;
  readonly checkAgainAt: number;
}

/**
 * What was found of people and images when they were looked up: the image's project, and their role there. A slide is asked for
 * hundreds of tiles a second, and for its annotations with every move. Only what is there is kept; what the role holds is decided anew
 * each time.
 */
export interface ImageGrants {
  /** @returns nothing when it has to be looked up. Two look-ups in Maps */
  find(principal: Pick<Principal, 'userId' | 'isAdmin'>, imageId: number): Grant | undefined;
  /** Call it before the look-up. @returns keeps the answer, unless rights changed since */
  remember(principal: Pick<Principal, 'userId' | 'isAdmin'>, imageId: number): (grant: Grant) => void;
  invalidateUser(userId: number): void;
  invalidateAll(): void;
}

export function createImageGrants(notices: AccessNotices): ImageGrants {
  const known = new Map<number, Map<number, KnownGrant>>();
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
    find({ userId, isAdmin }, imageId) {
      const entry = known.get(userId)?.get(imageId);
      return entry !== undefined && entry.isAdmin === isAdmin && Date.now() < entry.checkAgainAt
        ? entry.grant
        : undefined;
    },
    remember({ userId, isAdmin }, imageId) {
      const before = generation;
      return (grant) => {
        if (generation !== before) return;
        if (known.size >= MAX_PEOPLE && !known.has(userId)) known.clear();
        const images = known.get(userId) ?? new Map<number, KnownGrant>();
        if (images.size >= MAX_IMAGES_EACH) images.clear();
        images.set(imageId, { grant: Object.freeze(grant), isAdmin, checkAgainAt: Date.now() + RECHECK_MS });
        known.set(userId, images);
      };
    },
  };
}
