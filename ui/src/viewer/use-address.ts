import { watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { isLeaving } from '../app/router.ts';
import { readFilter, withoutFilter, writeFilter } from './filter/filter-address.ts';
import { filterOfAddress } from './filter/filter-of-address.ts';
import { withoutPlace, writePlace } from './slide/view-math.ts';
import type { Workbench } from './workbench/index.ts';

/** Browsers allow few changes of the address. */
const MOVE_MS = 500;

/**
 * Keeps the address of the page of one image as what is shown, so that a link shows the same: place, selected annotation, filter. A
 * filter that comes by the address (a link within the page, the way back) is set.
 */
export function useAddress(bench: () => Workbench | undefined, imageId: number): void {
  const route = useRoute();
  const router = useRouter();
  /** Addresses of our own on their way: what they say may be overtaken already. */
  let writing = 0;
  const isHere = (): boolean => route.params['imageId'] === String(imageId);

  async function write(): Promise<void> {
    const { view, selection, filter } = bench() ?? {};
    if (!view || !selection || !filter || !isHere() || isLeaving()) return;
    const { centerX: x, centerY: y, downsample, rotation } = view.value;
    const [uuid, ...others] = selection.value;
    const isShown = x !== 0 || y !== 0;
    const query = {
      ...withoutFilter(isShown ? withoutPlace(route.query) : route.query),
      ...(isShown ? writePlace({ x, y, downsample, rotation }, others.length === 0 ? uuid : undefined) : {}),
      ...writeFilter(filter.current.value),
    };
    writing += 1;
    await router.replace({ query, hash: route.hash }).finally(() => (writing -= 1));
  }

  watch(
    () => {
      const { loading, view, selection } = bench() ?? {};
      return loading && loading.value !== 'loading' && [view?.value, selection?.value];
    },
    (isLoaded, _, onCleanup) => {
      if (!isLoaded) return;
      const timer = setTimeout(() => void write(), MOVE_MS);
      onCleanup(() => clearTimeout(timer));
    },
  );
  watch(
    () => bench()?.filter.current.value,
    (_, before) => before && void write(),
  );
  watch(
    () => JSON.stringify(readFilter(route.query).filter),
    () => {
      if (writing === 0 && isHere()) bench()?.filter.set(filterOfAddress(route.query));
    },
    { flush: 'sync' },
  );
}
