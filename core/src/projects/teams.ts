import {
  ConflictError,
  NotFoundError,
  type Team as TeamView,
  type TeamMember as TeamMemberView,
} from '@exact/sdk/contract';
import type { Principal, Sql } from '@exact/sdk/server';
import type { z } from 'zod';
import { orConflict } from '../db/conflicts.ts';
import type { Services } from '../services.ts';
import type { Actor, Changes } from '../settings/changes.ts';
import { Team, TeamMember } from './entities.ts';
import { findPerson, type PersonRow, personView } from './people.ts';

type MemberView = z.output<typeof TeamMemberView>;

export interface Teams {
  /** Own teams by name; administrators get all of them. */
  list(principal: Principal): Promise<TeamView[]>;
  /** @throws {@link ConflictError} for a name that is taken */
  create(
    actor: Actor & { principal: Principal },
    draft: { name: string; description?: string | undefined },
  ): Promise<TeamView>;
  update(
    actor: Actor & { principal: Principal },
    teamId: number,
    patch: { name?: string | undefined; description?: string | undefined },
  ): Promise<TeamView>;
  /** @throws {@link ConflictError} while the team has projects */
  remove(actor: Actor, teamId: number): Promise<void>;
  members(teamId: number): Promise<MemberView[]>;
  /** @throws {@link NotFoundError} for unknown and for inactive people, ConflictError for the last team administrator demoting themselves */
  setMember(actor: Actor, teamId: number, username: string, isTeamAdmin: boolean): Promise<MemberView>;
  /** Takes a person out of the team and of all its projects. */
  removeMember(actor: Actor, teamId: number, username: string): Promise<void>;
}

export function createTeams({ database }: Services, changes: Changes): Teams {
  return {
    list: async (principal) => (await readTeams(database.sql, principal)).map(view),
    create: (actor, draft) =>
      changes.run(actor, async ({ em, sql, audit }) => {
        const team = em.create(Team, { name: draft.name, description: draft.description ?? '' });
        await orTaken(draft.name, () => em.persist(team).flush());
        await em
          .persist(em.create(TeamMember, { teamId: team.id, userId: actor.principal.userId, isTeamAdmin: true }))
          .flush();
        await audit({ action: 'team.created', target: `team:${team.id}` });
        return readTeam(sql, actor.principal, team.id);
      }),
    update: (actor, teamId, patch) =>
      changes.run(actor, async ({ em, sql }) => {
        const team = await em.findOneOrFail(Team, teamId);
        if (patch.name !== undefined) team.name = patch.name;
        if (patch.description !== undefined) team.description = patch.description;
        await orTaken(team.name, () => em.flush());
        return readTeam(sql, actor.principal, teamId);
      }),
    remove: (actor, teamId) =>
      changes.run(actor, async ({ sql, audit }) => {
        const meaning = { what: `Team ${teamId}`, reason: 'still has projects. Delete them first.' };
        const gone = await orConflict({ project_team_id_fkey: meaning }, () =>
          sql.query('delete from core.team where id = $1 returning id', [teamId]),
        );
        if (gone.length === 0) throw new NotFoundError({ what: 'team', id: teamId });
        await audit({ action: 'team.deleted', target: `team:${teamId}` });
      }),
    async members(teamId) {
      const rows = await database.sql.query<MemberRow>(
        `select u.id, u.username, u.display_name, u.state, m.is_team_admin from core.team_member m
         join core.app_user u on u.id = m.user_id where m.team_id = $1 order by lower(u.display_name), u.id`,
        [teamId],
      );
      return rows.map((row) => ({ person: personView(row), isTeamAdmin: row.is_team_admin }));
    },
    setMember: (actor, teamId, username, isTeamAdmin) =>
      changes.run(actor, async ({ sql, audit, forget }) => {
        await sql.query('select id from core.team where id = $1 for update', [teamId]);
        const person = await findPerson(sql, username);
        if (!isTeamAdmin) await refuseOwnEnd(sql, actor, teamId, person);
        await sql.query(
          `insert into core.team_member (team_id, user_id, is_team_admin) values ($1, $2, $3)
           on conflict (team_id, user_id) do update set is_team_admin = excluded.is_team_admin`,
          [teamId, person.id, isTeamAdmin],
        );
        await audit({
          action: 'team.memberSet',
          target: `team:${teamId} user:${person.id} ${isTeamAdmin ? 'admin' : 'member'}`,
        });
        forget({ about: 'user', id: person.id });
        return { person: personView(person), isTeamAdmin };
      }),
    removeMember: (actor, teamId, username) =>
      changes.run(actor, async ({ sql, audit, forget, projectChanged }) => {
        await sql.query('select id from core.team where id = $1 for update', [teamId]);
        const person = await findPerson(sql, username, 'any state');
        await refuseOwnEnd(sql, actor, teamId, person);
        const gone = await sql.query(
          'delete from core.team_member where team_id = $1 and user_id = $2 returning user_id',
          [teamId, person.id],
        );
        if (gone.length === 0) throw new NotFoundError({ what: 'member', id: username });
        const left = await sql.query<{ project_id: number }>(
          `delete from core.project_member m using core.project p
           where p.id = m.project_id and p.team_id = $1 and m.user_id = $2 returning m.project_id`,
          [teamId, person.id],
        );
        for (const { project_id } of left) await projectChanged(project_id, 'members');
        await audit({ action: 'team.memberRemoved', target: `team:${teamId} user:${person.id}` });
        forget({ about: 'user', id: person.id });
      }),
  };
}

interface TeamRow {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly member_count: number;
  readonly is_team_admin: boolean;
}
interface MemberRow extends PersonRow {
  readonly is_team_admin: boolean;
}

function readTeams(sql: Sql, principal: Principal, teamId?: number): Promise<TeamRow[]> {
  return sql.query<TeamRow>(
    `select t.id, t.name, t.description, coalesce(own.is_team_admin, false) or $2 as is_team_admin,
       (select count(*)::integer from core.team_member m where m.team_id = t.id) as member_count
     from core.team t left join core.team_member own on own.team_id = t.id and own.user_id = $1
     where (own.user_id is not null or $2) and ($3::integer is null or t.id = $3) order by lower(t.name)`,
    [principal.userId, principal.isAdmin, teamId ?? null],
  );
}

async function readTeam(sql: Sql, principal: Principal, teamId: number): Promise<TeamView> {
  const [row] = await readTeams(sql, principal, teamId);
  if (!row) throw new NotFoundError({ what: 'team', id: teamId });
  return view(row);
}

function view(row: TeamRow): TeamView {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    memberCount: row.member_count,
    isTeamAdmin: row.is_team_admin,
  };
}

function orTaken<T>(name: string, work: () => Promise<T>): Promise<T> {
  return orConflict({ team_name: { what: `Team "${name}"`, reason: 'is already there. Take another name.' } }, work);
}

/** The last administrator of a team cannot step down alone; one of the instance can still do it. */
async function refuseOwnEnd(sql: Sql, actor: Actor, teamId: number, person: PersonRow): Promise<void> {
  if (actor.principal?.userId !== person.id || actor.principal.isAdmin) return;
  const others = await sql.query(
    'select 1 from core.team_member where team_id = $1 and is_team_admin and user_id <> $2 limit 1',
    [teamId, person.id],
  );
  if (others.length === 0)
    throw new ConflictError({
      what: person.username,
      reason: 'is the last administrator of the team. Make somebody else one first.',
    });
}
