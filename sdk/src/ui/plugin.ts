import type { Component } from 'vue';

/**
 * The browser half of a plugin. Keys are the ids of the manifest's contributions; each loads its code when its slot first shows.
 * A panel renders in its slot; an overlay is a component without a template of its own that works on the viewer
 * while it is mounted; a command is a function.
 */
export interface UiPluginDefinition {
  readonly panels?: Readonly<Record<string, () => Promise<{ default: Component }>>>;
  readonly overlays?: Readonly<Record<string, () => Promise<{ default: Component }>>>;
  readonly commands?: Readonly<Record<string, () => void | Promise<void>>>;
  /** Words by language, below the plugin's id: `$t('screening.title')`. */
  readonly messages?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The default export of a plugin's UI entry. */
export function defineUiPlugin(definition: UiPluginDefinition): UiPluginDefinition {
  return Object.freeze(definition);
}
