import { pluginsContract, templatesContract, type Product } from '@exact/sdk/contract';
import { createClient, useLiveEvent, usePlace, useProjectSettings } from '@exact/sdk/ui';
import { computed, shallowRef } from 'vue';
import { mapTemplates } from '../shared/mapping.ts';
import type { CellScoresSettings } from '../shared/settings.ts';

/** What the project's templates stand for, and changing it, for those who may switch plugins. */
export function useMapping() {
  const place = usePlace();
  const settings = useProjectSettings<CellScoresSettings>();
  const products = shallowRef<readonly Product[]>();
  const isBusy = shallowRef(false);
  const client = createClient(templatesContract, { baseUrl: '/api/v2' });
  const plugins = createClient(pluginsContract, { baseUrl: '/api/v2' });

  async function load(): Promise<void> {
    try {
      products.value = await client.products({ params: { projectId: place.projectId } });
    } catch (error) {
      place.report(error);
    }
  }
  void load();
  useLiveEvent('project.changed', (event) => {
    if ((event as { what?: string }).what === 'templates') void load();
  });

  return {
    settings,
    templates: computed(() => products.value && mapTemplates(products.value, settings.value)),
    mayChange: computed(() => place.permissions.includes('plugins:switch')),
    isBusy,
    /** `undefined` goes back to what the name says. */
    async set(score: 'cells' | 'mitoses', templateId: number, value: string | undefined): Promise<void> {
      const { [String(templateId)]: _, ...others } = settings.value[score] as Record<string, string>;
      const changed = value === undefined ? others : { ...others, [String(templateId)]: value };
      isBusy.value = true;
      try {
        await plugins.switch({
          params: { projectId: place.projectId, pluginId: place.pluginId },
          body: { settings: { ...settings.value, [score]: changed } },
        });
      } catch (error) {
        place.report(error);
      } finally {
        isBusy.value = false;
      }
    },
  };
}
