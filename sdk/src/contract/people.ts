import { z } from 'zod';
import { Description, Id, Name, PageQuery, pageOf, Timestamp } from './common.ts';
import { contract, endpoint } from './endpoint.ts';
import { ConflictError } from './errors.ts';
import { Password, Username, WeakPasswordError } from './auth.ts';

export const USER_STATES = ['active', 'suspended', 'anonymised'] as const;
export const User = z.object({
  id: Id,
  username: z.string(),
  displayName: z.string(),
  isAdmin: z.boolean(),
  state: z.enum(USER_STATES),
  createdAt: Timestamp,
  lastSeenAt: Timestamp.nullable(),
});
export type User = z.output<typeof User>;

/** What everybody in a shared team or project sees of a person. */
export const Person = z.object({ id: Id, username: z.string(), displayName: z.string(), state: z.enum(USER_STATES) });
export type Person = z.output<typeof Person>;

const admin = { permission: 'users:manage', in: 'instance' } as const;

export const usersContract = contract({
  list: endpoint({
    method: 'GET',
    path: '/users',
    summary: 'All users',
    access: admin,
    query: z.object({ ...PageQuery, search: z.string().max(200).optional(), state: z.enum(USER_STATES).optional() }),
    response: pageOf(User),
  }),
  create: endpoint({
    method: 'POST',
    path: '/users',
    summary: 'Make a user',
    access: admin,
    body: z.strictObject({
      username: Username,
      displayName: Name,
      password: Password,
      isAdmin: z.boolean().optional(),
    }),
    response: User,
    status: 201,
    errors: [ConflictError, WeakPasswordError],
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/users/:userId',
    summary:
      'Rename, suspend, reactivate, make administrator or set a new password; suspension and passwords end all sessions',
    access: admin,
    params: z.object({ userId: Id }),
    body: z.strictObject({
      displayName: Name.optional(),
      isAdmin: z.boolean().optional(),
      state: z.enum(['active', 'suspended']).optional(),
      password: Password.optional(),
    }),
    response: User,
    errors: [ConflictError, WeakPasswordError],
  }),
  anonymise: endpoint({
    method: 'POST',
    path: '/users/:userId/anonymise',
    summary: 'Deactivate a user for good and remove the name; annotations stay',
    access: admin,
    params: z.object({ userId: Id }),
    response: User,
    errors: [ConflictError],
  }),
});

export const Team = z.object({
  id: Id,
  name: z.string(),
  description: z.string(),
  memberCount: z.number(),
  isTeamAdmin: z.boolean(),
});
export type Team = z.output<typeof Team>;
export const TeamMember = z.object({ person: Person, isTeamAdmin: z.boolean() });

export const teamsContract = contract({
  list: endpoint({
    method: 'GET',
    path: '/teams',
    summary: 'Own teams; administrators see all',
    access: { permission: 'self:read', in: 'self' },
    response: z.array(Team),
  }),
  create: endpoint({
    method: 'POST',
    path: '/teams',
    summary: 'Make a team; the maker becomes its administrator',
    access: { permission: 'teams:create', in: 'instance' },
    body: z.strictObject({ name: Name, description: Description.optional() }),
    response: Team,
    status: 201,
    errors: [ConflictError],
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/teams/:teamId',
    summary: 'Rename or describe a team',
    access: { permission: 'team:manage', in: 'team' },
    params: z.object({ teamId: Id }),
    body: z.strictObject({ name: Name.optional(), description: Description.optional() }),
    response: Team,
    errors: [ConflictError],
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/teams/:teamId',
    summary: 'Delete a team that has no projects',
    access: { permission: 'teams:create', in: 'instance' },
    params: z.object({ teamId: Id }),
    errors: [ConflictError],
  }),
  members: endpoint({
    method: 'GET',
    path: '/teams/:teamId/members',
    summary: 'Members of a team',
    access: { permission: 'team:read', in: 'team' },
    params: z.object({ teamId: Id }),
    response: z.array(TeamMember),
  }),
  setMember: endpoint({
    method: 'PUT',
    path: '/teams/:teamId/members/:username',
    summary: 'Add a person by user name, or change whether they administer the team',
    access: { permission: 'team:manage', in: 'team' },
    params: z.object({ teamId: Id, username: z.string().max(64) }),
    body: z.strictObject({ isTeamAdmin: z.boolean() }),
    response: TeamMember,
    errors: [ConflictError],
  }),
  removeMember: endpoint({
    method: 'DELETE',
    path: '/teams/:teamId/members/:username',
    summary: 'Remove a person from the team and from its projects; their annotations stay',
    access: { permission: 'team:manage', in: 'team' },
    params: z.object({ teamId: Id, username: z.string().max(64) }),
    errors: [ConflictError],
  }),
});
