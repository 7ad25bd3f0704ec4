import type { AnnotationLayer } from '@exact/sdk/contract';
import { useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { api } from '../../app/api.ts';
import { keys } from '../../app/query-keys.ts';

/** Layers of a project as the signed-in person may know of them, by name. */
export function useLayers(projectId: MaybeRefOrGetter<number>) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: computed(() => keys.layers(toValue(projectId))),
    queryFn: ({ signal }) => api.layers.list({ params: { projectId: toValue(projectId) } }, signal),
  });
  return {
    query,
    layers: computed((): readonly AnnotationLayer[] => query.data.value ?? []),
    reload: (): Promise<void> => client.invalidateQueries({ queryKey: keys.layers(toValue(projectId)) }),
  };
}
