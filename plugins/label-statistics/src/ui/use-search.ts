import { projectsContract } from '@exact/sdk/contract';
import { createClient, usePlace, usePluginClient, useProjectSettings } from '@exact/sdk/ui';
import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref } from 'vue';
import { type Hit, labelStatisticsContract, PAGE_SIZE } from '../shared/contract.ts';
import { momentsOf } from '../shared/days.ts';
import { useFetch } from './use-fetch.ts';
import type { Scope, StatisticsSettings } from './use-usage.ts';

/** What the form of the search holds; empty fields ask nothing. */
export interface SearchForm {
  templateIds: number[];
  authorIds: number[];
  text: string;
  /** Days as date fields give them. */
  from: string;
  to: string;
}

export const emptyForm = (): SearchForm => ({ templateIds: [], authorIds: [], text: '', from: '', to: '' });

/** Where a search looks. */
export type Place = Scope & { readonly box?: readonly [number, number, number, number] };

export interface Search {
  readonly hits: Readonly<Ref<readonly Hit[] | undefined>>;
  readonly isBusy: Readonly<Ref<boolean>>;
  readonly error: Readonly<Ref<unknown>>;
  readonly hasMore: ComputedRef<boolean>;
  /** The most that is listed is shown, although there is more. */
  readonly isCut: ComputedRef<boolean>;
  readonly authors: ComputedRef<readonly { readonly id: number; readonly name: string }[]>;
  find(form: SearchForm, place: Place): Promise<void>;
  more(): Promise<void>;
  clear(): void;
}

/** A search over annotations, page by page, up to the most hits that the project's settings allow. */
export function useSearch(): Search {
  const { projectId } = usePlace();
  const settings = useProjectSettings<StatisticsSettings>();
  const client = usePluginClient(labelStatisticsContract);
  const core = createClient(projectsContract, { baseUrl: '/api/v2' });
  const members = useFetch(
    () => projectId,
    (signal) => core.members({ params: { projectId } }, signal),
  );
  const hits = shallowRef<readonly Hit[]>();
  const next = shallowRef<string>();
  const error = shallowRef<unknown>();
  const isBusy = ref(false);
  const isFull = computed(() => (hits.value?.length ?? 0) >= settings.value.maxHits);
  let asked: Record<string, unknown> = {};
  let abort: AbortController | undefined;

  async function read(cursor: string | undefined): Promise<void> {
    abort?.abort();
    const own = (abort = new AbortController());
    isBusy.value = true;
    error.value = undefined;
    try {
      const present = cursor === undefined ? [] : (hits.value ?? []);
      const limit = Math.min(PAGE_SIZE, settings.value.maxHits - present.length);
      const page = await client.search(
        { query: { ...asked, limit, ...(cursor === undefined ? {} : { cursor }) } },
        own.signal,
      );
      if (own.signal.aborted) return;
      hits.value = [...present, ...page.items];
      next.value = page.next;
    } catch (failure) {
      if (!own.signal.aborted) error.value = failure;
    } finally {
      if (abort === own) isBusy.value = false;
    }
  }

  onScopeDispose(() => abort?.abort());
  return {
    hits,
    isBusy,
    error,
    hasMore: computed(() => next.value !== undefined && !isFull.value),
    isCut: computed(() => next.value !== undefined && isFull.value),
    authors: computed(() =>
      (members.value.value ?? []).map(({ person }) => ({ id: person.id, name: person.displayName })),
    ),
    find({ templateIds, authorIds, text, from, to }, { box, ...scope }) {
      asked = {
        ...scope,
        ...(templateIds.length > 0 ? { templates: templateIds.join(',') } : {}),
        ...(authorIds.length > 0 ? { authors: authorIds.join(',') } : {}),
        ...(text.trim() === '' ? {} : { text: text.trim() }),
        ...(box ? { box: box.join(',') } : {}),
        ...momentsOf(from, to),
      };
      hits.value = undefined;
      next.value = undefined;
      return read(undefined);
    },
    more: () => (next.value === undefined || isFull.value ? Promise.resolve() : read(next.value)),
    clear() {
      abort?.abort();
      hits.value = undefined;
      next.value = undefined;
      error.value = undefined;
    },
  };
}
