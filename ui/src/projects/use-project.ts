import type { ProjectPermission } from '@exact/sdk/contract';
import { useQuery } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { api } from '../app/api.ts';
import { keys } from '../app/query-keys.ts';

/** One project with what the signed-in person may do in it. `id` may be unknown at first. */
export function useProject(id: MaybeRefOrGetter<number | undefined>) {
  const query = useQuery({
    queryKey: computed(() => keys.project(toValue(id) ?? 0)),
    queryFn: ({ signal }) => api.projects.get({ params: { projectId: toValue(id) ?? 0 } }, signal),
    enabled: computed(() => toValue(id) !== undefined),
  });
  return {
    query,
    project: computed(() => query.data.value),
    /** The UI only hides; the server decides. */
    may: (permission: ProjectPermission): boolean => query.data.value?.permissions.includes(permission) === true,
  };
}
