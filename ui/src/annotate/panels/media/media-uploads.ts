import { shallowRef } from 'vue';
import { makeUuid } from '../../store/index.ts';
import { putMedia } from './put-media.ts';

export interface MediaUpload {
  readonly uuid: string;
  readonly annotationUuid: string;
  readonly file: File;
  readonly sentBytes: number;
  /** Why it did not arrive; undefined while it waits or is on its way. */
  readonly error: unknown;
  readonly abort: AbortController;
}

/**
 * Files on their way to annotations, of this browser tab. They go on while something else is selected or another image is looked
 * at; one after the other, so that the first is there soon.
 */
export const mediaUploads = shallowRef<readonly MediaUpload[]>([]);
/** Are called for each annotation that got a file. */
const listeners = new Set<(annotationUuid: string) => void>();
let isRunning = false;

window.addEventListener('beforeunload', (event) => {
  if (mediaUploads.value.some((upload) => upload.error === undefined)) event.preventDefault();
});

export function onMediaStored(listener: (annotationUuid: string) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function addMedia(annotationUuid: string, files: readonly File[]): void {
  const added = files.map((file): MediaUpload => {
    return { uuid: makeUuid(), annotationUuid, file, sentBytes: 0, error: undefined, abort: new AbortController() };
  });
  mediaUploads.value = [...mediaUploads.value, ...added];
  void run();
}

/** Sends a file once more, under the same UUID. */
export function retryMedia({ uuid }: MediaUpload): void {
  change(uuid, { error: undefined, sentBytes: 0 });
  void run();
}

/** Stops an upload, or puts a failed one away. */
export function dropMedia({ uuid, abort }: MediaUpload): void {
  abort.abort(new DOMException('The upload was stopped.', 'AbortError'));
  forget(uuid);
}

function change(uuid: string, values: Partial<MediaUpload>): void {
  mediaUploads.value = mediaUploads.value.map((upload) => (upload.uuid === uuid ? { ...upload, ...values } : upload));
}

function forget(uuid: string): void {
  mediaUploads.value = mediaUploads.value.filter((upload) => upload.uuid !== uuid);
}

async function run(): Promise<void> {
  if (isRunning) return;
  isRunning = true;
  try {
    for (let next = waiting(); next; next = waiting()) await send(next);
  } finally {
    isRunning = false;
  }
}

const waiting = (): MediaUpload | undefined => mediaUploads.value.find((upload) => upload.error === undefined);

async function send({ uuid, annotationUuid, file, abort }: MediaUpload): Promise<void> {
  try {
    const onSent = (sentBytes: number): void => change(uuid, { sentBytes });
    await putMedia(annotationUuid, uuid, file, { onSent, signal: abort.signal });
    forget(uuid);
    for (const listener of listeners) listener(annotationUuid);
  } catch (error) {
    if (abort.signal.aborted) forget(uuid);
    else change(uuid, { error });
  }
}
