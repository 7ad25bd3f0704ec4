import { useDocument, type ViewerFacade } from '@exact/sdk/ui';
import { computed, onScopeDispose, watch, type Ref } from 'vue';
import { displayOf, displayPrimitives, type Display } from './display.ts';
import type { Recording } from './use-recording.ts';

/** Colours and range that a person has chosen for an image. */
export interface ShownDisplay {
  /** As it is shown now; nothing while the image is no recording. */
  readonly shown: Readonly<Ref<Display | undefined>>;
  readonly isChanged: Readonly<Ref<boolean>>;
  change(to: Partial<Display>): void;
  reset(): void;
}

/** Keeps the colours that a person has chosen applied to the image; without any there is no filter at all. */
export function useDisplay(viewer: ViewerFacade, { grid }: Recording): ShownDisplay {
  const { value: chosen, isLoaded } = useDocument<{ display: Display | null }>(
    () => (grid.value ? `display:${viewer.image.value.id}` : 'display:none'),
    () => ({ display: null }),
  );
  const shown = computed(() => {
    if (!grid.value || !isLoaded.value) return undefined;
    return { ...displayOf(grid.value), ...chosen.value.display };
  });
  const primitives = computed(() => (grid.value && shown.value ? displayPrimitives(grid.value, shown.value) : []));
  let filter: ReturnType<ViewerFacade['addPixelFilter']> | undefined;
  function off(): void {
    filter?.dispose();
    filter = undefined;
  }
  watch(
    primitives,
    (next) => {
      if (next.length === 0) off();
      else if (filter) filter.update(next);
      else filter = viewer.addPixelFilter('media-playback', next);
    },
    { immediate: true },
  );
  onScopeDispose(off);
  return {
    shown,
    isChanged: computed(() => primitives.value.length > 0),
    // in place: a new object would count as just loaded, and not be stored
    change: (to) => void (shown.value && (chosen.value.display = { ...shown.value, ...to })),
    reset: () => void (chosen.value.display = null),
  };
}
