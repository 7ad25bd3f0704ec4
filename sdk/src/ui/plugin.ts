import type { Component } from 'vue';

/** What a command can ask of the page that it was called on. */
export interface CommandHost {
  /** Unfolds a panel of the plugin and brings it into sight; its component is there a little later. */
  showPanel(panelId: string): void;
}

/**
 * The browser half of a plugin. Keys are the ids of the manifest's contributions; each loads its code when its slot first shows.
 * A panel renders in its slot; an overlay is a component without a template of its own that works on the viewer
 * while it is mounted; a command is a function.
 */
export interface UiPluginDefinition {
  readonly panels?: Readonly<Record<string, () => Promise<{ default: Component }>>>;
  readonly overlays?: Readonly<Record<string, () => Promise<{ default: Component }>>>;
  readonly commands?: Readonly<Record<string, (host: CommandHost) => void | Promise<void>>>;
  /** Words by language, below the plugin's id: `$t('screening.title')`. */
  readonly messages?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The default export of a plugin's UI entry. */
export function defineUiPlugin(definition: UiPluginDefinition): UiPluginDefinition {
  return Object.freeze(definition);
}
