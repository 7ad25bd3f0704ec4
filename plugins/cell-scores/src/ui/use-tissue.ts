import type { TissueBits } from '@exact/scores';
import { unpackMask } from '@exact/screening';
import { usePluginClient } from '@exact/sdk/ui';
import { onScopeDispose, shallowRef, watch } from 'vue';
import { cellScoresContract } from '../shared/contract.ts';

/** Where tissue is on an image; asked for again when `of` changes, and not at all while it gives nothing. */
export function useTissue(of: () => { readonly imageId: number; readonly key: string } | undefined) {
  const client = usePluginClient(cellScoresContract);
  const tissue = shallowRef<TissueBits>();
  const problem = shallowRef<unknown>();
  let abort: AbortController | undefined;

  async function load(): Promise<void> {
    abort?.abort();
    const own = (abort = new AbortController());
    tissue.value = problem.value = undefined;
    const wanted = of();
    if (!wanted) return;
    try {
      const { width, height, bits } = await client.tissue({ params: { imageId: wanted.imageId } }, own.signal);
      const bytes = Uint8Array.from(atob(bits), (letter) => letter.charCodeAt(0));
      tissue.value = { width, height, bits: unpackMask(bytes, width, height) };
    } catch (error) {
      if (!own.signal.aborted) problem.value = error;
    }
  }
  watch(
    () => {
      const wanted = of();
      return wanted && `${wanted.imageId} ${wanted.key}`;
    },
    () => void load(),
    { immediate: true },
  );
  onScopeDispose(() => abort?.abort());
  return { tissue, problem, load };
}
