import { onScopeDispose, shallowRef, type Ref } from 'vue';
import type { AnnotationStore, Shown } from '../annotate/store/index.ts';

/** What of the annotations in view is loaded, as it changes. */
export function useShown(store: AnnotationStore): Readonly<Ref<Shown>> {
  const shown = shallowRef(store.shown);
  onScopeDispose(
    store.onSummary(() => {
      const next = store.shown;
      if (next.level !== shown.value.level || next.isComplete !== shown.value.isComplete) shown.value = next;
    }),
  );
  return shown;
}
