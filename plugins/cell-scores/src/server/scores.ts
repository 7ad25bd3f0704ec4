import { differential, mitoticCount } from '@exact/scores';
import type { Image } from '@exact/sdk/contract';
import type { AnnotationCentres, AnnotationFilter, PluginContext, Principal } from '@exact/sdk/server';
import type { Basis, ImageScores, WhoScores } from '../shared/model.ts';
import { readCells, type Rules } from './cells.ts';
import { measureDifferential, measureMitotic, needsTissue } from './measure.ts';
import type { TissueSource } from './tissue.ts';

export type ScoresContext = Pick<PluginContext, 'annotations' | 'images' | 'projects'> & {
  readonly tissue: TissueSource;
};

/** A question for scores of many images in somebody's name. */
export interface ScoresRequest {
  readonly principal: Principal;
  readonly projectId: number;
  readonly rules: Rules;
  readonly signal?: AbortSignal;
}

/** Images of a set or of the project that the person may see, by id: an order in which pages follow each other whatever is deleted. */
export async function listImages(
  { images, projects }: Pick<ScoresContext, 'images' | 'projects'>,
  principal: Principal,
  projectId: number,
  imageSetId: number | undefined,
): Promise<Image[]> {
  const sets = await projects.imageSets(principal, projectId);
  const wanted = imageSetId === undefined ? sets : sets.filter(({ id }) => id === imageSetId);
  const lists = [];
  for (const { id } of wanted) lists.push(await images.listOfSet(principal, id));
  return lists.flat().sort((a, b) => a.id - b.id);
}

/** Both scores of images, in all and by who has drawn there. Reads the annotations of all of them at once: give a few at a time. */
export async function scoreImages(
  ctx: ScoresContext,
  { principal, projectId, rules, signal }: ScoresRequest,
  images: readonly Image[],
): Promise<ImageScores[]> {
  if (images.length === 0) return [];
  const read = (filter: AnnotationFilter): Promise<AnnotationCentres | undefined> =>
    readCells(
      ctx.annotations,
      principal,
      rules,
      { projectId, imageIds: images.map(({ id }) => id), ...filter },
      signal,
    );
  const all = byImage(await read({}));
  const own = byImage(await read({ layers: [null] }));
  const layers = [];
  for (const { id, name } of await ctx.projects.layers(principal, projectId))
    layers.push({ layerId: id, layerName: name, found: byImage(await read({ layers: [id] })) });

  const scored = [];
  for (const image of images) {
    const tissue = needsTissue(rules, image) ? await readTissue(ctx.tissue, image, rules, signal) : undefined;
    const measure = (cells: AnnotationCentres | undefined, indices: readonly number[]) => ({
      differential: measureDifferential(rules, cells, indices),
      mitotic: measureMitotic(rules, image, tissue, cells, indices).answer,
    });
    const who: WhoScores[] = [...byAuthor(own, image.id)].map(([authorId, indices]) => ({
      authorId,
      ...measure(own.cells, indices),
    }));
    for (const { layerId, layerName, found } of layers) {
      const indices = found.indices.get(image.id);
      if (indices) who.push({ layerId, layerName, ...measure(found.cells, indices) });
    }
    scored.push({
      imageId: image.id,
      imageSetId: image.imageSetId,
      name: image.privateName ?? image.publicName, // the first for those who may know it
      ...measure(all.cells, all.indices.get(image.id) ?? []),
      who,
    });
  }
  return scored;
}

/** Codes of pixels that cannot be read now, which is no failure of the question. */
const UNREADABLE = new Set(['IMAGE_NOT_READY', 'TILE_UNREADABLE', 'TILE_OUT_OF_RANGE']);

export async function readTissue(source: TissueSource, image: Image, { settings }: Rules, signal?: AbortSignal) {
  try {
    return await source.of(image, settings.tissueThreshold, signal);
  } catch (error) {
    if (UNREADABLE.has(String((error as { code?: unknown }).code))) return 'unreadable' as const;
    throw error;
  }
}

interface Found {
  readonly cells: AnnotationCentres | undefined;
  /** Places in the columns by image. */
  readonly indices: ReadonlyMap<number, readonly number[]>;
}

function byImage(cells: AnnotationCentres | undefined): Found {
  return {
    cells,
    indices: cells
      ? group(
          cells.imageId,
          Array.from({ length: cells.count }, (_, i) => i),
        )
      : new Map(),
  };
}

const byAuthor = ({ cells, indices }: Found, imageId: number): ReadonlyMap<number, readonly number[]> =>
  cells ? group(cells.authorId, indices.get(imageId) ?? []) : new Map();

function group(keys: ArrayLike<number>, places: readonly number[]): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const i of places) {
    const key = keys[i] ?? -1;
    const list = groups.get(key);
    if (list) list.push(i);
    else groups.set(key, [i]);
  }
  return groups;
}

/** Everything that the figures depend on beside the annotations, to be told with them. */
export function basisOf({ settings, templates }: Rules): Basis {
  const { verified, minimumCells, areaMm2, shape, minimumTissue, stepsPerWindow, tissueThreshold } = settings;
  return {
    scores: [differential, mitoticCount].map(({ id, version }) => ({ id, version })),
    ...{ verified, minimumCells, areaMm2, shape, minimumTissue, stepsPerWindow, tissueThreshold },
    cells: templates.flatMap(({ id, cell }) => (cell === undefined ? [] : [{ templateId: id, class: cell }])),
    mitoses: templates.flatMap(({ id, mitosis }) => (mitosis === undefined ? [] : [{ templateId: id, kind: mitosis }])),
  };
}
