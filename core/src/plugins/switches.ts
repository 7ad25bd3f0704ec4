import { ConflictError, type InstalledPlugin, NotFoundError, type ProjectPlugin } from '@exact/sdk/contract';
import { KERNEL_API } from '@exact/sdk/hooks';
import { UI_API } from '@exact/sdk/manifest';
import type { z } from 'zod';
import type { Kernel, PluginStatus } from '../kernel/kernel.ts';
import { type Actor, type Changes } from '../settings/changes.ts';
import type { Services } from '../services.ts';
import { readSettingsSchema, type SettingsSchema } from './settings-schema.ts';

type Json = Readonly<Record<string, unknown>>;
type Installed = z.output<typeof InstalledPlugin>;

/** The switches of plugins: allowed on the instance, enabled in a project, with which settings. */
export interface PluginSwitches {
  /** Reads all switches; before the plugins start. */
  load(): Promise<void>;
  isAllowed(plugin: string): boolean;
  ofProject(projectId: number): Promise<ProjectPlugin[]>;
  /** Stores a switch and makes it work everywhere; the plugin is told. @throws NOT_FOUND, CONFLICT, INVALID_REQUEST */
  set(
    actor: Actor,
    projectId: number,
    plugin: string,
    change: { enabled?: boolean | undefined; settings?: Json | undefined },
  ): Promise<ProjectPlugin>;
  installed(): Installed[];
  allow(actor: Actor, plugin: string, allowed: boolean): Promise<Installed>;
  settings(plugin: string, projectId: number): Json;
  /** Takes over what another process has stored for a project. */
  refresh(projectId: number): Promise<void>;
}

interface Row {
  readonly project_id: number;
  readonly plugin_id: string;
  readonly enabled: boolean;
  readonly settings: Json;
}

export interface PluginSwitchesParts {
  readonly services: Services;
  readonly kernel: Kernel;
  readonly changes: Changes;
  /** Address of a plugin's browser bundle, when it has one that is built. */
  readonly uiEntry: (plugin: string) => string | undefined;
}

