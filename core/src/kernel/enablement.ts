/** Switch of one plugin in one project as it is stored. */
export interface PluginSwitch {
  readonly projectId: number;
  readonly plugin: string;
  readonly enabled: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * Who is on where, in memory, so that a guard can ask at every call.
 *
 * Three switches: installed (the package is there), allowed (administrator), enabled (manager of the project).
 */
export interface Enablement {
  isEnabled(plugin: string, projectId: number): boolean;
  settings(plugin: string, projectId: number): Readonly<Record<string, unknown>>;
  countProjects(plugin: string): number;
  /** Takes over what was stored: at the start all, later single changes of this or another process. */
  apply(...switches: readonly PluginSwitch[]): void;
  forget(projectId: number): void;
  /** What holds while a project has no row: the manifest's `enabledByDefault`. */
  setDefault(plugin: string, enabled: boolean): void;
}

export function createEnablement(): Enablement {
  const byProject = new Map<number, Map<string, PluginSwitch>>();
  const defaults = new Map<string, boolean>();
  return {
    isEnabled: (plugin, projectId) => byProject.get(projectId)?.get(plugin)?.enabled ?? defaults.get(plugin) ?? false,
    settings: (plugin, projectId) => byProject.get(projectId)?.get(plugin)?.settings ?? {},
    countProjects: (plugin) => [...byProject.values()].filter((plugins) => plugins.get(plugin)?.enabled).length,
    apply(...switches) {
      for (const entry of switches) {
        const plugins = byProject.get(entry.projectId) ?? new Map<string, PluginSwitch>();
        plugins.set(entry.plugin, entry);
        byProject.set(entry.projectId, plugins);
      }
    },
    forget: (projectId) => byProject.delete(projectId),
    setDefault: (plugin, enabled) => defaults.set(plugin, enabled),
  };
}
