import { SoundError } from '@exact/sound';
import { openSound, sniffSound } from '@exact/sound/decode';
import type { ImportPlan, ProbeResult } from '@exact/sdk/hooks';
import { SPECTROGRAM_JOB } from './spectrogram/job.ts';

/** Files whose headers say that nothing can come of them are refused at once; what is only known by decoding fails in the job. */
const HOPELESS: readonly string[] = ['UNSUPPORTED_SOUND', 'NO_SOUND'];

/** Takes sounds, by their content and not by their name. A file that somebody can show as it is stays what it is. */
export async function planImport({ head, info, sizeBytes }: ProbeResult): Promise<ImportPlan | undefined> {
  const container = info ? undefined : sniffSound(head);
  if (!container) return undefined;
  // MPEG audio is known to its end only after a walk through all of it.
  if (container !== 'mp3') {
    try {
      await openSound({
        size: sizeBytes,
        read: (offset, length) => Promise.resolve(head.subarray(offset, Math.max(offset, offset + length))),
      });
    } catch (error) {
      const isWhole = sizeBytes <= head.length;
      if (error instanceof SoundError && (isWhole || HOPELESS.includes(error.code)))
        return { action: 'refuse', code: error.code, message: error.message };
    }
  }
  return { action: 'convert', job: SPECTROGRAM_JOB };
}
