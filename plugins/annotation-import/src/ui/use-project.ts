import {
  type AnnotationLayer,
  layersContract,
  type Product,
  projectsContract,
  type Template,
  templatesContract,
} from '@exact/sdk/contract';
import { createClient, usePlace } from '@exact/sdk/ui';
import { computed, type ComputedRef, type Ref, shallowRef } from 'vue';

export interface Choice {
  readonly value: number;
  readonly title: string;
}

/** People, products and layers of the project, as far as one may know them. */
export interface ProjectNames {
  readonly people: Ref<readonly (Choice & { readonly username: string })[]>;
  readonly products: Ref<readonly Product[]>;
  readonly layers: Ref<readonly AnnotationLayer[]>;
  readonly templates: ComputedRef<readonly Template[]>;
  readonly mayMakeTemplates: boolean;
  readonly mayAttribute: boolean;
  readonly mayUseLayers: boolean;
  person(id: number): string;
  makeTemplate(productId: number, draft: { name: string; kind: Template['kind']; colour?: string }): Promise<Template>;
}

export function useProjectNames(): ProjectNames {
  const { projectId, permissions, report } = usePlace();
  const options = { baseUrl: '/api/v2' };
  const params = { projectId };
  const people = shallowRef<ProjectNames['people']['value']>([]);
  const products = shallowRef<readonly Product[]>([]);
  const layers = shallowRef<readonly AnnotationLayer[]>([]);
  const may = (permission: string): boolean => permissions.includes(permission);
  const templates = createClient(templatesContract, options);
  const loadProducts = async (): Promise<void> => {
    products.value = await templates.products({ params });
  };
  const mayUseLayers = may('layers:write');
  void Promise.all([
    loadProducts(),
    may('members:read') &&
      createClient(projectsContract, options)
        .members({ params })
        .then((members) => {
          people.value = members.map(({ person }) => ({
            value: person.id,
            title: person.displayName,
            username: person.username,
          }));
        }),
    mayUseLayers &&
      createClient(layersContract, options)
        .list({ params })
        .then((all) => (layers.value = all)),
  ]).catch(report);
  return {
    people,
    products,
    layers,
    templates: computed(() => products.value.flatMap((product) => product.templates).filter(({ active }) => active)),
    mayMakeTemplates: may('templates:write'),
    mayAttribute: may('annotations:attribute'),
    mayUseLayers,
    person: (id) => people.value.find(({ value }) => value === id)?.title ?? `#${id}`,
    async makeTemplate(productId, draft) {
      const made = await templates.createTemplate({ params: { projectId, productId }, body: draft });
      await loadProducts();
      return made;
    },
  };
}
