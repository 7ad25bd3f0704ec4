import { ConflictError, type Member, NotFoundError, type Person, type ProjectRole } from '@exact/sdk/contract';
import type { Sql } from '@exact/sdk/server';
import type { Services } from '../services.ts';
import type { Actor, Changes } from '../settings/changes.ts';
import { type PersonRow, personView } from './people.ts';

/** Who works on a project, and as what. */
export interface Members {
  list(projectId: number): Promise<Member[]>;
  /** Active people of the team who are not in the project yet. */
  candidates(projectId: number): Promise<Person[]>;
  /**
   * @throws {@link NotFoundError} for everybody who is neither in the team nor in the project
   * @throws {@link ConflictError} when the last manager steps down; administrators of the instance may do it
   */
  set(actor: Actor, projectId: number, userId: number, role: ProjectRole): Promise<Member>;
  remove(actor: Actor, projectId: number, userId: number): Promise<void>;
}

export function createMembers({ database }: Services, changes: Changes): Members {
  return {
    async list(projectId) {
      const rows = await database.sql.query<PersonRow & { role: ProjectRole }>(
        `select u.id, u.username, u.display_name, u.state, m.role from core.project_member m
         join core.app_user u on u.id = m.user_id where m.project_id = $1 order by lower(u.display_name), u.id`,
        [projectId],
      );
      return rows.map((row) => ({ person: personView(row), role: row.role }));
    },
    async candidates(projectId) {
      const rows = await database.sql.query<PersonRow>(
        `select u.id, u.username, u.display_name, u.state from core.project p join core.team_member t on t.team_id = p.team_id
         join core.app_user u on u.id = t.user_id
         where p.id = $1 and u.state = 'active'
           and not exists (select from core.project_member m where m.project_id = p.id and m.user_id = u.id)
         order by lower(u.display_name), u.id`,
        [projectId],
      );
      return rows.map(personView);
    },
    set: (actor, projectId, userId, role) =>
      changes.run(actor, async ({ sql, audit, forget, projectChanged }) => {
        await lockProject(sql, projectId);
        const person = await findInTeam(sql, projectId, userId);
        if (role !== 'manager') await refuseOwnEnd(sql, actor, projectId, userId);
        await sql.query(
          `insert into core.project_member (project_id, user_id, role) values ($1, $2, $3)
           on conflict (project_id, user_id) do update set role = excluded.role`,
          [projectId, userId, role],
        );
        await projectChanged(projectId, 'members');
        await audit({ action: 'project.memberSet', projectId, target: `user:${userId} ${role}` });
        forget({ about: 'user', id: userId });
        return { person: personView(person), role };
      }),
    remove: (actor, projectId, userId) =>
      changes.run(actor, async ({ sql, audit, forget, projectChanged }) => {
        await lockProject(sql, projectId);
        await refuseOwnEnd(sql, actor, projectId, userId);
        const gone = await sql.query(
          'delete from core.project_member where project_id = $1 and user_id = $2 returning user_id',
          [projectId, userId],
        );
        if (gone.length === 0) throw new NotFoundError({ what: 'member', id: userId });
        await projectChanged(projectId, 'members');
        await audit({ action: 'project.memberRemoved', projectId, target: `user:${userId}` });
        forget({ about: 'user', id: userId });
      }),
  };
}

/** Changes of members wait for each other, so that two managers cannot both leave as "not the last". */
async function lockProject(sql: Sql, projectId: number): Promise<void> {
  await sql.query('select id from core.project where id = $1 for update', [projectId]);
}

async function findInTeam(sql: Sql, projectId: number, userId: number): Promise<PersonRow> {
  const [row] = await sql.query<PersonRow>(
    `select u.id, u.username, u.display_name, u.state from core.app_user u where u.id = $2 and u.state = 'active' and (
       exists (select from core.team_member t join core.project p on p.team_id = t.team_id where p.id = $1 and t.user_id = u.id)
       or exists (select from core.project_member m where m.project_id = $1 and m.user_id = u.id))`,
    [projectId, userId],
  );
  if (!row) throw new NotFoundError({ what: 'person in the team', id: userId });
  return row;
}

async function refuseOwnEnd(sql: Sql, actor: Actor, projectId: number, userId: number): Promise<void> {
  if (actor.principal?.userId !== userId || actor.principal.isAdmin) return;
  const others = await sql.query(
    `select 1 from core.project_member where project_id = $1 and role = 'manager' and user_id <> $2 limit 1`,
    [projectId, userId],
  );
  if (others.length === 0) {
    throw new ConflictError({
      what: actor.principal.username,
      reason: 'is the last manager of the project. Make somebody else one first.',
    });
  }
}
