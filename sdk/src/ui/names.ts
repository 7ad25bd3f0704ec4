import { computed, shallowRef, type ComputedRef } from 'vue';
import { createClient } from '../contract/client.ts';
import { imageSetsContract, projectsContract } from '../contract/projects.ts';
import { templatesContract } from '../contract/templates.ts';
import { usePlace } from './use.ts';

/** Names of things of the project; `#7` stands for what is not loaded yet, and for what is gone. */
export interface Names {
  /** In their order; for lists to choose from. */
  readonly imageSets: ComputedRef<readonly { readonly value: number; readonly title: string }[]>;
  imageSet(id: number): string;
  person(id: number): string;
  template(id: number): string;
  /** Of a template, as CSS has it. */
  colour(id: number): string | undefined;
}

/**
 * Reads names once, for lists and tables that have ids.
 *
 * @param wanted - only these are read
 * @since 1.0
 */
export function useNames(...wanted: readonly ('people' | 'templates' | 'imageSets')[]): Names {
  const { projectId, report } = usePlace();
  const people = shallowRef(new Map<number, string>());
  const templates = shallowRef(new Map<number, { readonly name: string; readonly colour: string }>());
  const imageSets = shallowRef<Names['imageSets']['value']>([]);
  const options = { baseUrl: '/api/v2' };
  const params = { projectId };
  const readers = {
    people: async () => {
      const members = await createClient(projectsContract, options).members({ params });
      people.value = new Map(members.map(({ person }) => [person.id, person.displayName]));
    },
    templates: async () => {
      const products = await createClient(templatesContract, options).products({ params });
      templates.value = new Map(products.flatMap((product) => product.templates.map((item) => [item.id, item])));
    },
    imageSets: async () => {
      const { items } = await createClient(imageSetsContract, options).list({ params, query: { limit: 1000 } });
      imageSets.value = items.map(({ id, name }) => ({ value: id, title: name }));
    },
  };
  void Promise.all(wanted.map((kind) => readers[kind]())).catch(report);
  return {
    imageSets: computed(() => imageSets.value),
    imageSet: (id) => imageSets.value.find(({ value }) => value === id)?.title ?? `#${id}`,
    person: (id) => people.value.get(id) ?? `#${id}`,
    template: (id) => templates.value.get(id)?.name ?? `#${id}`,
    colour: (id) => templates.value.get(id)?.colour,
  };
}
