import type { Annotation, Image } from '@exact/sdk/contract';
import type { AnnotationFilter, PluginContext, Principal } from '@exact/sdk/server';
import { TooManyObjectsError } from '../../shared/errors.ts';
import { MAX_PLANNED_OBJECTS } from '../../shared/model.ts';
import type { Candidate } from './match.ts';

const PAGE = 1000;

/** The objects that a person sees in a place, numbered by age. @param labels - names of templates @throws TooManyObjectsError */
export async function readCandidates(
  ctx: Pick<PluginContext, 'annotations' | 'images' | 'projects'>,
  principal: Principal,
  place: {
    readonly projectId: number;
    readonly imageSetId?: number | undefined;
    readonly imageId?: number | undefined;
  },
  labels: ReadonlyMap<number, string>,
  uuids: readonly string[] | undefined,
): Promise<readonly Candidate[]> {
  const filter: AnnotationFilter = {
    projectId: place.projectId,
    deleted: 'no',
    ...(place.imageSetId === undefined ? {} : { imageSetId: place.imageSetId }),
    ...(place.imageId === undefined ? {} : { imageId: place.imageId }),
  };
  const annotations: Annotation[] = [];
  // Named by their UUIDs: only those are asked for, however many others there are.
  const parts = uuids === undefined ? [undefined] : chunks(uuids, PAGE);
  for (const part of parts) {
    for (let cursor: string | undefined, isMore = true; isMore;) {
      const page = await ctx.annotations.list(principal, part ? { ...filter, uuids: part } : filter, {
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      annotations.push(...page.items);
      if (annotations.length > MAX_PLANNED_OBJECTS) throw new TooManyObjectsError({ limit: MAX_PLANNED_OBJECTS });
      cursor = page.next;
      isMore = cursor !== undefined;
    }
  }
  const names = await imageNames(ctx, principal, place, new Set(annotations.map(({ imageId }) => imageId)));
  return number(annotations, labels, names);
}

function number(
  annotations: readonly Annotation[],
  labels: ReadonlyMap<number, string>,
  names: ReadonlyMap<number, string>,
): readonly Candidate[] {
  const counts = new Map<string, number>();
  const next = (key: string): number => {
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count;
  };
  return annotations
    .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt) || a.uuid.localeCompare(b.uuid))
    .map(({ uuid, imageId, templateId }) => ({
      annotationId: uuid,
      imageId,
      imageName: names.get(imageId) ?? '',
      label: labels.get(templateId) ?? '',
      numberInImage: next(`${imageId}`),
      numberInLabel: next(`${imageId} ${templateId}`),
    }));
}

async function imageNames(
  ctx: Pick<PluginContext, 'images' | 'projects'>,
  principal: Principal,
  {
    projectId,
    imageSetId,
    imageId,
  }: { readonly projectId: number; readonly imageSetId?: number | undefined; readonly imageId?: number | undefined },
  wanted: ReadonlySet<number>,
): Promise<ReadonlyMap<number, string>> {
  const entry = ({ id, publicName }: Image): [number, string] => [id, publicName];
  if (imageId !== undefined)
    return new Map(wanted.has(imageId) ? [entry(await ctx.images.get(principal, imageId))] : []);
  const sets =
    imageSetId === undefined ? (await ctx.projects.imageSets(principal, projectId)).map(({ id }) => id) : [imageSetId];
  const names = new Map<number, string>();
  for (const set of sets) {
    if (names.size >= wanted.size) break;
    for (const image of await ctx.images.listOfSet(principal, set))
      if (wanted.has(image.id)) names.set(...entry(image));
  }
  return names;
}

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
