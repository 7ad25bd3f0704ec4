import { bounds } from '@exact/geometry';
import { InvalidRequestError } from '@exact/sdk/contract';
import type { AnnotationFilter, Handlers, PluginContext, Principal } from '@exact/sdk/server';
import { type Hit, PAGE_SIZE, type labelStatisticsContract } from '../shared/contract.ts';

/** Answers of the endpoints. What one may not see is neither counted nor found: the platform narrows each question by its asker. */
export function createHandlers(
  ctx: Pick<PluginContext, 'annotations' | 'images'>,
): Handlers<typeof labelStatisticsContract> {
  return {
    async counts({ projectId, query, principal }) {
      const counts = await ctx.annotations.count(principal, scopeOf(projectId, query), 'template');
      return counts.map(({ id, count }) => ({ templateId: id, count }));
    },

    async search({ projectId, query, principal }) {
      const { templates, authors, box, text, createdAfter, createdBefore, verified, cursor, limit = PAGE_SIZE } = query;
      const filter: AnnotationFilter = {
        ...scopeOf(projectId, query),
        ...(templates ? { templateIds: templates } : {}),
        ...(authors ? { authorIds: authors } : {}),
        ...(box ? { box: boxOf(box) } : {}),
        ...(text ? { text } : {}),
        ...(createdAfter ? { createdAfter } : {}),
        ...(createdBefore ? { createdBefore } : {}),
        ...(verified ? { verified } : {}),
      };
      const { items, next } = await ctx.annotations.list(principal, filter, {
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      const images = await readImages(ctx, principal, new Set(items.map(({ imageId }) => imageId)));
      const hits = items.flatMap(({ uuid, imageId, templateId, authorId, createdAt, description, geometry }): Hit[] => {
        const image = images.get(imageId);
        if (!image) return [];
        const whole = { minX: 0, minY: 0, maxX: image.width, maxY: image.height };
        const place = geometry.kind === 'image' ? whole : bounds(geometry);
        return [
          { uuid, imageId, imageName: image.publicName, templateId, authorId, createdAt, description, bounds: place },
        ];
      });
      return next === undefined ? { items: hits } : { items: hits, next };
    },
  };
}

function scopeOf(
  projectId: number | undefined,
  { imageId, imageSetId }: { readonly imageId?: number | undefined; readonly imageSetId?: number | undefined },
): AnnotationFilter {
  if (projectId === undefined) throw new Error('The endpoints of this plugin are mounted below a project.');
  return {
    projectId,
    ...(imageId === undefined ? {} : { imageId }),
    ...(imageSetId === undefined ? {} : { imageSetId }),
  };
}

function boxOf([minX = 0, minY = 0, maxX = 0, maxY = 0]: readonly number[]): NonNullable<AnnotationFilter['box']> {
  if (minX > maxX || minY > maxY) {
    throw new InvalidRequestError({
      fields: [{ path: 'query.box', message: 'must be minX,minY,maxX,maxY with min not above max' }],
    });
  }
  return { minX, minY, maxX, maxY };
}

type Image = Awaited<ReturnType<PluginContext['images']['get']>>;

/** One page names few images; one that was deleted meanwhile is left out with its hits. */
async function readImages(
  ctx: Pick<PluginContext, 'images'>,
  principal: Principal,
  ids: ReadonlySet<number>,
): Promise<Map<number, Image>> {
  const found = new Map<number, Image>();
  for (const id of ids) {
    try {
      found.set(id, await ctx.images.get(principal, id));
    } catch (error) {
      if ((error as { status?: unknown }).status !== 404) throw error;
    }
  }
  return found;
}
