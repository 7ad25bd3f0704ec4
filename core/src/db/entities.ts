import { ApiToken, AppUser, Session } from '../auth/entities.ts';
import { Product, Template } from '../annotations/template-entities.ts';
import { Image, ImageSet } from '../images/entities.ts';
import { Project, ProjectMember, ProjectPlugin, Team, TeamMember } from '../projects/entities.ts';

/** All entities of core. Annotations, revisions, the outbox and jobs are read and written by plain SQL only. */
export const entities = [
  ApiToken,
  AppUser,
  Session,
  Team,
  TeamMember,
  Project,
  ProjectMember,
  ProjectPlugin,
  ImageSet,
  Image,
  Product,
  Template,
];
