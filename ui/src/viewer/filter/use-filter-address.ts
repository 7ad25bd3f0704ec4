import { watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { notify } from '../../app/notices.ts';
import { translate } from '../../i18n/index.ts';
import { readFilter, withoutFilter, writeFilter } from './filter-address.ts';
import type { FilterState } from './filter-state.ts';
import { isSameFilter, type ShownFilter } from './shown-filter.ts';

/** The filter of the address; tells the person what of it was not understood. */
export function filterOfAddress(query: Readonly<Record<string, unknown>>): ShownFilter {
  const { filter, problems } = readFilter(query);
  if (problems.length > 0) {
    const parts = problems.map(({ name, value }) => `${name}=${value.slice(0, 60)}`).join(', ');
    notify(translate('viewer.filter.notUnderstood', { parts }));
  }
  return filter;
}

/** Keeps filter and address the same, so that a link shows the same; called in the setup of the page of one image. */
export function useFilterAddress(state: () => FilterState | undefined): void {
  const route = useRoute();
  const router = useRouter();
  const { imageId } = route.params;
  watch(
    () => state()?.current.value,
    (filter, before) => {
      if (!filter || before === undefined || route.params['imageId'] !== imageId) return;
      if (isSameFilter(filter, readFilter(route.query).filter)) return;
      void router.replace({ query: { ...withoutFilter(route.query), ...writeFilter(filter) }, hash: route.hash });
    },
    { flush: 'post' },
  );
  // a link within the page, or the way back
  watch(
    () => JSON.stringify(readFilter(route.query).filter),
    () => {
      const filter = state();
      if (filter && route.params['imageId'] === imageId) filter.set(filterOfAddress(route.query));
    },
  );
}
