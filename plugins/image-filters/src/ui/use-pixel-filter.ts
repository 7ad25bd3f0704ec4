import { useDocument, type FilterPrimitive, type ViewerFacade } from '@exact/sdk/ui';
import { computed, onScopeDispose, watch } from 'vue';
import { filterPrimitives } from '../shared/filter-primitives.ts';
import { type FilterSettings, neutralSettings } from '../shared/settings.ts';
import { addState } from './filter-states.ts';

/**
 * Keeps the filter of the shown image applied. Without settings there is no filter in the viewer at all, and while those of
 * the next image are loading it is shown as it is: never with the settings of another image.
 */
export function usePixelFilter(viewer: ViewerFacade): void {
  const { value: settings, isLoaded } = useDocument<FilterSettings>(
    () => `image:${viewer.image.value.id}`,
    neutralSettings,
  );
  const primitives = computed(() => (isLoaded.value ? filterPrimitives(settings.value) : []));
  let filter: ReturnType<ViewerFacade['addPixelFilter']> | undefined;

  function apply(next: readonly FilterPrimitive[]): void {
    if (next.length === 0) {
      filter?.dispose();
      filter = undefined;
    } else if (filter) filter.update(next);
    else filter = viewer.addPixelFilter('image-filters', next);
  }

  watch(primitives, apply, { immediate: true });
  onScopeDispose(() => apply([]));
  onScopeDispose(addState(viewer, { settings, isLoaded }));
}
