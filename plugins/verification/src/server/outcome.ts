import { randomUUID } from 'node:crypto';
import type { Outcome } from '@exact/opinion';
import { type Annotation, ExactError } from '@exact/sdk/contract';
import type { PluginContext, Principal } from '@exact/sdk/server';
import { VotesNotTakenError, VotingOpenError } from '../shared/errors.ts';
import type { Applied } from '../shared/model.ts';
import { contentOf, readObjects } from './objects.ts';
import { filterOf } from './queue.ts';
import type { Asking, Situations } from './situation.ts';
import { standingsOf } from './standings.ts';

export interface OutcomeQuestion {
  readonly imageId?: number | undefined;
  readonly imageSetId?: number | undefined;
  readonly phaseId?: string | undefined;
  readonly isDryRun: boolean;
}

type Context = Pick<PluginContext, 'annotations' | 'db'>;

/** Objects that are written together; one that cannot be written takes the others of its batch into a second try, one by one. */
const BATCH = 200;

interface Step {
  readonly object: Annotation;
  readonly outcome: Outcome;
}

/**
 * Writes what was agreed or decided to the annotations. It compares with what stands there, so a second run, or one after an
 * interruption, writes only what is missing.
 *
 * @param whileApplying - runs the writing in a way that lets the plugin's own verdicts pass
 */
export function createOutcome(
  ctx: Context,
  situations: Situations,
  whileApplying: <T>(work: () => Promise<T>) => Promise<T>,
): (asking: Asking, asked: OutcomeQuestion) => Promise<Applied> {
  return async (asking, asked) => {
    const { principal, projectId } = asking;
    const situation = await situations.of(asking);
    if (situation.study) throw new VotingOpenError({ by: 'study' });
    if (situation.mode === 'cooperative' && asked.phaseId === undefined && !(await hasVotes(ctx, projectId)))
      throw new VotesNotTakenError({});
    if (situation.mode !== 'cooperative' && situation.isOpen && !asked.isDryRun)
      throw new VotingOpenError({ by: 'project' });
    const objects = await readObjects(ctx.annotations, principal, filterOf(projectId, asked));
    const stood = await standingsOf(ctx.db, situation, objects, asked);
    const report = {
      ...{ isDryRun: asked.isDryRun, accepted: 0, rejected: 0, relabelled: 0, reshaped: 0 },
      ...{ unchanged: 0, open: 0, disputed: 0, skipped: [] as Applied['skipped'] },
    };
    const steps: Step[] = [];
    for (const { object, standing } of stood) {
      const { state, outcome } = standing;
      if (state === 'open' || state === 'disputed') report[state]++;
      else if (outcome && isCarriedOut(object, outcome)) report.unchanged++;
      else if (outcome) steps.push({ object, outcome });
    }
    const done = (list: readonly Step[]): void => {
      for (const { outcome } of list) report[NAMES[outcome.verdict]]++;
    };
    if (asked.isDryRun) {
      for (const step of steps) {
        if (step.object.locked && changes(step)) report.skipped.push(lockedAs(step));
        else done([step]);
      }
      return report;
    }
    for (const [imageId, ofImage] of Map.groupBy(steps, ({ object }) => object.imageId)) {
      for (let start = 0; start < ofImage.length; start += BATCH) {
        const batch = ofImage.slice(start, start + BATCH).filter((step) => {
          const isHeld = step.object.locked && changes(step);
          if (isHeld) report.skipped.push(lockedAs(step));
          return !isHeld;
        });
        const { written, skipped } = await whileApplying(() => writeAll(ctx, principal, imageId, batch));
        done(written);
        report.skipped.push(...skipped);
      }
    }
    return report;
  };
}

const NAMES = { accept: 'accepted', reject: 'rejected', relabel: 'relabelled', reshape: 'reshaped' } as const;
const changes = ({ outcome }: Step): boolean => outcome.verdict === 'relabel' || outcome.verdict === 'reshape';
const lockedAs = ({ object }: Step): Applied['skipped'][number] => ({
  annotation: object.uuid,
  imageId: object.imageId,
  code: 'LOCKED',
  message: 'The object is locked, so its shape and class stay. Unlock it and write the outcome again.',
});

const hasVotes = async ({ db }: Context, projectId: number): Promise<boolean> =>
  (await db.query('select 1 from vote where project_id = $1 limit 1', [projectId])).length > 0;

function isCarriedOut(object: Annotation, outcome: Outcome): boolean {
  const verdict = object.verification?.verdict;
  if (outcome.verdict === 'reject') return verdict === 'rejected';
  if (verdict !== 'accepted') return false;
  if (outcome.verdict === 'accept') return true;
  const now = contentOf(object);
  const isLabelled = now.templateId === (outcome.templateId ?? now.templateId);
  return isLabelled && (outcome.verdict !== 'reshape' || now.shapeKey === outcome.shape.key);
}

interface Written {
  readonly written: readonly Step[];
  readonly skipped: Applied['skipped'];
}

/** Writes a batch as one; where one of them stands in the way, each for itself, so that the others are not held up. */
async function writeAll(ctx: Context, principal: Principal, imageId: number, steps: readonly Step[]): Promise<Written> {
  if (steps.length === 0) return { written: [], skipped: [] };
  try {
    await write(ctx, principal, imageId, steps);
    return { written: steps, skipped: [] };
  } catch (error) {
    if (!(error instanceof ExactError) || error.status >= 500) throw error;
    const [step, ...more] = steps;
    if (step && more.length === 0) {
      const { code, message } = error;
      return { written: [], skipped: [{ annotation: step.object.uuid, imageId, code, message }] };
    }
    const written: Step[] = [];
    const skipped: Applied['skipped'] = [];
    for (const one of steps) {
      const result = await writeAll(ctx, principal, imageId, [one]);
      written.push(...result.written);
      skipped.push(...result.skipped);
    }
    return { written, skipped };
  }
}

/** First class and shape, then the verdict on them: an object can be named once in a change, and a change of shape takes its verdict away. */
async function write(
  { annotations }: Context,
  principal: Principal,
  imageId: number,
  steps: readonly Step[],
): Promise<void> {
  const revisions = new Map(steps.map(({ object }) => [object.uuid, object.revision]));
  const update = steps.flatMap(({ object, outcome }) => {
    if (outcome.verdict !== 'relabel' && outcome.verdict !== 'reshape') return [];
    const { templateId } = outcome;
    const patch = {
      ...(templateId === undefined ? {} : { templateId }),
      ...(outcome.verdict === 'reshape' ? { geometry: outcome.shape.geometry } : {}),
    };
    return [{ uuid: object.uuid, revision: object.revision, ...patch }];
  });
  if (update.length > 0) {
    const { items } = await annotations.change(principal, imageId, { changeId: randomUUID(), update });
    for (const { uuid, revision } of items) revisions.set(uuid, revision);
  }
  await annotations.change(principal, imageId, {
    changeId: randomUUID(),
    verify: steps.map(({ object, outcome }) => ({
      uuid: object.uuid,
      revision: revisions.get(object.uuid) ?? object.revision,
      verdict: outcome.verdict === 'reject' ? ('rejected' as const) : ('accepted' as const),
    })),
  });
}
