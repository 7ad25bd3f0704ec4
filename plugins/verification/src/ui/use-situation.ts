import { useLiveEvent, usePlace, usePluginClient } from '@exact/sdk/ui';
import { shallowRef, type Ref } from 'vue';
import { verificationContract } from '../shared/contract.ts';
import type { SituationView } from '../shared/model.ts';

/** How objects are verified here; asked anew when the project changes. */
export function useSituation(): {
  readonly situation: Ref<SituationView | undefined>;
  readonly reload: () => Promise<void>;
} {
  const place = usePlace();
  const client = usePluginClient(verificationContract);
  const situation = shallowRef<SituationView>();
  async function reload(): Promise<void> {
    try {
      situation.value = await client.situation({});
    } catch (error) {
      place.report(error);
    }
  }
  void reload();
  useLiveEvent('project.changed', () => void reload());
  return { situation, reload };
}
