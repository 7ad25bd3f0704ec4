import { z } from 'zod';
import { Id, JsonObject, Timestamp } from './common.ts';
import { contract, endpoint } from './endpoint.ts';
import { ConflictError } from './errors.ts';

export const PLUGIN_STATES = [
  'discovered',
  'rejected',
  'incompatible',
  'resolved',
  'blocked',
  'activating',
  'active',
  'degraded',
  'failed',
  'stopping',
  'inactive',
] as const;
export type PluginState = (typeof PLUGIN_STATES)[number];

const Contribution = z.looseObject({ id: z.string() });
const Contributions = z.object({
  panels: z.array(Contribution),
  overlays: z.array(Contribution),
  commands: z.array(Contribution),
});

export const ProjectPlugin = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  version: z.string(),
  state: z.enum(PLUGIN_STATES),
  enabled: z.boolean(),
  settings: JsonObject,
  /** JSON Schema of the project's settings; drawn as a form. */
  settingsSchema: JsonObject.nullable(),
  /** Address of the plugin's ES module for the browser, absent when it has none. */
  uiEntry: z.string().optional(),
  contributes: Contributions,
  permissions: z.array(z.string()),
});
export type ProjectPlugin = z.output<typeof ProjectPlugin>;

export const InstalledPlugin = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  version: z.string(),
  level: z.enum(['project', 'instance']),
  state: z.enum(PLUGIN_STATES),
  reason: z.string().optional(),
  since: Timestamp,
  allowed: z.boolean(),
  enabledIn: z.number().describe('number of projects that have it on'),
  wants: z.array(z.object({ what: z.string(), wanted: z.string(), present: z.string() })),
  holds: z.array(z.string()).describe('what the plugin has registered'),
  failures: z.number(),
  /** As in {@link ProjectPlugin}: what the slot `admin.page` shows. */
  uiEntry: z.string().optional(),
  contributes: Contributions.optional(),
});
export type InstalledPlugin = z.output<typeof InstalledPlugin>;

export const pluginsContract = contract({
  ofProject: endpoint({
    method: 'GET',
    path: '/projects/:projectId/plugins',
    summary: 'Plugins that can be switched in the project, with their state there',
    access: { permission: 'plugins:read', in: 'project' },
    params: z.object({ projectId: Id }),
    response: z.array(ProjectPlugin),
  }),
  switch: endpoint({
    method: 'PUT',
    path: '/projects/:projectId/plugins/:pluginId',
    summary: 'Switch a plugin on or off in the project, or change its settings; works at once, everywhere',
    access: { permission: 'plugins:switch', in: 'project' },
    params: z.object({ projectId: Id, pluginId: z.string().max(64) }),
    body: z.strictObject({ enabled: z.boolean().optional(), settings: JsonObject.optional() }),
    response: ProjectPlugin,
    errors: [ConflictError],
  }),
  installed: endpoint({
    method: 'GET',
    path: '/plugins',
    summary: 'All plugins that were found, with states and reasons',
    access: { permission: 'plugins:manage', in: 'instance' },
    response: z.array(InstalledPlugin),
  }),
  allow: endpoint({
    method: 'PUT',
    path: '/plugins/:pluginId',
    summary: 'Allow or forbid a plugin on this instance',
    access: { permission: 'plugins:manage', in: 'instance' },
    params: z.object({ pluginId: z.string().max(64) }),
    body: z.strictObject({ allowed: z.boolean() }),
    response: InstalledPlugin,
    errors: [ConflictError],
  }),
});

/** Documents that a plugin keeps for one person in one project (view settings and the like), without a table of its own. */
export const documentsContract = contract({
  get: endpoint({
    method: 'GET',
    path: '/projects/:projectId/plugins/:pluginId/documents/:key',
    summary: 'Own document of a plugin',
    access: { permission: 'plugins:read', in: 'project' },
    params: z.object({ projectId: Id, pluginId: z.string().max(64), key: z.string().max(200) }),
    response: z.object({ value: z.json().nullable() }),
  }),
  set: endpoint({
    method: 'PUT',
    path: '/projects/:projectId/plugins/:pluginId/documents/:key',
    summary: 'Store an own document of a plugin (up to 64 KiB)',
    access: { permission: 'plugins:read', in: 'project' },
    params: z.object({ projectId: Id, pluginId: z.string().max(64), key: z.string().max(200) }),
    body: z.strictObject({ value: z.json() }),
    bodyLimit: 64 * 1024,
  }),
});
