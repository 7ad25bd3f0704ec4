import { GRADES, gradesOf } from '@exact/scores';
import type { ScoreTable } from '../shared/contract.ts';
import { type Asking, basisOf, type Context, filterOf, scoreOf } from './asking.ts';
import { listOthers } from './count-cells.ts';

/** A reader, or a layer: what programs have found is nobody's own work. */
interface Who {
  readonly authorId?: number;
  readonly layerId?: number;
  readonly layerName?: string;
}

/** Counts by grade, in one pass over all cells, by image and who has drawn them. */
export async function scoreTable(ctx: Context, asking: Asking, imageSetId: number | undefined): Promise<ScoreTable> {
  const { principal, projectId, gradeOf, signal } = asking;
  const [allSets, layers] = await Promise.all([
    ctx.projects.imageSets(principal, projectId),
    ctx.projects.layers(principal, projectId),
  ]);
  const sets = allSets.filter(({ id }) => imageSetId === undefined || id === imageSetId);
  const images = (await Promise.all(sets.map(({ id }) => ctx.images.listOfSet(principal, id)))).flat();

  const people = new Map<string, Who>();
  /** By image, then by the key of {@link people}. */
  const tally = new Map<number, Map<string, number[]>>();
  const others = new Map<number, number>();
  const scope = filterOf(asking, { imageSetId });
  for (const layer of [undefined, ...layers]) {
    const filter = { ...scope, layers: [layer?.id ?? null] };
    const centres = await ctx.annotations.centres(principal, filter, { signal });
    const grades = gradesOf(centres.templateId, centres.count, gradeOf);
    for (let i = 0; i < centres.count; i++) {
      const grade = grades[i]!;
      if (grade < 0) {
        others.set(centres.templateId[i]!, (others.get(centres.templateId[i]!) ?? 0) + 1);
        continue;
      }
      const authorId = centres.authorId[i]!;
      const who: Who = layer ? { layerId: layer.id, layerName: layer.name } : { authorId };
      const key = layer ? `layer ${layer.id}` : `reader ${authorId}`;
      if (!people.has(key)) people.set(key, who);
      const ofImage = getOr(tally, centres.imageId[i]!, () => new Map<string, number[]>());
      getOr(ofImage, key, none)[grade]! += 1;
    }
  }

  const sum = (list: Iterable<readonly number[]>): number[] => {
    const total = none();
    for (const counts of list) counts.forEach((count, grade) => (total[grade]! += count));
    return total;
  };
  const ofImage = (id: number): number[] => sum(tally.get(id)?.values() ?? []);
  const score = (counts: readonly number[]) => scoreOf(asking, counts);
  return {
    basis: basisOf(asking, 'centre'),
    all: score(sum(images.map(({ id }) => ofImage(id)))),
    images: images.map(({ id, imageSetId, privateName, publicName }) => ({
      imageId: id,
      imageSetId,
      name: privateName ?? publicName,
      score: score(ofImage(id)),
    })),
    imageSets: sets.map(({ id, name }) => ({
      imageSetId: id,
      name,
      score: score(sum(images.filter((image) => image.imageSetId === id).map((image) => ofImage(image.id)))),
    })),
    readers: [...people].map(([key, who]) => ({
      ...who,
      score: score(sum(images.map(({ id }) => tally.get(id)?.get(key) ?? none()))),
    })),
    imageReaders: images.flatMap(({ id, imageSetId, privateName, publicName }) =>
      [...(tally.get(id) ?? [])].map(([key, counts]) => ({
        imageId: id,
        imageSetId,
        name: privateName ?? publicName,
        ...people.get(key),
        score: score(counts),
      })),
    ),
    notCounted: listOthers(others),
  };
}

const none = (): number[] => GRADES.map(() => 0);

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
