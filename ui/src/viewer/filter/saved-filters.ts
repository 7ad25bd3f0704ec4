import { SavedFilters, type SavedFilter } from '@exact/sdk/contract';
import { computed } from 'vue';
import { api } from '../../app/api.ts';
import { useSession } from '../../auth/session.ts';
import { fuzzyScore } from '../../contributions/fuzzy.ts';
import { usePaletteSource } from '../../contributions/palette.ts';
import { translate } from '../../i18n/index.ts';
import { filterText, readFilterText } from './filter-address.ts';
import type { ShownFilter } from './shown-filter.ts';

export interface NamedFilter {
  readonly name: string;
  readonly filter: ShownFilter;
}

/** A person's own filters of a project, kept in the account so that they are there on other machines. */
export function useSavedFilters(projectId: () => number) {
  const session = useSession();
  const key = computed(() => `filters:${projectId()}`);
  const read = (preferences: Readonly<Record<string, unknown>> | undefined): readonly SavedFilter[] =>
    SavedFilters.safeParse(preferences?.[key.value]).data ?? [];
  const list = computed<readonly NamedFilter[]>(() =>
    read(session.me?.preferences).map(({ name, filter }) => ({ name, filter: readFilterText(filter) })),
  );

  async function change(work: (before: readonly SavedFilter[]) => readonly SavedFilter[]): Promise<void> {
    // as another tab or machine may have left them
    const next = work(read((await api.auth.me()).preferences));
    const filters = next.length === 0 ? null : [...next].sort((a, b) => a.name.localeCompare(b.name));
    session.enter(await api.auth.updateMe({ body: { preferences: { [key.value]: filters } } }));
  }
  return {
    list,
    /** Takes the place of one of the same name. */
    save: (name: string, filter: ShownFilter) =>
      change((before) => [
        ...before.filter((saved) => saved.name !== name.trim()),
        { name: name.trim(), filter: filterText(filter) },
      ]),
    remove: (name: string) => change((before) => before.filter((saved) => saved.name !== name)),
  };
}

/** Lets the palette find saved filters by their names, as long as the calling component lives. */
export function useSavedFilterPalette(projectId: () => number, set: (filter: ShownFilter) => void): void {
  const { list } = useSavedFilters(projectId);
  usePaletteSource((search) =>
    list.value
      .filter(({ name }) => fuzzyScore(name, search) !== undefined)
      .map(({ name, filter }) => ({
        id: `filter:${name}`,
        title: name,
        group: translate('viewer.filter.title'),
        keyTexts: [],
        run: () => set(filter),
      })),
  );
}
