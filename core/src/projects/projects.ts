import {
  type Collaboration,
  ConflictError,
  NotFoundError,
  type Project as ProjectView,
  type ProjectRole,
} from '@exact/sdk/contract';
import type { Principal, Sql } from '@exact/sdk/server';
import { uuidMarkOf } from '../annotations/uuid-mark.ts';
import { permissionsOf, type PluginPermissions } from '../auth/permissions.ts';
import { orConflict } from '../db/conflicts.ts';
import type { SeeingServices } from '../auth/seeing.ts';
import type { Actor, Changes } from '../settings/changes.ts';
import { type DeleteImages, deleteWithImages } from './delete-images.ts';
import { Project, ProjectMember } from './entities.ts';

export interface ProjectPatch {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Takes effect at once, in every process and on open connections. */
  readonly collaboration?: Collaboration | undefined;
}

export interface Projects {
  /** Own projects by name; administrators get all of them. */
  list(principal: Principal): Promise<ProjectView[]>;
  /** @throws {@link NotFoundError} also for what the person may not see */
  get(principal: Principal, projectId: number): Promise<ProjectView>;
  /** @throws {@link ConflictError} for a name that is taken in the team */
  create(
    actor: Actor & { principal: Principal },
    teamId: number,
    draft: { name: string; description?: string | undefined },
  ): Promise<ProjectView>;
  update(actor: Actor & { principal: Principal }, projectId: number, patch: ProjectPatch): Promise<ProjectView>;
  /**
   * Deletes the project with all that it holds, files included.
   *
   * @param repeatedName - must be the project's name
   * @throws {@link ConflictError} when it is not; nothing is deleted then
   */
  remove(actor: Actor, projectId: number, repeatedName: string): Promise<void>;
}

interface Parts {
  readonly changes: Changes;
  readonly pluginPermissions: () => PluginPermissions;
  readonly deleteImages: DeleteImages;
}

export function createProjects(
  { database, seeing }: SeeingServices,
  { changes, pluginPermissions, deleteImages }: Parts,
): Projects {
  /** Images that are there for the person. */
  async function countImages(row: ProjectRow, principal: Principal): Promise<number> {
    const there = await seeing.visibleImages.of(principal, row.id);
    if (!there) return row.image_count;
    const [found] = await database.sql.query<{ count: number }>(
      `select count(*)::integer as count from core.image i join core.image_set s on s.id = i.image_set_id
       where s.project_id = $1 and i.id = any($2::integer[])`,
      [row.id, [...there]],
    );
    return found?.count ?? 0;
  }
  const view = async (row: ProjectRow, principal: Principal): Promise<ProjectView> => {
    const role = principal.isAdmin ? 'manager' : (row.role as ProjectRole); // the query leaves out rows without a role
    const { isBlinded } = await seeing.blinding.of(principal, row.id);
    return {
      id: row.id,
      teamId: row.team_id,
      teamName: row.team_name,
      name: row.name,
      description: row.description,
      collaboration: row.collaboration,
      role,
      permissions: permissionsOf(role, principal.isAdmin, pluginPermissions()),
      imageSetCount: row.image_set_count,
      imageCount: await countImages(row, principal),
      ...(isBlinded ? { uuidMark: uuidMarkOf(principal.userId) } : {}),
      createdAt: row.created_at.toISOString(),
    };
  };
  const get = async (sql: Sql, principal: Principal, projectId: number): Promise<ProjectView> => {
    const [row] = await readProjects(sql, principal, projectId);
    if (!row) throw new NotFoundError({ what: 'project', id: projectId });
    return view(row, principal);
  };

  return {
    async list(principal) {
      const rows = await readProjects(database.sql, principal);
      return Promise.all(rows.map((row) => view(row, principal)));
    },
    get: (principal, projectId) => get(database.sql, principal, projectId),
    create: (actor, teamId, draft) =>
      changes.run(actor, async ({ em, sql, audit, forget }) => {
        const project = em.create(Project, { teamId, name: draft.name, description: draft.description ?? '' });
        await orTaken(draft.name, () => em.persist(project).flush());
        const { userId } = actor.principal;
        await em.persist(em.create(ProjectMember, { projectId: project.id, userId, role: 'manager' })).flush();
        await audit({ action: 'project.created', projectId: project.id });
        forget({ about: 'user', id: userId });
        return get(sql, actor.principal, project.id);
      }),
    update: (actor, projectId, patch) =>
      changes.run(actor, async ({ em, sql, audit, forget, projectChanged }) => {
        await sql.query('select id from core.project where id = $1 for update', [projectId]);
        const project = await em.findOne(Project, projectId);
        if (!project) throw new NotFoundError({ what: 'project', id: projectId });
        if (patch.name !== undefined) project.name = patch.name;
        if (patch.description !== undefined) project.description = patch.description;
        const { collaboration: before } = project;
        if (patch.collaboration !== undefined && patch.collaboration !== before) {
          project.collaboration = patch.collaboration;
          await audit({ action: 'project.collaboration', projectId, target: `${before} ${patch.collaboration}` });
          forget({ about: 'project', id: projectId });
        }
        await orTaken(project.name, () => em.flush());
        await projectChanged(projectId, 'project');
        return get(sql, actor.principal, projectId);
      }),
    async remove(actor, projectId, repeatedName) {
      const project = await database.em().findOne(Project, projectId);
      if (!project) throw new NotFoundError({ what: 'project', id: projectId });
      if (project.name !== repeatedName) {
        throw new ConflictError({
          what: `Project "${project.name}"`,
          reason: 'is only deleted when its name is repeated exactly.',
        });
      }
      const images = 'image_set_id in (select id from core.image_set where project_id = $1)';
      const owner = { table: 'core.project', images, id: projectId } as const;
      await deleteWithImages(changes, deleteImages, actor, owner, async ({ audit, projectChanged }) => {
        await projectChanged(projectId, 'project');
        await audit({ action: 'project.deleted', projectId });
      });
    },
  };
}

interface ProjectRow {
  readonly id: number;
  readonly team_id: number;
  readonly team_name: string;
  readonly name: string;
  readonly description: string;
  readonly collaboration: ProjectView['collaboration'];
  readonly role: ProjectRole | null;
  readonly image_set_count: number;
  readonly image_count: number;
  readonly created_at: Date;
}

function readProjects(sql: Sql, principal: Principal, projectId?: number): Promise<ProjectRow[]> {
  return sql.query<ProjectRow>(
    `select p.id, p.team_id, t.name as team_name, p.name, p.description, p.collaboration, p.created_at, m.role,
       (select count(*)::integer from core.image_set s where s.project_id = p.id) as image_set_count,
       (select count(*)::integer from core.image i join core.image_set s on s.id = i.image_set_id where s.project_id = p.id) as image_count
     from core.project p join core.team t on t.id = p.team_id
     left join core.project_member m on m.project_id = p.id and m.user_id = $1
     where (m.role is not null or $2) and ($3::integer is null or p.id = $3) order by lower(p.name), p.id`,
    [principal.userId, principal.isAdmin, projectId ?? null],
  );
}

function orTaken<T>(name: string, work: () => Promise<T>): Promise<T> {
  return orConflict(
    { project_name: { what: `Project "${name}"`, reason: 'is already there in this team. Take another name.' } },
    work,
  );
}
