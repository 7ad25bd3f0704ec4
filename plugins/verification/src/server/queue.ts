import { bounds } from '@exact/geometry';
import { route, uncertaintyOf } from '@exact/opinion';
import type { Annotation } from '@exact/sdk/contract';
import type { AnnotationFilter, PluginContext } from '@exact/sdk/server';
import { NotAdjudicatorError } from '../shared/errors.ts';
import type { Queue, QueueItem, QUEUE_ORDERS, QUEUE_WHICH } from '../shared/model.ts';
import { shortWay } from '../shared/short-way.ts';
import { readVotes } from './log.ts';
import { contentOf, isVotedOn, readObjects } from './objects.ts';
import type { Asking, Situation, Situations } from './situation.ts';
import { latestOf, standingsOf } from './standings.ts';

export interface QueueQuestion {
  readonly imageId?: number | undefined;
  readonly imageSetId?: number | undefined;
  readonly templates?: readonly number[] | undefined;
  readonly which?: (typeof QUEUE_WHICH)[number] | undefined;
  readonly order?: (typeof QUEUE_ORDERS)[number] | undefined;
  readonly limit?: number | undefined;
}

type Context = Pick<PluginContext, 'annotations' | 'db'>;
const LIMIT = 500;

/** What to read for a question. */
export const filterOf = (
  projectId: number,
  { imageId, imageSetId, templates }: Pick<QueueQuestion, 'imageId' | 'imageSetId' | 'templates'>,
): AnnotationFilter => ({
  projectId,
  ...(imageId === undefined ? {} : { imageId }),
  ...(imageSetId === undefined ? {} : { imageSetId }),
  ...(templates === undefined || templates.length === 0 ? {} : { templateIds: templates }),
});

/** Makes the list of objects that somebody goes through. Nothing in it follows from votes that are hidden from them. */
export function createQueue(
  ctx: Context,
  situations: Situations,
): (asking: Asking, asked: QueueQuestion) => Promise<Queue> {
  return async (asking, asked) => {
    const { principal, projectId } = asking;
    const situation = await situations.of(asking);
    const which = asked.which ?? 'todo';
    if (which === 'review' && !situation.seesAll) throw new NotAdjudicatorError({});
    const all = await readObjects(ctx.annotations, principal, filterOf(projectId, asked));
    const objects = all.filter((object) => isVotedOn(situation, object, principal.userId));
    const items =
      situation.mode === 'cooperative'
        ? objects.map((object) => toItem(object, verdictOn(object)))
        : situation.seesAll
          ? await withStates(ctx, situation, objects, principal.userId)
          : await withOwnVotes(ctx, situation, objects, principal.userId);
    const done = items.filter(({ mine }) => mine !== null).length;
    const wanted = which === 'todo' ? items.filter(({ mine }) => mine === null) : items;
    const ordered = inOrder(wanted, situation, which, asked.order ?? 'queue');
    return { items: ordered.slice(0, asked.limit ?? LIMIT), total: items.length, done };
  };
}

function inOrder(
  items: readonly QueueItem[],
  { mode, rule }: Situation,
  which: NonNullable<QueueQuestion['which']>,
  order: NonNullable<QueueQuestion['order']>,
): QueueItem[] {
  const kept =
    which === 'review' && mode !== 'cooperative'
      ? route(
          items.map((item) => ({ ...item, id: item.annotation, state: item.state ?? 'open' })),
          rule,
        ).map(({ id: _, ...item }): QueueItem => item)
      : [...items];
  if (order === 'queue')
    return which === 'review' ? kept : kept.sort((a, b) => (b.uncertainty ?? -1) - (a.uncertainty ?? -1));
  const images = Map.groupBy(kept, ({ imageId, templateId }) =>
    order === 'class' ? `${templateId} ${imageId}` : `${imageId}`,
  );
  const byNumber = new Intl.Collator('en', { numeric: true });
  return [...images]
    .sort(([a], [b]) => byNumber.compare(a, b))
    .flatMap(([, ofImage]) =>
      shortWay(ofImage, ({ bounds: box }) =>
        box ? { x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 } : { x: 0, y: 0 },
      ),
    );
}

function toItem(object: Annotation, mine: QueueItem['mine'], state?: QueueItem['state']): QueueItem {
  const uncertainty = uncertaintyOf(object.meta);
  const box = object.geometry.kind === 'image' ? undefined : bounds(object.geometry);
  return {
    annotation: object.uuid,
    imageId: object.imageId,
    templateId: object.templateId,
    revision: object.revision,
    mine,
    ...(box ? { bounds: [box.minX, box.minY, box.maxX, box.maxY] as const } : {}),
    ...(state ? { state } : {}),
    ...(uncertainty === undefined ? {} : { uncertainty }),
  } as QueueItem;
}

export const verdictOn = ({ verification }: Annotation): 'accept' | 'reject' | null =>
  verification ? (verification.verdict === 'accepted' ? 'accept' : 'reject') : null;

async function withOwnVotes(
  { db }: Context,
  situation: Situation,
  objects: readonly Annotation[],
  userId: number,
): Promise<QueueItem[]> {
  const scope = { projectId: situation.projectId, annotations: objects.map(({ uuid }) => uuid), userId };
  const votes = Map.groupBy(
    await readVotes(db, { ...scope, phaseId: situation.study?.phaseId }),
    ({ annotation }) => annotation,
  );
  return objects.map((object) => toItem(object, mineOf(object, votes.get(object.uuid) ?? [], userId)));
}

async function withStates(
  { db }: Context,
  situation: Situation,
  objects: readonly Annotation[],
  userId: number,
): Promise<QueueItem[]> {
  const stood = await standingsOf(db, situation, objects);
  return stood.map(({ object, standing, votes }) => toItem(object, mineOf(object, votes, userId), standing.state));
}

/** One's vote as it counts now: one on what was there before an edit is asked for anew. */
export function mineOf(object: Annotation, votes: Parameters<typeof latestOf>[0], userId: number): QueueItem['mine'] {
  const latest = latestOf(votes, userId);
  if (!latest) return null;
  const now = contentOf(object);
  const isCurrent = latest.judged_template === now.templateId && latest.judged_shape === now.shapeKey;
  return isCurrent ? latest.verdict : null;
}
