import type { AnnotationsFacade, Centres } from '@exact/sdk/ui';
import { getCurrentScope, onScopeDispose, shallowRef } from 'vue';
import { createLiveCentres, type AnnotationSource, type AnnotationStore } from '../../annotate/store/index.ts';
import { report } from '../../app/problems.ts';

/** One copy of the centres for all who hold it; let go with the last of them. */
export function createCentresUse(options: {
  readonly store: AnnotationStore;
  readonly read: AnnotationSource['namedCentres'];
}): AnnotationsFacade['useCentres'] {
  const value = shallowRef<Centres>();
  let holders = 0;
  let live: ReturnType<typeof createLiveCentres> | undefined;

  return () => {
    holders += 1;
    live ??= createLiveCentres({ ...options, onChange: (centres) => (value.value = centres), onProblem: report });
    let isHeld = true;
    const dispose = (): void => {
      if (!isHeld) return;
      isHeld = false;
      holders -= 1;
      if (holders > 0) return;
      live?.dispose();
      live = undefined;
      value.value = undefined;
    };
    if (getCurrentScope()) onScopeDispose(dispose);
    return { value, dispose };
  };
}
