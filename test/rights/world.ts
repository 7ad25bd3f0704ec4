import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type Collaboration, PROJECT_ROLES, type ProjectRole } from '@exact/sdk/contract';
import type { TestPerson } from '@exact/sdk/testing';
import { type BootedKernel, bootTestKernel } from '../../core/src/testing.ts';
import { EVERYBODY, PLUGIN_IDS, PROJECT_PLUGINS, type Target, type Who } from './expected.ts';

/** Ids for the parameters of paths, by their names. */
export type Ids = Readonly<Record<string, string | number>>;
export type Named = Target & { readonly ids: Ids };

export const ABSENT = 2_000_000_000;
export const ABSENT_UUID = '0199aaaa-0000-7000-8000-00000000dead';

/** A platform with all plugins of the repository, one person of each kind, and things that are there, foreign, absent and deleted. */
export interface RightsWorld {
  readonly kernel: BootedKernel;
  readonly people: ReadonlyMap<Who, TestPerson>;
  readonly own: Ids;
  /** What an endpoint that looks at `scope` can be asked for by somebody. */
  targets(scope: string | undefined, who: Who): readonly Named[];
  /** Sets how the own project and the foreign one work together. */
  work(mode: Collaboration): Promise<void>;
}

export async function makeRightsWorld(): Promise<RightsWorld> {
  const folder = (id: string): string => fileURLToPath(new URL(`../../plugins/${id}`, import.meta.url));
  const kernel = await bootTestKernel({ plugins: PLUGIN_IDS.map(folder) });
  const { sql } = kernel.platform.database;
  const { provision } = kernel.platform.domain;
  const people = new Map<Who, TestPerson>();
  for (const who of EVERYBODY.slice(1))
    people.set(who, await kernel.person(who.toLowerCase(), { isAdmin: who === 'admin' }));
  const get = (who: Who): TestPerson => {
    const person = people.get(who);
    if (!person) throw new Error(`Nobody is ${who}.`);
    return person;
  };
  const roles: Record<string, ProjectRole> = { teamadmin: 'viewer' };
  for (const role of PROJECT_ROLES) roles[role] = role;

  /** A project with an image and an annotation, made by plain rows: no pixels are needed to ask for rights. */
  async function makeProject(members: Record<string, ProjectRole>, plugins: readonly string[]): Promise<Ids> {
    const { id: projectId, imageSetId } = await kernel.project(members);
    for (const plugin of plugins) await kernel.enable(projectId, plugin, true);
    const teamId = await numberOf('select team_id as id from core.project where id = $1', projectId);
    const [templateId, layerId] = [await addTemplate(teamId), await addLayer(projectId, 'Hidden', false)];
    return { teamId, projectId, imageSetId, layerId, templateId, ...(await addImage(imageSetId, templateId)) };
  }

  async function numberOf(query: string, ...values: unknown[]): Promise<number> {
    const [row] = await sql.query<{ id: number }>(query, values);
    if (!row) throw new Error(`There is no row: ${query}`);
    return row.id;
  }
  const addLayer = (projectId: number, name: string, isShown: boolean): Promise<number> =>
    numberOf(
      `insert into core.annotation_layer (project_id, name, purpose, shown) values ($1, $2, 'guidance', $3) returning id`,
      projectId,
      name,
      isShown,
    );
  async function addTemplate(teamId: number): Promise<number> {
    const product = await numberOf(
      'insert into core.product (team_id, name) values ($1, $2) returning id',
      teamId,
      randomUUID(),
    );
    return numberOf(
      `insert into core.template (product_id, name, colour, kind) values ($1, 'T', '#000000', 'point') returning id`,
      product,
    );
  }
  async function addImage(imageSetId: number, templateId: number): Promise<{ imageId: number; annotationId: string }> {
    const imageId = await numberOf(
      `insert into core.image (image_set_id, public_name, private_name, state, original_key, size_bytes, sha256, content_version, width, height)
       values ($1, $2, 'x', 'ready', 'images/00/x', 1, '\\x00', 'v', 100, 100) returning id`,
      imageSetId,
      randomUUID(),
    );
    const stranger = get('outsider').principal.userId;
    return { imageId, annotationId: await annotate({ imageId, templateId }, stranger) };
  }
  async function annotate(
    { imageId, templateId }: Ids,
    authorId: number,
    { layerId, isDeleted = false }: { layerId?: number; isDeleted?: boolean } = {},
  ): Promise<string> {
    const uuid = randomUUID();
    await sql.query(
      `insert into core.annotation (uuid, image_id, template_id, author_id, editor_id, kind, box, geometry, layer_id, deleted_at)
       values ($1, $2, $3, $4, $4, 0, box(point(1, 1), point(1, 1)), '\\x00', $5, case when $6 then now() end)`,
      [uuid, imageId, templateId, authorId, layerId ?? null, isDeleted],
    );
    return uuid;
  }

  const own = await makeProject(roles, PROJECT_PLUGINS);
  const plain = await makeProject(roles, []);
  await provision.ensureTeam('Test team', [{ principal: get('teamAdmin').principal, isTeamAdmin: true }]);
  const foreign = await moveAway(await makeProject({ stranger: 'manager' }, PROJECT_PLUGINS));
  const deleted = await makeDeleted();

  /** To a team that nobody of the test but administrators has to do with. */
  async function moveAway(ids: Ids): Promise<Ids> {
    const { principal } = await kernel.person('stranger');
    const { id: teamId } = await provision.ensureTeam('Other team', [{ principal, isTeamAdmin: true }]);
    await sql.query('update core.project set team_id = $1 where id = $2', [teamId, ids['projectId']]);
    return { ...ids, teamId };
  }

  /** Things that everybody has looked at, and that have then been deleted: of what was remembered of them nothing may stay. */
  async function makeDeleted(): Promise<Ids> {
    const admin = get('admin');
    const remove = async (method: string, path: string, body?: unknown): Promise<void> => {
      const { status, body: told } = await admin.request(method, `/api/v2${path}`, body);
      if (status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(told)}`);
    };
    const { projectId, templateId } = own;
    const addSet = (name: string): Promise<number> =>
      numberOf('insert into core.image_set (project_id, name) values ($1, $2) returning id', projectId, name);
    const [imageSetId, otherSetId] = [await addSet('Deleted'), await addSet('Of deleted images')];
    await addImage(imageSetId, Number(templateId));
    const image = await addImage(otherSetId, Number(templateId));
    const layerId = await addLayer(Number(projectId), 'Deleted', true);
    const project = await makeProject(roles, PROJECT_PLUGINS);
    const team = await provision.ensureTeam(
      'Deleted team',
      [...people.values()].map(({ principal }) => ({ principal, isTeamAdmin: true })),
    );
    for (const person of people.values())
      for (const path of [
        `/image-sets/${imageSetId}`,
        `/images/${image.imageId}`,
        `/annotations/${image.annotationId}`,
        `/projects/${project['projectId']}`,
        `/projects/${project['projectId']}/plugins/study-modes/mine`,
        `/teams/${team.id}/members`,
      ])
        await person.request('GET', `/api/v2${path}`);
    await remove('POST', `/image-sets/${otherSetId}/images/delete`, { imageIds: [image.imageId] });
    await remove('DELETE', `/image-sets/${imageSetId}?images=1`);
    await remove('DELETE', `/layers/${layerId}`);
    const { body: gone } = await admin.request('GET', `/api/v2/projects/${project['projectId']}`);
    await remove('DELETE', `/projects/${project['projectId']}`, { name: gone.name });
    await remove('DELETE', `/teams/${team.id}`);
    return { teamId: team.id, projectId: project['projectId'] ?? 0, imageSetId, layerId, ...image };
  }

  const absent: Ids = {
    teamId: ABSENT,
    projectId: ABSENT,
    imageSetId: ABSENT,
    layerId: ABSENT,
    imageId: ABSENT,
    annotationId: ABSENT_UUID,
  };
  const common: readonly Named[] = [
    { name: 'a thing of another project', is: 'foreign', hasPlugins: true, ids: foreign },
    { name: 'an absent thing', is: 'absent', hasPlugins: false, ids: absent },
    { name: 'a deleted thing', is: 'absent', hasPlugins: false, ids: deleted },
  ];
  const ofOwn = (name: string, is: Target['is'], ids: Ids = {}): Named => ({
    name,
    is,
    hasPlugins: true,
    ids: { ...own, ...ids },
  });
  const noPlugins: Named = { name: 'a project without plugins', is: 'there', hasPlugins: false, ids: plain };
  const shownLayer = await addLayer(Number(own['projectId']), 'Shown', true);
  const hiddenLayer = Number(own['layerId']);
  const inOwn = [ofOwn('an own thing', 'there'), noPlugins, ...common];
  const layers = [
    ofOwn('a shown layer', 'there', { layerId: shownLayer }),
    ofOwn('a hidden layer', 'sealed'),
    ...common,
  ];
  const annotations = new Map<Who, readonly Named[]>();
  for (const who of EVERYBODY) {
    const others = get('outsider').principal.userId;
    const me = people.get(who)?.principal.userId ?? others;
    const add = async (
      name: string,
      is: Target['is'],
      author: number,
      more: { layerId?: number; isDeleted?: boolean },
    ) => ofOwn(name, is, { annotationId: await annotate(own, author, more) });
    annotations.set(who, [
      await add('an own annotation', 'there', me, {}),
      await add('an own deleted annotation', 'there', me, { isDeleted: true }),
      await add('an annotation of others', 'sealed', others, {}),
      await add('a deleted annotation of others', 'sealed', others, { isDeleted: true }),
      // What somebody has drawn themselves is shared, or hidden, too once it is in a layer.
      await add('an annotation in a shown layer', 'there', me, { layerId: shownLayer }),
      await add('an annotation in a hidden layer', 'sealed', me, { layerId: hiddenLayer }),
      ...common,
    ]);
  }

  return {
    kernel,
    people,
    own,
    targets: (scope, who) =>
      (scope === 'annotation' ? annotations.get(who) : scope === 'layer' ? layers : undefined) ?? inOwn,
    async work(mode) {
      for (const { projectId } of [own, plain, foreign]) {
        await sql.query('update core.project set collaboration = $1 where id = $2', [mode, projectId]);
        kernel.platform.domain.auth.notices.apply({ about: 'project', id: Number(projectId) });
      }
    },
  };
}