export function createPluginSwitches({ services, kernel, changes, uiEntry }: PluginSwitchesParts): PluginSwitches {
  const { database, log } = services;
  const forbidden = new Set<string>();
  const schemas = new Map<string, SettingsSchema | undefined>();

  async function loadSchemas(): Promise<void> {
    for (const { id, found } of kernel.plugins()) {
      const file = found.manifest?.settings.project;
      if (schemas.has(id)) continue;
      schemas.set(id, file ? await readSettingsSchema(found.folder, file) : undefined);
    }
  }

  function settings(plugin: string, projectId: number): Json {
    const stored = kernel.enablement.settings(plugin, projectId);
    return schemas.get(plugin)?.complete(stored) ?? stored;
  }

  /** Plugins that a project can switch: those of the level `project` that an administrator allows. */
  function switchable(plugin: string): PluginStatus {
    const status = kernel.plugin(plugin);
    if (!status || status.found.manifest?.level !== 'project' || forbidden.has(plugin))
      throw new NotFoundError({ what: 'plugin', id: plugin });
    return status;
  }

  function describe(status: PluginStatus, projectId: number): ProjectPlugin {
    const { id, found, state } = status;
    const entry = uiEntry(id);
    return {
      id,
      title: found.manifest?.title ?? id,
      description: found.manifest?.description ?? '',
      version: found.version,
      state,
      enabled: kernel.enablement.isEnabled(id, projectId),
      settings: settings(id, projectId) as ProjectPlugin['settings'],
      settingsSchema: (schemas.get(id)?.json ?? null) as ProjectPlugin['settingsSchema'],
      ...(entry ? { uiEntry: entry } : {}),
      contributes: contributionsOf(status),
      permissions: found.manifest?.permissions.defines.map((permission) => permission.id) ?? [],
    };
  }

  function describeInstalled(status: PluginStatus): Installed {
    const { id, found, state, reason, since, holds, failures } = status;
    const { manifest } = found;
    const entry = uiEntry(id);
    return {
      id,
      title: manifest?.title ?? id,
      description: manifest?.description ?? '',
      version: found.version,
      level: manifest?.level ?? 'project',
      state,
      ...(reason ? { reason } : {}),
      since: since.toISOString(),
      allowed: !forbidden.has(id),
      ...(entry && kernel.isRunning(id) ? { uiEntry: entry } : {}),
      contributes: contributionsOf(status),
      enabledIn: kernel.enablement.countProjects(id),
      wants: [
        ...(manifest ? [{ what: 'kernel API', wanted: manifest.kernel, present: KERNEL_API }] : []),
        ...(manifest?.ui ? [{ what: 'UI API', wanted: manifest.ui.api, present: UI_API }] : []),
        ...Object.entries(manifest?.requires ?? {}).map(([needed, wanted]) => ({
          what: `plugin ${needed}`,
          wanted,
          present: kernel.plugin(needed)?.found.version ?? 'not installed',
        })),
      ],
      holds: [...holds],
      failures,
    };
  }

  async function refresh(projectId: number): Promise<void> {
    const rows = await database.sql.query<Row>(
      'select project_id, plugin_id, enabled, settings from core.project_plugin where project_id = $1',
      [projectId],
    );
    kernel.enablement.apply(...rows.map(fromRow));
  }

  return {
    settings,
    refresh,
    isAllowed: (plugin) => !forbidden.has(plugin),
    installed: () => kernel.plugins().map(describeInstalled),
    async load() {
      const rows = await database.sql.query<Row>(
        'select project_id, plugin_id, enabled, settings from core.project_plugin',
      );
      kernel.enablement.apply(...rows.map(fromRow));
      const denied = await database.sql.query<{ plugin_id: string }>(
        'select plugin_id from core.plugin_allowance where not allowed',
      );
      for (const { plugin_id } of denied) forbidden.add(plugin_id);
    },
    async ofProject(projectId) {
      await loadSchemas();
      return kernel
        .plugins()
        .filter(({ id, found }) => found.manifest?.level === 'project' && !forbidden.has(id))
        .map((status) => describe(status, projectId));
    },
    async set(actor, projectId, plugin, change) {
      await loadSchemas();
      const status = switchable(plugin);
      const wasEnabled = kernel.enablement.isEnabled(plugin, projectId);
      const enabled = change.enabled ?? wasEnabled;
      if (enabled && !wasEnabled && !kernel.isRunning(plugin)) {
        throw new ConflictError({
          what: `Plugin "${plugin}"`,
          reason: `it does not run (${status.state}: ${status.reason ?? 'no reason given'}), so it cannot be switched on.`,
        });
      }
      const schema = schemas.get(plugin);
      const stored = change.settings
        ? (schema?.check(change.settings) ?? change.settings)
        : kernel.enablement.settings(plugin, projectId);
      await changes.run(actor, async ({ sql, audit, projectChanged }) => {
        await sql.query(
          `insert into core.project_plugin (project_id, plugin_id, enabled, settings, changed_by) values ($1, $2, $3, $4::jsonb, $5)
           on conflict (project_id, plugin_id) do update
           set enabled = excluded.enabled, settings = excluded.settings, changed_by = excluded.changed_by, changed_at = now()`,
          [projectId, plugin, enabled, JSON.stringify(stored), actor.principal?.userId ?? null],
        );
        await audit({
          action: 'project.pluginSwitched',
          projectId,
          target: `plugin:${plugin} ${enabled ? 'on' : 'off'}`,
        });
        await projectChanged(projectId, 'plugins');
      });
      kernel.enablement.apply({ projectId, plugin, enabled, settings: stored });
      if (enabled !== wasEnabled) {
        const hook = enabled ? 'projects.pluginEnabled' : 'projects.pluginDisabled';
        const { requestId, signal, principal } = actor;
        await kernel.tell(
          plugin,
          hook,
          { projectId, settings: settings(plugin, projectId) },
          { requestId, signal, log, projectId, ...(principal ? { principal } : {}) },
        );
      }
      return describe(status, projectId);
    },
    async allow(actor, plugin, allowed) {
      const status = kernel.plugin(plugin);
      if (!status) throw new NotFoundError({ what: 'plugin', id: plugin });
      if (['rejected', 'incompatible'].includes(status.state)) {
        throw new ConflictError({
          what: `Plugin "${plugin}"`,
          reason: `it is ${status.state}: ${status.reason ?? ''}`,
        });
      }
      await changes.run(actor, async ({ sql, audit }) => {
        await sql.query(
          `insert into core.plugin_allowance (plugin_id, allowed, changed_by) values ($1, $2, $3)
           on conflict (plugin_id) do update set allowed = excluded.allowed, changed_by = excluded.changed_by, changed_at = now()`,
          [plugin, allowed, actor.principal?.userId ?? null],
        );
        await audit({ action: 'plugin.allowed', target: `plugin:${plugin} ${allowed ? 'allowed' : 'forbidden'}` });
      });
      if (allowed) {
        forbidden.delete(plugin);
        await kernel.activate(plugin);
      } else {
        forbidden.add(plugin);
        await kernel.deactivate(plugin, 'Forbidden by the administrator.');
      }
      return describeInstalled(kernel.plugin(plugin) ?? status);
    },
  };
}

function contributionsOf({ found }: PluginStatus): ProjectPlugin['contributes'] {
  const { panels = [], overlays = [], commands = [] } = found.manifest?.contributes ?? {};
  return { panels, overlays, commands };
}

const fromRow = (row: Row): { projectId: number; plugin: string; enabled: boolean; settings: Json } => ({
  projectId: row.project_id,
  plugin: row.plugin_id,
  enabled: row.enabled,
  settings: row.settings,
});
