import { annotationsContract, type RawReply } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import { type CoreRequest, implement, type Operation } from '../http/implement.ts';
import { takeReplyBuffer } from '../http/reply-buffers.ts';
import type { CoreAnnotations } from './index.ts';
import type { ImageFilter } from './read.ts';
import type { PackedAnswer } from './reading/answers.ts';

type Contract = typeof annotationsContract;
type FilterQuery = CoreRequest<Contract['frame']>['query'];

/** Tells a client from where to watch the live channel, so that it misses nothing that a frame does not show. */
export const CURSOR_HEADER = 'exact-cursor';

/** Puts annotations behind the HTTP contract. */
export function annotationOperations(annotations: CoreAnnotations): readonly Operation[] {
  return implement(annotationsContract, {
    list: (request) =>
      annotations.list(filterOf(request.params.imageId, request.query), contextOf(request), request.query),
    frame: async (request) => packed('frame', await annotations.frame(...askedOf(request))),
    centres: async (request) => {
      const { with: extra, ...query } = request.query;
      const [filter, context, asked] = askedOf({ ...request, query });
      return packed('centres', await annotations.centres(filter, context, { ...asked, withUuids: extra === 'uuids' }));
    },
    overview: async (request) => packed('overview', await annotations.overview(...askedOf(request))),
    next: async (request) => {
      const { after, direction, ...query } = request.query;
      const filter = filterOf(request.params.imageId, query);
      return (await annotations.next(filter, contextOf(request), { after, direction })) ?? null;
    },
    counts: async (request) => {
      const counts = await annotations.count({ imageId: request.params.imageId }, 'template', contextOf(request));
      return counts.map(({ id, count }) => ({ templateId: id, count }));
    },
    change: ({ params, principal, projectId, body, role, requestId, signal, log }) =>
      annotations.change(principal, inProject(projectId), params.imageId, body, 'client', {
        role,
        requestId,
        signal,
        log,
      }),
    get: (request) => annotations.get(request.params.annotationId, contextOf(request)),
    history: (request) => annotations.history(request.params.annotationId, contextOf(request)),
  });
}

type Asking = CoreRequest<Contract['frame']>;

function askedOf(request: Asking): Parameters<CoreAnnotations['frame']> {
  const { params, query, headers } = request;
  return [
    filterOf(params.imageId, query),
    contextOf(request),
    { known: headers['if-none-match'], room: takeReplyBuffer },
  ];
}

/** Kept by browsers, and asked about each time: rights may have gone, and annotations change. */
function packed(form: string, { etag, bytes, cursor }: PackedAnswer): RawReply {
  const headers = {
    etag,
    'cache-control': 'private, no-cache',
    ...(cursor === undefined ? {} : { [CURSOR_HEADER]: cursor }),
  };
  if (!bytes) return { status: 304, headers };
  return { headers: { ...headers, 'content-type': `application/vnd.exact.${form}` }, body: bytes };
}

function filterOf(imageId: number, query: FilterQuery): ImageFilter {
  const { templates, authors, layers, box, ...rest } = query;
  const given = Object.fromEntries(Object.entries(rest).filter(([field]) => !['cursor', 'limit'].includes(field)));
  return {
    ...given,
    imageId,
    ...(templates && { templateIds: templates }),
    ...(authors && { authorIds: authors }),
    ...(layers && { layers }),
    // The contract checks that there are four.
    ...(box && { box: { minX: box[0]!, minY: box[1]!, maxX: box[2]!, maxY: box[3]! } }),
  };
}

interface Asked {
  readonly principal: HookContext['principal'] & object;
  readonly projectId: number | undefined;
  readonly requestId: string;
  readonly signal: AbortSignal;
  readonly log: HookContext['log'];
}

function contextOf({ principal, projectId, requestId, signal, log }: Asked): HookContext {
  return { principal, projectId: inProject(projectId), requestId, signal, log };
}

/** Blind mode is a matter of the project: without one, nothing about annotations may be answered. */
function inProject(projectId: number | undefined): number {
  if (projectId === undefined) throw new Error('A request about annotations was let through without its project.');
  return projectId;
}
