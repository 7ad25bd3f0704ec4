import { computed, onScopeDispose, shallowRef, watch, type Ref } from 'vue';
import { api } from '../../app/api.ts';
import { isFiltering, isSameFilter, normal, type ShownFilter } from './shown-filter.ts';

/** Which annotations of the open image are shown, and how many there are without the filter. */
export interface FilterState {
  readonly current: Readonly<Ref<ShownFilter>>;
  readonly isOn: Readonly<Ref<boolean>>;
  /** The annotations of a new filter are on their way; those of the one before are still shown. */
  readonly isLoading: Readonly<Ref<boolean>>;
  /** Of all annotations that this person may see, by class: as they were a moment ago. Nothing while no filter is on. */
  readonly totals: Readonly<Ref<ReadonlyMap<number, number> | undefined>>;
  readonly total: Readonly<Ref<number | undefined>>;
  set(filter: ShownFilter): void;
  clear(): void;
}

/** Numbers of all are asked for after changes, but not at each. */
const COUNT_MS = 1500;

export interface FilterStateOptions {
  readonly imageId: number;
  readonly start: ShownFilter;
  /** Counts up with every change of the store. */
  readonly version: Readonly<Ref<number>>;
  readonly signal: AbortSignal;
  /** Has the store show what fits from now on; aborted when another filter is set meanwhile. */
  apply(filter: ShownFilter, signal: AbortSignal): Promise<void>;
  onFailure(error: unknown): void;
}

/** To be called within a scope, which ends it. */
export function createFilterState(options: FilterStateOptions): FilterState {
  const { imageId, version, signal } = options;
  const current = shallowRef(normal(options.start));
  const isOn = computed(() => isFiltering(current.value));
  const isLoading = shallowRef(false);
  const totals = shallowRef<ReadonlyMap<number, number>>();
  let running = new AbortController();
  onScopeDispose(() => running.abort());

  async function apply(filter: ShownFilter): Promise<void> {
    running.abort();
    const run = (running = new AbortController());
    isLoading.value = true;
    try {
      await options.apply(filter, AbortSignal.any([signal, run.signal]));
    } catch (error) {
      if (!run.signal.aborted && !signal.aborted) options.onFailure(error);
    } finally {
      if (running === run) isLoading.value = false;
    }
  }

  async function count(): Promise<void> {
    const counts = await api.annotations.counts({ params: { imageId } }, signal);
    if (isOn.value) totals.value = new Map(counts.map((item) => [item.templateId, item.count]));
  }
  let planned: ReturnType<typeof setTimeout> | undefined;
  function countIn(ms: number): void {
    planned ??= setTimeout(() => {
      planned = undefined;
      count().catch(() => undefined); // off line: after the next change
    }, ms);
  }
  onScopeDispose(() => clearTimeout(planned));
  watch(
    [isOn, version],
    ([on]) => {
      if (on) countIn(totals.value ? COUNT_MS : 0);
      else totals.value = undefined;
    },
    { immediate: true },
  );

  function set(filter: ShownFilter): void {
    const next = normal(filter);
    if (isSameFilter(next, current.value)) return;
    current.value = next;
    void apply(next);
  }

  return {
    current,
    isOn,
    isLoading,
    totals,
    total: computed(() => totals.value && [...totals.value.values()].reduce((sum, of) => sum + of, 0)),
    set,
    clear: () => set({}),
  };
}
