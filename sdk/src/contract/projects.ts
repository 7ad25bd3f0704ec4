import { z } from 'zod';
import { Description, Id, listOf, Name, PageQuery, pageOf, Tag, Timestamp } from './common.ts';
import { contract, endpoint } from './endpoint.ts';
import { ConflictError } from './errors.ts';
import { Person } from './people.ts';
import { PROJECT_ROLES } from './roles.ts';

/**
 * Ways of working together. `cooperative`: everybody sees everything · `blind`: who is not a manager sees their own annotations and
 * shown layers, as if nobody else had drawn · `secondOpinion`: everybody sees everything, and several people judge each object
 */
export const COLLABORATIONS = ['cooperative', 'blind', 'secondOpinion'] as const;
export type Collaboration = (typeof COLLABORATIONS)[number];

export const Project = z.object({
  id: Id,
  teamId: Id,
  teamName: z.string(),
  name: z.string(),
  description: z.string(),
  collaboration: z.enum(COLLABORATIONS),
  /** Role of the caller; administrators of the instance act as managers. */
  role: z.enum(PROJECT_ROLES),
  permissions: z.array(z.string()),
  imageSetCount: z.number(),
  imageCount: z.number(),
  /** For callers who work blind: the hexadecimal digits that the UUIDs of annotations made by them have to end in. */
  uuidMark: z.string().optional(),
  createdAt: Timestamp,
});
export type Project = z.output<typeof Project>;

export const Member = z.object({ person: Person, role: z.enum(PROJECT_ROLES) });
export type Member = z.output<typeof Member>;

const projectParams = z.object({ projectId: Id });

export const projectsContract = contract({
  list: endpoint({
    method: 'GET',
    path: '/projects',
    summary: 'Own projects',
    access: { permission: 'self:read', in: 'self' },
    response: z.array(Project),
  }),
  create: endpoint({
    method: 'POST',
    path: '/teams/:teamId/projects',
    summary: 'Make a project in a team; the maker becomes its manager',
    access: { permission: 'projects:create', in: 'team' },
    params: z.object({ teamId: Id }),
    body: z.strictObject({ name: Name, description: Description.optional() }),
    response: Project,
    status: 201,
    errors: [ConflictError],
  }),
  get: endpoint({
    method: 'GET',
    path: '/projects/:projectId',
    summary: 'One project',
    access: { permission: 'project:read', in: 'project' },
    params: projectParams,
    response: Project,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/projects/:projectId',
    summary: 'Rename or describe a project, or change how its people work together',
    access: { permission: 'project:manage', in: 'project' },
    params: projectParams,
    body: z.strictObject({
      name: Name.optional(),
      description: Description.optional(),
      collaboration: z.enum(COLLABORATIONS).optional(),
    }),
    response: Project,
    errors: [ConflictError],
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/projects/:projectId',
    summary: 'Delete a project with its image sets, images and annotations; its name must be repeated',
    access: { permission: 'project:manage', in: 'project' },
    params: projectParams,
    body: z.strictObject({ name: z.string().max(200) }),
    errors: [ConflictError],
  }),
  members: endpoint({
    method: 'GET',
    path: '/projects/:projectId/members',
    summary: 'Who works on the project',
    access: { permission: 'members:read', in: 'project' },
    params: projectParams,
    response: z.array(Member),
  }),
  candidates: endpoint({
    method: 'GET',
    path: '/projects/:projectId/candidates',
    summary: 'People of the team who are not in the project yet',
    access: { permission: 'members:manage', in: 'project' },
    params: projectParams,
    response: z.array(Person),
  }),
  setMember: endpoint({
    method: 'PUT',
    path: '/projects/:projectId/members/:userId',
    summary: 'Add a person of the team, or change the role',
    access: { permission: 'members:manage', in: 'project' },
    params: projectParams.extend({ userId: Id }),
    body: z.strictObject({ role: z.enum(PROJECT_ROLES) }),
    response: Member,
    errors: [ConflictError],
  }),
  removeMember: endpoint({
    method: 'DELETE',
    path: '/projects/:projectId/members/:userId',
    summary: 'Remove a person from the project; their annotations stay',
    access: { permission: 'members:manage', in: 'project' },
    params: projectParams.extend({ userId: Id }),
    errors: [ConflictError],
  }),
});

export const ImageSet = z.object({
  id: Id,
  projectId: Id,
  name: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  position: z.number(),
  imageCount: z.number(),
  annotationCount: z.number(),
  /** Up to four images whose thumbnails stand for the set. */
  coverImageIds: z.array(Id),
  createdAt: Timestamp,
});
export type ImageSet = z.output<typeof ImageSet>;

export const imageSetsContract = contract({
  list: endpoint({
    method: 'GET',
    path: '/projects/:projectId/image-sets',
    summary: 'Image sets of a project in their order',
    access: { permission: 'imageSets:read', in: 'project' },
    params: projectParams,
    query: z.object({ ...PageQuery, search: z.string().max(200).optional(), tags: listOf(Tag, 20).optional() }),
    response: pageOf(ImageSet),
  }),
  create: endpoint({
    method: 'POST',
    path: '/projects/:projectId/image-sets',
    summary: 'Make an image set',
    access: { permission: 'imageSets:write', in: 'project' },
    params: projectParams,
    body: z.strictObject({ name: Name, description: Description.optional(), tags: z.array(Tag).max(50).optional() }),
    response: ImageSet,
    status: 201,
    errors: [ConflictError],
  }),
  get: endpoint({
    method: 'GET',
    path: '/image-sets/:imageSetId',
    summary: 'One image set',
    access: { permission: 'imageSets:read', in: 'imageSet' },
    params: z.object({ imageSetId: Id }),
    response: ImageSet,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/image-sets/:imageSetId',
    summary: 'Rename, describe, tag or move an image set',
    access: { permission: 'imageSets:write', in: 'imageSet' },
    params: z.object({ imageSetId: Id }),
    body: z.strictObject({
      name: Name.optional(),
      description: Description.optional(),
      tags: z.array(Tag).max(50).optional(),
      position: z.number().finite().optional(),
    }),
    response: ImageSet,
    errors: [ConflictError],
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/image-sets/:imageSetId',
    summary: 'Delete an image set with its images and annotations; the number of images must be repeated',
    access: { permission: 'imageSets:write', in: 'imageSet' },
    params: z.object({ imageSetId: Id }),
    query: z.object({ images: z.coerce.number().int().min(0) }),
    errors: [ConflictError],
  }),
});
