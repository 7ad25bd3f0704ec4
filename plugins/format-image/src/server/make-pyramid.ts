import { rm } from 'node:fs/promises';
import type { JobContext, PluginContext } from '@exact/sdk/server';
import type { ConvertInput } from './pyramid/convert.ts';

export const PYRAMID_JOB = 'format-image:pyramid';

/** Above every picture of 20,000 × 20,000 px; a picture that needs more is refused with a sentence, not with a dead server. */
const MEMORY_MB = 1024;
const TIMEOUT_MS = 2 * 3_600_000;

const CONVERTER = new URL(
  import.meta.url.endsWith('.ts') ? './pyramid/convert.ts' : './pyramid/convert.js',
  import.meta.url,
);

/** Converts the original of an image and makes the result what tiles are read from. Safe to run twice. */
export async function makePyramid(
  ctx: Pick<PluginContext, 'imageFiles' | 'jobs'>,
  input: Readonly<Record<string, unknown>>,
  job: JobContext,
): Promise<Record<string, unknown>> {
  const imageId = Number(input['imageId']);
  const { path } = await ctx.imageFiles.original(imageId);
  const target = await ctx.imageFiles.scratch(imageId, '.tif');
  try {
    const task: ConvertInput = { source: path, target };
    const result = await ctx.jobs.inProcess<Record<string, unknown>>(CONVERTER, task, {
      timeoutMs: TIMEOUT_MS,
      memoryMb: MEMORY_MB,
      signal: job.signal,
      onProgress: (fraction, step) => job.progress(fraction * 0.98, step),
    });
    job.progress(0.99, 'storing');
    await ctx.imageFiles.adopt(imageId, target);
    return result;
  } finally {
    await rm(target, { force: true });
    await rm(`${target}.bmp.tif`, { force: true });
  }
}
