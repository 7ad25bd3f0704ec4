import { computed, shallowRef, type Ref } from 'vue';
import { NO_CHOICES, settleKeys, type KeyChoices } from './key-map.ts';
import { isSingleKey, keyTextOf, keyTextsOf, type KeyText } from './keys.ts';

/** Strongest first: a key goes to the first scope that has a use for it. */
export const SHORTCUT_SCOPES = ['dialog', 'text', 'tool', 'mode', 'viewer', 'global'] as const;
export type ShortcutScope = (typeof SHORTCUT_SCOPES)[number];

export interface Shortcut {
  /** `viewer:zoom-in`, `<plugin>:<command>` */
  readonly id: string;
  /** In the person's language; shown in the sheet of keys. */
  readonly title: string;
  /** See {@link KeyText}; absent for a command that has no key. A preset or the person may have chosen others. */
  readonly keys?: KeyText | readonly KeyText[];
  /** Returning false passes the key on to the next scope and to the browser. */
  readonly run: (event?: KeyboardEvent) => unknown;
  /** For keys that work while they are held: called when the key goes up again. */
  readonly release?: (event?: KeyboardEvent) => void;
  /** Whether it can be used now; asked at each press. */
  readonly when?: () => boolean;
  /** What is missing while `when` says no ("Select annotations first"); the palette shows it. */
  readonly needs?: string;
  /** The keys are a wish: they give way when another entry of the scope has them. */
  readonly isSuggestion?: boolean;
  /** Another way to something that is listed already: shown only where it has a key. */
  readonly isSpare?: boolean;
  /** Heading in the sheet of keys. */
  readonly group?: string;
}

export interface RegisteredShortcut extends Shortcut {
  readonly scope: ShortcutScope;
  readonly keyTexts: readonly KeyText[];
  /** Title of the entry that has a key this one wished for. */
  readonly refusedBy?: string;
}

/** What the registry has to know of the place that has the focus. */
export interface FocusPlace {
  readonly isInDialog: boolean;
  readonly isText: boolean;
  /** Keys that the focused control needs itself, for example Space on a button. */
  readonly owns: (keys: KeyText) => boolean;
}

export interface ShortcutRegistry {
  readonly all: Readonly<Ref<readonly RegisteredShortcut[]>>;
  /** Off: keys without Ctrl or Alt do nothing (WCAG 2.2, 2.1.4); `?` keeps working. */
  readonly areSingleKeysOn: Ref<boolean>;
  /** Which keys the preset and the person have given to commands. */
  readonly choices: Ref<KeyChoices>;
  /** Keys of a command as they are now; none while nothing of that name is there. Reactive. */
  keysOf(id: string): readonly KeyText[];
  /** Adds entries to a scope. Among entries with one key the latest wins, except {@link Shortcut.isSuggestion}. @returns the undo */
  register(scope: ShortcutScope, shortcuts: readonly Shortcut[]): () => void;
  /** @returns whether the key was used */
  press(event: KeyboardEvent, place: FocusPlace): boolean;
  release(event: KeyboardEvent): void;
}

export function createShortcutRegistry(): ShortcutRegistry {
  const registered = shallowRef<readonly (Shortcut & { readonly scope: ShortcutScope })[]>([]);
  const choices = shallowRef(NO_CHOICES);
  const areSingleKeysOn = shallowRef(true);
  const held = new Map<string, RegisteredShortcut>();
  const all = computed<readonly RegisteredShortcut[]>(() => {
    const settled = settleKeys(registered.value, choices.value);
    return registered.value.map((entry, index) => Object.freeze({ ...entry, keyTexts: [], ...settled[index] }));
  });
  const byId = computed(() => new Map(all.value.map((entry) => [entry.id, entry.keyTexts])));

  function register(scope: ShortcutScope, shortcuts: readonly Shortcut[]): () => void {
    const added = shortcuts.map((shortcut) => Object.freeze({ ...shortcut, scope }));
    registered.value = [...registered.value, ...added];
    return () => {
      registered.value = registered.value.filter((entry) => !added.includes(entry));
    };
  }

  function find(keys: KeyText, scopes: readonly ShortcutScope[]): RegisteredShortcut[] {
    if (!areSingleKeysOn.value && isSingleKey(keys) && keys !== '?' && keys !== 'Escape') return [];
    const fitting = all.value.filter((entry) => entry.keyTexts.includes(keys) && entry.when?.() !== false);
    // where two modes share a key and both are on, what is no wish comes first
    const plainFirst = (a: RegisteredShortcut, b: RegisteredShortcut): number =>
      Number(a.isSuggestion ?? false) - Number(b.isSuggestion ?? false);
    return scopes.flatMap((scope) =>
      fitting
        .filter((entry) => entry.scope === scope)
        .toReversed()
        .sort(plainFirst),
    );
  }

  return {
    all,
    areSingleKeysOn,
    choices,
    keysOf: (id) => byId.value.get(id) ?? NONE,
    register,
    press(event, place) {
      if (event.isComposing || event.defaultPrevented) return false;
      if (event.keyCode === IN_COMPOSITION || place.owns(keyTextOf(event))) return false;
      const entries = keyTextsOf(event).flatMap((keys) => find(keys, scopesFor(place, keys)));
      for (const entry of new Set(entries)) {
        // a key that is held repeats: what works while held has started already
        if (event.repeat && entry.release) return true;
        if (entry.run(event) === false) continue;
        if (entry.release) held.set(event.code, entry);
        event.preventDefault();
        return true;
      }
      return false;
    },
    release(event) {
      const entry = held.get(event.code);
      held.delete(event.code);
      entry?.release?.(event);
    },
  };
}

const NONE: readonly KeyText[] = [];
/** Some browsers say by this alone that a key belongs to the writing of a Chinese, Japanese or Korean word. */
const IN_COMPOSITION = 229;

/** In a dialog nothing behind it reacts; in a text field only what has a modifier or belongs there. */
function scopesFor(place: FocusPlace, keys: KeyText): readonly ShortcutScope[] {
  if (place.isInDialog) return ['dialog'];
  if (!place.isText) return SHORTCUT_SCOPES.filter((scope) => scope !== 'text' && scope !== 'dialog');
  return !isSingleKey(keys) && !EDITING_KEYS.has(keys) ? ['text', 'global'] : ['text'];
}

const EDITING_KEYS = new Set(
  ['A', 'C', 'V', 'X', 'Y', 'Z', 'Shift+Z', 'ArrowLeft', 'ArrowRight', 'Backspace', 'Delete'].map(
    (key) => `Ctrl+${key}`,
  ),
);
