import type { ImportPlan, ProbeResult } from '@exact/sdk/hooks';
import { PYRAMID_JOB } from './make-pyramid.ts';
import { sniff } from './sniff.ts';

/** Converts what is a picture without levels: PNG, JPEG, BMP, WebP, and TIFF where the reader says that it needs a pyramid. */
export function planImport({ head, info }: ProbeResult): ImportPlan | undefined {
  const format = sniff(head);
  if (format === undefined) return undefined;
  // Without a reader nobody has looked whether the TIFF is sound; libvips decides in the job.
  if (format === 'tiff' && info !== undefined && info.needsPyramid !== true) return undefined;
  return { action: 'convert', job: PYRAMID_JOB };
}
