import { onScopeDispose, toValue, watch, type MaybeRefOrGetter } from 'vue';
import { api } from '../app/api.ts';
import { placeOf } from './focus-place.ts';
import { createKeyPreferences } from './key-preferences.ts';
import { learnKeyboard, type KeyText } from './keys.ts';
import { createShortcutRegistry, type Shortcut, type ShortcutScope } from './shortcut-registry.ts';

export type { Shortcut, ShortcutScope } from './shortcut-registry.ts';

/** The keys of this browser tab. */
export const shortcuts = createShortcutRegistry();

/** What the signed-in person wants of the keys. */
export const keyPreferences = createKeyPreferences({
  registry: shortcuts,
  storage: localStorage,
  save: (keys) => api.auth.updateMe({ body: { preferences: { keys } } }),
});

window.addEventListener('storage', ({ key, newValue }) => keyPreferences.follow(key, newValue));

/** The person's keys for a command, for hints beside buttons; none while the command is not there. Reactive where it is read. */
export const keysOf = (commandId: string): readonly KeyText[] => shortcuts.keysOf(commandId);

/** Listens to the keyboard until the returned function is called; the shell does it once. */
export function listenToKeys(target: Window = window): () => void {
  void learnKeyboard();
  const down = (event: KeyboardEvent): void => void shortcuts.press(event, placeOf(event.target));
  const up = (event: KeyboardEvent): void => shortcuts.release(event);
  target.addEventListener('keydown', down);
  target.addEventListener('keyup', up);
  return () => {
    target.removeEventListener('keydown', down);
    target.removeEventListener('keyup', up);
  };
}

/**
 * Gives keys to the calling component as long as it lives.
 *
 * ```ts
 * useShortcuts('viewer', [{ id: 'viewer:fit', title: t('viewer.fit'), keys: 'Home', run: fit }]);
 * ```
 *
 * @param scope - who comes first when several want a key: dialog, text, tool, mode, viewer, global
 * @param list  - may be a getter; what it reads is followed
 */
export function useShortcuts(scope: ShortcutScope, list: MaybeRefOrGetter<readonly Shortcut[]>): void {
  let undo: (() => void) | undefined;
  watch(
    () => toValue(list),
    (next) => {
      undo?.();
      undo = shortcuts.register(scope, next);
    },
    { immediate: true },
  );
  onScopeDispose(() => undo?.());
}
