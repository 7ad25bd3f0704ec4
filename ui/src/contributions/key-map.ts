import { normaliseKeys, type KeyText } from './keys.ts';
import type { ShortcutScope } from './shortcut-registry.ts';

/** Keys that a preset or a person gives to commands, by command id; an empty list takes all keys away. */
export type KeyBindings = Readonly<Record<string, readonly KeyText[]>>;

/** Whose word about the keys of a command counts: the person's own over the chosen preset's over the command's. */
export interface KeyChoices {
  readonly preset: KeyBindings;
  readonly own: KeyBindings;
}

export const NO_CHOICES: KeyChoices = { preset: {}, own: {} };

/** A command that wants keys. */
export interface KeyClaim {
  readonly id: string;
  readonly title: string;
  readonly scope: ShortcutScope;
  readonly keys?: KeyText | readonly KeyText[];
  readonly isSuggestion?: boolean;
  /** Present where it can only be used at times: in a mode. */
  readonly when?: unknown;
}

export interface SettledKeys {
  readonly keyTexts: readonly KeyText[];
  /** Who has a key that this command wished for as well. */
  readonly refusedBy?: string;
}

/** What a command is asked to have, and how much that weighs: wish 0, command 1, preset 2, person 3. */
function wishOf(claim: KeyClaim, { preset, own }: KeyChoices): { keys: readonly KeyText[]; weight: number } {
  const mine = own[claim.id];
  if (mine) return { keys: mine, weight: 3 };
  const theirs = preset[claim.id];
  if (theirs) return { keys: theirs, weight: 2 };
  return { keys: [claim.keys ?? []].flat().map(normaliseKeys), weight: claim.isSuggestion ? 0 : 1 };
}

/**
 * Gives each command its keys. Within a scope the weightier word takes a key; a wish gives way to whoever was there before.
 * Commands of the same weight (not wishes) both keep it: the later one is asked first and may pass it on. A wish of a mode shares its
 * keys with commands of other modes, as long as nobody has chosen these keys: which mode is on decides when the key is pressed.
 *
 * @returns one entry for each claim, in their order
 */
export function settleKeys(claims: readonly KeyClaim[], choices: KeyChoices): SettledKeys[] {
  const wishes = claims.map((claim) => wishOf(claim, choices));
  const holders = new Map<string, { readonly weight: number; readonly index: number }>();
  wishes.forEach(({ keys, weight }, index) => {
    for (const key of keys) {
      const place = `${claims[index]?.scope} ${key}`;
      if (weight > (holders.get(place)?.weight ?? -1)) holders.set(place, { weight, index });
    }
  });
  return wishes.map(({ keys, weight }, index) => {
    const kept: KeyText[] = [];
    let refusedBy: string | undefined;
    for (const key of keys) {
      const holder = holders.get(`${claims[index]?.scope} ${key}`);
      const isOthersMode = holder !== undefined && holder.weight <= 1 && claims[holder.index]?.when !== undefined;
      const isShared = weight === 0 && claims[index]?.when !== undefined && isOthersMode;
      if (!holder || holder.index === index || (weight > 0 && holder.weight === weight) || isShared) kept.push(key);
      else refusedBy ??= claims[holder.index]?.title;
    }
    return { keyTexts: kept, ...(refusedBy === undefined ? {} : { refusedBy }) };
  });
}

/** Another command that has a key. In another scope both can keep it: the stronger scope is asked first. */
export interface KeyConflict {
  readonly id: string;
  readonly title: string;
  readonly scope: ShortcutScope;
  readonly isSameScope: boolean;
}

/** Who has a key that `id` is about to get. */
export function conflictsOf(
  entries: readonly (Pick<KeyClaim, 'id' | 'title' | 'scope'> & Pick<SettledKeys, 'keyTexts'>)[],
  id: string,
  key: KeyText,
): KeyConflict[] {
  const scope = entries.find((entry) => entry.id === id)?.scope;
  return entries
    .filter((entry) => entry.id !== id && entry.keyTexts.includes(key))
    .map((entry) => ({
      id: entry.id,
      title: entry.title,
      scope: entry.scope,
      isSameScope: entry.scope === scope,
    }));
}
