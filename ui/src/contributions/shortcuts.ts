import { onScopeDispose, toValue, watch, type MaybeRefOrGetter } from 'vue';
import { createShortcutRegistry, type Shortcut, type ShortcutScope } from './shortcut-registry.ts';
import { placeOf } from './focus-place.ts';

export type { Shortcut, ShortcutScope } from './shortcut-registry.ts';

const SINGLE_KEYS = 'exact:single-keys';

/** The keys of this browser tab. */
export const shortcuts = createShortcutRegistry();
shortcuts.areSingleKeysOn.value = localStorage.getItem(SINGLE_KEYS) !== 'off';

export function setSingleKeys(isOn: boolean): void {
  shortcuts.areSingleKeysOn.value = isOn;
  localStorage.setItem(SINGLE_KEYS, isOn ? 'on' : 'off');
}

/** Listens to the keyboard until the returned function is called; the shell does it once. */
export function listenToKeys(target: Window = window): () => void {
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
