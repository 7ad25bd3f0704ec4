import { imageSetsContract, layersContract, projectsContract, teamsContract } from '@exact/sdk/contract';
import { type Grant, implement, type Operation } from '../http/implement.ts';
import type { ImageSets } from './image-sets.ts';
import type { Layers } from './layers.ts';
import type { Members } from './members.ts';
import type { Projects } from './projects.ts';
import type { Teams } from './teams.ts';

export function teamsOperations(teams: Teams): readonly Operation[] {
  return implement(teamsContract, {
    list: ({ principal }) => teams.list(principal),
    create: (request) => teams.create(request, request.body),
    update: (request) => teams.update(request, granted(request.grant, 'teamId'), request.body),
    remove: (request) => teams.remove(request, request.params.teamId),
    members: ({ grant }) => teams.members(granted(grant, 'teamId')),
    setMember: (request) =>
      teams.setMember(request, granted(request.grant, 'teamId'), request.params.username, request.body.isTeamAdmin),
    removeMember: (request) => teams.removeMember(request, granted(request.grant, 'teamId'), request.params.username),
  });
}

export function projectsOperations({
  projects,
  members,
}: {
  readonly projects: Projects;
  readonly members: Members;
}): readonly Operation[] {
  return implement(projectsContract, {
    list: ({ principal }) => projects.list(principal),
    create: (request) => projects.create(request, granted(request.grant, 'teamId'), request.body),
    get: ({ principal, grant }) => projects.get(principal, granted(grant, 'projectId')),
    update: (request) => projects.update(request, granted(request.grant, 'projectId'), request.body),
    remove: (request) => projects.remove(request, granted(request.grant, 'projectId'), request.body.name),
    members: ({ grant }) => members.list(granted(grant, 'projectId')),
    candidates: ({ grant }) => members.candidates(granted(grant, 'projectId')),
    setMember: (request) =>
      members.set(request, granted(request.grant, 'projectId'), request.params.userId, request.body.role),
    removeMember: (request) => members.remove(request, granted(request.grant, 'projectId'), request.params.userId),
  });
}

export function layersOperations(layers: Layers): readonly Operation[] {
  return implement(layersContract, {
    list: ({ principal, grant }) => layers.list(principal, granted(grant, 'projectId')),
    create: (request) => layers.create(request, granted(request.grant, 'projectId'), request.body),
    update: (request) => layers.update(request, granted(request.grant, 'layerId'), request.body),
    remove: (request) => layers.remove(request, granted(request.grant, 'layerId'), request.query.annotations),
  });
}

export function imageSetsOperations(imageSets: ImageSets): readonly Operation[] {
  return implement(imageSetsContract, {
    list: ({ principal, grant, query }) => imageSets.list(principal, granted(grant, 'projectId'), query),
    create: (request) => imageSets.create(request, granted(request.grant, 'projectId'), request.body),
    get: ({ principal, grant }) => imageSets.get(principal, granted(grant, 'imageSetId')),
    update: (request) => imageSets.update(request, granted(request.grant, 'imageSetId'), request.body),
    remove: (request) => imageSets.remove(request, granted(request.grant, 'imageSetId'), request.query.images),
  });
}

type IdInGrant = 'teamId' | 'projectId' | 'layerId' | 'imageSetId';

/** An id that the platform has resolved. One that is missing means that the endpoint declares another scope than it uses. */
export function granted(grant: Grant, key: IdInGrant): number {
  const id = grant[key];
  if (id === undefined) throw new Error(`The access of this endpoint does not resolve "${key}".`);
  return id;
}
