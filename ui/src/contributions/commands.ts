import type { ProjectPlugin } from '@exact/sdk/contract';
import { computed, shallowReactive, type Ref } from 'vue';
import { report } from '../app/problems.ts';
import { showPanel } from './folded-panels.ts';
import { isActing } from './panels.ts';
import { loadBundle } from './plugin-bundles.ts';
import { useShortcuts, type Shortcut } from './shortcuts.ts';

/** What is the case now, by `<plugin>:<name>`; commands with `when` ask for it. */
const context = shallowReactive(new Map<string, number>());

/** Says that something is the case until the returned function is called. */
export function enterContext(id: string): () => void {
  context.set(id, (context.get(id) ?? 0) + 1);
  return () => {
    const left = (context.get(id) ?? 1) - 1;
    if (left > 0) context.set(id, left);
    else context.delete(id);
  };
}

/** Commands of the acting plugins, with the keys that they wish for, in the sheet of keys and on the keyboard. */
export function usePluginCommands(plugins: Readonly<Ref<readonly ProjectPlugin[]>>): void {
  const entries = computed(() =>
    plugins.value.filter(isActing).flatMap((plugin) => plugin.contributes.commands.map((c) => toShortcut(plugin, c))),
  );
  // with a condition a key belongs to a mode (screening, review), which comes before the viewer's own keys
  useShortcuts('mode', () => entries.value.filter((entry) => entry.when !== undefined));
  useShortcuts('viewer', () => entries.value.filter((entry) => entry.when === undefined));
}

function toShortcut(plugin: ProjectPlugin, command: ProjectPlugin['contributes']['commands'][number]): Shortcut {
  const { title, keys, when } = command;
  return {
    id: command.id,
    title: typeof title === 'string' ? title : command.id,
    group: plugin.title,
    isSuggestion: true,
    run: () => void run(plugin, command.id),
    ...(typeof keys === 'string' ? { keys } : {}),
    ...(typeof when === 'string' ? { when: () => context.has(when) } : {}),
  };
}

async function run(plugin: ProjectPlugin, id: string): Promise<void> {
  try {
    const command = (await loadBundle(plugin)).commands?.[id];
    if (!command) throw new Error(`Plugin "${plugin.id}" declares the command "${id}" but does not bring it.`);
    await command({ showPanel });
  } catch (error) {
    report(error);
  }
}
