import { CELL_CLASSES } from '@exact/scores';
import { cellsOf, differentialOf } from './differential-of.ts';
import type { DifferentialAnswer, ImageScores, MitoticAnswer } from './model.ts';

/** Mitotic counts of several images. A window lies on one image, so that of a set is told as the mean and the highest. */
export interface MitoticSummary {
  /** Images that have a count. */
  readonly images: number;
  /** Images that have none. */
  readonly without: number;
  /** Of the counts for the standard area; absent where no image has one. */
  readonly mean?: number;
  readonly highest?: number;
}

export interface Summary {
  readonly differential: DifferentialAnswer;
  readonly mitotic: MitoticSummary;
}
export interface WhoSummary extends Summary {
  readonly authorId?: number;
  readonly layerId?: number;
  readonly layerName?: string;
}
export interface Summaries {
  readonly all: Summary;
  readonly imageSets: readonly (Summary & { readonly imageSetId: number })[];
  readonly who: readonly WhoSummary[];
}

type Scored = { readonly differential: DifferentialAnswer; readonly mitotic: MitoticAnswer };

/** Adds up the scores of images by image set, by reader and layer, and in all. Cells are added up, and shares are those of the sums. */
export function summarise(images: readonly ImageScores[], minimumCells: number): Summaries {
  const bySet = new Map<number, ImageScores[]>();
  const byWho = new Map<string, ImageScores['who']>();
  for (const image of images) {
    append(bySet, image.imageSetId, image);
    for (const who of image.who) append(byWho, whoKey(who), who);
  }
  return {
    all: add(images, minimumCells),
    imageSets: [...bySet].map(([imageSetId, own]) => ({ imageSetId, ...add(own, minimumCells) })),
    who: [...byWho.values()].map((own) => ({ ...whoOf(own[0] ?? {}), ...add(own, minimumCells) })),
  };
}

type Who = {
  readonly authorId?: number | undefined;
  readonly layerId?: number | undefined;
  readonly layerName?: string | undefined;
};

/** The same for the same reader or layer. */
export const whoKey = ({ authorId, layerId }: Who): string => (layerId === undefined ? `a${authorId}` : `l${layerId}`);

const whoOf = ({ authorId, layerId, layerName }: Who): Omit<WhoSummary, keyof Summary> => ({
  ...(authorId === undefined ? {} : { authorId }),
  ...(layerId === undefined ? {} : { layerId }),
  ...(layerName === undefined ? {} : { layerName }),
});

function add(scored: readonly Scored[], minimumCells: number): Summary {
  const cells = CELL_CLASSES.map(() => 0);
  for (const { differential } of scored)
    cellsOf(differential).forEach((count, i) => (cells[i] = (cells[i] ?? 0) + count));
  const isMapped = scored.every(({ differential }) => differential.available || differential.reason !== 'no-class');
  const counts = scored.flatMap(({ mitotic }) => (mitotic.available ? [mitotic.standardCount] : []));
  return {
    differential: differentialOf(cells, { isMapped, minimumCells }),
    mitotic: {
      images: counts.length,
      without: scored.length - counts.length,
      ...(counts.length === 0
        ? {}
        : { mean: counts.reduce((sum, count) => sum + count, 0) / counts.length, highest: Math.max(...counts) }),
    },
  };
}

function append<K, T>(map: Map<K, T[]>, key: K, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
