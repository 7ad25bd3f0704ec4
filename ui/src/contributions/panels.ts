import type { ProjectPlugin } from '@exact/sdk/contract';
import type { UiSlot } from '@exact/sdk/manifest';
import { iconOf } from '../theme/icons.ts';

/** A panel or overlay that a plugin has in a slot. */
export interface Contribution {
  readonly id: string;
  readonly kind: 'panel' | 'overlay';
  readonly slot: UiSlot;
  readonly title: string;
  readonly icon: string;
  readonly order: number;
  /** Kinds of media files that a panel of `annotation.media` plays. */
  readonly accepts: readonly string[];
  readonly plugin: ProjectPlugin;
}

/** Whether a plugin acts in the project now. A degraded one may still show what it has: its trial calls decide on the server. */
export const isActing = (plugin: ProjectPlugin): boolean =>
  plugin.enabled && (plugin.state === 'active' || plugin.state === 'degraded');

/** What acting plugins have in a slot, by `order`, then by id. */
export function contributionsTo(slot: UiSlot, plugins: readonly ProjectPlugin[]): Contribution[] {
  const found = plugins
    .filter(isActing)
    .flatMap((plugin) => [
      ...read(plugin.contributes.panels, 'panel', plugin),
      ...read(plugin.contributes.overlays, 'overlay', plugin),
    ]);
  return found.filter((item) => item.slot === slot).sort((a, b) => a.order - b.order || a.id.localeCompare(b.id));
}

type Declared = ProjectPlugin['contributes']['panels'][number];

function read(declared: readonly Declared[], kind: Contribution['kind'], plugin: ProjectPlugin): Contribution[] {
  return declared.map((item) => ({
    id: item.id,
    kind,
    slot: item['slot'] as UiSlot,
    title: typeof item['title'] === 'string' ? item['title'] : plugin.title,
    icon: iconOf(typeof item['icon'] === 'string' ? item['icon'] : undefined),
    accepts: Array.isArray(item['accepts']) ? (item['accepts'] as readonly string[]) : [],
    order: typeof item['order'] === 'number' ? item['order'] : 100,
    plugin,
  }));
}
