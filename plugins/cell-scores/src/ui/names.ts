import { imageSetsContract, projectsContract } from '@exact/sdk/contract';
import { createClient, usePlace } from '@exact/sdk/ui';
import { computed, shallowRef, type ComputedRef } from 'vue';

export interface Names {
  readonly sets: ComputedRef<readonly { readonly value: number; readonly title: string }[]>;
  set(id: number): string;
  reader(id: number): string;
}

/** Names of the project's people and image sets; ids stand for those that are gone. */
export function useNames(): Names {
  const { projectId, report } = usePlace();
  const people = shallowRef(new Map<number, string>());
  const sets = shallowRef<readonly { readonly value: number; readonly title: string }[]>([]);
  const options = { baseUrl: '/api/v2' };
  const params = { projectId };
  void Promise.all([
    createClient(projectsContract, options)
      .members({ params })
      .then((members) => (people.value = new Map(members.map(({ person }) => [person.id, person.displayName])))),
    createClient(imageSetsContract, options)
      .list({ params, query: { limit: 1000 } })
      .then(({ items }) => (sets.value = items.map(({ id, name }) => ({ value: id, title: name })))),
  ]).catch(report);
  return {
    sets: computed(() => sets.value),
    set: (id) => sets.value.find(({ value }) => value === id)?.title ?? `#${id}`,
    reader: (id) => people.value.get(id) ?? `#${id}`,
  };
}
