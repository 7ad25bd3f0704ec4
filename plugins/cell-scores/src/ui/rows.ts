import type { Names } from '@exact/sdk/ui';
import type { DifferentialAnswer, ImageScores, MitoticAnswer } from '../shared/model.ts';
import type { MitoticSummary, Summaries } from '../shared/summary.ts';
import { whoKey } from '../shared/summary.ts';

export const LEVELS = ['images', 'imageReaders', 'imageSets', 'readers'] as const;
export type Level = (typeof LEVELS)[number];

/** A row of the table: of one image, or of several, whose mitotic counts are told as mean and highest. */
export interface ScoreRow {
  readonly key: string;
  readonly imageId?: number;
  readonly name: string;
  readonly set: string;
  /** Names of readers and layers. */
  readonly who: readonly string[];
  readonly differential: DifferentialAnswer;
  readonly mitotic?: MitoticAnswer;
  readonly summary?: MitoticSummary;
}

/** Rows of a level, by set and name. */
export function rowsOf(
  level: Level,
  images: readonly ImageScores[],
  { all, imageSets, who }: Summaries,
  names: Pick<Names, 'imageSet' | 'person'>,
  allName: string,
): ScoreRow[] {
  const whoName = (one: { authorId?: number | undefined; layerName?: string | undefined }): string =>
    one.authorId === undefined ? (one.layerName ?? '') : names.person(one.authorId);
  if (level === 'imageSets')
    return [
      ...imageSets.map(({ imageSetId, differential, mitotic }) => ({
        ...{
          key: `s${imageSetId}`,
          name: names.imageSet(imageSetId),
          set: '',
          who: [],
          differential,
          summary: mitotic,
        },
      })),
      { key: 'all', name: allName, set: '', who: [], differential: all.differential, summary: all.mitotic },
    ];
  if (level === 'readers')
    return who
      .map(({ differential, mitotic, ...one }) => ({
        ...{ key: whoKey(one), name: whoName(one), set: '', who: [], differential, summary: mitotic },
      }))
      .sort((a, b) => a.name.localeCompare(b.name));
  return images
    .flatMap((image): ScoreRow[] => {
      const { imageId, name } = image;
      const place = { imageId, name, set: names.imageSet(image.imageSetId) };
      if (level === 'images')
        return [
          {
            ...{ ...place, key: `i${imageId}`, who: image.who.map(whoName) },
            ...{ differential: image.differential, mitotic: image.mitotic },
          },
        ];
      return image.who.map((one) => ({
        ...{ ...place, key: `i${imageId} ${whoKey(one)}`, who: [whoName(one)] },
        ...{ differential: one.differential, mitotic: one.mitotic },
      }));
    })
    .sort(
      (a, b) =>
        a.set.localeCompare(b.set) || a.name.localeCompare(b.name) || (a.who[0] ?? '').localeCompare(b.who[0] ?? ''),
    );
}
