import { imageSetsContract, projectsContract, templatesContract } from '@exact/sdk/contract';
import { createClient, usePlace } from '@exact/sdk/ui';
import { computed, shallowRef, type ComputedRef } from 'vue';

export interface Named {
  readonly value: number;
  readonly title: string;
}

export interface Names {
  readonly sets: ComputedRef<readonly Named[]>;
  reader(id: number): string;
  template(id: number): string;
  colour(id: number): string | undefined;
}

/** Names of the project's people, templates and image sets; ids stand for those that are gone. */
export function useNames(report: (error: unknown) => void): Names {
  const { projectId } = usePlace();
  const people = shallowRef(new Map<number, string>());
  const templates = shallowRef(new Map<number, { readonly name: string; readonly colour: string }>());
  const sets = shallowRef<readonly Named[]>([]);
  const options = { baseUrl: '/api/v2' };
  const params = { projectId };
  void Promise.all([
    createClient(projectsContract, options)
      .members({ params })
      .then((members) => (people.value = new Map(members.map(({ person }) => [person.id, person.displayName])))),
    createClient(templatesContract, options)
      .products({ params })
      .then((products) => {
        templates.value = new Map(products.flatMap((product) => product.templates.map((item) => [item.id, item])));
      }),
    createClient(imageSetsContract, options)
      .list({ params, query: { limit: 1000 } })
      .then(({ items }) => (sets.value = items.map(({ id, name }) => ({ value: id, title: name })))),
  ]).catch(report);
  return {
    sets: computed(() => sets.value),
    reader: (id) => people.value.get(id) ?? `#${id}`,
    template: (id) => templates.value.get(id)?.name ?? `#${id}`,
    colour: (id) => templates.value.get(id)?.colour,
  };
}
