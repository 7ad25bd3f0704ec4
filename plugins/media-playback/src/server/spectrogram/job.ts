import { rm } from 'node:fs/promises';
import type { JobContext, PluginContext } from '@exact/sdk/server';
import { SpectrogramParameters } from '../../shared/parameters.ts';
import type { Recordings } from '../recordings.ts';
import { axesOf } from './axes.ts';
import type { Made, MakeInput } from './make.ts';

export const SPECTROGRAM_JOB = 'media-playback:spectrogram';

/** Most goes to the JavaScript heap and to libvips; a recording of hours needs no more than one of seconds. */
const MEMORY_MB = 768;
const TIMEOUT_MS = 4 * 3_600_000;

const MAKER = new URL(import.meta.url.endsWith('.ts') ? './make.ts' : './make.js', import.meta.url);

/** Makes the spectrogram of an image whose original is a sound. Safe to run twice. */
export async function runSpectrogramJob(
  ctx: Pick<PluginContext, 'imageFiles' | 'jobs'>,
  recordings: Recordings,
  input: Readonly<Record<string, unknown>>,
  job: JobContext,
): Promise<Record<string, unknown>> {
  const imageId = Number(input['imageId']);
  const parameters = SpectrogramParameters.parse(input['parameters'] ?? {});
  await recordings.begin(imageId, parameters);
  const { path } = await ctx.imageFiles.original(imageId);
  const target = await ctx.imageFiles.scratch(imageId, '.tif');
  try {
    const task: MakeInput = { source: path, target, parameters };
    const made = await ctx.jobs.inProcess<Made>(MAKER, task, {
      timeoutMs: TIMEOUT_MS,
      memoryMb: MEMORY_MB,
      signal: job.signal,
      onProgress: (fraction, step) => job.progress(fraction * 0.98, step),
    });
    job.progress(0.99, 'storing');
    await recordings.keep(imageId, made);
    await ctx.imageFiles.adopt(imageId, target, { axes: axesOf(made.facts.grid) });
    const { columns, rows, secondsPerPixel } = made.facts.grid;
    return { columns, rows, secondsPerPixel, durationS: made.facts.durationS, notes: made.facts.notes };
  } finally {
    await rm(target, { force: true });
  }
}
