import type { HookContext } from '@exact/sdk/hooks';
import type { Services } from '../services.ts';
import type { AccessNotices } from './notices.ts';

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

const RECHECK_MS = 30_000;
const MAX_KNOWN = 10_000;

interface Known {
  readonly imageIds: ReadonlySet<number> | undefined;
  readonly checkAgainAt: number;
}

export function createVisibleImages(
  { database, hooks, log }: Pick<Services, 'database' | 'hooks' | 'log'>,
  notices: Pick<AccessNotices, 'on'>,
): VisibleImages {
  const hook = hooks.images.visible;
  const known = new Map<string, Known>();
  let generation = 0;
  notices.on(({ about }) => {
    if (about === 'session' || about === 'token') return;
    generation += 1;
    known.clear();
  });

  const keyOf = (principal: HookContext['principal'], projectId: number): string =>
    `${projectId} ${principal?.userId ?? 0} ${principal?.isAdmin ?? false}`;
  const find = (key: string): Known | undefined => {
    const entry = known.get(key);
    return entry && Date.now() < entry.checkAgainAt ? entry : undefined;
  };

  const of: VisibleImages['of'] = async (principal, projectId, call) => {
    if (!hook.isUsed(projectId)) return undefined;
    const key = keyOf(principal, projectId);
    const entry = find(key);
    if (entry) return entry.imageIds;
    const before = generation;
    const { requestId = 'images.visible', signal = AbortSignal.timeout(5000), log: calling = log } = call ?? {};
    const context = { requestId, signal, log: calling, projectId, ...(principal && { principal }) };
    const imageIds = (await hook.call(Object.freeze({ projectId }), context))?.imageIds;
    const answer = imageIds && new Set(imageIds);
    if (generation !== before) return answer;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, { imageIds: answer, checkAgainAt: Date.now() + RECHECK_MS });
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
      const entry = find(keyOf(principal, projectId));
      return entry && (entry.imageIds?.has(imageId) ?? true);
    },
  };
}
