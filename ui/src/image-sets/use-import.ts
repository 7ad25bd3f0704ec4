import type { AnnotationImport, Image } from '@exact/sdk/contract';
import { useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, onScopeDispose, ref, watch } from 'vue';
import { api } from '../app/api.ts';
import { keys } from '../app/query-keys.ts';
import { isActive } from '../jobs/use-jobs.ts';
import { sendImport } from './send-import.ts';

/** The jobs tray follows it as well; who stays in the dialog sees its end and its wrong lines. */
const LOOK_MS = 1000;

/** One import of annotations on an image: sending the file, then following the work on it. */
export function useImport(image: () => Image | undefined) {
  const client = useQueryClient();
  const started = ref<{ readonly imageId: number; readonly importId: string }>();
  const sent = ref<number>();
  let sending = new AbortController();

  const query = useQuery({
    queryKey: computed(() => [...keys.jobs, 'import', started.value?.importId]),
    queryFn: ({ signal }) =>
      api.annotationImport.get({ params: started.value as { imageId: number; importId: string } }, signal),
    enabled: computed(() => started.value !== undefined),
    refetchInterval: (q) => (q.state.data && !isActive(q.state.data.job) ? false : LOOK_MS),
  });
  const result = computed<AnnotationImport | undefined>(() => (started.value ? query.data.value : undefined));
  watch(
    () => result.value?.created,
    (created) => {
      if (created) void client.invalidateQueries({ queryKey: ['image-set'] }); // numbers of annotations on the cards
    },
  );
  const stopSending = (): void => sending.abort(new DOMException('The import was closed.', 'AbortError'));
  onScopeDispose(stopSending);

  return {
    /** Share of the file that is sent; nothing while none is. */
    sent,
    result,
    async send(importId: string, file: Blob): Promise<void> {
      const { id: imageId } = image() ?? { id: 0 };
      sending = new AbortController();
      sent.value = 0;
      try {
        await sendImport(imageId, importId, file, (fraction) => (sent.value = fraction), sending.signal);
        started.value = { imageId, importId };
        void client.invalidateQueries({ queryKey: keys.jobs });
      } finally {
        sent.value = undefined;
      }
    },
    /** Ends what is being sent; work that has begun goes on. */
    reset(): void {
      stopSending();
      started.value = undefined;
    },
  };
}
