import { mediaContract } from '@exact/sdk/contract';
import { type CoreRequest, implement, type Operation } from '../http/implement.ts';
import type { MediaService } from './media.ts';

/** Puts files of annotations behind the HTTP contract. */
export function mediaOperations(media: MediaService): readonly Operation[] {
  return implement(mediaContract, {
    list: (request) => media.list(askedBy(request), request.params.annotationId),
    add: (request) =>
      media.add(askedBy(request), request.params.annotationId, {
        uuid: request.params.mediaId,
        name: request.query.name,
        mediaType: request.headers['content-type'],
        sizeBytes: Number(request.headers['content-length'] ?? 0),
        source: request.stream(),
      }),
    update: (request) =>
      media.update(askedBy(request), request.params.annotationId, request.params.mediaId, request.body),
    order: (request) => media.order(askedBy(request), request.params.annotationId, request.body.mediaIds),
    remove: (request) => media.remove(askedBy(request), request.params.annotationId, request.params.mediaId),
  });
}

type Request = Pick<CoreRequest<never>, 'principal' | 'projectId' | 'requestId' | 'signal' | 'log'>;

function askedBy({ principal, projectId, requestId, signal, log }: Request): Parameters<MediaService['list']>[0] {
  // Visibility is a matter of the project: without one, nothing about annotations may be answered.
  if (projectId === undefined) throw new Error('A request about media was let through without its project.');
  return { principal, projectId, requestId, signal, log };
}
