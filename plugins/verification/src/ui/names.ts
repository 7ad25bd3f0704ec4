import { projectsContract, templatesContract } from '@exact/sdk/contract';
import { createClient, usePlace } from '@exact/sdk/ui';
import { shallowRef } from 'vue';

export interface Names {
  reader(id: number): string;
  template(id: number): string;
}

/** Names of the project's people and templates; ids stand for those that are gone. */
export function useNames(report: (error: unknown) => void): Names {
  const params = { projectId: usePlace().projectId };
  const people = shallowRef(new Map<number, string>());
  const templates = shallowRef(new Map<number, string>());
  const options = { baseUrl: '/api/v2' };
  void Promise.all([
    createClient(projectsContract, options)
      .members({ params })
      .then((members) => (people.value = new Map(members.map(({ person }) => [person.id, person.displayName])))),
    createClient(templatesContract, options)
      .products({ params })
      .then((products) => {
        const all = products.flatMap((product) => product.templates);
        templates.value = new Map(all.map(({ id, name }) => [id, name]));
      }),
  ]).catch(report);
  return {
    reader: (id) => people.value.get(id) ?? `#${id}`,
    template: (id) => templates.value.get(id) ?? `#${id}`,
  };
}
