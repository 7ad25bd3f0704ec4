import { useQuery } from '@tanstack/vue-query';
import { computed } from 'vue';
import { api } from '../../app/api.ts';
import { keys } from '../../app/query-keys.ts';
import { useSession } from '../../auth/session.ts';
import { translate } from '../../i18n/index.ts';
import { useWorkbench } from '../workbench/index.ts';
import type { Choice } from './FilterChoices.vue';

/**
 * What can be chosen from. What the filter names and the project does not know (a class of another project, somebody who has
 * left) is among it, so that it can be seen and taken out.
 */
export function useFilterChoices() {
  const { image, templates, filter, store, version } = useWorkbench();
  const session = useSession();
  const projectId = computed(() => image.value.projectId);
  const members = useQuery({
    queryKey: computed(() => keys.members(projectId.value)),
    queryFn: ({ signal }) => api.projects.members({ params: { projectId: projectId.value } }, signal),
    staleTime: 300_000,
  });
  const layers = useQuery({
    queryKey: computed(() => keys.layers(projectId.value)),
    queryFn: ({ signal }) => api.layers.list({ params: { projectId: projectId.value } }, signal),
    staleTime: 300_000,
  });

  const withUnknown = (
    known: readonly Choice[],
    asked: readonly (number | null)[] | undefined,
    nameOf: (id: number) => string,
  ): readonly Choice[] => [
    ...known,
    ...(asked ?? []).flatMap((id) =>
      id === null || known.some((choice) => choice.id === id) ? [] : [{ id, name: nameOf(id) }],
    ),
  ];

  const classes = computed(() =>
    withUnknown(
      templates.value
        .filter((item) => item.active || store.countByTemplate().has(item.id) || filter.totals.value?.has(item.id))
        .map(({ id, name, colour }) => ({ id, name, colour })),
      filter.current.value.templates,
      (id) => translate('viewer.filter.unknownClass', { id }),
    ),
  );
  /** People who have left, as far as their annotations are in memory: asking for all would cost more than it is worth. */
  const seenAuthors = computed(() => {
    void version.value;
    const ids = new Set<number>();
    if (store.size <= MOST_LOOKED_AT) for (const { authorId } of store.query()) ids.add(authorId);
    return [...ids];
  });
  const authors = computed(() => {
    const me = session.me?.id;
    const known = (members.data.value ?? []).map(({ person }) => ({
      id: person.id,
      name: person.id === me ? translate('viewer.filter.me', { name: person.displayName }) : person.displayName,
    }));
    known.sort((a, b) => Number(b.id === me) - Number(a.id === me) || a.name.localeCompare(b.name));
    if (!members.data.value) return known;
    const asked = [...new Set([...(filter.current.value.authors ?? []), ...seenAuthors.value])];
    return withUnknown(known, asked, (id) => translate('viewer.filter.left', { id }));
  });
  const layerChoices = computed<readonly Choice[]>(() => {
    const known = (layers.data.value ?? []).map(({ id, name }) => ({ id, name }));
    const asked = filter.current.value.layers;
    if (known.length === 0 && !asked) return [];
    const none = { id: null, name: translate('viewer.filter.noLayer') };
    return withUnknown([none, ...known], asked, (id) => translate('viewer.filter.unknownLayer', { id }));
  });
  /** Keys that the classes describe, to choose from while typing. */
  const metaKeys = computed(() => [
    ...new Set(templates.value.flatMap((item) => (item.attributeSchema?.attributes ?? []).map(({ key }) => key))),
  ]);
  return { classes, authors, layers: layerChoices, metaKeys };
}

const MOST_LOOKED_AT = 5000;
