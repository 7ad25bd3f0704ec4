import { templatesContract, type LiveEvent } from '@exact/sdk/contract';
import { createClient, useLiveEvent, usePlace, usePluginClient, useProjectSettings } from '@exact/sdk/ui';
import { computed, onScopeDispose, type ComputedRef } from 'vue';
import { labelStatisticsContract } from '../shared/contract.ts';
import { type NamedTemplate, usageRows, type UsageRow } from '../shared/usage.ts';
import { useFetch } from './use-fetch.ts';

/** What to count in; without both fields the project. */
export interface Scope {
  readonly imageId?: number;
  readonly imageSetId?: number;
}

/** Settings of the plugin in the project, `settings/project.schema.json`. */
export type StatisticsSettings = { readonly showZero: boolean; readonly maxHits: number };

/** At most one reading in this time, however many changes arrive. */
const PAUSE_MS = 400;

export interface Usage {
  readonly rows: ComputedRef<readonly UsageRow[]>;
  readonly total: ComputedRef<number>;
  readonly templates: ComputedRef<readonly NamedTemplate[]>;
  readonly isLoading: ComputedRef<boolean>;
  readonly error: ComputedRef<unknown>;
  readonly reload: () => void;
}

/** Counts by template in a scope, which follow every change of annotations and templates. */
export function useUsage(scope: () => Scope): Usage {
  const { projectId } = usePlace();
  const settings = useProjectSettings<StatisticsSettings>();
  const client = usePluginClient(labelStatisticsContract);
  const core = createClient(templatesContract, { baseUrl: '/api/v2' });
  const counts = useFetch(
    () => JSON.stringify(scope()),
    (signal) => client.counts({ query: scope() }, signal),
  );
  const products = useFetch(
    () => projectId,
    (signal) => core.products({ params: { projectId } }, signal),
  );
  followEvents(
    'annotations.changed',
    (event) => {
      const { imageId } = scope();
      return imageId === undefined || (event as { imageId?: number }).imageId === imageId;
    },
    counts.reload,
  );
  followEvents('images.changed', () => true, counts.reload); // an image takes its annotations along when it is deleted
  followEvents('project.changed', (event) => (event as { what?: string }).what === 'templates', products.reload);

  const templates = computed(() =>
    (products.value.value ?? []).flatMap((product) =>
      product.templates.map(({ id, name, colour }): NamedTemplate => ({ id, name, colour, product: product.name })),
    ),
  );
  const byTemplate = computed(
    () => new Map((counts.value.value ?? []).map(({ templateId, count }) => [templateId, count])),
  );
  return {
    templates,
    rows: computed(() => usageRows(templates.value, byTemplate.value, settings.value.showZero)),
    total: computed(() => [...byTemplate.value.values()].reduce((sum, count) => sum + count, 0)),
    isLoading: computed(() => counts.value.value === undefined || products.value.value === undefined),
    error: computed(() => counts.error.value ?? products.error.value),
    reload() {
      counts.reload();
      products.reload();
    },
  };
}

/** Calls `run` soon after an event that concerns it; many events in a row make one call each {@link PAUSE_MS}. */
function followEvents(topic: LiveEvent['topic'], concerns: (event: LiveEvent) => boolean, run: () => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  useLiveEvent(topic, (event) => {
    if (timer !== undefined || !concerns(event)) return;
    timer = setTimeout(() => {
      timer = undefined;
      run();
    }, PAUSE_MS);
  });
  onScopeDispose(() => clearTimeout(timer));
}
