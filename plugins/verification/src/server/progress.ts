import type { PluginContext, Principal } from '@exact/sdk/server';
import type { Annotation, Image } from '@exact/sdk/contract';
import type { ImageProgress, Progress } from '../shared/model.ts';
import { readRecords, visibleReader } from './image-records.ts';
import { readVotes } from './log.ts';
import { isVotedOn, readObjects } from './objects.ts';
import { filterOf, mineOf, verdictOn } from './queue.ts';
import type { Asking, Situation, Situations } from './situation.ts';
import { standingsOf } from './standings.ts';

type Context = Pick<PluginContext, 'annotations' | 'db' | 'images' | 'projects'>;
type Place = { readonly imageId?: number | undefined; readonly imageSetId?: number | undefined };

/** How far images and readers are. Whoever does not see all is told of themselves alone. */
export function createProgress(
  ctx: Context,
  situations: Situations,
): (asking: Asking, place: Place) => Promise<Progress> {
  return async (asking, place) => {
    const { principal, projectId } = asking;
    const situation = await situations.of(asking);
    const images = await readImages(ctx, principal, projectId, place);
    const objects = (await readObjects(ctx.annotations, principal, filterOf(projectId, place))).filter((object) =>
      isVotedOn(situation, object, principal.userId),
    );
    const byImage = Map.groupBy(objects, ({ imageId }) => imageId);
    const reader = visibleReader(situation, principal.userId);
    const records = await readRecords(
      ctx.db,
      projectId,
      images.map(({ id }) => id),
      reader,
    );
    const judged = await judge(ctx, situation, objects, principal.userId);
    return {
      images: images.map((image): ImageProgress => {
        const own = byImage.get(image.id) ?? [];
        const said = records.get(image.id) ?? [];
        const states = judged.states && countStates(own, judged.states);
        return {
          imageId: image.id,
          imageSetId: image.imageSetId,
          name: image.privateName ?? image.publicName,
          objects: own.length,
          decided: own.filter(({ uuid }) => judged.decided.has(uuid)).length,
          ...(states ? { states } : {}),
          records: said,
          isDone: isDone(situation, said, states, principal.userId),
        };
      }),
      readers: await readReaders(ctx, projectId, objects, images, reader),
    };
  };
}

async function readImages(ctx: Context, principal: Principal, projectId: number, place: Place): Promise<Image[]> {
  if (place.imageId !== undefined) {
    const image = await ctx.images.get(principal, place.imageId);
    return image.projectId === projectId ? [image] : [];
  }
  const sets = await ctx.projects.imageSets(principal, projectId);
  const wanted = sets.filter(({ id }) => place.imageSetId === undefined || id === place.imageSetId);
  const lists = await Promise.all(wanted.map(({ id }) => ctx.images.listOfSet(principal, id)));
  return lists.flat();
}

/** Which objects have one's own verdict, and how all stand where one may know. */
async function judge(
  { db }: Context,
  situation: Situation,
  objects: readonly Annotation[],
  userId: number,
): Promise<{ decided: ReadonlySet<string>; states?: ReadonlyMap<string, keyof NonNullable<ImageProgress['states']>> }> {
  const ids = (list: readonly Annotation[]): Set<string> => new Set(list.map(({ uuid }) => uuid));
  if (situation.mode === 'cooperative') return { decided: ids(objects.filter((object) => verdictOn(object) !== null)) };
  const votes = Map.groupBy(
    await readVotes(db, {
      projectId: situation.projectId,
      annotations: objects.map(({ uuid }) => uuid),
      phaseId: situation.study?.phaseId,
      userId,
    }),
    ({ annotation }) => annotation,
  );
  const decided = ids(objects.filter((object) => mineOf(object, votes.get(object.uuid) ?? [], userId) !== null));
  if (!situation.seesAll) return { decided };
  const stood = await standingsOf(db, situation, objects);
  return { decided, states: new Map(stood.map(({ object, standing }) => [object.uuid, standing.state])) };
}

function countStates(
  objects: readonly Annotation[],
  states: ReadonlyMap<string, keyof NonNullable<ImageProgress['states']>>,
): NonNullable<ImageProgress['states']> {
  const counts = { open: 0, agreed: 0, disputed: 0, adjudicated: 0, rejected: 0 };
  for (const { uuid } of objects) counts[states.get(uuid) ?? 'open']++;
  return counts;
}

/**
 * Together one person may finish an image; in blind readings all do; with second opinions k readers have been through it and every
 * object is settled. To readers who do not see all, "done" says that they are.
 */
function isDone(
  { mode, seesAll, readerIds, rule }: Situation,
  records: ImageProgress['records'],
  states: ImageProgress['states'],
  userId: number,
): boolean {
  const has = (id: number): boolean => records.some(({ readerId }) => readerId === id);
  if (mode === 'cooperative') return records.length > 0;
  if (!seesAll) return has(userId);
  if (mode === 'blind') return readerIds.length > 0 && readerIds.every(has);
  return records.length >= rule.k && states !== undefined && states.open === 0 && states.disputed === 0;
}

async function readReaders(
  { db }: Context,
  projectId: number,
  objects: readonly Annotation[],
  images: readonly Image[],
  reader: number | undefined,
): Promise<Progress['readers']> {
  const rows = await db.query<{ user_id: number; objects: number; images: number; active_ms: number }>(
    `select user_id, sum(objects)::int as objects, sum(images)::int as images, sum(active_ms)::float8 as active_ms from (
       select user_id, count(distinct annotation) as objects, 0 as images, sum(active_ms) as active_ms from vote
       where project_id = $1 and annotation = any($2::uuid[]) group by user_id
       union all
       select user_id, 0, count(*) filter (where outcome <> 'open'), sum(active_ms) from (
         select distinct on (image_id, user_id) user_id, outcome, active_ms from image_record
         where project_id = $1 and image_id = any($3::int[]) order by image_id, user_id, id desc) latest
       group by user_id) all_of_it
     where $4::int is null or user_id = $4 group by user_id order by user_id`,
    [projectId, objects.map(({ uuid }) => uuid), images.map(({ id }) => id), reader ?? null],
  );
  return rows.map((row) => ({
    readerId: row.user_id,
    objects: row.objects,
    images: row.images,
    activeMs: row.active_ms,
  }));
}
