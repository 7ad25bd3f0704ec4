import { AnnotationFilterQuery, contract, endpoint, Id, PageQuery, Timestamp, Uuid } from '@exact/sdk/contract';
import { z } from 'zod';

/** Where to look: an image, an image set, or without both the whole project. */
const Scope = {
  imageId: Id.optional(),
  imageSetId: Id.optional(),
};

export const TemplateCount = z.object({ templateId: Id, count: z.number() });
export type TemplateCount = z.output<typeof TemplateCount>;

export const Hit = z.object({
  uuid: Uuid,
  imageId: Id,
  /** Public name of the image. */
  imageName: z.string(),
  templateId: Id,
  authorId: Id,
  createdAt: Timestamp,
  description: z.string(),
  /** Level-0 pixels; of a whole-image label the whole image. */
  bounds: z.object({ minX: z.number(), minY: z.number(), maxX: z.number(), maxY: z.number() }),
});
export type Hit = z.output<typeof Hit>;

/** Most hits in one answer. */
export const PAGE_SIZE = 50;

const access = { permission: 'annotations:read', in: 'project' } as const;
const { templates, authors, box, text, createdAfter, createdBefore, verified } = AnnotationFilterQuery;

/** Endpoints of the plugin, below `/api/v2/projects/:projectId/plugins/label-statistics`. */
export const labelStatisticsContract = contract({
  counts: endpoint({
    method: 'GET',
    path: '/counts',
    summary:
      'Number of annotations by template, in an image, an image set or the project; only those that the caller may see',
    access,
    query: z.object(Scope),
    response: z.array(TemplateCount),
  }),
  search: endpoint({
    method: 'GET',
    path: '/search',
    summary: 'Annotations by template, author, text, box and time, oldest first; only those that the caller may see',
    access,
    query: z.object({
      ...Scope,
      ...{ templates, authors, box, text, createdAfter, createdBefore, verified },
      cursor: PageQuery.cursor,
      limit: z.coerce.number().int().min(1).max(PAGE_SIZE).optional().describe(`default ${PAGE_SIZE}`),
    }),
    response: z.object({ items: z.array(Hit), next: z.string().optional().describe('absent on the last page') }),
  }),
});
