import { ProblemError, useLiveEvent, usePlace, usePluginClient } from '@exact/sdk/ui';
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { annotationImportContract } from '../shared/contract.ts';
import type { ImportFile, Suggestion } from '../shared/file.ts';
import type { Mapping, Plan } from '../shared/plan.ts';
import { upload } from './upload.ts';

const LOOK_MS = 600;
/** After a change of the mapping, before it is counted: people change several things in a row. */
const SETTLE_MS = 400;

/**
 * One import from the file to the result. The mapping is counted anew after every change; what is shown last is what would be imported.
 *
 * @param intoImage - an image that the person came from
 */
export function useImport(intoImage: number | undefined) {
  const place = usePlace();
  const client = usePluginClient(annotationImportContract);
  const base = `/api/v2/projects/${place.projectId}/plugins/${place.pluginId}`;
  const files = shallowRef<readonly ImportFile[]>([]);
  const file = shallowRef<ImportFile>();
  const suggestion = shallowRef<Suggestion>();
  const mapping = shallowRef<Mapping>();
  const plan = shallowRef<Plan>();
  const sending = ref<{ readonly name: string; readonly fraction: number }>();
  const refusal = ref<string>();
  /** The plan belongs to the mapping as it stands. */
  const isCounted = ref(false);
  let abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let settle: ReturnType<typeof setTimeout> | undefined;
  let round = 0;
  const isBusy = (state: string | undefined): boolean => ['reading', 'counting', 'applying'].includes(state ?? '');

  const step = computed<'file' | 'mapping' | 'result'>(() => {
    if (!file.value || file.value.state !== 'ready' || !mapping.value) return 'file';
    return plan.value &&
      (plan.value.state === 'applying' || plan.value.state === 'applied' || plan.value.outcomes.length > 0)
      ? 'result'
      : 'mapping';
  });

  function fail(error: unknown): void {
    if (abort.signal.aborted) return;
    if (error instanceof ProblemError) refusal.value = error.message;
    else place.report(error);
  }
  async function attempt(work: () => Promise<void>): Promise<void> {
    refusal.value = undefined;
    try {
      await work();
    } catch (error) {
      fail(error);
    }
  }

  const loadFiles = (): Promise<void> => attempt(async () => void (files.value = await client.files({})));

  /** Looks what has become of the file or the plan, as long as somebody works on it. */
  async function look(): Promise<void> {
    clearTimeout(timer);
    const mine = round;
    try {
      if (file.value?.state === 'reading') {
        const now = await client.file({ params: { fileId: file.value.id } });
        if (mine !== round) return;
        file.value = now;
        if (now.state === 'ready') await begin(now);
        if (now.state !== 'reading') void loadFiles();
      } else if (isBusy(plan.value?.state)) {
        const now = await client.getPlan({ params: { planId: plan.value?.id ?? '' } });
        if (mine !== round) return;
        plan.value = now;
        if (now.state === 'counted') isCounted.value = true;
        if (now.state === 'failed') refusal.value = now.problem ?? undefined;
      }
    } catch (error) {
      if (mine === round) fail(error);
    }
    if (file.value?.state === 'reading' || isBusy(plan.value?.state)) timer = setTimeout(() => void look(), LOOK_MS);
  }

  /** Starts from what the plugin suggests. */
  async function begin(ready: ImportFile): Promise<void> {
    const found = await client.suggestion({ params: { fileId: ready.id } });
    suggestion.value = found;
    const only = found.images.length === 1;
    mapping.value = {
      images: found.images.map(({ name, imageId }) => ({
        name,
        imageId: intoImage !== undefined && only ? intoImage : imageId,
      })),
      labels: found.labels.map(({ label, templateId }) => ({ label, templateId })),
      author: { by: 'me' },
      target: { kind: 'own' },
      uuids: 'keep',
      repair: false,
      leaveOut: false,
    };
  }

  async function count(): Promise<void> {
    const [wanted, of] = [mapping.value, file.value];
    if (!wanted || !of) return;
    round += 1;
    const mine = round;
    await attempt(async () => {
      const made = await client.plan({ params: { fileId: of.id }, body: wanted }, abort.signal);
      if (mine !== round) return;
      plan.value = made;
      await look();
    });
  }

  watch(mapping, (now) => {
    isCounted.value = false;
    clearTimeout(settle);
    if (now) settle = setTimeout(() => void count(), SETTLE_MS);
  });

  function reset(): void {
    round += 1;
    abort.abort();
    abort = new AbortController();
    clearTimeout(timer);
    clearTimeout(settle);
    file.value = suggestion.value = mapping.value = plan.value = undefined;
    sending.value = refusal.value = undefined;
  }
  async function open(fileId: string): Promise<void> {
    reset();
    await attempt(async () => {
      file.value = await client.file({ params: { fileId } });
      if (file.value.state === 'ready') await begin(file.value);
      else await look();
    });
  }

  onScopeDispose(reset);
  useLiveEvent('jobs.changed', () => void look());
  void loadFiles();

  return {
    files,
    file,
    suggestion,
    mapping,
    plan,
    sending,
    refusal,
    isCounted,
    step,
    open,
    reset: () => {
      reset();
      void loadFiles();
    },
    async send(chosen: File): Promise<void> {
      reset();
      const { signal } = abort;
      const report = (fraction: number): void => void (sending.value = { name: chosen.name, fraction });
      report(0);
      await attempt(async () => {
        file.value = await upload(base, chosen, { signal, onProgress: report });
        await look();
      });
      if (!signal.aborted) sending.value = undefined;
    },
    async reread(as: {
      format?: NonNullable<ImportFile['inventory']>['format'];
      boxForm?: 'size' | 'corners';
    }): Promise<void> {
      const id = file.value?.id;
      if (id === undefined) return;
      reset();
      await attempt(async () => {
        file.value = await client.reread({ params: { fileId: id }, body: as });
        await look();
      });
    },
    async forget(fileId: string): Promise<void> {
      await attempt(async () => client.removeFile({ params: { fileId } }));
      if (file.value?.id === fileId) reset();
      await loadFiles();
    },
    change(more: Partial<Mapping>): void {
      if (mapping.value) mapping.value = { ...mapping.value, ...more };
    },
    async apply(): Promise<void> {
      await attempt(async () => {
        plan.value = await client.apply({ params: { planId: plan.value?.id ?? '' } });
        await look();
      });
    },
    csvOf: (planId: string): string => `${base}/plans/${planId}/csv`,
  };
}
export type Import = ReturnType<typeof useImport>;
