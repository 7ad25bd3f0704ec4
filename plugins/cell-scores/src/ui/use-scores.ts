import { usePluginClient } from '@exact/sdk/ui';
import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import { cellScoresContract } from '../shared/contract.ts';
import type { ImageScores } from '../shared/model.ts';
import { summarise } from '../shared/summary.ts';

/** Scores of all images of a set or the project, page by page as the server works them out. */
export function useScores(of: () => { readonly imageSetId?: number; readonly key: string }) {
  const client = usePluginClient(cellScoresContract);
  const images = shallowRef<readonly ImageScores[]>([]);
  const total = shallowRef<number>();
  const minimumCells = shallowRef(0);
  const isLoading = shallowRef(false);
  const error = shallowRef<unknown>();
  let abort: AbortController | undefined;

  async function load(): Promise<void> {
    abort?.abort();
    const own = (abort = new AbortController());
    const { imageSetId } = of();
    isLoading.value = true;
    error.value = undefined;
    total.value = undefined;
    images.value = [];
    try {
      for (let cursor: string | undefined, isMore = true; isMore;) {
        const query = {
          ...(imageSetId === undefined ? {} : { imageSetId }),
          ...(cursor === undefined ? {} : { cursor }),
        };
        const page = await client.scores({ query }, own.signal);
        if (own.signal.aborted) return;
        minimumCells.value = page.basis.minimumCells;
        total.value = page.total;
        images.value = [...images.value, ...page.items];
        cursor = page.next;
        isMore = cursor !== undefined;
      }
    } catch (failure) {
      if (!own.signal.aborted) error.value = failure;
    } finally {
      if (abort === own) isLoading.value = false;
    }
  }
  watch(
    () => JSON.stringify(of()),
    () => void load(),
    { immediate: true },
  );
  onScopeDispose(() => abort?.abort());
  return {
    images,
    total,
    isLoading,
    error,
    load,
    summaries: computed(() => summarise(images.value, minimumCells.value)),
  };
}
