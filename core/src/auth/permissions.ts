import {
  ForbiddenError,
  hasRole,
  PROJECT_PERMISSIONS,
  type ProjectPermission,
  type ProjectRole,
  TEAM_PERMISSIONS,
} from '@exact/sdk/contract';
import type { Principal } from '@exact/sdk/server';

/** Permissions that plugins define (`<plugin>:<name>`), each with the roles that it is granted to. */
export type PluginPermissions = ReadonlyMap<string, readonly ProjectRole[]>;

/** Whether a role holds a permission in its project. What nobody has declared is held by no role. */
export function roleHolds(role: ProjectRole, permission: string, ofPlugins: PluginPermissions): boolean {
  const weakest = Object.hasOwn(PROJECT_PERMISSIONS, permission)
    ? PROJECT_PERMISSIONS[permission as keyof typeof PROJECT_PERMISSIONS]
    : undefined;
  if (weakest !== undefined) return hasRole(role, weakest);
  return ofPlugins.get(permission)?.includes(role) ?? false;
}

/** All permissions of a role, those of plugins behind those of core. Administrators hold every one there is. */
export function permissionsOf(role: ProjectRole, isAdmin: boolean, ofPlugins: PluginPermissions): string[] {
  return [...Object.keys(PROJECT_PERMISSIONS), ...ofPlugins.keys()].filter(
    (permission) => isAdmin || roleHolds(role, permission, ofPlugins),
  );
}

/** For a part of a request that needs more than the endpoint does. @throws ForbiddenError */
export function demandPermission(
  { isAdmin }: Pick<Principal, 'isAdmin'>,
  role: ProjectRole | undefined,
  permission: ProjectPermission,
): void {
  if (isAdmin || (role && hasRole(role, PROJECT_PERMISSIONS[permission]))) return;
  throw new ForbiddenError({ permission });
}

export function teamHolds(isTeamAdmin: boolean, permission: string): boolean {
  const needed = Object.hasOwn(TEAM_PERMISSIONS, permission)
    ? TEAM_PERMISSIONS[permission as keyof typeof TEAM_PERMISSIONS]
    : undefined;
  return needed === 'member' || (needed === 'admin' && isTeamAdmin);
}

/** Permissions over accounts, passwords and tokens: a token needs the scope `admin` for them. */
const ACCOUNT_PERMISSIONS = new Set(['users:manage', 'self:write']);

/**
 * Why a token may not do what its owner may.
 *
 * @returns nothing when it may; a sentence when its scopes (`read` < `write` < `admin`) do not reach
 */
export function scopeRefusal({ via, scopes = [] }: Principal, permission: string, method: string): string | undefined {
  if (via !== 'token') return undefined;
  const isReading = method === 'GET' || method === 'HEAD';
  if (ACCOUNT_PERMISSIONS.has(permission)) {
    return scopes.includes('admin')
      ? undefined
      : 'This token may not manage accounts, passwords or tokens. Make one with the scope "admin".';
  }
  if (scopes.includes('admin') || scopes.includes('write')) return undefined;
  if (isReading && scopes.includes('read')) return undefined;
  return 'This token may only read. Make one with the scope "write".';
}
