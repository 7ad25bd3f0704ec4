import type { Principal, Provision } from '@exact/sdk/server';
import type { Products } from '../annotations/products.ts';
import type { Templates } from '../annotations/templates.ts';
import { hashPassword } from '../auth/passwords.ts';
import { insertUser, normalizeUsername } from '../auth/users.ts';
import type { Services } from '../services.ts';
import { type Actor, type Changes, systemActor } from '../settings/changes.ts';
import type { ImageSets } from './image-sets.ts';
import type { Members } from './members.ts';
import type { Projects } from './projects.ts';

interface Parts {
  readonly changes: Changes;
  readonly projects: Projects;
  readonly members: Members;
  readonly imageSets: ImageSets;
  readonly products: Products;
  readonly templates: Templates;
  readonly enablePlugin: (projectId: number, pluginId: string) => Promise<void>;
}

/**
 * Makes the content of a demo or of a test. Safe to run again: people, teams and projects that are there stay as they are.
 * Passwords are taken as given, since those of a demo are public anyway.
 */
export function createProvision({ database, log }: Services, parts: Parts): Provision {
  const { changes, products, templates } = parts;
  const nobody = systemActor(log, 'provision');
  const as = (principal: Principal): Actor & { principal: Principal } => ({ ...nobody, principal });

  const findUser = async (username: string): Promise<Principal | undefined> => {
    const [row] = await database.sql.query<{ id: number; username: string; is_admin: boolean }>(
      'select id, username, is_admin from core.app_user where lower(username) = lower($1)',
      [normalizeUsername(username)],
    );
    return (
      row && Object.freeze({ userId: row.id, username: row.username, isAdmin: row.is_admin, via: 'system' as const })
    );
  };

  return {
    async ensureUser(draft) {
      const present = await findUser(draft.username);
      if (present) return present;
      const hash = await hashPassword(draft.password);
      const user = await changes.run(nobody, async (unit) => {
        const made = await insertUser(unit, draft, hash);
        await unit.audit({ action: 'user.created', target: `user:${made.id}` });
        return made;
      });
      return Object.freeze({ userId: user.id, username: user.username, isAdmin: user.isAdmin, via: 'system' as const });
    },
    ensureTeam: (name, people) =>
      changes.run(nobody, async ({ sql, audit, forget }) => {
        const [made] = await sql.query<{ id: number }>(
          'insert into core.team (name) values ($1) on conflict do nothing returning id',
          [name],
        );
        const [team] = made
          ? [made]
          : await sql.query<{ id: number }>('select id from core.team where lower(name) = lower($1)', [name]);
        if (!team) throw new Error(`Team "${name}" was removed while it was looked up.`);
        for (const { principal, isTeamAdmin } of people) {
          await sql.query(
            `insert into core.team_member (team_id, user_id, is_team_admin) values ($1, $2, $3)
             on conflict (team_id, user_id) do update set is_team_admin = core.team_member.is_team_admin or excluded.is_team_admin`,
            [team.id, principal.userId, isTeamAdmin],
          );
          forget({ about: 'user', id: principal.userId });
        }
        if (made) await audit({ action: 'team.created', target: `team:${team.id}` });
        return { id: team.id };
      }),
    async createProject(manager, teamId, draft) {
      const present = await database.sql.query(
        'select 1 from core.project where team_id = $1 and lower(name) = lower($2)',
        [teamId, draft.name],
      );
      if (present.length > 0) return undefined;
      const { id } = await parts.projects.create(as(manager), teamId, draft);
      for (const { principal, role } of draft.members) {
        if (principal.userId !== manager.userId) await parts.members.set(as(manager), id, principal.userId, role);
      }
      for (const plugin of draft.plugins) await parts.enablePlugin(id, plugin);
      return { id };
    },
    async createImageSet(manager, projectId, draft) {
      const { id } = await parts.imageSets.create(as(manager), projectId, draft);
      return { id };
    },
    async createProduct(manager, projectId, { templates: drafts, ...draft }) {
      const product = await products.create(as(manager), projectId, draft);
      const made = [];
      for (const template of drafts) made.push(await templates.create(as(manager), projectId, product.id, template));
      return { ...product, templates: made };
    },
  };
}
