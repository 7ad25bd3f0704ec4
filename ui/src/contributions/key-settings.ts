import { computed, shallowRef, type ComputedRef } from 'vue';
import { KEY_PRESET_BINDINGS } from './key-presets.ts';
import { conflictsOf, settleKeys, type KeyClaim, type KeyConflict, type SettledKeys } from './key-map.ts';
import { refusalOf, type KeyText } from './keys.ts';
import { keyPreferences, shortcuts } from './shortcuts.ts';

/** A command as the settings of the keys list it. */
export interface KeyCommand extends KeyClaim, SettledKeys {
  readonly group: string;
  /** The person has changed its keys. */
  readonly isOwn: boolean;
}

export interface KeySettings {
  readonly commands: ComputedRef<readonly KeyCommand[]>;
  /** Adds commands of places that are not open, see `viewer/commands/catalogue.ts`. */
  know(claims: readonly (KeyClaim & { readonly group?: string })[]): void;
  refusal(id: string, key: KeyText): 'browser' | 'focus' | 'escape' | 'full' | undefined;
  conflicts(id: string, key: KeyText): readonly KeyConflict[];
  /** Gives a key to a command, and takes it from others. */
  assign(id: string, key: KeyText, takenFrom?: readonly string[]): void;
  remove(id: string, key: KeyText): void;
  reset(id: string): void;
  resetAll(): void;
}

export const MAX_KEYS = 8;

/** Changing one's keys. What is shown of a command when it is changed becomes the person's own. */
export function useKeySettings(): KeySettings {
  const known = shallowRef<readonly (KeyClaim & { readonly group?: string })[]>([]);
  const commands = computed(() => {
    const present = shortcuts.all.value;
    const claims = [...present, ...known.value.filter(({ id }) => !present.some((entry) => entry.id === id))];
    const { preset, bindings } = keyPreferences.value;
    const settled = settleKeys(claims, { preset: KEY_PRESET_BINDINGS[preset], own: bindings });
    return claims.map((claim, index): KeyCommand => ({
      id: claim.id,
      title: claim.title,
      scope: claim.scope,
      group: claim.group ?? claim.scope,
      isOwn: bindings[claim.id] !== undefined,
      ...(settled[index] ?? { keyTexts: [] }),
    }));
  });
  const keysOf = (id: string): readonly KeyText[] => commands.value.find((item) => item.id === id)?.keyTexts ?? [];
  const write = (changes: Readonly<Record<string, readonly KeyText[]>>): void =>
    keyPreferences.change({
      bindings: {
        ...copyOf(keyPreferences.value.bindings),
        ...Object.fromEntries(Object.entries(changes).map(([id, keys]) => [id, [...keys]])),
      },
    });

  return {
    commands,
    know: (claims) => void (known.value = claims),
    refusal: (id, key) => refusalOf(key) ?? (keysOf(id).length >= MAX_KEYS ? 'full' : undefined),
    conflicts: (id, key) => conflictsOf(commands.value, id, key),
    assign(id, key, takenFrom = []) {
      write({
        ...Object.fromEntries(takenFrom.map((other) => [other, keysOf(other).filter((held) => held !== key)])),
        [id]: [...new Set([...keysOf(id), key])],
      });
    },
    remove: (id, key) => write({ [id]: keysOf(id).filter((held) => held !== key) }),
    reset(id) {
      const { [id]: _, ...bindings } = copyOf(keyPreferences.value.bindings);
      keyPreferences.change({ bindings });
    },
    resetAll: () => keyPreferences.change({ bindings: {} }),
  };
}

const copyOf = (bindings: Readonly<Record<string, readonly KeyText[]>>): Record<string, KeyText[]> =>
  Object.fromEntries(Object.entries(bindings).map(([id, keys]) => [id, [...keys]]));
