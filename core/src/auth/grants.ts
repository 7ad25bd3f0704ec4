import { type AccessScope, Id, NotFoundError, type ProjectRole, Uuid } from '@exact/sdk/contract';
import type { Principal, Sql } from '@exact/sdk/server';
import type { Grant } from '../http/implement.ts';

export type NamedScope = Exclude<AccessScope, 'instance' | 'self'>;
type Params = Readonly<Record<string, unknown>> | undefined;

interface GrantRow {
  readonly team_id?: number;
  readonly is_team_admin?: boolean;
  readonly project_id?: number;
  readonly role?: ProjectRole | null;
  readonly layer_id?: number;
  readonly image_set_id?: number;
  readonly image_id?: number;
  readonly annotation_id?: string;
}

// One statement each, from the thing up to the membership of the person ($2): there is no moment at which an id is known
// and its owner is not. Administrators ($3) see every row.
const member = `left join core.project_member m on m.project_id = p.id and m.user_id = $2`;
const visible = `(m.role is not null or $3)`;
const QUERIES: Readonly<Record<NamedScope, string>> = {
  team: `select t.id as team_id, coalesce(m.is_team_admin, false) or $3 as is_team_admin from core.team t
    left join core.team_member m on m.team_id = t.id and m.user_id = $2 where t.id = $1 and (m.user_id is not null or $3)`,
  project: `select p.id as project_id, m.role from core.project p ${member} where p.id = $1 and ${visible}`,
  layer: `select p.id as project_id, m.role, l.id as layer_id from core.annotation_layer l
    join core.project p on p.id = l.project_id ${member} where l.id = $1 and ${visible}`,
  imageSet: `select p.id as project_id, m.role, s.id as image_set_id from core.image_set s
    join core.project p on p.id = s.project_id ${member} where s.id = $1 and ${visible}`,
  image: `select p.id as project_id, m.role, s.id as image_set_id, i.id as image_id from core.image i
    join core.image_set s on s.id = i.image_set_id join core.project p on p.id = s.project_id ${member} where i.id = $1 and ${visible}`,
  // Deleted annotations as well: they have a history and can be restored.
  annotation: `select p.id as project_id, m.role, s.id as image_set_id, i.id as image_id, a.id as annotation_id from core.annotation a
    join core.image i on i.id = a.image_id join core.image_set s on s.id = i.image_set_id
    join core.project p on p.id = s.project_id ${member} where a.uuid = $1 and ${visible}`,
};

const WORDS: Readonly<Record<NamedScope, string>> = {
  team: 'team',
  project: 'project',
  layer: 'layer',
  imageSet: 'image set',
  image: 'image',
  annotation: 'annotation',
};

/**
 * Resolves the id in a path through the person's own memberships.
 *
 * @throws {@link NotFoundError}, the same one for what is absent and for what is somebody else's
 */
export async function findGrant(sql: Sql, scope: NamedScope, params: Params, principal: Principal): Promise<Grant> {
  const given = params?.[`${scope}Id`];
  const id = (scope === 'annotation' ? Uuid : Id).safeParse(given);
  const row = id.success
    ? (await sql.query<GrantRow>(QUERIES[scope], [id.data, principal.userId, principal.isAdmin]))[0]
    : undefined;
  if (!row) throw notThere(scope, params);
  return toGrant(row, principal.isAdmin);
}

/** The one answer for what is absent, somebody else's, or not to be seen. */
export function notThere(scope: NamedScope, params: Params): Error {
  return new NotFoundError({ what: WORDS[scope], id: String(params?.[`${scope}Id`]) });
}

function toGrant(row: GrantRow, isAdmin: boolean): Grant {
  if (row.team_id !== undefined) return { teamId: row.team_id, isTeamAdmin: row.is_team_admin ?? false };
  const role: ProjectRole = isAdmin ? 'manager' : (row.role as ProjectRole); // the query leaves out rows without a role
  return {
    projectId: row.project_id as number,
    role,
    ...(row.layer_id === undefined ? {} : { layerId: row.layer_id }),
    ...(row.image_set_id === undefined ? {} : { imageSetId: row.image_set_id }),
    ...(row.image_id === undefined ? {} : { imageId: row.image_id }),
    ...(row.annotation_id === undefined ? {} : { annotationId: Number(row.annotation_id) }),
  };
}
