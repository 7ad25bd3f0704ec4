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

/** Makes the content of a demo or of a test, step by step; each step finds what an interrupted run has left. */
export function createProvision({ config, database, log }: Services, parts: Parts): Provision {
  const { sql } = database;
  const { changes, products, templates } = parts;
  const nobody = systemActor(log, 'provision');
  const as = (principal: Principal): Actor & { principal: Principal } => ({ ...nobody, principal });

  const findUser = async (username: string): Promise<Principal | undefined> => {
    const [row] = await sql.query<{ id: number; username: string; is_admin: boolean }>(
      'select id, username, is_admin from core.app_user where lower(username) = lower($1)',
      [normalizeUsername(username)],
    );
    return (
      row && Object.freeze({ userId: row.id, username: row.username, isAdmin: row.is_admin, via: 'system' as const })
    );
  };

  const findNamed = async (
    table: 'project' | 'image_set',
    parent: 'team_id' | 'project_id',
    id: number,
    name: string,
  ) => {
    const [row] = await sql.query<{ id: number }>(
      `select id from core.${table} where ${parent} = $1 and lower(name) = lower($2)`,
      [id, name],
    );
    return row;
  };

  return {
    isDemo: config.demo,
    isEmpty: async () => (await sql.query('select 1 from core.project limit 1')).length === 0,
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
    async ensureProject(manager, teamId, { members, plugins, ...draft }) {
      const actor = as(manager);
      const { id } =
        (await findNamed('project', 'team_id', teamId, draft.name)) ??
        (await parts.projects.create(actor, teamId, draft));
      const present = await sql.query<{ user_id: number }>(
        'select user_id from core.project_member where project_id = $1',
        [id],
      );
      const isMember = new Set(present.map((row) => row.user_id));
      for (const { principal, role } of members) {
        if (!isMember.has(principal.userId)) await parts.members.set(actor, id, principal.userId, role);
      }
      const switched = await sql.query<{ plugin_id: string }>(
        'select plugin_id from core.project_plugin where project_id = $1',
        [id],
      );
      const isSwitched = new Set(switched.map((row) => row.plugin_id));
      for (const plugin of plugins) if (!isSwitched.has(plugin)) await parts.enablePlugin(id, plugin);
      return { id };
    },
    async ensureImageSet(manager, projectId, draft) {
      const present = await findNamed('image_set', 'project_id', projectId, draft.name);
      const { id } = present ?? (await parts.imageSets.create(as(manager), projectId, draft));
      return { id };
    },
    async ensureProduct(manager, projectId, { templates: drafts, ...draft }) {
      const actor = as(manager);
      const isNamed = ({ name }: { name: string }): boolean => name.toLowerCase() === draft.name.toLowerCase();
      const ofTeam = (await products.available(projectId)).find(isNamed);
      const product =
        (await products.list(projectId)).find(isNamed) ??
        (ofTeam ? await products.attach(actor, projectId, ofTeam.id) : await products.create(actor, projectId, draft));
      const made = [...product.templates];
      for (const template of drafts) {
        if (made.some(({ name }) => name === template.name)) continue;
        made.push(await templates.create(actor, projectId, product.id, template));
      }
      return { ...product, templates: made };
    },
  };
}
