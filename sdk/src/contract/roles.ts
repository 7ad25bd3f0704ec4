/** Roles in a project, weakest first. Each role includes the ones before it. */
export const PROJECT_ROLES = ['viewer', 'annotator', 'verifier', 'manager'] as const;
export type ProjectRole = (typeof PROJECT_ROLES)[number];

/**
 * The weakest role that holds each permission inside a project. Administrators of the instance hold all of them in every
 * project. Plugins add their own permissions through their manifest.
 */
export const PROJECT_PERMISSIONS = {
  'project:read': 'viewer',
  'project:manage': 'manager',
  'members:read': 'viewer',
  'members:manage': 'manager',
  'plugins:read': 'viewer',
  'plugins:switch': 'manager',
  'imageSets:read': 'viewer',
  'imageSets:write': 'manager',
  'images:read': 'viewer',
  'images:write': 'manager',
  'images:readPrivateName': 'manager',
  'templates:read': 'viewer',
  'templates:write': 'manager',
  'layers:read': 'viewer',
  'layers:write': 'manager',
  'annotations:read': 'viewer',
  'annotations:write': 'annotator',
  'annotations:verify': 'verifier',
  'annotations:attribute': 'manager',
  'jobs:read': 'viewer',
  'jobs:cancel': 'annotator',
} as const satisfies Record<string, ProjectRole>;
export type ProjectPermission = keyof typeof PROJECT_PERMISSIONS;

/** Permissions of administrators of the instance. */
export const INSTANCE_PERMISSIONS = [
  'users:manage',
  'teams:create',
  'plugins:manage',
  'jobs:manage',
  'audit:read',
] as const;
export type InstancePermission = (typeof INSTANCE_PERMISSIONS)[number];

/** Permissions in a team: members read, team administrators manage and create projects. */
export const TEAM_PERMISSIONS = { 'team:read': 'member', 'team:manage': 'admin', 'projects:create': 'admin' } as const;
export type TeamPermission = keyof typeof TEAM_PERMISSIONS;

/** Any signed-in person, for their own things. */
export const SELF_PERMISSIONS = ['self:read', 'self:write'] as const;
export type SelfPermission = (typeof SELF_PERMISSIONS)[number];

export function hasRole(held: ProjectRole, wanted: ProjectRole): boolean {
  return PROJECT_ROLES.indexOf(held) >= PROJECT_ROLES.indexOf(wanted);
}
