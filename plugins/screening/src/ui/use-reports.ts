import { imageSetsContract, imagesContract, type ImageSet } from '@exact/sdk/contract';
import { createClient, usePlace, usePluginClient } from '@exact/sdk/ui';
import { onScopeDispose, shallowReactive, shallowRef, watch, type Ref } from 'vue';
import { screeningContract } from '../shared/contract.ts';
import type { PlanSummary, Report } from '../shared/model.ts';

/** Requests at a time: a set may have hundreds of plans. */
const AT_ONCE = 4;

/** Plans of a set or of the project, with their reports and the names of their images as they arrive. */
export function useReports(
  imageSetId: Readonly<Ref<number | undefined>>,
  withSuperseded: Readonly<Ref<boolean>>,
): {
  readonly sets: Readonly<Ref<readonly ImageSet[]>>;
  readonly plans: Readonly<Ref<readonly PlanSummary[] | undefined>>;
  /** By the id of the plan. */
  readonly reports: ReadonlyMap<string, Report>;
  readonly isComplete: Readonly<Ref<boolean>>;
  readonly imageName: (imageId: number) => string;
  reload(): void;
} {
  const place = usePlace();
  const client = usePluginClient(screeningContract);
  const options = { baseUrl: '/api/v2' };
  const images = createClient(imagesContract, options);
  const sets = shallowRef<readonly ImageSet[]>([]);
  const plans = shallowRef<readonly PlanSummary[]>();
  const reports = shallowReactive(new Map<string, Report>());
  const names = shallowReactive(new Map<number, string>());
  const isComplete = shallowRef(false);
  let stop: AbortController | undefined;

  createClient(imageSetsContract, options)
    .list({ params: { projectId: place.projectId } })
    .then(({ items }) => (sets.value = items), place.report);

  async function load(): Promise<void> {
    stop?.abort();
    const { signal } = (stop = new AbortController());
    isComplete.value = false;
    try {
      const found = await client.plans(
        {
          query: {
            ...(imageSetId.value === undefined ? {} : { imageSetId: imageSetId.value }),
            superseded: withSuperseded.value ? 'all' : 'no',
            limit: 1000,
          },
        },
        signal,
      );
      reports.clear();
      plans.value = found;
      const unknown = new Set(found.map(({ imageId }) => imageId).filter((id) => !names.has(id)));
      await Promise.all([
        inTurn([...unknown], async (imageId) => {
          const image = await images.get({ params: { imageId } }, signal);
          names.set(imageId, image.privateName ?? image.publicName);
        }),
        inTurn(found, async ({ id }) => {
          const report = await client.report({ params: { planId: id }, query: {} }, signal);
          if (!signal.aborted) reports.set(id, report);
        }),
      ]);
      isComplete.value = !signal.aborted;
    } catch (error) {
      if (!signal.aborted) place.report(error);
    }
  }
  watch([imageSetId, withSuperseded], () => void load(), { immediate: true });
  onScopeDispose(() => stop?.abort());
  return {
    ...{ sets, plans, reports, isComplete },
    imageName: (imageId) => names.get(imageId) ?? `#${imageId}`,
    reload: () => void load(),
  };
}

async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
