import type { Media } from '@exact/sdk/contract';
import type { AnnotationMedia } from '@exact/sdk/ui';
import { useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, onScopeDispose, ref, type Ref } from 'vue';
import { api } from '../../../app/api.ts';
import { keys } from '../../../app/query-keys.ts';
import { onMediaStored } from './media-uploads.ts';

export interface MediaOfAnnotation extends AnnotationMedia {
  readonly error: Readonly<Ref<unknown>>;
  /** Shows an order before the server has answered. */
  show(items: readonly Media[]): void;
}

/** Addresses work for at least an hour: fresh ones are asked for before that. */
const REFRESH_MS = 45 * 60_000;

/** Files of an annotation, loaded when somebody stays on it for a moment; they follow what others do to them. */
export function useMedia(annotationUuid: string, isStored: Readonly<Ref<boolean>>): MediaOfAnnotation {
  const client = useQueryClient();
  const isDue = ref(false);
  // looked at for a moment only while one clicks through: not a request for each
  const timer = setTimeout(() => (isDue.value = true), 150);
  onScopeDispose(() => clearTimeout(timer));
  const queryKey = keys.mediaOf(annotationUuid);
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => api.media.list({ params: { annotationId: annotationUuid } }, signal),
    enabled: computed(() => isDue.value && isStored.value),
    refetchInterval: REFRESH_MS,
  });
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey });
  onScopeDispose(onMediaStored((uuid) => void (uuid === annotationUuid && refresh())));
  return {
    annotationUuid: ref(annotationUuid),
    items: computed(() => query.data.value ?? []),
    isLoading: computed(() => query.isLoading.value),
    error: query.error,
    refresh,
    show: (items) => void client.setQueryData(queryKey, [...items]),
  };
}
