import type { HookContext } from '@exact/sdk/hooks';
import type { Services } from '../services.ts';
import type { AccessNotices } from './notices.ts';
import { createSightCache } from './sight-cache.ts';

/** In the course of what somebody asks; a plugin that taps the hook is told. */
type Call = Partial<Pick<HookContext, 'requestId' | 'log'>>;

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

  async function ask(
    principal: HookContext['principal'],
    projectId: number,
    { requestId = 'images.visible', log: calling = log }: Call = {},
  ): Promise<ReadonlySet<number> | undefined> {
    // Others wait for the answer, too: it does not end with the request that happens to ask first.
    const signal = AbortSignal.timeout(5000);
    const context = { requestId, signal, log: calling, projectId, ...(principal && { principal }) };
    const imageIds = (await hook.call(Object.freeze({ projectId }), context))?.imageIds;
    return imageIds && new Set(imageIds);
  }

  const of: VisibleImages['of'] = async (principal, projectId, call) =>
    hook.isUsed(projectId) ? known.get(principal, projectId, () => ask(principal, projectId, call)) : undefined;

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
