import { authContract } from '@exact/sdk/contract';
import { createClient, usePlace, usePluginClient, useViewer } from '@exact/sdk/ui';
import { onScopeDispose, shallowRef, type Ref } from 'vue';
import { screeningContract } from '../shared/contract.ts';
import type { PlanDraft, PlanSummary, ProgressEvent } from '../shared/model.ts';
import { loadPlan, type OpenPlan } from './open-plan.ts';
import { DEVICE_ID } from './sending.ts';

/** Plans of the image, and the one that is open: the last one that was worked on, then the newest. */
export function useOpenPlans(): {
  readonly plans: Readonly<Ref<readonly PlanSummary[] | undefined>>;
  readonly open: Readonly<Ref<OpenPlan | undefined>>;
  readonly me: Readonly<Ref<number | undefined>>;
  /** Ends when plans are there, and the open one with them. */
  readonly isReady: Promise<void>;
  choose(planId: string): Promise<void>;
  create(draft: PlanDraft): Promise<void>;
  reload(): Promise<void>;
} {
  const place = usePlace();
  const viewer = useViewer();
  const client = usePluginClient(screeningContract);
  const plans = shallowRef<readonly PlanSummary[]>();
  const open = shallowRef<OpenPlan>();
  const me = shallowRef<number>();
  let wanted: string | undefined;

  async function choose(planId: string): Promise<void> {
    wanted = planId;
    const loaded = await loadPlan(client, planId, viewer.image.value);
    if (wanted === planId) open.value = loaded;
  }
  async function reload(): Promise<void> {
    const all = await client.plans({ query: { imageId: viewer.image.value.id } });
    const mine = all.filter(({ audience, createdBy }) => audience === 'all' || createdBy === me.value);
    plans.value = mine;
    const lastAt = (plan: PlanSummary): string =>
      plan.progress.find(({ readerId }) => readerId === me.value)?.lastAt ?? '';
    const isThere = mine.some(({ id }) => id === open.value?.plan.id);
    // the list is newest first, and sorting keeps that order where nothing was done yet
    const [first] = [...mine].sort((a, b) => (lastAt(b) > lastAt(a) ? 1 : lastAt(b) < lastAt(a) ? -1 : 0));
    if (isThere) return;
    if (first) await choose(first.id);
    else open.value = undefined;
  }
  async function load(): Promise<void> {
    me.value = (await createClient(authContract, { baseUrl: '/api/v2' }).me({})).id;
    await reload();
  }
  onScopeDispose(
    place.onEvent('screening:progress', (event) => {
      if ('data' in event) open.value?.follow(event.data as ProgressEvent, DEVICE_ID);
    }),
  );
  // made elsewhere, by oneself on another device or for all; which image it is of is not told
  onScopeDispose(place.onEvent('screening:plan', () => void reload().catch(place.report)));
  return {
    ...{ plans, open, me, choose, reload },
    isReady: load().catch(place.report),
    async create(draft) {
      const made = await client.createPlan({ params: { imageId: viewer.image.value.id }, body: draft });
      await choose(made.id);
      await reload();
    },
  };
}
