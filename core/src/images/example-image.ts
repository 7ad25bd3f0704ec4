import { defineError } from '@exact/sdk/contract';
import { TaskFailedError } from '../jobs/child.ts';
import type { Processes } from '../jobs/processes.ts';

export const NoPictureError = defineError({
  code: 'NO_PICTURE',
  status: 422,
  message: () => 'This file is not a picture that can be read. Send a PNG, JPEG or WebP of at most 100 megapixels.',
});

/** Makes the WebP of a template's example outside of this process, where a broken picture can do no harm. */
export function createExampleMaker(processes: Processes): (bytes: Uint8Array) => Promise<Uint8Array> {
  return async (bytes) => {
    try {
      return await processes.inProcess<Uint8Array>(
        new URL('./example-task.ts', import.meta.url),
        { bytes },
        { timeoutMs: 20_000, memoryMb: 768 },
      );
    } catch (error) {
      if (error instanceof TaskFailedError) throw new NoPictureError({}, { cause: error });
      throw error;
    }
  };
}
