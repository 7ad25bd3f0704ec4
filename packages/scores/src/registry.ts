import { borderQueue } from './border-queue.ts';
import { differential } from './differential.ts';
import type { Score } from './engine.ts';
import { mitoticCount } from './mitotic.ts';
import { thsFromScores } from './ths-from-scores.ts';
import { ths } from './ths.ts';

/** Every score of this package: what tests run and docs list. */
export const ALL_SCORES: readonly Score<unknown, unknown>[] = [
  ths,
  thsFromScores,
  borderQueue,
  differential,
  mitoticCount,
];
