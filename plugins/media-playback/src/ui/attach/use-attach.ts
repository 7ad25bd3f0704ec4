import { ProblemError, usePlace, usePluginClient } from '@exact/sdk/ui';
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { mediaPlaybackContract } from '../../shared/contract.ts';
import { MAX_PLANNED_FILES, type AttachPlan } from '../../shared/model.ts';
import { sendFile } from './send-file.ts';

export type PlannedFile = AttachPlan['files'][number];
/** `waiting`: on its way or in the line · the rest as it ended. */
export type SendState = 'waiting' | 'attached' | 'known' | 'failed';
export interface Sending {
  readonly state: SendState;
  readonly reason?: string;
}

/** After a change of the pattern, before it is tried: people go on typing. */
const SETTLE_MS = 350;
/** The second one is on its way while the server looks at the first. */
const AT_ONCE = 2;

/** Attaching many files at once: what is chosen, what would become of it, and how far it is. */
export function useAttach() {
  const place = usePlace();
  const client = usePluginClient(mediaPlaybackContract);
  const base = `/api/v2/projects/${place.projectId}/plugins/${place.pluginId}`;

  const files = shallowRef<readonly File[]>([]);
  const pattern = ref('{image}_{n}');
  const imageSetId = ref<number | null>(null);
  const plan = shallowRef<AttachPlan>();
  const refusal = ref<string>();
  const isPlanning = ref(false);
  /** By the place in the list of files. */
  const sendings = shallowRef<ReadonlyMap<number, Sending>>(new Map());
  const sentBytes = ref(0);
  const totalBytes = ref(0);
  let run: AbortController | undefined;
  const isSending = ref(false);

  watch(
    [files, pattern, imageSetId],
    ([chosen, wanted, setId], [before], onCleanup) => {
      plan.value = undefined;
      refusal.value = undefined;
      sendings.value = new Map();
      if (chosen.length === 0 || wanted.trim() === '') return;
      if (chosen.length > MAX_PLANNED_FILES) {
        refusal.value = String(MAX_PLANNED_FILES);
        return;
      }
      const abort = new AbortController();
      const timer = setTimeout(() => void ask(), chosen === before ? SETTLE_MS : 0);
      onCleanup(() => {
        clearTimeout(timer);
        abort.abort();
      });
      isPlanning.value = true;
      async function ask(): Promise<void> {
        try {
          plan.value = await client.planAttachments(
            {
              body: {
                pattern: wanted,
                ...(setId === null ? {} : { imageSetId: setId }),
                files: chosen.map(({ name, size }) => ({ name, sizeBytes: size })),
              },
            },
            abort.signal,
          );
        } catch (error) {
          if (abort.signal.aborted) return;
          if (error instanceof ProblemError) refusal.value = error.message;
          else place.report(error);
        } finally {
          if (!abort.signal.aborted) isPlanning.value = false;
        }
      }
    },
    { flush: 'post' },
  );

  /** Those that the plan would attach and that have not arrived. */
  const toSend = computed(() =>
    (plan.value?.files ?? []).flatMap((file, index) => {
      const state = sendings.value.get(index)?.state;
      return file.outcome === 'attach' && file.object && state !== 'attached' && state !== 'known'
        ? [{ index, annotationId: file.object.annotationId }]
        : [];
    }),
  );
  const tally = computed(() => {
    const counts = { attached: 0, known: 0, failed: 0 };
    for (const { state } of sendings.value.values()) if (state !== 'waiting') counts[state] += 1;
    return counts;
  });

  async function start(): Promise<void> {
    if (isSending.value) return;
    const line = [...toSend.value];
    run = new AbortController();
    const { signal } = run;
    isSending.value = true;
    sentBytes.value = 0;
    totalBytes.value = line.reduce((sum, { index }) => sum + (files.value[index]?.size ?? 0), 0);
    const set = (index: number, sending: Sending): void =>
      void (sendings.value = new Map(sendings.value).set(index, sending));

    async function work(): Promise<void> {
      for (let next = line.shift(); next && !signal.aborted; next = line.shift()) {
        const { index, annotationId } = next;
        const file = files.value[index];
        if (!file) continue;
        set(index, { state: 'waiting' });
        let mine = 0;
        const onSent = (bytes: number): void => {
          sentBytes.value += bytes - mine;
          mine = bytes;
        };
        try {
          set(index, { state: await sendFile(base, annotationId, file, { onSent, signal }) });
          onSent(file.size);
        } catch (error) {
          if (signal.aborted) {
            const left = new Map(sendings.value);
            left.delete(index);
            sendings.value = left;
          } else set(index, { state: 'failed', reason: (error as Error).message });
        }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    isSending.value = false;
  }
  const stop = (): void => run?.abort(new DOMException('The sending was stopped.', 'AbortError'));
  const leave = (event: BeforeUnloadEvent): void => {
    if (isSending.value) event.preventDefault();
  };
  window.addEventListener('beforeunload', leave);
  onScopeDispose(() => {
    stop();
    window.removeEventListener('beforeunload', leave);
  });

  return {
    files,
    pattern,
    imageSetId,
    plan,
    refusal,
    isPlanning,
    sendings,
    toSend,
    tally,
    isSending,
    progress: computed(() => (totalBytes.value > 0 ? Math.min(1, sentBytes.value / totalBytes.value) : 0)),
    start,
    stop,
  };
}
export type Attach = ReturnType<typeof useAttach>;
