import { randomUUID } from 'node:crypto';
import type { AnnotationMedia, Logger, Principal } from '@exact/sdk/server';
import type { MediaService } from './media.ts';

/** Finds the project of an annotation and checks one permission of the principal there. @throws NotFoundError, ForbiddenError */
export type ResolveAnnotation = (
  principal: Principal,
  annotationUuid: string,
  permission: 'annotations:read' | 'annotations:write',
) => Promise<{ readonly projectId: number }>;

/** Makes `ctx.annotations.media` of one plugin: the same rights and checks as over HTTP, for the person given. */
export function createPluginMedia(
  media: MediaService,
  access: ResolveAnnotation,
  plugin: { readonly id: string; readonly log: Logger; readonly signal: AbortSignal },
): AnnotationMedia {
  const surroundings = { requestId: `plugin:${plugin.id}`, signal: plugin.signal, log: plugin.log };
  return {
    async list(principal, annotationUuid) {
      const { projectId } = await access(principal, annotationUuid, 'annotations:read');
      return media.list({ ...surroundings, principal, projectId }, annotationUuid);
    },
    async add(principal, annotationUuid, { name, source, uuid = randomUUID() }) {
      const { projectId } = await access(principal, annotationUuid, 'annotations:write');
      const upload = { uuid, name, source, mediaType: undefined };
      return media.add({ ...surroundings, principal, projectId }, annotationUuid, upload);
    },
    async file(principal, annotationUuid, mediaUuid) {
      const { projectId } = await access(principal, annotationUuid, 'annotations:read');
      return media.file({ ...surroundings, principal, projectId }, annotationUuid, mediaUuid);
    },
    async remove(principal, annotationUuid, mediaUuid) {
      const { projectId } = await access(principal, annotationUuid, 'annotations:write');
      await media.remove({ ...surroundings, principal, projectId }, annotationUuid, mediaUuid);
    },
  };
}
