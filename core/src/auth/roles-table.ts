import {
  hasRole,
  INSTANCE_PERMISSIONS,
  PROJECT_PERMISSIONS,
  PROJECT_ROLES,
  type ProjectRole,
  SELF_PERMISSIONS,
  TEAM_PERMISSIONS,
} from '@exact/sdk/contract';

const yes = (holds: boolean): string => (holds ? '●' : '');
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map((_, at) => (at === 0 ? '---' : ':-:'))), ...rows.map(row)].join('\n');

/** A permission that a plugin defines in its manifest, with exactly the roles that hold it. */
export interface DefinedPermission {
  readonly id: string;
  readonly title: string;
  readonly grantedTo: readonly ProjectRole[];
}

/**
 * The tables of `core/docs/roles.md`, made from the code that decides and from what plugins define; a test keeps the page equal to them.
 */
export function rolesTables(ofPlugins: readonly DefinedPermission[]): string {
  const inProject = Object.entries(PROJECT_PERMISSIONS).map(([permission, weakest]) => [
    `\`${permission}\``,
    ...PROJECT_ROLES.map((role) => yes(hasRole(role, weakest))),
    yes(true),
  ]);
  const defined = ofPlugins.map(({ id, title, grantedTo }) => [
    `\`${id}\``,
    title,
    ...PROJECT_ROLES.map((role) => yes(grantedTo.includes(role))),
    yes(true),
  ]);
  const inTeam = Object.entries(TEAM_PERMISSIONS).map(([permission, needed]) => [
    `\`${permission}\``,
    yes(needed === 'member'),
    yes(true),
    yes(true),
  ]);
  const elsewhere = [...SELF_PERMISSIONS, ...INSTANCE_PERMISSIONS].map((permission) => [
    `\`${permission}\``,
    yes((SELF_PERMISSIONS as readonly string[]).includes(permission)),
    yes(true),
  ]);
  return [
    '## In a project',
    table(['permission', ...PROJECT_ROLES, 'administrator'], inProject),
    '## In a project, of plugins that are on in it',
    table(['permission', 'to', ...PROJECT_ROLES, 'administrator'], defined),
    '## In a team',
    table(['permission', 'member', 'team administrator', 'administrator'], inTeam),
    '## On the instance',
    table(['permission', 'anybody signed in', 'administrator'], elsewhere),
  ].join('\n\n');
}
