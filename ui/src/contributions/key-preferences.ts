import { KeyPreferences, type Me } from '@exact/sdk/contract';
import { reactive, readonly, watch } from 'vue';
import type { ShortcutRegistry } from './shortcut-registry.ts';
import { KEY_PRESET_BINDINGS } from './key-presets.ts';

export const STANDARD_KEYS: KeyPreferences = { preset: 'standard', bindings: {}, areSingleKeysOn: true };
/** Somebody who tries keys presses several times: one request. */
const SAVE_DELAY_MS = 600;
const RETRY_MS = 15_000;

export interface KeyPreferenceStore {
  readonly value: Readonly<KeyPreferences>;
  /** `isUnsent`: kept in this browser, not at the server yet. */
  readonly state: { readonly isUnsent: boolean };
  /** Takes what the server has for somebody who signs in; what this browser could not send before comes first. */
  adopt(me: Pick<Me, 'id' | 'preferences'> | undefined): void;
  change(next: Partial<KeyPreferences>): void;
  /** Tries again to send what is kept; the line is back. */
  flush(): Promise<void>;
  /** Another tab of this person has written its copy; it also sends it. */
  follow(name: string | null, text: string | null): void;
}

interface Copy {
  readonly keys: KeyPreferences;
  readonly isUnsent: boolean;
}

/**
 * The keys of the signed-in person: on the server, so that they follow to other machines, with a copy in the browser for times
 * without a connection. The last one to change them wins.
 */
export function createKeyPreferences(options: {
  readonly registry: ShortcutRegistry;
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>;
  readonly save: (keys: KeyPreferences) => Promise<unknown>;
}): KeyPreferenceStore {
  const { registry, storage, save } = options;
  const value = reactive<KeyPreferences>(structuredClone(STANDARD_KEYS));
  const state = reactive({ isUnsent: false });
  let userId: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  watch(
    value,
    ({ preset, bindings, areSingleKeysOn }) => {
      registry.choices.value = { preset: KEY_PRESET_BINDINGS[preset], own: { ...bindings } };
      registry.areSingleKeysOn.value = areSingleKeysOn;
    },
    { deep: true, immediate: true, flush: 'sync' },
  );

  const copyName = (): string => `exact:keys:${userId}`;
  const keep = (isUnsent: boolean): void => {
    state.isUnsent = isUnsent;
    storage.setItem(copyName(), JSON.stringify({ keys: value, isUnsent } satisfies Copy));
  };
  const soon = (delay: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), delay);
  };

  async function flush(): Promise<void> {
    clearTimeout(timer);
    if (userId === undefined || !state.isUnsent) return;
    const [sender, sent] = [userId, JSON.stringify(value)];
    try {
      await save(JSON.parse(sent) as KeyPreferences);
      if (sender === userId && sent === JSON.stringify(value)) keep(false);
    } catch {
      if (sender === userId) soon(RETRY_MS); // kept here meanwhile; the settings say so
    }
  }

  return {
    value: readonly(value) as Readonly<KeyPreferences>,
    state: readonly(state),
    adopt(me) {
      clearTimeout(timer);
      userId = me?.id;
      if (!me) {
        state.isUnsent = false;
        Object.assign(value, structuredClone(STANDARD_KEYS)); // the next person must not have this one's keys
        return;
      }
      const copy = readCopy(storage.getItem(copyName()));
      const known = KeyPreferences.safeParse(me.preferences['keys']).data;
      Object.assign(value, copy?.isUnsent ? copy.keys : (known ?? structuredClone(STANDARD_KEYS)));
      keep(copy?.isUnsent === true);
      if (state.isUnsent) soon(0);
    },
    change(next) {
      Object.assign(value, next);
      if (userId === undefined) return;
      keep(true);
      soon(SAVE_DELAY_MS);
    },
    flush,
    follow(name, text) {
      const copy = userId !== undefined && name === copyName() ? readCopy(text) : undefined;
      if (!copy) return;
      clearTimeout(timer); // an older state of this tab must not be sent after it
      Object.assign(value, copy.keys);
      state.isUnsent = copy.isUnsent;
      if (copy.isUnsent) soon(RETRY_MS); // unless the other tab, which may be closed by then, says that it is sent
    },
  };
}

function readCopy(text: string | null): Copy | undefined {
  try {
    const { keys, isUnsent } = JSON.parse(text ?? '{}') as Partial<Copy>;
    const checked = KeyPreferences.safeParse(keys);
    return checked.success ? { keys: checked.data, isUnsent: isUnsent === true } : undefined;
  } catch {
    return undefined; // written by something else
  }
}
