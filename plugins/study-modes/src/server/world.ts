import type { Sql } from '@exact/sdk/server';
import type { World, WorldPerson } from '@exact/study';
import type { Choices } from '../shared/contract.ts';

/** Members of the project, and of its team: who is only in the team can be named, but is told to be added first. */
const PEOPLE = `
  select u.id, u.username, u.display_name as "displayName", m.role, u.is_admin as "isAdmin", u.state = 'active' as "isActive"
    from core.project p
    join core.app_user u on u.id in (select user_id from core.project_member where project_id = p.id
                                     union select user_id from core.team_member where team_id = p.team_id)
    left join core.project_member m on m.project_id = p.id and m.user_id = u.id
   where p.id = $1 order by lower(u.username)`;

const IMAGES = `
  select i.id, i.public_name as name, encode(i.sha256, 'hex') as sha256, i.state = 'ready' as "isReady",
         s.id as "setId", s.name as "setName"
    from core.image i join core.image_set s on s.id = i.image_set_id
   where s.project_id = $1 order by s.position, s.id, i.position, i.id`;

const LAYERS = `select id, name, shown as "isShown" from core.annotation_layer where project_id = $1 order by lower(name)`;

const PRODUCTS = `
  select p.name, coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name) order by t.sort_order, t.id)
                          filter (where t.id is not null), '[]') as templates
    from core.project_product pp join core.product p on p.id = pp.product_id
    left join core.template t on t.product_id = p.id
   where pp.project_id = $1 group by p.id order by lower(p.name)`;

type Person = Omit<WorldPerson, 'role'> & { readonly role: WorldPerson['role'] | null; readonly displayName: string };
interface ImageRow {
  readonly id: number;
  readonly name: string;
  readonly sha256: string;
  readonly isReady: boolean;
  readonly setId: number;
  readonly setName: string;
}

/** What a project has, for {@link fitStudy}. */
export async function readWorld(sql: Sql, projectId: number): Promise<World> {
  const people = await sql.query<Person>(PEOPLE, [projectId]);
  return {
    people: people.map((person) => ({ ...person, role: person.role ?? undefined })),
    images: await sql.query<ImageRow>(IMAGES, [projectId]),
    layers: await sql.query<World['layers'][number]>(LAYERS, [projectId]),
    products: await sql.query<World['products'][number]>(PRODUCTS, [projectId]),
  };
}

/** The same for people who choose. */
export async function readChoices(sql: Sql, projectId: number): Promise<Choices> {
  const people = await sql.query<Person>(PEOPLE, [projectId]);
  const images = await sql.query<ImageRow>(IMAGES, [projectId]);
  const sets = new Map<number, Choices['sets'][number]>();
  for (const { id, name, sha256, setId, setName } of images) {
    const set = sets.get(setId) ?? { id: setId, name: setName, images: [] };
    sets.set(setId, set);
    set.images.push({ id, name, sha256 });
  }
  return {
    people: people.flatMap(({ id, username, displayName, role, isAdmin, isActive }) =>
      role && isActive ? [{ id, username, displayName, role, seesAll: isAdmin || role === 'manager' }] : [],
    ),
    sets: [...sets.values()],
    layers: await sql.query(LAYERS, [projectId]),
    products: await sql.query(PRODUCTS, [projectId]),
  };
}
