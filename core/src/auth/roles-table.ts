import {
  hasRole,
  INSTANCE_PERMISSIONS,
  PROJECT_PERMISSIONS,
  PROJECT_ROLES,
  SELF_PERMISSIONS,
  TEAM_PERMISSIONS,
} from '@exact/sdk/contract';

const yes = (holds: boolean): string => (holds ? '●' : '');
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map((_, at) => (at === 0 ? '---' : ':-:'))), ...rows.map(row)].join('\n');

/** The tables of `core/docs/roles.md`, made from the code that decides; a test keeps the page equal to them. */
export function rolesTables(): string {
  const inProject = Object.entries(PROJECT_PERMISSIONS).map(([permission, weakest]) => [
    `\`${permission}\``,
    ...PROJECT_ROLES.map((role) => yes(hasRole(role, weakest))),
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
    '## In a team',
    table(['permission', 'member', 'team administrator', 'administrator'], inTeam),
    '## On the instance',
    table(['permission', 'anybody signed in', 'administrator'], elsewhere),
  ].join('\n\n');
}
