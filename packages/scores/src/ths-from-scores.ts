import { defineScore, notAvailable, type NotAvailable } from './engine.ts';
import { SCORE_MAX } from './cut-points.ts';
import { intervalOfMean, type ScoreInterval, THS_MINIMUM_CELLS } from './interval.ts';

export interface ThsFromScoresInput {
  /** Of each cell, 0–4; what lies outside is taken as 0 or 4 and counted in `clamped`. */
  readonly scores: readonly number[];
  readonly minimumCells?: number;
  readonly seed?: number;
}

export type ThsFromScores =
  | {
      readonly available: true;
      /** 0–400. */
      readonly value: number;
      readonly cells: number;
      readonly clamped: number;
      readonly standardError?: number;
      readonly interval?: ScoreInterval;
      readonly warnings: readonly ('few-cells' | 'one-cell')[];
    }
  | NotAvailable<'no-scores'>;

/** 100 times the mean of continuous scores: not the score of Doucet & Viel, and never called so. */
export const thsFromScores = defineScore<ThsFromScoresInput, ThsFromScores>({
  id: 'ths-from-scores',
  version: '1.0.0',
  title: 'THS from scores',
  rule:
    'Each cell has a continuous score from 0 to 4 that a program has given. THS from scores = 100 × mean score. It is not the total haemosiderin score of classes: ' +
    'cut-off and grey zone were found for that one and are not applied. Interval as there. Scores outside of 0 to 4 count as 0 or 4.',
  sources: [
    {
      citation: 'Marzahl C, et al. 2021. Sci Rep 11:4343',
      url: 'https://doi.org/10.1038/s41598-021-83827-4',
      takes: 'continuous scores of cells; the name is ours',
    },
  ],
  vectors: [
    { input: { scores: [0, 1, 2, 3, 4] }, result: { value: 200, cells: 5, clamped: 0, warnings: ['few-cells'] } },
    { input: { scores: [0.4, 0.6], minimumCells: 2 }, result: { value: 50, warnings: [] } },
    { input: { scores: [-0.2, 4.3] }, result: { value: 200, clamped: 2 } },
    { input: { scores: [1.25] }, result: { value: 125, warnings: ['few-cells', 'one-cell'] } },
    { input: { scores: [] }, result: { available: false, reason: 'no-scores' } },
  ],
  compute({ scores, minimumCells = THS_MINIMUM_CELLS, seed = 1 }) {
    const cells = scores.length;
    if (cells === 0) return notAvailable('no-scores');
    let clamped = 0;
    const values = scores.map((score, i) => {
      if (!Number.isFinite(score)) throw new RangeError(`Score ${i} is ${score}; leave out cells without a score.`);
      const inside = Math.max(0, Math.min(SCORE_MAX, score));
      if (inside !== score) clamped++;
      return inside;
    });
    const mean = values.reduce((sum, value) => sum + value, 0) / cells;
    const variance = cells < 2 ? 0 : values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (cells - 1);
    return {
      available: true,
      value: 100 * mean,
      cells,
      clamped,
      ...intervalOfMean(values, mean, variance, seed),
      warnings: [
        ...(cells < minimumCells ? (['few-cells'] as const) : []),
        ...(cells < 2 ? (['one-cell'] as const) : []),
      ],
    };
  },
});
