import { CUT_POINTS, gradeOfScore, nearestCut } from './cut-points.ts';
import { defineScore } from './engine.ts';
import type { Grade } from './grades.ts';

/** Scores no further than this from a cut point are looked at again. */
export const BORDER_DISTANCE = 0.1;

export interface ScoredCell {
  readonly id: string;
  /** 0–4; a cell without one (absent, or no number) is in no queue. */
  readonly score?: number | undefined;
  /** Standard deviation of the grades that readers have given it; 0 when not given. */
  readonly disagreement?: number | undefined;
}

export interface BorderCell {
  readonly id: string;
  readonly score: number;
  /** Grade by the score, which may differ from the class that somebody has given. */
  readonly grade: Grade;
  readonly cut: number;
  readonly distance: number;
  readonly disagreement: number;
}

export interface BorderQueueInput {
  readonly cells: readonly ScoredCell[];
  /** 0.1 when not given. */
  readonly distance?: number;
}

export interface BorderQueue {
  readonly queue: readonly BorderCell[];
  readonly scored: number;
  /** Cells without a score. */
  readonly unscored: number;
}

/** Distances are compared by their first nine decimals: 1.6 − 1.5 is not 0.1 in binary numbers. */
const rounded = (value: number): number => Math.round(value * 1e9) / 1e9;

/** Cells whose score lies near a border between two grades, in the order in which they are worth looking at. */
export const borderQueue = defineScore<BorderQueueInput, BorderQueue>({
  id: 'border-queue',
  version: '1.0.0',
  title: 'Cells at the border between two grades',
  rule:
    `Each cell has a score from 0 to 4; grades change at ${CUT_POINTS.join(', ')}. In the queue are cells no further than a distance (0.1) from the nearest of these. ` +
    'Order: the nearest first; at the same distance the greater disagreement of readers (standard deviation of their grades); then by id. ' +
    'Accepting a cell keeps its class and verifies it; moving gives it another class. Its score stays as it is.',
  sources: [
    {
      citation:
        'Marzahl C, et al. 2021. EXACT: a collaboration toolset for algorithm-aided annotation of images with annotation version control. Sci Rep 11:4343',
      url: 'https://doi.org/10.1038/s41598-021-83827-4',
      takes: 'cut points of regression scores; distance and order are ours',
    },
  ],
  vectors: [
    {
      note: 'nearest first, then the greater disagreement, then the id',
      input: {
        cells: [
          { id: 'far', score: 2 },
          { id: 'b', score: 1.55 },
          { id: 'a', score: 2.45 },
          { id: 'disputed', score: 0.55, disagreement: 1.2 },
          { id: 'on the cut', score: 3.5 },
          { id: 'none' },
        ],
      },
      result: {
        queue: [
          { id: 'on the cut', score: 3.5, grade: 4, cut: 3.5, distance: 0, disagreement: 0 },
          { id: 'disputed', score: 0.55, grade: 1, cut: 0.5, distance: 0.05, disagreement: 1.2 },
          { id: 'a', score: 2.45, grade: 2, cut: 2.5, distance: 0.05, disagreement: 0 },
          { id: 'b', score: 1.55, grade: 2, cut: 1.5, distance: 0.05, disagreement: 0 },
        ],
        scored: 5,
        unscored: 1,
      },
    },
    {
      note: 'the distance itself is inside, on both sides of each cut',
      input: { cells: [0.4, 0.6, 1.4, 1.6, 2.4, 2.6, 3.4, 3.6].map((score) => ({ id: `at ${score}`, score })) },
      result: {
        scored: 8,
        queue: [0.4, 0.6, 1.4, 1.6, 2.4, 2.6, 3.4, 3.6].map((score) => ({ id: `at ${score}`, score })) as BorderCell[],
      },
    },
    { note: 'no cell, an empty queue', input: { cells: [] }, result: { queue: [], scored: 0, unscored: 0 } },
    {
      note: 'a wider border',
      input: { cells: [{ id: 'a', score: 1.9 }], distance: 0.5 },
      result: { queue: [{ id: 'a', score: 1.9, grade: 2, cut: 1.5, distance: 0.4, disagreement: 0 }] },
    },
  ],
  compute({ cells, distance = BORDER_DISTANCE }) {
    if (!(distance >= 0)) throw new RangeError(`The distance from the border is ${distance}; it has to be 0 or more.`);
    const queue: BorderCell[] = [];
    let scored = 0;
    for (const { id, score, disagreement = 0 } of cells) {
      if (score === undefined || !Number.isFinite(score)) continue;
      scored++;
      const nearest = nearestCut(score);
      const away = rounded(nearest.distance);
      if (away <= distance)
        queue.push({ id, score, grade: gradeOfScore(score), cut: nearest.cut, distance: away, disagreement });
    }
    queue.sort(
      (a, b) => a.distance - b.distance || b.disagreement - a.disagreement || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
    );
    return { queue, scored, unscored: cells.length - scored };
  },
});
