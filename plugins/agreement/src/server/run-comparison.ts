import type { MatchRule } from '@exact/agreement';
import type { Image } from '@exact/sdk/contract';
import type { AnnotationFilter, JobContext, PluginContext, Principal } from '@exact/sdk/server';
import type { Question, Result, Rule } from '../shared/comparison.ts';
import { MAX_ANNOTATIONS, NothingToCompareError } from '../shared/contract.ts';
import type { CompareInput } from './compare-task.ts';
import type { ImageReadings, Reading } from './compare.ts';
import type { Comparisons } from './comparisons.ts';

const TASK = new URL(import.meta.url.endsWith('.ts') ? './compare-task.ts' : './compare-task.js', import.meta.url);
const TIMEOUT_MS = 3_600_000;
const MEMORY_MB = 1024;
const PAGE = 1000;

type Context = Pick<PluginContext, 'annotations' | 'db' | 'images' | 'jobs' | 'projects'>;

/** What to read for a question. */
export const filterOf = (
  projectId: number,
  { imageSetId, imageId }: { readonly imageSetId?: number | undefined; readonly imageId?: number | undefined },
): AnnotationFilter => ({
  projectId,
  ...(imageSetId === undefined ? {} : { imageSetId }),
  ...(imageId === undefined ? {} : { imageId }),
});

/** Works on one comparison. It reads as the person who asked for it, with the rights that they have then. */
export async function runComparison(
  ctx: Context,
  comparisons: Comparisons,
  input: Readonly<Record<string, unknown>>,
  job: JobContext,
): Promise<void> {
  const id = String(input['comparisonId']);
  const [row] = await ctx.db.query<{ project_id: number; username: string; is_admin: boolean; created_by: number }>(
    `select c.project_id, c.created_by, u.username, u.is_admin from comparison c join core.app_user u on u.id = c.created_by
     where c.id = $1`,
    [id],
  );
  if (!row) return; // forgotten meanwhile
  const principal: Principal = { userId: row.created_by, username: row.username, isAdmin: row.is_admin, via: 'plugin' };
  const { question } = await comparisons.get(row.project_id, id);
  const images = await readImages(ctx, principal, row.project_id, question, job);
  const task: CompareInput = { readers: question.readers, seed: question.seed, images };
  const result = await ctx.jobs.inProcess<Result>(TASK, task, {
    timeoutMs: TIMEOUT_MS,
    memoryMb: MEMORY_MB,
    signal: job.signal,
    onProgress: (fraction, step) => job.progress(0.5 + fraction * 0.5, step),
  });
  await comparisons.finish(id, result);
}

async function readImages(
  ctx: Context,
  principal: Principal,
  projectId: number,
  question: Question,
  job: JobContext,
): Promise<ImageReadings[]> {
  const filter: AnnotationFilter = {
    ...filterOf(projectId, question),
    authorIds: question.readers,
    ...(question.templates ? { templateIds: question.templates } : {}),
  };
  const counts = await ctx.annotations.count(principal, filter, 'image');
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  if (total === 0)
    throw new NothingToCompareError({ reason: 'None of the readers has an annotation there that you may see.' });
  if (total > MAX_ANNOTATIONS)
    throw new NothingToCompareError({
      reason: `There are ${total} annotations; at most ${MAX_ANNOTATIONS} are compared at once. Choose an image set, an image or fewer classes.`,
    });
  const readings = new Map<number, Reading[]>(counts.map(({ id }) => [id, []]));
  let read = 0;
  let cursor: string | undefined;
  do {
    job.signal.throwIfAborted();
    const page = await ctx.annotations.list(principal, filter, {
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { imageId, authorId, templateId, geometry } of page.items)
      readings.get(imageId)?.push({ reader: authorId, templateId, geometry });
    read += page.items.length;
    job.progress(Math.min(0.5, (read / total) * 0.5), 'reading');
    cursor = page.next;
  } while (cursor !== undefined);
  const images: ImageReadings[] = [];
  for (const [imageId, list] of readings)
    images.push({ readings: list, rule: ruleOn(await ctx.images.get(principal, imageId), question.rule) });
  return images;
}

/** The rule in level-0 pixels of an image. @throws NothingToCompareError where the image does not say how large its pixels are */
export function ruleOn(image: Pick<Image, 'publicName' | 'mppX' | 'mppY'>, rule: Rule): MatchRule {
  if (rule.by === 'iou') return rule;
  if (rule.unit === 'px') return { by: 'distance', atMost: rule.atMost };
  const { mppX, mppY } = image;
  if (!mppX || !mppY)
    throw new NothingToCompareError({
      reason: `The scale of image "${image.publicName}" is unknown, so a distance in µm cannot be applied to it. Give the distance in pixels, or set the scale of the image.`,
    });
  return { by: 'distance', atMost: rule.atMost / ((mppX + mppY) / 2) };
}
