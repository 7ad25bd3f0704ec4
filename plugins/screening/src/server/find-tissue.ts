import type { JobContext, PluginContext } from '@exact/sdk/server';
import type { TissueParameters } from '../shared/model.ts';
import type { TissueInput, TissueResult } from './tissue-task.ts';
import type { Tissues } from './tissues.ts';

/** Longer side of the picture that tissue is looked for on: a pixel of it is 0.1 % of the slide, some 25 µm. */
const SIDE_PX = 1024;
const TIMEOUT_MS = 600_000;
const MEMORY_MB = 512;
const TASK = new URL(import.meta.url.endsWith('.ts') ? './tissue-task.ts' : './tissue-task.js', import.meta.url);

/** Works on one mask. */
export async function findTissue(
  ctx: Pick<PluginContext, 'db' | 'jobs' | 'slides'>,
  tissues: Tissues,
  input: Readonly<Record<string, unknown>>,
  job: JobContext,
): Promise<void> {
  const id = String(input['tissueId']);
  const [row] = await ctx.db.query<{ image_id: number; parameters: TissueParameters }>(
    'select image_id, parameters from tissue where id = $1 and done_at is null',
    [id],
  );
  if (!row) return; // gone with its image, or done by a worker that died before it could say so
  const { width, height } = await ctx.slides.info(row.image_id);
  job.progress(0.1, 'reading');
  const pixels = await ctx.slides.pixels(
    row.image_id,
    { downsample: Math.max(1, Math.max(width, height) / SIDE_PX) },
    job.signal,
  );
  job.progress(0.6, 'finding tissue');
  const task: TissueInput = {
    picture: { width: pixels.width, height: pixels.height, data: pixels.data },
    image: { width, height },
    request: row.parameters,
  };
  const options = { timeoutMs: TIMEOUT_MS, memoryMb: MEMORY_MB, signal: job.signal };
  await tissues.finish(id, await ctx.jobs.inProcess<TissueResult>(TASK, task, options));
}
