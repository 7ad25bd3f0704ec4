import type { JobContext, Principal } from '@exact/sdk/server';
import { readStored } from './files.ts';
import type { Part } from './part-file.ts';
import { acceptedKey, type PlanContext, type PlanRow } from './plans.ts';
import { uuidOf } from './uuids.ts';

/**
 * Imports what a plan has counted, image by image and author by author: each of them all or nothing, with a record. Parts that are done
 * are passed over, so that an interrupted run goes on where it stopped; core recognises by its id an import that was stored before its
 * record was.
 */
export async function applyPlan(ctx: PlanContext, plan: PlanRow, principal: Principal, job: JobContext): Promise<void> {
  const { db } = ctx;
  const layerId = await ensureLayer(ctx, plan, principal);
  const done = await db.query<{ image_id: number; author_id: number }>(
    `select image_id, author_id from outcome where plan_id = $1 and state = 'done'`,
    [plan.id],
  );
  const isDone = new Set(done.map(({ image_id, author_id }) => `${image_id} ${author_id}`));
  const parts = plan.parts ?? [];
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  let handled = 0;
  for (const part of parts) {
    job.signal.throwIfAborted();
    if (!isDone.has(`${part.imageId} ${part.authorId}`)) {
      const outcome = await importPart(ctx, plan, part, principal, layerId, job);
      await db.query(
        `insert into outcome (plan_id, image_id, author_id, state, created, known, problem) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (plan_id, image_id, author_id) do update
           set state = excluded.state, created = excluded.created, known = excluded.known, problem = excluded.problem`,
        [plan.id, part.imageId, part.authorId, outcome.state, outcome.created, outcome.known, outcome.problem],
      );
    }
    handled += part.count;
    job.progress(handled / Math.max(1, total), 'importing');
  }
  await db.query('update plan set applied_at = now() where id = $1', [plan.id]);
}

async function importPart(
  ctx: PlanContext,
  plan: PlanRow,
  { imageId, authorId, pieces }: Part,
  principal: Principal,
  layerId: number | undefined,
  job: JobContext,
): Promise<{ state: 'done' | 'failed'; created: number; known: number; problem: string | null }> {
  async function* lines(): AsyncGenerator<Uint8Array> {
    for (const [offset, length] of pieces) yield* readStored(ctx, acceptedKey(plan), offset, length);
  }
  try {
    const { created, known } = await ctx.annotations.import(principal, imageId, lines(), {
      importId: uuidOf(`${plan.id} ${imageId} ${authorId}`),
      ...(layerId === undefined ? {} : { layerId }),
      ...(authorId === principal.userId ? {} : { authorId }),
    });
    return { state: 'done', created, known, problem: null };
  } catch (error) {
    job.signal.throwIfAborted();
    if (!isRefusal(error)) throw error; // the platform is in trouble: the job fails and is taken up again
    return { state: 'failed', created: 0, known: 0, problem: error.message };
  }
}

/** An answer to this image, not trouble of the platform: the other images go on. */
const isRefusal = (error: unknown): error is Error =>
  error instanceof Error &&
  'status' in error &&
  typeof error.status === 'number' &&
  error.status >= 400 &&
  error.status < 500;

async function ensureLayer(ctx: PlanContext, plan: PlanRow, principal: Principal): Promise<number | undefined> {
  const { target } = plan.mapping;
  if (target.kind === 'own') return undefined;
  if (target.kind === 'layer') return target.layerId;
  const { name, purpose, shown, program, version } = target;
  const layer = await ctx.projects.ensureLayer(principal, plan.project_id, {
    name,
    purpose,
    shown: shown ?? false,
    source: {
      file: plan.file_name,
      sha256: plan.sha256,
      ...(program === undefined ? {} : { program }),
      ...(version === undefined ? {} : { version }),
    },
  });
  await ctx.db.query('update plan set layer_id = $2 where id = $1', [plan.id, layer.id]);
  return layer.id;
}
