import {
  type Access as AccessSpec,
  ExactError,
  ForbiddenError,
  type Method,
  NotSignedInError,
  SELF_PERMISSIONS,
} from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { AccessQuestion, Principal } from '@exact/sdk/server';
import type { Grant } from '../http/implement.ts';
import { visibleFilters, toPredicate } from '../annotations/visibility.ts';
import { findGrant, type NamedScope, notThere } from './grants.ts';
import { createImageGrants } from './image-grants.ts';
import type { AccessNotices } from './notices.ts';
import { type PluginPermissions, roleHolds, scopeRefusal, teamHolds } from './permissions.ts';
import type { SeeingServices } from './seeing.ts';

type Params = Readonly<Record<string, unknown>> | undefined;
type CallContext = Pick<HookContext, 'requestId' | 'signal' | 'log'>;

/** The one place that decides whether a call is allowed. */
export interface Access {
  /**
   * Resolves what the path names and checks the permission.
   *
   * @throws {@link NotSignedInError} (401) without principal · NotFoundError (404) for what is absent or somebody else's, with
   *   the same body · {@link ForbiddenError} (403) for members whose role, or whose token's scope, does not reach
   */
  resolve(
    spec: AccessSpec,
    params: Params,
    principal: Principal | undefined,
    method: Method | 'HEAD',
    context?: CallContext,
  ): Promise<Grant>;
  /** For tiles: true when the image was looked up for the person lately, else nothing: ask {@link resolve}. Never a stale yes. */
  mayReadImageCached(principal: Principal, imageId: number): boolean | undefined;
  /** @returns false for images that are absent or somebody else's */
  mayReadImage(principal: Principal, imageId: number, context?: CallContext): Promise<boolean>;
  /** Call them after a commit that changed memberships or roles, or moved or deleted images. Other processes: `forget`. */
  invalidateUser(userId: number): void;
  invalidateAll(): void;
}

export interface AccessOptions {
  readonly notices: AccessNotices;
  readonly pluginPermissions: () => PluginPermissions;
}

const IMAGE_READ = { permission: 'images:read', in: 'image' } as const satisfies AccessSpec;

export function createAccess(services: SeeingServices, { notices, pluginPermissions }: AccessOptions): Access {
  const { database, hooks, log, seeing } = services;
  const images = createImageGrants(notices);

  /** Reading an image is asked for again and again; whoever changes something is looked up each time. */
  async function grantOf(
    scope: NamedScope,
    params: Params,
    principal: Principal,
    method: Method | 'HEAD',
  ): Promise<Grant> {
    const isRead = scope === 'image' && (method === 'GET' || method === 'HEAD');
    if (!isRead) return findGrant(database.sql, scope, params, principal);
    const imageId = Number(params?.['imageId']);
    const known = images.find(principal, imageId);
    if (known) return known;
    const remember = images.remember(principal, imageId);
    const grant = await findGrant(database.sql, scope, params, principal);
    remember(grant);
    return grant;
  }

  async function resolve(
    spec: AccessSpec,
    params: Params,
    principal: Principal | undefined,
    method: Method | 'HEAD',
    context?: CallContext,
  ): Promise<Grant> {
    if ('public' in spec) return {};
    if (!principal) throw new NotSignedInError({});
    const { permission } = spec;
    const grant =
      spec.in === 'instance' || spec.in === 'self'
        ? {}
        : await demandThere(spec.in, params, principal, await grantOf(spec.in, params, principal, method), context);
    if (!principal.isAdmin && !isHeld(spec, grant)) throw new ForbiddenError({ permission });
    const reason = scopeRefusal(principal, permission, method);
    if (reason !== undefined) throw new ForbiddenError({ permission, reason });
    if (hooks.auth.authorize.isUsed(grant.projectId))
      await askPlugins(questionOf(principal, permission, grant, params), context);
    return grant;
  }

  /** What somebody is not to see in a project of theirs is not there for them: images, layers, annotations. */
  async function demandThere(
    scope: NamedScope,
    params: Params,
    principal: Principal,
    grant: Grant,
    context: CallContext | undefined,
  ): Promise<Grant> {
    const { projectId, imageId, layerId, annotationId } = grant;
    if (projectId === undefined) return grant;
    if (imageId !== undefined) {
      const there = await seeing.visibleImages.of(principal, projectId, context);
      if (there?.has(imageId) === false) throw notThere(scope, params);
    }
    if (layerId !== undefined) {
      const { isBlinded, shownLayerIds } = await seeing.blinding.of(principal, projectId);
      if (isBlinded && !shownLayerIds.includes(layerId)) throw notThere(scope, params);
    }
    if (annotationId !== undefined) {
      const asked = { uuids: [String(params?.['annotationId'])], deleted: 'all' } as const;
      const viewer = { hooks, seeing, context: { ...(context ?? callOf('access')), principal, projectId } };
      const { filters, isForAll } = await visibleFilters(asked, viewer);
      if (!isForAll) {
        const { text, values } = toPredicate(filters);
        const [row] = await database.sql.query(`select from core.annotation a where ${text}`, values);
        if (!row) throw notThere(scope, params);
      }
    }
    return grant;
  }

  const callOf = (requestId: string): CallContext => ({ requestId, signal: AbortSignal.timeout(5000), log });

  function isHeld({ permission, in: scope }: Exclude<AccessSpec, { public: string }>, grant: Grant): boolean {
    if (scope === 'self') return (SELF_PERMISSIONS as readonly string[]).includes(permission);
    if (scope === 'instance') return false; // permissions of administrators, those of plugins included
    if (scope === 'team') return teamHolds(grant.isTeamAdmin ?? false, permission);
    return grant.role !== undefined && roleHolds(grant.role, permission, pluginPermissions());
  }

  async function askPlugins(question: AccessQuestion, context: CallContext | undefined): Promise<void> {
    const { principal, projectId, permission } = question;
    const call = context ?? callOf('authorize');
    const answer = await hooks.auth.authorize.call(question, {
      ...call,
      principal,
      ...(projectId === undefined ? {} : { projectId }),
    });
    if (answer) throw new ForbiddenError({ permission, reason: answer.refuse });
  }

  return {
    resolve,
    invalidateUser: images.invalidateUser,
    invalidateAll: images.invalidateAll,
    mayReadImageCached(principal, imageId) {
      const grant = images.find(principal, imageId);
      if (grant === undefined || !(principal.isAdmin || isHeld(IMAGE_READ, grant))) return undefined;
      if (hooks.auth.authorize.isUsed(grant.projectId)) return undefined; // a plugin wants to be asked each time
      if (seeing.visibleImages.isThere(principal, grant.projectId ?? 0, imageId) !== true) return undefined;
      return scopeRefusal(principal, 'images:read', 'GET') === undefined ? true : undefined;
    },
    async mayReadImage(principal, imageId, context) {
      try {
        await resolve(IMAGE_READ, { imageId }, principal, 'GET', context);
        return true;
      } catch (error) {
        if (error instanceof ExactError && error.status < 500) return false;
        throw error;
      }
    },
  };
}

function questionOf(principal: Principal, permission: string, grant: Grant, params: Params): AccessQuestion {
  const annotationUuid = grant.annotationId === undefined ? undefined : String(params?.['annotationId']);
  return Object.freeze({
    principal,
    permission,
    ...(grant.projectId === undefined ? {} : { projectId: grant.projectId }),
    ...(grant.role === undefined ? {} : { role: grant.role }),
    ...(grant.imageId === undefined ? {} : { imageId: grant.imageId }),
    ...(annotationUuid === undefined ? {} : { annotationUuid }),
  });
}
