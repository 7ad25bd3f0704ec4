import type { Product, Template } from '@exact/sdk/contract';
import { useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed } from 'vue';
import { api, API_BASE } from '../../app/api.ts';
import { keys } from '../../app/query-keys.ts';
import { ProblemError, type Problem } from '@exact/sdk/contract';

/** Products of a project with their templates, and all that can be done with them. */
export function useProducts(projectId: () => number) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: computed(() => keys.products(projectId())),
    queryFn: ({ signal }) => api.templates.products({ params: { projectId: projectId() } }, signal),
  });
  const reload = (): Promise<void> => client.invalidateQueries({ queryKey: keys.products(projectId()) });

  return {
    query,
    products: computed(() => query.data.value ?? []),
    reload,
    /** Puts the templates of a product in the given order. Only what moved is sent. */
    async reorder(product: Product, ordered: readonly Template[]): Promise<void> {
      client.setQueryData<Product[]>(keys.products(projectId()), (list) =>
        list?.map((p) => (p.id === product.id ? { ...p, templates: ordered.map((template, index) => ({ ...template, sortOrder: index + 1 })) } : p)),
      );
      const moved = ordered.map((template, index) => ({ template, sortOrder: index + 1 })).filter(({ template, sortOrder }) => template.sortOrder !== sortOrder);
      try {
        for (const { template, sortOrder } of moved) {
          await api.templates.updateTemplate({ params: { projectId: projectId(), templateId: template.id }, body: { sortOrder } });
        }
      } finally {
        await reload();
      }
    },
    /** The example image goes as it is; the server makes it small. */
    async setExample(template: Template, file: File): Promise<void> {
      const url = `${API_BASE}/projects/${projectId()}/templates/${template.id}/example`;
      const response = await fetch(url, { method: 'PUT', headers: { 'content-type': file.type }, body: file });
      if (!response.ok) throw new ProblemError((await response.json()) as Problem);
      await reload();
    },
  };
}

/** A list with one item moved to another place. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}
