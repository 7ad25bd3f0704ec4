import type { IMAGE_STATES, Image } from '@exact/sdk/contract';
import { useInfiniteQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, onScopeDispose, reactive, watch } from 'vue';
import { api } from '../app/api.ts';
import { live } from '../app/live-client.ts';
import { keys } from '../app/query-keys.ts';

export const IMAGE_ORDERS = ['position', 'name', 'createdAt'] as const;
export interface ImageFilter {
  search: string;
  tags: readonly string[];
  state: (typeof IMAGE_STATES)[number] | null;
  order: (typeof IMAGE_ORDERS)[number];
}

const PAGE = 120;

/** Images of a set page by page, by filter; states and progress are followed live. */
export function useImages(imageSetId: () => number) {
  const client = useQueryClient();
  const filter = reactive<ImageFilter>({ search: '', tags: [], state: null, order: 'position' });
  const settled = reactive({ ...filter });
  watch(filter, (next, _, onCleanup) => {
    const timer = setTimeout(() => Object.assign(settled, next), 200); // not one request for each letter
    onCleanup(() => clearTimeout(timer));
  });

  const queryKey = computed(() => [...keys.imagesOf(imageSetId()), { ...settled }]);
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => {
      const { search, tags, state, order } = settled;
      const query = {
        limit: PAGE,
        order,
        cursor: pageParam,
        ...(search.trim() === '' ? {} : { search: search.trim() }),
        ...(tags.length === 0 ? {} : { tags: tags.join(',') }),
        ...(state === null ? {} : { state }),
      };
      return api.images.list({ params: { imageSetId: imageSetId() }, query }, signal);
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    refetchInterval: (q) => (q.state.data?.pages.some((page) => page.items.some(isWorking)) ? 10_000 : false),
  });
  const images = computed(() => query.data.value?.pages.flatMap((page) => page.items) ?? []);

  function patch(id: number, change: Partial<Image>): void {
    client.setQueryData<typeof query.data.value>(
      queryKey.value,
      (data) =>
        data && {
          ...data,
          pages: data.pages.map((page) => ({
            ...page,
            items: page.items.map((image) => (image.id === id ? { ...image, ...change } : image)),
          })),
        },
    );
  }

  onScopeDispose(
    live.onProgress(({ imageId, progress }) => void (imageId !== undefined && patch(imageId, { progress }))),
  );

  return {
    filter,
    query,
    images,
    patch,
    isFiltered: computed(() => settled.search.trim() !== '' || settled.tags.length > 0 || settled.state !== null),
    reload: () => client.invalidateQueries({ queryKey: keys.imageSet(imageSetId()) }),
  };
}

export const isWorking = (image: Image): boolean => image.state === 'waiting' || image.state === 'converting';

/** A place between two neighbours; places are real numbers, so that one move changes one image. */
export function placeBetween(before: number | undefined, after: number | undefined): number {
  if (before === undefined) return (after ?? 1) - 1;
  return after === undefined ? before + 1 : (before + after) / 2;
}
