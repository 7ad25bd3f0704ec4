import { useQuery } from '@tanstack/vue-query';
import { computed } from 'vue';
import { api } from '../../app/api.ts';
import { keys } from '../../app/query-keys.ts';
import { translate } from '../../i18n/index.ts';

/** Names of the people of a project by id; somebody who has left is told as such. */
export function usePeople(projectId: () => number): (id: number | undefined) => string {
  const query = useQuery({
    queryKey: computed(() => keys.members(projectId())),
    queryFn: ({ signal }) => api.projects.members({ params: { projectId: projectId() } }, signal),
    staleTime: 300_000,
  });
  const names = computed(() => new Map((query.data.value ?? []).map(({ person }) => [person.id, person.displayName])));
  return (id) => (id === undefined ? '' : (names.value.get(id) ?? translate('annotate.person', { id })));
}
