import { onScopeDispose, shallowReactive } from 'vue';
import { fuzzyScore } from './fuzzy.ts';
import type { KeyText } from './keys.ts';
import type { RegisteredShortcut } from './shortcut-registry.ts';

/** A line of the palette. */
export interface PaletteItem {
  readonly id: string;
  readonly title: string;
  /** Where it belongs, shown in front of it. */
  readonly group: string;
  readonly keyTexts: readonly KeyText[];
  /** Why it cannot be chosen now. */
  readonly refusal?: string;
  run(): unknown;
}

/** Finds things beside commands: images, annotations. Called with what is typed, never empty; late answers are dropped. */
export type PaletteSource = (search: string) => readonly PaletteItem[] | Promise<readonly PaletteItem[]>;

export const paletteSources = shallowReactive(new Set<PaletteSource>());

/** Lets the palette find more as long as the calling component lives. */
export function usePaletteSource(source: PaletteSource): void {
  paletteSources.add(source);
  onScopeDispose(() => paletteSources.delete(source));
}

/** Commands that fit a search, the best first; without one those used last, then what can be done now, then the rest. */
export function findCommands(
  entries: readonly RegisteredShortcut[],
  search: string,
  recent: readonly string[],
  words: { readonly notNow: string; readonly group: (entry: RegisteredShortcut) => string },
): PaletteItem[] {
  const seen = new Set<string>();
  const found: { item: PaletteItem; score: number }[] = [];
  for (const entry of entries) {
    if (entry.release) continue; // works while a key is held, which a palette cannot
    if (entry.isSpare && entry.keyTexts.length === 0) continue;
    const group = words.group(entry);
    const name = `${group} ${entry.title}`;
    if (seen.has(name)) continue;
    const fit = Math.max(fuzzyScore(entry.title, search) ?? -1, (fuzzyScore(name, search) ?? -1) - 0.5);
    if (fit < 0 && search.trim() !== '') continue;
    seen.add(name);
    const isOff = entry.when?.() === false;
    const place = recent.indexOf(entry.id);
    const lately = place < 0 ? 0 : 1 - place / (recent.length + 1);
    found.push({
      item: {
        id: entry.id,
        title: entry.title,
        group,
        keyTexts: entry.keyTexts,
        ...(isOff ? { refusal: entry.needs ?? words.notNow } : {}),
        run: () => entry.when?.() !== false && entry.run(),
      },
      score: Math.max(fit, 0) + lately * (search.trim() === '' ? 10 : 1) - (isOff ? 2 : 0),
    });
  }
  return found.sort((a, b) => b.score - a.score).map(({ item }) => item);
}

const RECENT = 'exact:recent-commands';
const MAX_RECENT = 12;

export function readRecent(): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(RECENT) ?? '[]');
    return Array.isArray(list) ? list.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
export function noteUsed(id: string): void {
  const list = [id, ...readRecent().filter((other) => other !== id)].slice(0, MAX_RECENT);
  localStorage.setItem(RECENT, JSON.stringify(list));
}
