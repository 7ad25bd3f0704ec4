import { InvalidRequestError, type ProjectRole } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { AnnotationFilter, Annotations, Logger, Principal } from '@exact/sdk/server';
import { type AnnotationImports, demandImportRights } from './import/imports.ts';
import type { CoreAnnotations } from './index.ts';

/** The smallest thing that a filter names. */
export type AccessTarget =
  { readonly imageId: number } | { readonly imageSetId: number } | { readonly projectId: number };

/**
 * Finds the project of a target and the principal's role in it, and checks one permission there.
 *
 * @throws NotFoundError for what the principal may not see, ForbiddenError where the role is too weak
 */
export type ResolveAccess = (
  principal: Principal,
  target: AccessTarget,
  permission: 'annotations:read' | 'annotations:write',
) => Promise<{ readonly projectId: number; readonly role: ProjectRole | undefined }>;

/** Makes `ctx.annotations` of one plugin: the same rights and the same visibility as over HTTP, for the person given. */
export function createPluginAnnotations(
  annotations: CoreAnnotations,
  access: ResolveAccess,
  plugin: { readonly id: string; readonly log: Logger; readonly signal: AbortSignal },
  imports: Pick<AnnotationImports, 'complete'>,
): Omit<Annotations, 'media'> {
  const surroundings = { requestId: `plugin:${plugin.id}`, signal: plugin.signal, log: plugin.log };

  async function reading(
    principal: Principal,
    filter: AnnotationFilter,
  ): Promise<{ filter: AnnotationFilter; context: HookContext }> {
    const { projectId } = await access(principal, targetOf(filter), 'annotations:read');
    // The project becomes part of the filter: other ids in it may belong elsewhere.
    if (filter.projectId !== undefined && filter.projectId !== projectId) {
      return { filter: { ...filter, uuids: [] }, context: { ...surroundings, principal, projectId } };
    }
    return { filter: { ...filter, projectId }, context: { ...surroundings, principal, projectId } };
  }

  return {
    async list(principal, asked, page) {
      const { filter, context } = await reading(principal, asked);
      return annotations.list(filter, context, page);
    },
    async count(principal, asked, by) {
      const { filter, context } = await reading(principal, asked);
      return annotations.count(filter, by, context);
    },
    async centres(principal, asked, { metaNumber, signal } = {}) {
      const { filter, context } = await reading(principal, asked);
      const until = signal ? AbortSignal.any([signal, context.signal]) : context.signal;
      return annotations.columns(filter, { ...context, signal: until }, metaNumber);
    },
    async change(principal, imageId, changes, origin = `plugin:${plugin.id}`) {
      const { projectId, role } = await access(principal, { imageId }, 'annotations:write');
      const { items, cursor } = await annotations.change(principal, projectId, imageId, changes, origin, {
        ...surroundings,
        role,
      });
      return { items, cursor };
    },
    async import(principal, imageId, source, options) {
      const { projectId, role } = await access(principal, { imageId }, 'annotations:write');
      demandImportRights(principal, role, options);
      return imports.complete(principal, { ...options, projectId, imageId }, source, plugin.signal);
    },
  };
}

function targetOf({ imageId, imageSetId, projectId }: AnnotationFilter): AccessTarget {
  if (imageId !== undefined) return { imageId };
  if (imageSetId !== undefined) return { imageSetId };
  if (projectId !== undefined) return { projectId };
  throw new InvalidRequestError({
    fields: [{ path: 'filter', message: 'must name an image, an image set or a project' }],
  });
}
