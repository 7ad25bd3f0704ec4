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
import type { Services } from '../services.ts';
import { findGrant } from './grants.ts';
import { createImageReaders } from './image-readers.ts';
import type { AccessNotices } from './notices.ts';
import { type PluginPermissions, roleHolds, scopeRefusal, teamHolds } from './permissions.ts';

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
  /** For tiles: true when a request to read the image was allowed lately, else nothing: ask {@link resolve}. Never a stale yes. */
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

/** A yes to any request that reads an image, its tiles above all, spares the question for the tiles that follow. */
const mayBeRemembered = (spec: AccessSpec): boolean =>
  'permission' in spec && spec.permission === IMAGE_READ.permission && spec.in === IMAGE_READ.in;

export function createAccess(services: Services, { notices, pluginPermissions }: AccessOptions): Access {
  const { database, hooks, log } = services;
  const readers = createImageReaders(notices);

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
    const remember = mayBeRemembered(spec)
      ? readers.remember(principal.userId, Number(params?.['imageId']))
      : undefined;
    const grant =
      spec.in === 'instance' || spec.in === 'self' ? {} : await findGrant(database.sql, spec.in, params, principal);
    if (!principal.isAdmin && !isHeld(spec, grant)) throw new ForbiddenError({ permission });
    const reason = scopeRefusal(principal, permission, method);
    if (reason !== undefined) throw new ForbiddenError({ permission, reason });
    if (hooks.auth.authorize.isUsed(grant.projectId))
      await askPlugins(questionOf(principal, permission, grant, params), context);
    if (grant.projectId !== undefined) remember?.(grant.projectId);
    return grant;
  }

  function isHeld({ permission, in: scope }: Exclude<AccessSpec, { public: string }>, grant: Grant): boolean {
    if (scope === 'self') return (SELF_PERMISSIONS as readonly string[]).includes(permission);
    if (scope === 'instance') return false; // permissions of administrators, those of plugins included
    if (scope === 'team') return teamHolds(grant.isTeamAdmin ?? false, permission);
    return grant.role !== undefined && roleHolds(grant.role, permission, pluginPermissions());
  }

  async function askPlugins(question: AccessQuestion, context: CallContext | undefined): Promise<void> {
    const { principal, projectId, permission } = question;
    const call = context ?? { requestId: 'authorize', signal: AbortSignal.timeout(5000), log };
    const answer = await hooks.auth.authorize.call(question, {
      ...call,
      principal,
      ...(projectId === undefined ? {} : { projectId }),
    });
    if (answer) throw new ForbiddenError({ permission, reason: answer.refuse });
  }

  return {
    resolve,
    invalidateUser: readers.invalidateUser,
    invalidateAll: readers.invalidateAll,
    mayReadImageCached(principal, imageId) {
      const projectId = readers.find(principal.userId, imageId);
      if (projectId === undefined) return undefined;
      if (hooks.auth.authorize.isUsed(projectId)) return undefined; // a plugin wants to be asked each time
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
