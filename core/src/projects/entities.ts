import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { ProjectRole } from '@exact/sdk/contract';

export const Team = defineEntity({
  name: 'Team',
  tableName: 'core.team',
  properties: {
    id: p.integer().primary().autoincrement(),
    name: p.text(),
    description: p.text().default(''),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
});
export type Team = InferEntity<typeof Team>;

export const TeamMember = defineEntity({
  name: 'TeamMember',
  tableName: 'core.team_member',
  properties: { teamId: p.integer().primary(), userId: p.integer().primary(), isTeamAdmin: p.boolean().default(false) },
});
export type TeamMember = InferEntity<typeof TeamMember>;

export const Project = defineEntity({
  name: 'Project',
  tableName: 'core.project',
  properties: {
    id: p.integer().primary().autoincrement(),
    teamId: p.integer(),
    name: p.text(),
    description: p.text().default(''),
    collaboration: p.text().$type<'cooperative' | 'blind' | 'secondOpinion'>().default('cooperative'),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
});
export type Project = InferEntity<typeof Project>;

export const ProjectMember = defineEntity({
  name: 'ProjectMember',
  tableName: 'core.project_member',
  properties: { projectId: p.integer().primary(), userId: p.integer().primary(), role: p.text().$type<ProjectRole>() },
});
export type ProjectMember = InferEntity<typeof ProjectMember>;

export const ProjectPlugin = defineEntity({
  name: 'ProjectPlugin',
  tableName: 'core.project_plugin',
  properties: {
    projectId: p.integer().primary(),
    pluginId: p.text().primary(),
    enabled: p.boolean(),
    settings: p
      .json()
      .$type<Record<string, unknown>>()
      .onCreate(() => ({})),
    changedBy: p.integer().nullable(),
    changedAt: p.datetime().onCreate(() => new Date()),
  },
});
export type ProjectPlugin = InferEntity<typeof ProjectPlugin>;
