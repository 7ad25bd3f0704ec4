import { useLiveEvent, usePlace, usePluginClient } from '@exact/sdk/ui';
import { shallowRef, type ShallowRef } from 'vue';
import type { Mine } from '../shared/contract.ts';
import { studyModesContract } from '../shared/contract.ts';

/** Own cases in the running study: `null` for who does not read, nothing while they are loading. */
export function useMine(): { readonly mine: ShallowRef<Mine | null | undefined>; readonly load: () => Promise<void> } {
  const place = usePlace();
  const client = usePluginClient(studyModesContract);
  const mine = shallowRef<Mine | null>();
  async function load(): Promise<void> {
    try {
      mine.value = await client.mine({});
    } catch (error) {
      place.report(error);
    }
  }
  void load();
  useLiveEvent('study-modes:changed', () => void load());
  return { mine, load };
}
