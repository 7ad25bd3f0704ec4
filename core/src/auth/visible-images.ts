import type { HookContext } from '@exact/sdk/hooks';
import type { Services } from '../services.ts';
import type { AccessNotices } from './notices.ts';
import { createSightCache } from './sight-cache.ts';

/** In the course of what somebody asks; a plugin that taps the hook is told. */
type Call = Pick<HookContext, 'requestId' | 'signal' | 'log'>;

/**
 * Tells which images of a project are there for somebody: the answer of `images.visible`, kept until rights change or a plugin says
 * that what somebody sees has changed. Every door that lists, counts or resolves images, or annotations on them, asks here.
 */
export interface VisibleImages {
  /** @returns nothing when all images are there, as in every project where no plugin has a say */
  of(principal: HookContext['principal'], projectId: number, call?: Call): Promise<ReadonlySet<number> | undefined>;
  /** As {@link of}, in the project of an image set. */
  ofSet(principal: HookContext['principal'], imageSetId: number): Promise<ReadonlySet<number> | undefined>;
  /** For tiles: whether the image is there, as far as that is known without asking anybody; else nothing. */
  isThere(principal: HookContext['principal'], projectId: number, imageId: number): boolean | undefined;
}

export function createVisibleImages(
  { database, hooks, log }: Pick<Services, 'database' | 'hooks' | 'log'>,
  notices: Pick<AccessNotices, 'on'>,
): VisibleImages {
  const hook = hooks.images.visible;
  const known = createSightCache<ReadonlySet<number> | undefined>(notices);

  const of: VisibleImages['of'] = async (principal, projectId, call) => {
    if (!hook.isUsed(projectId)) return undefined;
    const entry = known.find(principal, projectId);
    if (entry) return entry.value;
    const remember = known.remember(principal, projectId);
    const { requestId = 'images.visible', signal = AbortSignal.timeout(5000), log: calling = log } = call ?? {};
    const context = { requestId, signal, log: calling, projectId, ...(principal && { principal }) };
    const imageIds = (await hook.call(Object.freeze({ projectId }), context))?.imageIds;
    const answer = imageIds && new Set(imageIds);
    remember(answer);
    return answer;
  };

  return {
    of,
    async ofSet(principal, imageSetId) {
      if (!hook.isUsed()) return undefined;
      const [set] = await database.sql.query<{ project_id: number }>(
        'select project_id from core.image_set where id = $1',
        [imageSetId],
      );
      return set && of(principal, set.project_id);
    },
    isThere(principal, projectId, imageId) {
      if (!hook.isUsed(projectId)) return true;
      const entry = known.find(principal, projectId);
      return entry && (entry.value?.has(imageId) ?? true);
    },
  };
}
