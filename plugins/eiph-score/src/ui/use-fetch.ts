import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue';

export interface Fetched<T> {
  /** Stays what it was while it is read anew. */
  readonly value: Readonly<Ref<T | undefined>>;
  readonly error: Readonly<Ref<unknown>>;
  readonly isLoading: Readonly<Ref<boolean>>;
  /** Reads again, soon: several wishes in a row make one reading. */
  readonly reload: () => void;
}

/**
 * Reads something now, and again when `source` changes, with a pause so that a hand that is still moving causes one reading. Answers that
 * are no longer wanted are cancelled.
 *
 * @param source - what the reading depends on, as a text; nothing: nothing is read
 */
export function useFetch<T>(
  source: () => string | undefined,
  read: (signal: AbortSignal) => Promise<T>,
  pauseMs = 300,
): Fetched<T> {
  const value = shallowRef<T>();
  const error = shallowRef<unknown>();
  const isLoading = ref(false);
  let abort: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

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
  function soon(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void load(), pauseMs);
  }
  watch(
    source,
    (now, before) => {
      clearTimeout(timer);
      if (now === undefined) {
        abort?.abort();
        value.value = undefined;
      } else if (before === undefined) void load();
      else soon();
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    clearTimeout(timer);
    abort?.abort();
  });
  return { value, error, isLoading, reload: () => source() !== undefined && soon() };
}
