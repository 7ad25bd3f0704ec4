import { useQueryClient } from '@tanstack/vue-query';
import { computed, onScopeDispose, ref, watch } from 'vue';
import { keys } from '../app/query-keys.ts';
import type { ChosenFile } from './dropped-files.ts';
import { tusTransport } from './tus-transport.ts';
import { uploadKey, uploadMemory, type RememberedUpload } from './upload-memory.ts';
import { createUploadQueue, isFinished, type UploadItem } from './upload-queue.ts';

/** The uploads of this browser tab: they go on while people look at other pages. */
const queue = createUploadQueue(tusTransport);
const keyOf = new Map<number, string>();

window.addEventListener('beforeunload', (event) => {
  if (queue.items.value.some((item) => item.state === 'uploading' || item.state === 'waiting')) event.preventDefault();
});

queue.onSettled((item) => {
  const key = keyOf.get(item.id);
  // what has failed may go on later; all else has ended
  if (key !== undefined && isFinished(item)) uploadMemory.forget(key).catch(() => {});
});

/** Uploads into an image set, with those that an earlier visit has left unfinished. */
export function useUploads(imageSetId: () => number) {
  const client = useQueryClient();
  const items = computed(() => queue.items.value.filter((item) => item.imageSetId === imageSetId()));
  const unfinished = ref<RememberedUpload[]>([]);

  async function add(chosen: readonly ChosenFile[]): Promise<void> {
    const set = imageSetId();
    const added = queue.add(
      chosen.map(({ file }) => file),
      set,
    );
    const remembered = chosen.map(({ file, handle }): RememberedUpload => {
      const { name, size: sizeBytes, lastModified } = file;
      return {
        key: uploadKey(set, file),
        imageSetId: set,
        name,
        sizeBytes,
        lastModified,
        ...(handle ? { handle } : {}),
      };
    });
    added.forEach((item, index) => keyOf.set(item.id, remembered[index]?.key ?? ''));
    const keysNow = new Set(remembered.map(({ key }) => key));
    unfinished.value = unfinished.value.filter(({ key }) => !keysNow.has(key));
    await uploadMemory.remember(remembered).catch(() => {}); // without a memory the upload itself still works
  }

  async function loadUnfinished(set: number): Promise<void> {
    const present = new Set(queue.items.value.filter((item) => !isFinished(item)).map((item) => keyOf.get(item.id)));
    unfinished.value = (await uploadMemory.of(set).catch(() => [])).filter(({ key }) => !present.has(key));
  }
  watch(imageSetId, loadUnfinished, { immediate: true });

  const stop = queue.onSettled((item: UploadItem) => {
    if (item.imageSetId === imageSetId() && item.state === 'done')
      void client.invalidateQueries({ queryKey: keys.imageSet(item.imageSetId) });
  });
  onScopeDispose(stop);

  return {
    items,
    unfinished,
    add,
    cancel: (id: number) => queue.cancel(id),
    resume: (id: number) => queue.resume(id),
    clear: () => queue.clear(imageSetId()),
    /** Opens remembered files again and goes on; those that the browser does not give stay in the list. */
    async resumeUnfinished(): Promise<void> {
      const opened: ChosenFile[] = [];
      for (const { handle } of unfinished.value) {
        if (!handle) continue;
        const withPermission = handle as FileSystemFileHandle & {
          requestPermission?: (o: { mode: 'read' }) => Promise<PermissionState>;
        };
        if ((await withPermission.requestPermission?.({ mode: 'read' })) === 'granted')
          opened.push({ file: await handle.getFile(), handle });
      }
      await add(opened);
    },
    async forgetUnfinished(): Promise<void> {
      for (const { key } of unfinished.value) await uploadMemory.forget(key);
      unfinished.value = [];
    },
  };
}
