import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue';

export interface Fetched<T> {
  /** Stays what it was while it is read anew. */
  readonly value: Readonly<Ref<T | undefined>>;
  readonly error: Readonly<Ref<unknown>>;
  readonly isLoading: Readonly<Ref<boolean>>;
  readonly reload: () => void;
}

/**
 * Reads something now and whenever what `read` depends on changes; an answer that is no longer wanted is cancelled. The shell's
 * query cache is not shared with plugins, and this is all that is needed of one here.
 */
export function useFetch<T>(source: () => unknown, read: (signal: AbortSignal) => Promise<T>): Fetched<T> {
  const value = shallowRef<T>();
  const error = shallowRef<unknown>();
  const isLoading = ref(false);
  let abort: AbortController | undefined;

  async function load(): Promise<void> {
    abort?.abort();
    const own = (abort = new AbortController());
    isLoading.value = true;
    try {
      const answer = await read(own.signal);
      if (own.signal.aborted) return;
      value.value = answer;
      error.value = undefined;
    } catch (failure) {
      if (!own.signal.aborted) error.value = failure;
    } finally {
      if (abort === own) isLoading.value = false;
    }
  }

  watch(
    source,
    () => {
      value.value = undefined;
      void load();
    },
    { immediate: true },
  );
  onScopeDispose(() => abort?.abort());
  return { value, error, isLoading, reload: () => void load() };
}
